"""The one arithmetic of preview and place, pure: what an order comes to, and everything that would refuse it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.inventory.rules import LinePick, Pick, StockRow, split, spread
from app.kernel.money import Money, half_up
from app.kernel.tax import TaxedLine
from app.ledger.rules import Funding
from app.ordering.asked import AskedOrder
from app.ordering.freight import NO_FREIGHT, Freight, freight
from app.ordering.lines import EXACT, Offer, PricedLine, PriceOf, by_sku, price_lines, total_of
from app.ordering.problems import line_problems, money_problems, party_problems, price_problems, stock_problems
from app.ordering.refusals import OrderProblem
from app.ordering.terms import Terms


@dataclass(frozen=True, slots=True)
class Totals:
    """What an order comes to, in minor units: goods + freight = gross = net + tax, all with tax but `net`.
    `value_minor` is the goods in the price's own mode: what minimums and free freight are measured by."""

    goods_minor: int
    value_minor: int
    freight: Freight
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class Judged:
    """The whole answer. `picks` say which warehouse each SKU would come from; a SKU that is short has none."""

    lines: list[PricedLine]
    totals: Totals
    problems: list[OrderProblem]
    picks: list[Pick]

    def due_now_minor(self, terms: Terms) -> int:
        """What placing takes at once: the whole of an order on prepayment, nothing of one on credit."""
        return self.totals.gross_minor if terms.funding is Funding.PREPAYMENT else 0


def judge(
    order: AskedOrder,
    *,
    terms: Terms,
    offers: Mapping[UUID, Offer],
    price_of: PriceOf,
    stock: Sequence[StockRow],
    now: datetime,
    expected_total: Money | None = None,
    accept_price_changes: bool = False,
) -> Judged:
    """Price every line, total the order, and name all of its problems at once.

    What has no price adds nothing to the total; minimum and credit are judged by the rest, so that a buyer learns of
    them in the same answer.
    """
    lines = price_lines(order.lines, offers, price_of, terms.mode)
    wanted = {
        sku_id: total_of(line.base_quantity for line in together)
        for sku_id, together in by_sku(line for line in lines if line.known).items()
        if offers[sku_id].stocked
    }
    found = split(stock, wanted, terms.destination(order))
    totals = total(order, terms, lines)
    problems = [
        *party_problems(order, terms),
        *line_problems(lines),
        *price_problems(lines, terms.money(totals.gross_minor), expected_total, accepted=accept_price_changes),
        *stock_problems(lines, found.shortages),
        *money_problems(
            terms,
            goods_minor=totals.value_minor,
            total_minor=totals.gross_minor,
            ordered=any(line.taxed is not None for line in lines),
            now=now,
        ),
    ]
    return Judged(lines, totals, problems, found.picks)


def total(order: AskedOrder, terms: Terms, lines: Sequence[PricedLine]) -> Totals:
    """The sums of the lines, and the freight on top."""
    taxed = [line.taxed for line in lines if line.taxed is not None]
    value = sum(line.value_minor for line in lines)
    carried = _freight(order, terms, lines, value) if taxed else NO_FREIGHT
    everything: list[TaxedLine] = [*taxed, carried.taxed]
    return Totals(
        goods_minor=sum(line.gross for line in taxed),
        value_minor=value,
        freight=carried,
        net_minor=sum(line.net for line in everything),
        tax_minor=sum(line.tax for line in everything),
    )


def _freight(order: AskedOrder, terms: Terms, lines: Sequence[PricedLine], value_minor: int) -> Freight:
    measured = [(line.asked.quantity, line.measure) for line in lines if line.measure is not None]
    weight = total_of(EXACT.multiply(quantity, Decimal(unit.weight_g)) for quantity, unit in measured)
    volume = total_of(EXACT.multiply(quantity, Decimal(unit.volume_cm3)) for quantity, unit in measured)
    return freight(
        terms.freight_rules,
        method=order.delivery_method,
        region_path=terms.destination(order),
        weight_g=half_up(weight),
        volume_cm3=half_up(volume),
        goods_minor=value_minor,
        mode=terms.mode,
    )


def line_picks(judged: Judged, line_ids: Sequence[UUID]) -> list[LinePick]:
    """Each line's share of the picks; `line_ids` are those of `judged.lines`, in their order. Services have none."""
    stocked = [
        (line_id, line.asked.sku_id, line.base_quantity)
        for line_id, line in zip(line_ids, judged.lines, strict=True)
        if line.offer is not None and line.offer.stocked
    ]
    return spread(judged.picks, stocked)
