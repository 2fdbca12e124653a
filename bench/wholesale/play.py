"""Play the plan: each dealer's steps in file order, many dealers at a time, the longest histories first."""

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bench.wholesale.client import Mall, Party, Refused
from bench.wholesale.opening import UNIT, Opened
from bench.wholesale.plan import Plan, PlannedCancellation, PlannedOrder, Step

SET_PRICES = """
mutation ($input: SetPricesInput!) { setPrices(input: $input) { __typename
    ... on ItemsRefused { code message problems { code message } } ... on MoveNotAllowed { code message } } }
"""
PLACE_ORDER = """
mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename
    ... on Order { id lines { id position } totals { gross { amount } } }
    ... on OrderRefused { code message problems { code message } }
    ... on KeyReused { code message } } }
"""
CANCEL_ORDER = """
mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename
    ... on Order { id }
    ... on MoreThanOpen { code message } ... on MoveNotAllowed { code message } ... on KeyReused { code message } } }
"""
TICK = timedelta(seconds=1)


@dataclass(slots=True)
class Placed:
    """An order in the mall."""

    order_id: str
    line_ids: list[str]


@dataclass(slots=True)
class Played:
    """What happened."""

    orders: int = 0
    lines: int = 0
    cancelled_lines: set[tuple[str, str]] = field(default_factory=set)
    milliseconds: list[float] = field(default_factory=list)
    """Of each order placed, from asking to the answer."""
    seconds: float = 0.0
    applied: set[int] = field(default_factory=set)
    failed: dict[int, str] = field(default_factory=dict)
    """Row number -> what the mall said."""


class Player:
    """Plays one plan on an opened mall."""

    def __init__(self, mall: Mall, opened: Opened, advance: Callable[[int], None]) -> None:
        self._mall = mall
        self._opened = opened
        self._advance = advance
        self._placed: dict[PlannedOrder, Placed] = {}
        self._clock: dict[str, datetime] = {}
        self.played = Played()

    async def play(self, made: Plan, concurrency: int) -> Played:
        """All steps; what the mall refuses is noted and the rest goes on."""
        waiting = [(-len(steps), dealer, 0) for dealer, steps in made.steps.items()]
        heapq.heapify(waiting)
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(self._work(made, waiting))
        self.played.seconds = time.perf_counter() - begun
        return self.played

    async def _work(self, made: Plan, waiting: list[tuple[int, str, int]]) -> None:
        """Take the dealer with the most steps left, play its next step, put it back.

        A worker that finds none waiting is not needed any more: those that are under way are as many as are left.
        """
        while waiting:
            _, dealer, n = heapq.heappop(waiting)
            steps = made.steps[dealer]
            await self._step(steps[n])
            self._advance(1)
            if n + 1 < len(steps):
                heapq.heappush(waiting, (n + 1 - len(steps), dealer, n + 1))

    async def _step(self, step: Step) -> None:
        try:
            if isinstance(step, PlannedOrder):
                await self._order(step)
            else:
                await self._cancel(step)
        except Refused as error:
            self.played.failed.update(dict.fromkeys(step.rows, f"{step.invoice}: {error}"))
        else:
            self.played.applied.update(step.rows)

    async def _order(self, order: PlannedOrder) -> None:
        dealer = self._opened.dealers[order.dealer]
        await self._set_prices(dealer, order)
        lines = [
            {"skuId": self._opened.skus[line.row.code], "quantity": f"{line.row.quantity:f}", "unit": UNIT}
            for line in order.lines
        ]
        said = {
            "clientKey": f"{order.invoice}.{order.part}",
            "order": {
                "sellerId": self._opened.seller_id,
                "lines": lines,
                "buyerReference": f"{order.invoice}.{order.part}",
            },
            "expectedTotal": f"{order.total:f}",
        }
        begun = time.perf_counter()
        placed = await self._mall.ask(dealer, PLACE_ORDER, "Order", input=said)
        self.played.milliseconds.append((time.perf_counter() - begun) * 1000)
        total = Decimal(placed["totals"]["gross"]["amount"])
        if total != order.total:
            raise Refused(f"the order came to {total}, the invoice to {order.total}")
        ids = [line["id"] for line in sorted(placed["lines"], key=lambda line: int(line["position"]))]
        self._placed[order] = Placed(placed["id"], ids)
        self.played.orders += 1
        self.played.lines += len(ids)

    async def _set_prices(self, dealer: Party, order: PlannedOrder) -> None:
        """The invoice's prices become rows of the dealer's list, dated as the invoice is; what stands already, stays.

        A later row must be dated later, also where two orders come from one invoice: by a second.
        """
        news = {code: price for code, price in order.prices().items() if dealer.prices.get(code) != price}
        if not news:
            return
        earliest = self._clock.get(order.dealer)
        moment = order.at.replace(tzinfo=UTC)
        if earliest is not None:
            moment = max(moment, earliest)
        self._clock[order.dealer] = moment + TICK
        prices: list[dict[str, Any]] = [
            {"sku": code, "unit": UNIT, "unitPrice": f"{price:f}", "validFrom": moment.isoformat()}
            for code, price in news.items()
        ]
        said = {
            "clientKey": f"prices {order.invoice}.{order.part} {order.dealer}"[:200],
            "priceListId": dealer.price_list_id,
            "prices": prices,
        }
        await self._mall.ask(self._opened.brand, SET_PRICES, "PricesSet", input=said)
        dealer.prices |= news

    async def _cancel(self, cancellation: PlannedCancellation) -> None:
        placed = self._placed.get(cancellation.order)
        if placed is None:
            raise Refused("the order that it cancels was not placed")
        quantities: dict[str, Decimal] = {}
        for take in cancellation.takes:
            line_id = placed.line_ids[take.position]
            quantities[line_id] = quantities.get(line_id, Decimal(0)) + take.quantity
        said = {
            "clientKey": f"{cancellation.invoice} of {placed.order_id}",
            "orderId": placed.order_id,
            "lines": [{"lineId": line_id, "quantity": f"{taken:f}"} for line_id, taken in quantities.items()],
            "reason": f"Invoice {cancellation.invoice}",
        }
        dealer = self._opened.dealers[cancellation.dealer]
        await self._mall.ask(dealer, CANCEL_ORDER, "Order", input=said)
        self.played.cancelled_lines.update((placed.order_id, line_id) for line_id in quantities)
