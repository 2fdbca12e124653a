"""The seller confirms or rejects, and orders nobody decides expire: stock, hold and statuses follow in one act."""

from datetime import timedelta
from uuid import UUID

import pytest

from app import database
from app.kernel import clock
from app.kernel.refusal import BadRequest, ChangedMeanwhile, Forbidden, KeyReused, MoveNotAllowed, NotFound
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering.act_refusals import OrderExpired
from app.ordering.confirm import confirm_order
from app.ordering.expire import expire_order, lapsed_orders
from app.ordering.reject import reject_order
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import (
    Goods,
    balances,
    everything,
    facts,
    line_rows,
    lock_stock_of,
    open_shop,
    order_row,
    timeline,
)
from tests.worlds import new_key, open_world

# Time is simulated here: to the audit, which lives now, stock was given back too early
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.unaudited("line_is_promised_what_is_open")]

TWO = [Goods("10", 113000), Goods("7", 54500, rate_bp=900)]


async def stock_of(order_id: UUID) -> tuple[int, int, int]:
    """(on hand, reserved, allocated) of the order's SKUs."""
    row = await database.row(
        "SELECT sum(s.on_hand), sum(s.reserved), sum(s.allocated) FROM stock_level s"
        " WHERE s.sku_id IN (SELECT sku_id FROM sales_order_line WHERE order_id = $1)",
        order_id,
    )
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


class TestConfirm:
    async def test_turns_reservations_into_allocations_and_posts_nothing(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO, freight=1000, expires_in=timedelta(hours=1))
        before = await balances(shop.relation_id)
        assert await stock_of(order_id) == (17, 17, 0)
        assert await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key()) == order_id
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"], order["version"]) == ("confirmed", "allocated", 2)
        assert (order["reservation_expires_at"], order["confirmed_at"] is not None) == (None, True)
        assert [line["allocated"] for line in await line_rows(order_id)] == [10, 7]
        assert await stock_of(order_id) == (17, 0, 17)
        assert await balances(shop.relation_id) == before == {"receivable": (0, 168500)}
        assert await database.rows("SELECT 1 FROM ledger_transfer WHERE relation_id = $1", shop.relation_id) == []
        assert await timeline(order_id) == ["placed", "confirmed"]
        assert await facts(order_id, "order") == [
            ("confirmed", 2, {shop.seller.company_id, shop.buyer.company_id}),
        ]
        assert await facts(order_id, "channel_order") == []
        assert await wrong_books() == []

    async def test_the_brand_hears_of_orders_below_it(self) -> None:
        shop = await open_shop(levels=2)
        order_id = await shop.place(TWO)
        await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
        assert await facts(order_id, "channel_order") == [("confirmed", 2, {shop.world.brand.company_id})]

    async def test_twice_with_one_key_is_once_and_another_key_is_refused(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO)
        key = new_key()
        await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=key)
        before = await everything()
        assert await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=key) == order_id
        with pytest.raises(KeyReused):
            await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=key, expected_version=1)
        with pytest.raises(MoveNotAllowed) as refused:
            await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
        assert (refused.value.status, refused.value.asked) == ("confirmed", "confirm")
        assert refused.value.allowed == ["cancel"]
        assert await everything() == before

    async def test_only_the_seller_and_only_its_clerks(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO)
        stranger = (await open_world()).brand
        before = await everything()
        with pytest.raises(Forbidden):
            await confirm_order(shop.storeman.viewer, order_id=order_id, client_key=new_key())
        with pytest.raises(NotFound):
            await confirm_order(stranger.viewer, order_id=order_id, client_key=new_key())
        with pytest.raises(MoveNotAllowed) as refused:
            await confirm_order(shop.buyer.viewer, order_id=order_id, client_key=new_key())
        assert refused.value.allowed == ["cancel"]
        with pytest.raises(ChangedMeanwhile):
            await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key(), expected_version=2)
        assert await everything() == before

    async def test_what_is_no_stock_needs_none(self) -> None:
        shop = await open_shop()
        order_id = await shop.place([Goods("1", 5000, stocked=False)])
        await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
        assert [line["allocated"] for line in await line_rows(order_id)] == [0]
        assert await wrong_books() == []


