"""Where a buyer stands: every unit of value in one part, what is due, what blocks, what frees."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app import database
from app.fulfilment.ship import ship_order
from app.kernel import clock
from app.kernel.money import MOST_MINOR, AmountTooLarge, Money
from app.kernel.page import Page
from app.kernel.refusal import BadRequest, ChangedMeanwhile, Forbidden, KeyReused, NotFound
from app.ledger import queries
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import ExposureKind, Position, ReceiptTo
from app.ledger.set_credit_line import set_credit_line
from app.network.change_relation import end_relation
from app.network.open_relation import Buyer, open_relation
from app.network.roles import Role
from app.network.rules import Terms
from app.ordering.confirm import confirm_order
from app.ordering.refusals import CreditBlocked, CreditShort, OrderRefused
from tests.ordering.market import Market, open_market
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import everything
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

DAY = timedelta(days=1)


async def position(market: Market, party: Party | None = None) -> Position:
    viewer = (party or market.buyer).viewer
    return (await queries.accounts_by_relations(viewer, [market.relation_id]))[market.relation_id].position


async def parts(market: Market) -> dict[ExposureKind, int]:
    """The parts that are not empty."""
    return {part.kind: part.minor for part in (await position(market)).parts if part.minor}


async def pay(
    market: Market, amount_minor: int, to: ReceiptTo = ReceiptTo.RECEIVABLE, *, key: str = "", by: Party | None = None
) -> UUID:
    return await record_receipt(
        (by or market.seller).viewer,
        client_key=key or new_key(),
        relation_id=market.relation_id,
        amount_minor=amount_minor,
        method=ReceiptMethod.TRANSFER,
        reference="2026-001",
        to=to,
    )


async def confirm(market: Market, order_id: UUID) -> None:
    await confirm_order(market.seller.viewer, client_key=new_key(), order_id=order_id)


async def ship(market: Market, order_id: UUID) -> None:
    await ship_order(
        market.seller.viewer, client_key=new_key(), order_id=order_id, lines=None, carrier=None, tracking_number=None
    )


async def test_value_wanders_from_pending_to_open_to_receivable_and_a_payment_frees_the_credit() -> None:
    market = await open_market(credit=100_00)
    paint = await market.sku("PAINT", price="10.00")
    order_id = await market.place([(paint, "8")])
    assert await parts(market) == {ExposureKind.PENDING: 80_00}
    assert (await position(market)).available_at(clock.now()) == 20_00
    await confirm(market, order_id)
    assert await parts(market) == {ExposureKind.OPEN: 80_00}
    await ship(market, order_id)
    assert await parts(market) == {ExposureKind.RECEIVABLE: 80_00}
    assert await position(market) == await position(market, market.seller)
    with pytest.raises(OrderRefused):
        await market.place([(paint, "3")])
    await pay(market, 30_00)
    assert await parts(market) == {ExposureKind.RECEIVABLE: 50_00}
    await market.place([(paint, "3")])
    assert await parts(market) == {ExposureKind.PENDING: 30_00, ExposureKind.RECEIVABLE: 50_00}
    assert await wrong_books() == []


async def test_a_prepaid_order_has_no_exposure_at_any_stage() -> None:
    market = await open_market(funding="prepayment", credit=0)
    paint = await market.sku("PAINT", price="10.00")
    await pay(market, 100_00, ReceiptTo.PREPAYMENT)
    order_id = await market.place([(paint, "8")])
    for stage in (None, confirm, ship):
        if stage is not None:
            await stage(market, order_id)
        now = await position(market)
        assert (now.exposure_minor, now.prepaid_free_minor) == (0, 20_00)
    assert (now.prepaid_minor, now.prepaid_held_minor) == (20_00, 0)


async def test_a_receipt_pays_what_is_owed_and_the_rest_is_prepaid() -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00")
    order_id = await market.place([(paint, "5")])
    await confirm(market, order_id)
    await ship(market, order_id)
    receipt_id = await pay(market, 70_00, key="bank 1")
    row = await queries.receipt(market.buyer.viewer, receipt_id)
    assert (row["amount_minor"], row["to_receivable_minor"], row["to_prepayment_minor"]) == (70_00, 50_00, 20_00)
    assert await pay(market, 70_00, key="bank 1") == receipt_id
    with pytest.raises(KeyReused):
        await pay(market, 71_00, key="bank 1")
    now = await position(market)
    assert (now.receivable_minor, now.prepaid_minor) == (0, 20_00)
    await pay(market, 5_00, ReceiptTo.PREPAYMENT)
    assert (await position(market)).prepaid_minor == 25_00
    rows = await queries.entries(market.buyer.viewer, market.relation_id, Page(first=10))
    assert [(row["kind"], row["account"], row["amount_minor"]) for row in rows] == [
        ("receipt", "prepayment", -5_00),
        ("receipt", "prepayment", -20_00),
        ("receipt", "receivable", -50_00),
        ("shipment", "receivable", 50_00),
    ]
    entries = await database.rows(
        "SELECT a.kind, sum(e.amount_minor)::bigint AS total FROM ledger_entry e JOIN ledger_account a"
        " ON a.id = e.account_id WHERE a.relation_id = $1 GROUP BY a.kind",
        market.relation_id,
    )
    assert {row["kind"]: row["total"] for row in entries} == {
        "clearing": 75_00,
        "receivable": 0,
        "prepayment": -25_00,
        "revenue": -44_25,
        "output_tax": -5_75,
    }


async def test_the_oldest_debt_is_paid_first_and_what_is_overdue_too_long_blocks() -> None:
    market = await open_market(credit=None, net_days=10)
    await market.credit(None, overdue_block_days=5)
    paint = await market.sku("PAINT", price="10.00")
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)
    with clock.at(start) as time:
        for quantity in ("3", "2"):  # due on days 10 and 14
            order_id = await market.place([(paint, quantity)])
            await confirm(market, order_id)
            await ship(market, order_id)
            time.forward(4 * DAY)
        time.to(start + 10 * DAY - timedelta(hours=1))
        now = await position(market)
        assert (now.receivable_minor, now.due_minor, now.overdue_minor) == (50_00, 30_00, 0)
        time.to(start + 11 * DAY)
        assert (await position(market)).overdue_minor == 30_00
        await market.place([(paint, "1")])  # not yet too long
        time.to(start + 15 * DAY)
        assert (await position(market)).blocking_minor == 30_00
        with pytest.raises(OrderRefused) as caught:
            await market.place([(paint, "1")])
        (problem,) = caught.value.problems
        assert isinstance(problem, CreditBlocked)
        assert (problem.overdue.minor, problem.days) == (30_00, 5)
        await pay(market, 30_00)
        now = await position(market)
        assert (now.overdue_minor, now.blocking_minor, now.overdue_blocks) == (20_00, 0, False)
        await market.place([(paint, "1")])


async def test_a_temporary_limit_counts_until_it_ends() -> None:
    market = await open_market(credit=10_00)
    paint = await market.sku("PAINT", price="10.00")
    start = datetime(2026, 3, 2, tzinfo=UTC)
    with clock.at(start) as time:
        await market.credit(10_00, temporary_limit_minor=10_00, temporary_until=start + DAY)
        await market.place([(paint, "2")])
        time.to(start + DAY)
        now = await position(market)
        assert (now.credit.limit_at(clock.now()), now.available_at(clock.now())) == (10_00, -10_00)
        with pytest.raises(OrderRefused) as caught:
            await market.place([(paint, "1")])
        (problem,) = caught.value.problems
        assert isinstance(problem, CreditShort)
        assert (problem.available.minor, problem.short_by.minor) == (-10_00, 20_00)


async def test_no_limit_is_null_and_nothing_is_zero_which_is_what_a_new_relation_has() -> None:
    market = await open_market()
    relation_id = market.relation_id
    await database.rows("UPDATE credit_line SET limit_minor = 0 WHERE relation_id = $1", relation_id)
    paint = await market.sku("PAINT", price="10.00")
    free = await market.sku("LEAFLET", price="0")
    await market.place([(free, "1")])
    with pytest.raises(OrderRefused):
        await market.place([(paint, "1")])
    await market.credit(None)
    assert (await position(market)).available_at(clock.now()) is None
    await market.place([(paint, "1000")])
    other = await market.world.buyer(market.seller, "Newcomer")
    market.buyer = other
    assert (await position(market)).credit.limit_minor == 0


async def test_only_the_seller_decides_and_bad_values_change_nothing() -> None:
    market, other = await open_market(), await open_market()
    clerk = await market.world.member(market.seller, [Role.ORDER_CLERK])
    before = await everything()
    for party in (market.buyer, other.seller):
        with pytest.raises(NotFound):
            await pay(market, 1, by=party)
        with pytest.raises(NotFound):
            await set_credit_line(party.viewer, client_key=new_key(), relation_id=market.relation_id, limit_minor=None)
    with pytest.raises(Forbidden):
        await pay(market, 1, by=clerk)
    for amount in (0, -1):
        with pytest.raises(BadRequest):
            await pay(market, amount)
    with pytest.raises(AmountTooLarge):
        await pay(market, MOST_MINOR + 1)
    with pytest.raises(BadRequest):
        await market.credit(-1)
    with pytest.raises(BadRequest):
        await market.credit(1, temporary_limit_minor=1)
    with pytest.raises(BadRequest):
        await market.credit(MOST_MINOR, temporary_limit_minor=1, temporary_until=datetime(2040, 1, 1, tzinfo=UTC))
    with pytest.raises(ChangedMeanwhile):
        await market.credit(1, expected_version=99)
    assert await everything() == before
    assert await queries.accounts_by_relations(other.seller.viewer, [market.relation_id]) == {}
    assert await queries.entries(other.seller.viewer, market.relation_id, Page(first=1)) == []


async def test_no_receipt_makes_an_account_that_nobody_can_read() -> None:
    market = await open_market()
    await pay(market, MOST_MINOR - 5, ReceiptTo.PREPAYMENT)
    before = await everything()
    with pytest.raises(AmountTooLarge):
        await pay(market, 6, ReceiptTo.PREPAYMENT)
    assert await everything() == before
    await pay(market, 5, ReceiptTo.PREPAYMENT)
    assert (await position(market)).prepaid_minor == MOST_MINOR
    assert await wrong_books() == []


async def test_both_parties_hear_that_the_account_moved() -> None:
    market = await open_market()
    paint = await market.sku("PAINT")
    await market.place([(paint, "1")])
    await pay(market, 1)
    rows = await database.rows(
        "SELECT what, audience FROM outbox WHERE kind = 'account' AND subject_id = $1 ORDER BY id", market.relation_id
    )
    assert [row["what"] for row in rows] == ["credit_line_set", "held", "received"]
    assert {tuple(row["audience"]) for row in rows} == {(market.seller.company_id, market.buyer.company_id)}


async def test_a_relations_accounts_are_made_once_however_many_come_first() -> None:
    market = await open_market()
    market.buyer = await market.world.buyer(market.seller, "Newcomer")
    await asyncio.gather(*(pay(market, 100, ReceiptTo.PREPAYMENT) for _ in range(8)))
    rows = await database.rows("SELECT kind FROM ledger_account WHERE relation_id = $1", market.relation_id)
    assert sorted(row["kind"] for row in rows) == ["clearing", "output_tax", "prepayment", "receivable", "revenue"]
    assert (await position(market)).prepaid_minor == 800
    assert await wrong_books() == []


async def test_a_relation_that_is_opened_again_keeps_the_currency_of_its_accounts() -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00")
    order_id = await market.place([(paint, "5")])
    await confirm(market, order_id)
    await end_relation(market.seller.viewer, client_key=new_key(), relation_id=market.relation_id)
    again = Buyer(company_id=market.buyer.company_id)
    before = await everything()
    with pytest.raises(BadRequest) as refused:
        await open_relation(
            market.seller.viewer,
            client_key=new_key(),
            network_id=market.world.network_id,
            buyer=again,
            terms=Terms(currency="JPY"),
        )
    assert refused.value.field == "currency"
    assert await everything() == before
    await open_relation(
        market.seller.viewer,
        client_key=new_key(),
        network_id=market.world.network_id,
        buyer=again,
        terms=Terms(currency="CNY"),
    )
    await ship(market, order_id)
    assert await parts(market) == {ExposureKind.RECEIVABLE: 50_00}


async def test_an_order_beyond_what_an_account_can_say_is_refused_and_the_account_stays_readable() -> None:
    market = await open_market(credit=None)
    palace = await market.sku("PALACE", price="900000000000000")
    await market.place([(palace, "6")])
    before = await everything()
    with pytest.raises(AmountTooLarge):
        await market.place([(palace, "6")])
    assert await everything() == before
    now = await position(market)
    assert Money(now.exposure_minor, "CNY") == Money(540_000_000_000_000_000, "CNY")
