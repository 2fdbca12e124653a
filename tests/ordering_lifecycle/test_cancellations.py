"""Cancelling: freely before confirmation, by request after it, by the seller what has not left; all is given back."""

from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.fulfilment.ship import ship_order
from app.kernel.refusal import BadRequest, Forbidden, MoveNotAllowed, NotFound
from app.network.roles import Role
from app.ordering.act_refusals import MoreThanOpen
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.decide_cancellation import decide_cancellation
from app.ordering.request_cancellation import request_cancellation
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import (
    Goods,
    Shop,
    balances,
    everything,
    facts,
    line_rows,
    open_shop,
    order_row,
    timeline,
)
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

TWO = [Goods("10", 10000), Goods("3", 10000, rate_bp=900, factor="12")]


async def cancel(party: Party, order_id: UUID, lines: list[tuple[UUID, str]] | None = None) -> None:
    asked = None if lines is None else [(line, Decimal(quantity)) for line, quantity in lines]
    await cancel_order(party.viewer, order_id=order_id, lines=asked, reason="too much", client_key=new_key())


async def ask(party: Party, order_id: UUID, lines: list[tuple[UUID, str]] | None = None) -> None:
    asked = None if lines is None else [(line, Decimal(quantity)) for line, quantity in lines]
    await request_cancellation(party.viewer, order_id=order_id, lines=asked, reason="no room", client_key=new_key())


async def decide(party: Party, order_id: UUID, accept: bool, reason: str | None = None) -> None:
    await decide_cancellation(
        party.viewer,
        order_id=order_id,
        accept=accept,
        reason=reason,
        client_key=new_key(),
    )


async def confirmed(shop: Shop, freight: int = 0) -> tuple[UUID, list[UUID]]:
    order_id = await shop.place(TWO, freight=freight)
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    return order_id, [line["id"] for line in await line_rows(order_id)]


async def ship(shop: Shop, order_id: UUID, lines: list[tuple[UUID, str]] | None = None) -> UUID:
    asked = None if lines is None else [(line, Decimal(quantity)) for line, quantity in lines]
    return await ship_order(
        shop.storeman.viewer,
        order_id=order_id,
        lines=asked,
        carrier="SF",
        tracking_number=None,
        client_key=new_key(),
    )


async def reserved_and_allocated(order_id: UUID) -> list[tuple[int, int]]:
    rows = await database.rows(
        "SELECT sum(s.reserved), sum(s.allocated) FROM sales_order_line l JOIN stock_level s ON s.sku_id = l.sku_id"
        " WHERE l.order_id = $1 GROUP BY l.position ORDER BY l.position",
        order_id,
    )
    return [(int(row[0]), int(row[1])) for row in rows]


class TestTheBuyerBeforeConfirmation:
    async def test_cancels_all(self) -> None:
        shop = await open_shop(funding="prepayment")
        free = await balances(shop.relation_id)
        order_id = await shop.place(TWO, freight=500)
        await cancel(shop.purchaser, order_id)
        order = await order_row(order_id)
        assert (order["status"], order["payment_status"], order["fulfilment_status"]) == (
            "cancelled",
            "refunded",
            "none",
        )
        assert (order["cancelled_minor"], order["freight_cancelled_minor"], order["gross_minor"]) == (20500, 500, 20500)
        assert await balances(shop.relation_id) == free
        assert await reserved_and_allocated(order_id) == [(0, 0), (0, 0)]
        assert await timeline(order_id) == ["placed", "cancelled"]
        assert [one[0] for one in await facts(order_id, "order")] == ["cancelled"]
        assert await wrong_books() == []

    async def test_cancels_a_quantity_with_its_share_of_everything(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO, freight=500)
        lines = [line["id"] for line in await line_rows(order_id)]
        await cancel(shop.purchaser, order_id, [(lines[1], "1")])
        order = await order_row(order_id)
        assert (order["status"], order["cancelled_minor"], order["freight_cancelled_minor"]) == ("submitted", 3416, 83)
        assert await balances(shop.relation_id) == {"receivable": (0, 20500 - 3416)}
        assert await reserved_and_allocated(order_id) == [(10, 0), (24, 0)]
        assert await timeline(order_id) == ["placed", "lines_cancelled"]
        await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
        assert await reserved_and_allocated(order_id) == [(0, 10), (0, 24)]
        assert await wrong_books() == []

    async def test_line_after_line_is_all(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO, freight=501)
        lines = [line["id"] for line in await line_rows(order_id)]
        for quantity in ("3", "3", "4"):
            await cancel(shop.purchaser, order_id, [(lines[0], quantity)])
        for _ in range(3):
            await cancel(shop.purchaser, order_id, [(lines[1], "1")])
        order = await order_row(order_id)
        assert (order["status"], order["cancelled_minor"]) == ("cancelled", 20501)
        assert await balances(shop.relation_id) == {}
        assert await wrong_books() == []

    async def test_never_more_than_there_is_and_never_another_orders_line(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO)
        other = await shop.place(TWO)
        lines = [line["id"] for line in await line_rows(order_id)]
        [foreign, _] = [line["id"] for line in await line_rows(other)]
        before = await everything()
        with pytest.raises(MoreThanOpen) as refused:
            await cancel(shop.purchaser, order_id, [(lines[0], "10.000001"), (lines[1], "4")])
        assert [(one.line_id, one.asked, one.open) for one in refused.value.lines] == [
            (lines[0], Decimal("10.000001"), Decimal(10)),
            (lines[1], Decimal(4), Decimal(3)),
        ]
        assert "SKU-1 4 of 3 pieces" in refused.value.message("en")
        with pytest.raises(NotFound):
            await cancel(shop.purchaser, order_id, [(foreign, "1")])
        for wrong in ([], [(lines[0], "0")], [(lines[0], "1"), (lines[0], "1")], [(lines[0], "-1")]):
            with pytest.raises(BadRequest):
                await cancel(shop.purchaser, order_id, wrong)
        assert await everything() == before

    async def test_not_the_seller_and_not_without_the_role(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO)
        with pytest.raises(MoveNotAllowed) as refused:
            await cancel(shop.clerk, order_id)
        assert refused.value.allowed == ["confirm", "reject", "grant_discount", "propose_change"]
        finance = await shop.world.member(shop.buyer, [Role.FINANCE])
        with pytest.raises(Forbidden):
            await cancel(finance, order_id)
        assert (await order_row(order_id))["version"] == 1


