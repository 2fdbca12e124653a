"""A made-up quarter: a brand in China with four dealers, and what they ordered until noon of November 21st, 2026.

A  广州  40 at half past midnight on October 1st, shipped and due since November 4th, 10 of it paid; 200 in October, of
         which 50 were cancelled in November and 150 shipped; 300 in November, to be confirmed
B  佛山  100 in October
C  杭州  50, half an hour after this day began
D  浙江  nothing yet, since March 10th
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from app.fulfilment.ship import ship_order
from app.kernel import clock
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.queries import lines_by_orders
from tests.api import Api
from tests.ordering.market import Market, market_between
from tests.worlds import Party, World, new_key, open_world, party_of

CHINA = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 21, 12, tzinfo=CHINA)
OPENED = datetime(2026, 3, 10, 9, tzinfo=CHINA)
REGIONS = {"A": "4401", "B": "4406", "C": "3301", "D": "33"}


@dataclass(slots=True)
class Quarter:
    """The brand, its dealers by letter, and two channel managers of different regions."""

    api: Api
    world: World
    market: Market
    paint: UUID
    dealers: dict[str, Party]
    south: Party
    east: Party

    @property
    def brand(self) -> Party:
        return self.world.brand

    def relation(self, letter: str) -> str:
        return str(self.world.relation(self.brand, self.dealers[letter]))

    def letter(self, relation_id: str) -> str:
        return next(letter for letter in self.dealers if self.relation(letter) == relation_id)

    async def place(self, letter: str, at: datetime, quantity: str) -> UUID:
        """An order at 10.00 apiece."""
        with clock.at(at):
            return await replace(self.market, buyer=self.dealers[letter]).place([(self.paint, quantity)])

    async def ship(self, order_id: UUID, at: datetime) -> None:
        with clock.at(at):
            seller = self.brand.viewer
            await confirm_order(seller, order_id=order_id, client_key=new_key())
            await ship_order(seller, order_id=order_id, lines=None, client_key=new_key())


async def open_quarter() -> Quarter:
    with clock.at(OPENED):
        world = await open_world("Quarter")
        await world.regions()
        dealers = {
            letter: await world.buyer(
                world.brand, f"经销商 {letter} Trading", region=region, customer_code=f"K-{letter}"
            )
            for letter, region in REGIONS.items()
        }
        market = await market_between(world, world.brand, dealers["A"])
        for letter in "BCD":
            await replace(market, buyer=dealers[letter]).credit(None)
        paint = await market.sku("PAINT", price="10.00")
    with clock.at(NOON):
        brand = world.brand = await party_of("Quarter", world.brand.login)
        south = await world.member(brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("44",)))
        east = await world.member(brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("33",)))
        dealers = {letter: await party_of(dealer.name, dealer.login) for letter, dealer in dealers.items()}
    market = replace(market, seller=brand, buyer=dealers["A"])
    quarter = Quarter(Api(), world, market, paint, dealers, south, east)
    await _trade(quarter)
    return quarter


async def _trade(quarter: Quarter) -> None:
    first = await quarter.place("A", datetime(2026, 10, 1, 0, 30, tzinfo=CHINA), "4")
    await quarter.ship(first, datetime(2026, 10, 5, 9, tzinfo=CHINA))
    second = await quarter.place("A", datetime(2026, 10, 10, 9, tzinfo=CHINA), "20")
    await quarter.place("B", datetime(2026, 10, 12, 9, tzinfo=CHINA), "10")
    with clock.at(datetime(2026, 11, 3, 9, tzinfo=CHINA)):
        await cancel_some(quarter.dealers["A"], second, "5")
    await quarter.ship(second, datetime(2026, 11, 4, 8, tzinfo=CHINA))
    await quarter.place("A", datetime(2026, 11, 5, 9, tzinfo=CHINA), "30")
    with clock.at(datetime(2026, 11, 10, 9, tzinfo=CHINA)):
        await record_receipt(
            quarter.brand.viewer,
            client_key=new_key(),
            relation_id=UUID(quarter.relation("A")),
            amount_minor=1000,
            method=ReceiptMethod.TRANSFER,
            reference="BOC",
        )
    await quarter.place("C", datetime(2026, 11, 21, 0, 30, tzinfo=CHINA), "5")


async def cancel_some(party: Party, order_id: UUID, quantity: str) -> None:
    """Cancel so many of the order's only line."""
    lines: Sequence[object] = (await lines_by_orders(party.viewer, [order_id]))[order_id]
    (line,) = lines
    wanted = [(line["id"], Decimal(quantity))]  # type: ignore[index]
    await cancel_order(party.viewer, order_id=order_id, lines=wanted, reason="too many", client_key=new_key())
