"""What becomes of orders, debts and relations, and what the figures say of it then, to the cent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.fulfilment.ship import ship_order
from app.kernel import clock
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.ledger.accounts import lock_accounts
from app.ledger.post import Transfer, TransferKind, post
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import AccountKind
from app.network.change_relation import Decided, end_relation, suspend_relation
from app.network.open_relation import Buyer, open_relation
from app.network.rules import Terms
from app.ordering.accept_change import accept_change
from app.ordering.amendment import LineChange
from app.ordering.asked_change import AskedChange
from app.ordering.confirm import confirm_order
from app.ordering.expire import expire_order
from app.ordering.grant_discount import grant_discount
from app.ordering.propose_change import propose_change
from app.ordering.queries import lines_by_orders
from app.ordering.reject import reject_order
from tests.api import Api
from tests.insight.documents import CARD, LIST, month
from tests.insight.quarter import CHINA, cancel_some
from tests.ordering.market import Market, market_between
from tests.worlds import new_key, open_world, party_of, registration_code

BEGAN = datetime(2026, 9, 1, 9, tzinfo=CHINA)
OCTOBER = datetime(2026, 10, 31, 23, 59, 59, tzinfo=CHINA)
NOVEMBER = datetime(2026, 11, 1, 0, 0, tzinfo=CHINA)
NOTHING = month("2026-11-01", 0, "0.00")


@dataclass(slots=True)
class Trade:
    """A brand, a dealer of its own for this test, and paint at 10.00."""

    api: Api
    market: Market
    paint: UUID

    @property
    def relation_id(self) -> UUID:
        return self.market.relation_id

    async def place(self, at: datetime, quantity: str) -> UUID:
        with clock.at(at):
            return await self.market.place([(self.paint, quantity)])

    async def seen(self, at: datetime, *, document: str = CARD) -> dict[str, Any]:
        """The customer as its brand sees it at this moment."""
        with clock.at(at):
            reader = await party_of("Brand", self.market.seller.login)
            if document is LIST:
                (edge,) = (await self.api.data(reader, LIST))["customers"]["edges"]
                node: dict[str, Any] = edge["node"]
                return node
            card: dict[str, Any] = (await self.api.data(reader, CARD, id=str(self.relation_id)))["customer"]
            return card


@pytest.fixture
async def trade(database: str) -> Trade:
    with clock.at(BEGAN):
        world = await open_world()
        dealer = await world.buyer(world.brand, "Dealer")
        market = await market_between(world, world.brand, dealer)
        return Trade(Api(), market, await market.sku(f"PAINT-{uuid4()}", price="10.00"))


async def test_the_last_second_of_a_month_and_the_first_of_the_next(trade: Trade) -> None:
    await trade.place(OCTOBER, "1")
    await trade.place(NOVEMBER, "2")
    before, after = await trade.seen(OCTOBER), await trade.seen(NOVEMBER)
    assert (after["lastMonth"], after["thisMonth"]) == (
        month("2026-10-01", 1, "10.00"),
        month("2026-11-01", 1, "20.00"),
    )
    assert (after["change"]["amount"], after["changeBp"]) == ("10.00", 10_000)
    assert before["thisMonth"] == month("2026-10-01", 1, "10.00")


async def test_what_does_not_come_about_is_counted_as_an_order_and_not_as_turnover(trade: Trade) -> None:
    seller, day = trade.market.seller.viewer, NOVEMBER + timedelta(days=2)
    kept = await trade.place(OCTOBER, "100")
    cancelled, rejected = await trade.place(OCTOBER, "7"), await trade.place(OCTOBER, "5")
    assert (await trade.seen(OCTOBER))["thisMonth"] == month("2026-10-01", 3, "1120.00")
    with clock.at(day):
        await cancel_some(trade.market.buyer, cancelled, "7")
        await reject_order(seller, order_id=rejected, reason="no stock", client_key=new_key())
    seen = await trade.seen(day)
    assert (seen["lastMonth"], seen["thisMonth"]) == (month("2026-10-01", 3, "1000.00"), NOTHING)
    # It is what was ordered last, though nothing came of it; the silence counts from there
    assert seen["lastOrder"]["placedAt"] == "2026-10-31T15:59:59Z"
    assert (seen["silentDays"], seen["openOrders"]["unconfirmed"]) == (3, 1)
    with clock.at(day):
        await confirm_order(seller, order_id=kept, client_key=new_key())
    assert (await trade.seen(day))["openOrders"] == {"unconfirmed": 0, "confirmed": 1, "value": {"amount": "1000.00"}}


async def test_an_order_that_lapsed(trade: Trade) -> None:
    with clock.at(BEGAN):
        world = trade.market.world
        dealer = await world.buyer(world.brand, "In a hurry", reservation_minutes=30)
        market = replace(trade.market, buyer=dealer)
        await market.credit(None)
    hasty = replace(trade, market=market)
    order_id = await hasty.place(OCTOBER, "3")
    late = OCTOBER + timedelta(minutes=31)
    seen = await hasty.seen(late)
    assert seen["openOrders"] == {"unconfirmed": 0, "confirmed": 0, "value": {"amount": "0.00"}}  # nobody swept yet
    with clock.at(late):
        assert await expire_order(order_id=order_id)
    assert (await hasty.seen(late))["lastMonth"] == month("2026-10-01", 1, "0.00")


async def test_an_order_that_was_changed_counts_as_it_is_now(trade: Trade) -> None:
    """Less by an accepted change, less by a discount: in the month in which it was placed."""
    seller, buyer = trade.market.seller.viewer, trade.market.buyer.viewer
    order_id = await trade.place(OCTOBER, "20")
    with clock.at(NOVEMBER):
        (line,) = (await lines_by_orders(seller, [order_id]))[order_id]
        change = AskedChange(lines=(LineChange(line["id"], quantity=Decimal(15)),))
        await propose_change(seller, order_id=order_id, change=change, reason="short", client_key=new_key())
        assert (await trade.seen(NOVEMBER))["lastMonth"] == month("2026-10-01", 1, "200.00")  # not accepted yet
        await accept_change(buyer, order_id=order_id, client_key=new_key())
    assert (await trade.seen(NOVEMBER))["lastMonth"] == month("2026-10-01", 1, "150.00")
    discounted = await trade.place(NOVEMBER, "10")
    with clock.at(NOVEMBER):
        await grant_discount(seller, order_id=discounted, amount=Decimal("5.50"), reason="sorry", client_key=new_key())
    assert (await trade.seen(NOVEMBER))["thisMonth"] == month("2026-11-01", 1, "94.50")


@act
async def give_back(work: Work, relation_id: UUID, amount_minor: int) -> None:
    """Money returns to the buyer, and what it paid is owed again."""
    accounts = await lock_accounts(work, relation_id)
    entries = [(AccountKind.RECEIVABLE, amount_minor), (AccountKind.CLEARING, -amount_minor)]
    await post(work, accounts, Transfer(TransferKind.REVERSAL, uuid7()), entries)


async def test_money_that_returns_is_owed_and_overdue_again(trade: Trade) -> None:
    """The list and the account say the same at every step: shipped, due, paid, given back."""
    seller = trade.market.seller.viewer
    for day, quantity in ((1, "10"), (15, "4")):
        order_id = await trade.place(BEGAN.replace(day=day), quantity)
        with clock.at(BEGAN.replace(day=day, hour=10)):
            await confirm_order(seller, order_id=order_id, client_key=new_key())
            await ship_order(seller, order_id=order_id, lines=None, client_key=new_key())
    due_first, due_second = BEGAN + timedelta(days=32), BEGAN + timedelta(days=60)

    async def owed(at: datetime) -> tuple[str, str, int]:
        account = (await trade.seen(at))["account"]
        listed = await trade.seen(at, document=LIST)
        assert listed["account"] == account
        with clock.at(at):
            reader = await party_of("Brand", trade.market.seller.login)
            found = await trade.api.data(reader, LIST, filter={"overdue": True}, sort="MOST_OVERDUE")
        return account["receivable"]["amount"], account["overdue"]["amount"], len(found["customers"]["edges"])

    async def pay(at: datetime, amount_minor: int) -> None:
        with clock.at(at):
            await record_receipt(
                seller,
                client_key=new_key(),
                relation_id=trade.relation_id,
                amount_minor=amount_minor,
                method=ReceiptMethod.CASH,
                reference="till",
            )

    assert await owed(BEGAN + timedelta(days=20)) == ("140.00", "0.00", 0)
    assert await owed(due_first) == ("140.00", "100.00", 1)
    await pay(due_first, 12_000)
    assert await owed(due_first) == ("20.00", "0.00", 0)
    with clock.at(due_first):
        await give_back(trade.relation_id, 7_000)
    assert await owed(due_first) == ("90.00", "50.00", 1)  # of the first debt, for 40 is not due
    assert await owed(due_second) == ("90.00", "90.00", 1)
    await pay(due_second, 20_000)
    assert await owed(due_second) == ("0.00", "0.00", 0)  # 110 of it is prepaid
    assert (await trade.seen(due_second))["months"][-3]["turnover"]["amount"] == "0.00"  # paying is not buying


async def test_a_dealer_that_never_ordered(trade: Trade) -> None:
    seen = await trade.seen(NOVEMBER)
    assert (seen["thisMonth"], seen["lastMonth"]) == (NOTHING, month("2026-10-01", 0, "0.00"))
    assert (seen["change"], seen["changeBp"]) == ({"amount": "0.00", "currency": "CNY"}, None)
    assert (seen["lastOrder"], seen["latestOrders"], seen["silentDays"]) == (None, [], 61)
    assert seen["openOrders"] == {"unconfirmed": 0, "confirmed": 0, "value": {"amount": "0.00"}}
    assert (seen["account"]["receivable"], seen["account"]["overdue"]) == ({"amount": "0.00"},) * 2
    assert len(seen["months"]) == 12
    assert seen["leads"] == {"offered": 0, "accepted": 0, "lost": 0}


async def test_a_relation_that_ended_and_was_taken_up_again(trade: Trade) -> None:
    """Its figures go on where they were: it is the same relation, and was silent meanwhile."""
    market, day = trade.market, NOVEMBER + timedelta(days=9)
    seller = market.seller.viewer
    await trade.place(OCTOBER, "3")
    with clock.at(NOVEMBER):
        await suspend_relation(
            seller, client_key=new_key(), relation_id=trade.relation_id, decided=Decided("owes", None)
        )
        await end_relation(seller, client_key=new_key(), relation_id=trade.relation_id, decided=Decided("moved", None))
    ended = await trade.seen(day)
    assert (ended["status"], ended["lastMonth"], ended["silentDays"]) == ("ENDED", month("2026-10-01", 1, "30.00"), 10)
    with clock.at(day):
        again = await open_relation(
            seller,
            client_key=new_key(),
            network_id=market.world.network_id,
            buyer=Buyer(registration_code=await registration_code(market.buyer)),
            terms=Terms(currency="CNY"),
        )
    assert again == trade.relation_id
    opened = await trade.seen(day)
    assert (opened["status"], opened["silentDays"]) == ("ACTIVE", 10)
    await trade.place(day, "4")
    seen = await trade.seen(day)
    assert (seen["thisMonth"], seen["lastMonth"]) == (month("2026-11-01", 1, "40.00"), month("2026-10-01", 1, "30.00"))
    assert [edge["node"]["what"] for edge in seen["history"]["edges"]] == ["reopened", "ended", "suspended", "opened"]


async def test_seasons_that_are_too_far_apart_to_compare(trade: Trade) -> None:
    """A share that 32 bits cannot say is not said; the amounts are."""
    with clock.at(BEGAN):
        sample = await trade.market.sku(f"SAMPLE-{uuid4()}", price="0.01")
    await replace(trade, paint=sample).place(OCTOBER, "1")
    await trade.place(NOVEMBER, "1000")
    seen = await trade.seen(NOVEMBER)
    assert (seen["lastMonth"], seen["thisMonth"]) == (
        month("2026-10-01", 1, "0.01"), month("2026-11-01", 1, "10000.00")
    )  # fmt: skip
    assert (seen["change"]["amount"], seen["changeBp"]) == ("9999.99", None)


async def test_who_does_badly_for_long(database: str) -> None:
    """Six months of 100.00 each, and then three of 49.00, 49.99 and 10.00: below half of it, all of them. Another that
    reached 50.00 in one of them is not among those found, nor is one that has nothing to be compared with."""
    began = datetime(2026, 1, 20, 9, tzinfo=CHINA)
    with clock.at(began):
        world = await open_world()
        names = ("Lagging", "Half once", "Always little", "Never ordered")
        dealers = {name: await world.buyer(world.brand, name) for name in names}
        market = await market_between(world, world.brand, dealers["Lagging"])
        fen = await market.sku("FEN", price="0.01", stock="1000000")
    ordered = {
        "Lagging": [10000] * 6 + [4900, 4999, 1000],
        "Half once": [10000] * 6 + [4900, 5000, 1000],
        "Always little": [1000] * 9,
    }
    for name, amounts in ordered.items():
        market.buyer = dealers[name]
        if name != "Lagging":
            with clock.at(began):
                await market.credit(None)
        for number, amount in enumerate(amounts, start=2):  # from February to October
            with clock.at(datetime(2026, number, 28, 23, 30, tzinfo=CHINA)):
                await market.place([(fen, str(amount))])
    api = Api()
    for wanted, found in (
        ({}, ["Lagging"]),
        ({"belowBp": 5001}, ["Lagging", "Half once"]),
        ({"belowBp": 4999}, []),
        ({"months": 1}, ["Lagging", "Half once"]),
        ({"belowBp": 10_000, "months": 3, "baseMonths": 1}, ["Lagging", "Half once"]),
        ({"months": 4}, []),
    ):
        with clock.at(NOVEMBER):
            reader = await party_of("Brand", world.brand.login)
            page = (await api.data(reader, LIST, filter={"lagging": wanted}))["customers"]["edges"]
        assert [edge["node"]["buyer"]["name"] for edge in page] == found, wanted