class TestTheBuyerAfterConfirmation:
    async def test_may_only_ask_and_the_seller_accepts_a_part(self) -> None:
        shop = await open_shop()
        order_id, lines = await confirmed(shop, freight=500)
        with pytest.raises(MoveNotAllowed) as refused:
            await cancel(shop.purchaser, order_id)
        assert refused.value.allowed == ["request_cancellation"]
        await ask(shop.purchaser, order_id, [(lines[0], "4")])
        held = await balances(shop.relation_id)
        assert held == {"receivable": (0, 20500)}
        assert (await order_row(order_id))["status"] == "cancel_requested"
        with pytest.raises(MoveNotAllowed) as refused:
            await ship(shop, order_id)
        assert refused.value.allowed == []
        await decide(shop.clerk, order_id, True)
        order = await order_row(order_id)
        assert (order["status"], order["cancelled_minor"], order["freight_cancelled_minor"]) == ("confirmed", 4100, 100)
        assert await reserved_and_allocated(order_id) == [(0, 6), (0, 36)]
        assert await timeline(order_id) == ["placed", "confirmed", "cancellation_requested", "cancellation_accepted"]
        assert await wrong_books() == []

    async def test_all_accepted_before_shipping_is_cancelled(self) -> None:
        shop = await open_shop()
        order_id, _ = await confirmed(shop)
        await ask(shop.purchaser, order_id)
        await decide(shop.clerk, order_id, True, "fine")
        assert (await order_row(order_id))["status"] == "cancelled"
        assert await balances(shop.relation_id) == {}
        assert await wrong_books() == []

    async def test_all_that_remains_accepted_after_shipping_closes_short(self) -> None:
        shop = await open_shop()
        order_id, lines = await confirmed(shop, freight=500)
        await ship(shop, order_id, [(lines[0], "10")])
        await ask(shop.purchaser, order_id)
        await decide(shop.clerk, order_id, True)
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"]) == ("closed_short", "shipped")
        assert (order["shipped_minor"], order["cancelled_minor"], order["freight_shipped_minor"]) == (10500, 10000, 500)
        assert await wrong_books() == []

    async def test_a_refusal_needs_a_reason_and_changes_nothing_else(self) -> None:
        shop = await open_shop()
        order_id, lines = await confirmed(shop)
        await ship(shop, order_id, [(lines[0], "1")])
        await ask(shop.purchaser, order_id)
        with pytest.raises(BadRequest):
            await decide(shop.clerk, order_id, False)
        await decide(shop.clerk, order_id, False, "on the truck")
        order = await order_row(order_id)
        assert (order["status"], order["cancelled_minor"]) == ("fulfilling", 0)
        with pytest.raises(MoveNotAllowed):
            await decide(shop.clerk, order_id, True)
        [request] = await database.rows("SELECT * FROM cancellation_request WHERE order_id = $1", order_id)
        assert (request["status"], request["decided_by"]) == ("refused", shop.clerk.viewer.membership_id)
        await ship(shop, order_id)
        assert await wrong_books() == []

    async def test_never_for_what_left(self) -> None:
        shop = await open_shop()
        order_id, lines = await confirmed(shop)
        await ship(shop, order_id, [(lines[0], "8")])
        with pytest.raises(MoreThanOpen) as refused:
            await ask(shop.purchaser, order_id, [(lines[0], "3")])
        assert [one.open for one in refused.value.lines] == [2]
        await ship(shop, order_id)
        with pytest.raises(MoveNotAllowed):
            await ask(shop.purchaser, order_id)
        assert (await order_row(order_id))["status"] == "fulfilling"


class TestTheSeller:
    async def test_cancels_a_quantity_of_a_confirmed_order(self) -> None:
        shop = await open_shop(funding="prepayment")
        free = await balances(shop.relation_id)
        order_id, lines = await confirmed(shop)
        await cancel(shop.clerk, order_id, [(lines[0], "9"), (lines[1], "3")])
        order = await order_row(order_id)
        assert (order["status"], order["payment_status"], order["cancelled_minor"]) == (
            "confirmed",
            "refunded_part",
            19000,
        )
        await cancel(shop.clerk, order_id)
        assert (await order_row(order_id))["status"] == "cancelled"
        assert await balances(shop.relation_id) == free
        assert await wrong_books() == []

    async def test_closes_the_rest_short(self) -> None:
        shop = await open_shop()
        order_id, lines = await confirmed(shop, freight=500)
        await cancel(shop.clerk, order_id, [(lines[0], "5")])
        await ship(shop, order_id, [(lines[1], "1")])
        await cancel(shop.clerk, order_id)
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"], order["version"]) == ("closed_short", "shipped", 5)
        assert order["gross_minor"] == order["cancelled_minor"] + order["shipped_minor"] == 20500
        assert (order["freight_cancelled_minor"], order["freight_shipped_minor"]) == (125, 375)
        assert await reserved_and_allocated(order_id) == [(0, 0), (0, 0)]
        assert await timeline(order_id) == ["placed", "confirmed", "lines_cancelled", "shipped", "closed_short"]
        assert await wrong_books() == []
