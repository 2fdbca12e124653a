"""A seller whose storeman ships in packages, a buyer who signs, and what both are told, through the public API."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette

from app.asgi import create_application
from app.network.roles import Role
from app.settings import Settings
from tests.api import Api
from tests.fulfilment.kuaidi import FORM, History, account, configured, form, param
from tests.ordering.market import Market, open_market
from tests.worlds import Party, new_key
from workers.inbox import take_in

SHIPMENT = """id version status stalled stallsAt signsAt allowedActions deliveredAt
    packages { id carrier carrierCode trackingNumber weightG volumeCm3 pieces status newsAt news trouble
        tracking { edges { node { code text } } } }
    packageChanges { edges { node { packageId what reason before { trackingNumber weightG } after { trackingNumber
        weightG } } } }
    lines { orderLineId quantity delivered rejected reason note }
    tracking(first: 100) { edges { node { code text place at packageId byCarrier } } }"""
ORDER = "id status fulfilmentStatus lines { id shipped delivered rejected }"
REFUSED = """... on MoveNotAllowed { code statusNow allowed } ... on ChangedMeanwhile { code version }
    ... on KeyReused { code }"""
MOVED = f"... on ShipmentMoved {{ shipment {{ {SHIPMENT} }} order {{ {ORDER} }} }}"


def mutation(name: str, *members: str) -> str:
    kind = name[0].upper() + name[1:]
    return f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename {' '.join(members)} }} }}"


SHIP = mutation("shipOrder", MOVED, REFUSED)
TRACK = mutation("recordTracking", MOVED)
CORRECT = mutation("correctPackages", MOVED, REFUSED)
SIGN = mutation(
    "confirmDelivery",
    MOVED,
    "... on MoveNotAllowed { code statusNow allowed }",
    "... on MoreThanShipped { code message over { skuCode unit signed shipped } }",
)
RULE = mutation("saveLogisticsRule", "... on LogisticsRule { carrierCode stalledAfterHours autoSignDays }")
READ = f"query($id: ID!) {{ shipment(id: $id) {{ {SHIPMENT} }} }}"
WORKLIST = """query($filter: ShipmentFilter) { backoffice { shipments(filter: $filter, first: 50) {
    edges { node { id status stalled } } } } }"""


@dataclass
class Depot:
    """The mall with an account at Kuaidi100, and one seller's trade in it."""

    api: Api
    application: Starlette
    market: Market
    clerk: Party
    storeman: Party
    sku: Any
    numbers: list[str] = field(default_factory=list)

    async def act(self, party: Party, document: str, **said: Any) -> Any:
        return await self.api.data(party, document, input={"clientKey": new_key(), **said})

    async def confirmed(self, *quantities: str) -> str:
        """An order of lines of so many pieces, confirmed; its id."""
        order_id = str(await self.market.place([(self.sku, one) for one in quantities or ("2",)]))
        confirm = mutation("confirmOrder", "... on Order { id }")
        assert (await self.act(self.clerk, confirm, orderId=order_id))["id"] == order_id
        return order_id

    async def shipped(self, *packages: dict[str, Any], quantity: str = "2", **said: Any) -> Any:
        """A shipment in these packages; without any in one of 顺丰 with a number of its own."""
        order_id = await self.confirmed(quantity)
        told = list(packages) or [{"carrier": "顺丰", "trackingNumber": new_key()}]
        moved = await self.act(self.storeman, SHIP, orderId=order_id, packages=told, **said)
        assert moved["__typename"] == "ShipmentMoved", moved
        return moved["shipment"]

    async def read(self, shipment: Any, party: Party | None = None) -> Any:
        return await self.api.data(party or self.market.buyer, READ, id=shipment["id"])

    async def push(self, number: str, history: History, *, company: str = "shunfeng", **more: Any) -> httpx.Response:
        return await self.post(form(param(company, number.upper(), history, **more)))

    async def post(self, body: bytes, name: str = "kuaidi100", **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://mall.test") as client:
            return await client.post(f"/webhooks/carriers/{name}", content=body, headers={**FORM, **headers})

    async def worklist(self, **filter: Any) -> list[str]:
        found = await self.api.data(self.storeman, WORKLIST, filter=filter)
        return [edge["node"]["id"] for edge in found["shipments"]["edges"]]

    async def rule(self, **said: Any) -> Any:
        return await self.act(self.storeman, RULE, networkId=str(self.market.world.network_id), **said)


async def open_depot(told: Settings | None = None) -> Depot:
    """A market of its own, served with these settings."""
    application = create_application(told or configured())
    market = await open_market()
    clerk, storeman = [await market.world.member(market.seller, [one]) for one in (Role.ORDER_CLERK, Role.WAREHOUSE)]
    return Depot(Api(application), application, market, clerk, storeman, await market.sku("PAINT", stock="100000"))


async def taken_in() -> int:
    """What waits in the inbox takes effect, as a worker does it."""
    return await take_in(account())


def ago(hours: float) -> datetime:
    """So long ago, to the second, as carriers tell it."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)


def story(*codes: str, hours: float = 10) -> list[tuple[str, str, datetime]]:
    """One event an hour, from so many hours ago on."""
    return [(code, f"{n}: {code}", ago(hours - n)) for n, code in enumerate(codes)]


def codes(shipment: Any) -> list[str]:
    """Its timeline, as it happened."""
    return [edge["node"]["code"].lower() for edge in reversed(shipment["tracking"]["edges"])]


def words(shipment: Any) -> list[str]:
    return [edge["node"]["text"] for edge in reversed(shipment["tracking"]["edges"])]


async def at_once(*calls: Any) -> Sequence[Any]:
    return await asyncio.gather(*calls)