class TestReject:
    @pytest.mark.parametrize("funding", ["credit", "prepayment"])
    async def test_gives_everything_back_with_the_reason(self, funding: str) -> None:
        shop = await open_shop(funding=funding)
        free = await balances(shop.relation_id)
        order_id = await shop.place(TWO, freight=1000)
        assert await balances(shop.relation_id) != free
        await reject_order(shop.clerk.viewer, order_id=order_id, reason=" out of season ", client_key=new_key())
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"], order["cancelled_minor"]) == ("rejected", "none", 168500)
        assert order["payment_status"] == ("unpaid" if funding == "credit" else "refunded")
        assert await balances(shop.relation_id) == free
        assert await stock_of(order_id) == (17, 0, 0)
        reasons = await database.rows(
            "SELECT reason FROM sales_order_event WHERE order_id = $1 AND version = 2", order_id
        )
        assert [row["reason"] for row in reasons] == ["out of season"]
        assert ("released", 0) in [one[:2] for one in await facts(shop.relation_id, "account")]
        assert await wrong_books() == []

    async def test_needs_a_reason(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO)
        for nothing in ("", "  ", "x" * 401, "a\x00b"):
            with pytest.raises(BadRequest):
                await reject_order(shop.clerk.viewer, order_id=order_id, reason=nothing, client_key=new_key())
        assert (await order_row(order_id))["status"] == "submitted"


class TestExpiry:
    async def test_counts_at_the_next_command_though_no_worker_ran(self) -> None:
        shop = await open_shop(funding="prepayment")
        free = await balances(shop.relation_id)
        order_id = await shop.place(TWO, freight=1000, expires_in=timedelta(minutes=30))
        with clock.travel(timedelta(minutes=30)):
            with pytest.raises(OrderExpired) as refused:
                await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
            assert refused.value.order_id == order_id
            order = await order_row(order_id)
            assert (order["status"], order["version"], order["closed_at"] is not None) == ("expired", 2, True)
            assert await balances(shop.relation_id) == free
            assert await stock_of(order_id) == (17, 0, 0)
            assert await timeline(order_id) == ["placed", "expired"]
            with pytest.raises(MoveNotAllowed):
                await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
        assert await wrong_books() == []

    async def test_the_worker_finds_it_once(self) -> None:
        shop = await open_shop()
        early = await shop.place(TWO, expires_in=timedelta(minutes=10))
        late = await shop.place(TWO, expires_in=timedelta(days=10))
        never = await shop.place(TWO)
        with clock.travel(timedelta(minutes=11)):
            found = await lapsed_orders(clock.now())
            assert early in found
            assert not {late, never} & set(found)
            assert await expire_order(order_id=early) is True
            assert await expire_order(order_id=early) is False
            assert await expire_order(order_id=late) is False
            assert early not in await lapsed_orders(clock.now())
        assert [(await order_row(one))["status"] for one in (early, late, never)] == [
            "expired",
            "submitted",
            "submitted",
        ]
        assert await wrong_books() == []

    async def test_its_stock_may_have_gone_to_somebody_else_before(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO, expires_in=timedelta(minutes=10))
        with clock.travel(timedelta(minutes=11)):
            await lock_stock_of(shop, order_id)
            with pytest.raises(OrderExpired):
                await reject_order(shop.clerk.viewer, order_id=order_id, reason="late", client_key=new_key())
        assert (await order_row(order_id))["status"] == "expired"
        assert await wrong_books() == []

    async def test_a_clerk_whose_clock_is_behind_finds_the_stock_gone(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO, expires_in=timedelta(minutes=10))
        with clock.travel(timedelta(minutes=11)):
            await lock_stock_of(shop, order_id)
        before = await everything()
        with pytest.raises(OrderExpired):
            await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
        assert await everything() == before

    async def test_a_clerk_who_manages_other_dealers_does_not_find_it(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO)
        both = [Role.ORDER_CLERK, Role.CHANNEL_MANAGER]
        elsewhere = await shop.world.member(shop.seller, both, scope=Scope(relation_ids=()))
        here = await shop.world.member(shop.seller, both, scope=Scope(relation_ids=(shop.relation_id,)))
        with pytest.raises(NotFound):
            await confirm_order(elsewhere.viewer, order_id=order_id, client_key=new_key())
        assert await confirm_order(here.viewer, order_id=order_id, client_key=new_key()) == order_id
