"""Shipping in parts, what carriers say, and arrival: goods, money and statuses in one act each."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.record_tracking import record_tracking
from app.fulfilment.rules import TrackingCode, TrackingSaid
from app.fulfilment.ship import ship_order
from app.kernel import clock
from app.kernel.refusal import BadRequest, ChangedMeanwhile, Forbidden, KeyReused, MoveNotAllowed, NotFound
from app.network.change_relation import suspend_relation
from app.network.roles import Role
from app.ordering.act_refusals import MoreThanOpen
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
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
from tests.worlds import Party, new_key, open_world

pytestmark = pytest.mark.usefixtures("database")

TWO = [Goods("3", 10000), Goods("10", 54500, rate_bp=900, factor="12")]


async def confirmed(
    goods: list[Goods] = TWO, *, funding: str = "credit", freight: int = 0, warehouses: int = 1, levels: int = 1
) -> tuple[Shop, UUID, list[UUID]]:
    shop = await open_shop(funding=funding, warehouses=warehouses, levels=levels)
    order_id = await shop.place(goods, freight=freight)
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    return shop, order_id, [line["id"] for line in await line_rows(order_id)]


async def ship(
    party: Party,
    order_id: UUID,
    lines: list[tuple[UUID, str]] | None = None,
    *,
    key: str | None = None,
    expected_version: int | None = None,
) -> UUID:
    return await ship_order(
        party.viewer,
        order_id=order_id,
        lines=None if lines is None else [(line, Decimal(quantity)) for line, quantity in lines],
        carrier=" 顺丰 ",
        tracking_number="SF1",
        client_key=key or new_key(),
        expected_version=expected_version,
    )


async def arrive(party: Party, shipment_id: UUID) -> UUID:
    return await confirm_delivery(party.viewer, shipment_id=shipment_id, client_key=new_key())


async def entries(shipment_id: UUID) -> dict[str, int]:
    rows = await database.rows(
        "SELECT a.kind, e.amount_minor FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id"
        " JOIN ledger_account a ON a.id = e.account_id WHERE t.document_id = $1",
        shipment_id,
    )
    return {row["kind"]: row["amount_minor"] for row in rows}


async def on_hand(order_id: UUID) -> list[tuple[int, int]]:
    rows = await database.rows(
        "SELECT sum(s.on_hand), sum(s.allocated) FROM sales_order_line l JOIN stock_level s ON s.sku_id = l.sku_id"
        " WHERE l.order_id = $1 GROUP BY l.position ORDER BY l.position",
        order_id,
    )
    return [(int(row[0]), int(row[1])) for row in rows]


class TestShip:
    async def test_a_part_posts_its_part_and_freight_goes_first(self) -> None:
        shop, order_id, lines = await confirmed(freight=1090)
        shipment_id = await ship(shop.storeman, order_id, [(lines[0], "1")])
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"], order["shipped_minor"]) == ("fulfilling", "partial", 4423)
        assert await entries(shipment_id) == {"receivable": 4423, "revenue": -3950, "output_tax": -473}
        assert await balances(shop.relation_id) == {
            "receivable": (4423, 65590 - 4423),
            "revenue": (-3950, 0),
            "output_tax": (-473, 0),
        }
        assert await on_hand(order_id) == [(2, 2), (120, 120)]
        [shipment] = await database.rows("SELECT * FROM shipment WHERE order_id = $1", order_id)
        assert (shipment["id"], shipment["number"]) == (shipment_id, f"{order['number']}-1")
        assert (shipment["amount_minor"], shipment["seller_id"]) == (4423, shop.seller.company_id)
        [package] = await database.rows("SELECT * FROM shipment_package WHERE shipment_id = $1", shipment_id)
        assert (package["carrier"], package["carrier_code"], package["tracking_number"]) == ("顺丰", "shunfeng", "SF1")
        [transfer] = await database.rows(
            "SELECT due_at, posted_at FROM ledger_transfer WHERE document_id = $1", shipment_id
        )
        assert transfer["due_at"] - transfer["posted_at"] == timedelta(days=30)
        assert await wrong_books() == []

        second = await ship(shop.storeman, order_id)
        assert await entries(second) == {"receivable": 61167, "revenue": -55900, "output_tax": -5267}
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"], order["shipped_minor"]) == ("fulfilling", "shipped", 65590)
        assert await balances(shop.relation_id) == {
            "receivable": (65590, 0),
            "revenue": (-59850, 0),
            "output_tax": (-5740, 0),
        }
        assert await on_hand(order_id) == [(0, 0), (0, 0)]
        assert [line["shipped_tax_minor"] for line in await line_rows(order_id)] == [1150, 4500]
        assert await timeline(order_id) == ["placed", "confirmed", "shipped", "shipped"]
        assert [one[0] for one in await facts(shop.relation_id, "account")] == ["held", "posted", "posted"]
        assert await facts(shipment_id, "shipment") == [
            ("shipped", 1, {shop.seller.company_id, shop.buyer.company_id}),
        ]
        assert await wrong_books() == []

    async def test_from_prepaid_money(self) -> None:
        shop, order_id, _ = await confirmed(funding="prepayment")
        before = (await balances(shop.relation_id))["prepayment"]
        shipment_id = await ship(shop.storeman, order_id)
        assert await entries(shipment_id) == {"prepayment": 64500, "revenue": -58850, "output_tax": -5650}
        after = (await balances(shop.relation_id))["prepayment"]
        assert (after[0] - before[0], before[1], after[1]) == (64500, 64500, 0)
        assert (await order_row(order_id))["payment_status"] == "paid"
        [transfer] = await database.rows("SELECT due_at FROM ledger_transfer WHERE document_id = $1", shipment_id)
        assert transfer["due_at"] is None
        assert await wrong_books() == []

    async def test_out_of_three_warehouses(self) -> None:
        goods = [Goods("9", 900), Goods("9", 901), Goods("9", 902), Goods("1", 5, stocked=False)]
        shop, order_id, lines = await confirmed(goods, warehouses=3)
        await ship(shop.storeman, order_id, [(lines[2], "4"), (lines[3], "1")])
        assert await on_hand(order_id) == [(9, 9), (9, 9), (5, 5)]
        assert await wrong_books() == []
        await ship(shop.storeman, order_id)
        assert await on_hand(order_id) == [(0, 0), (0, 0), (0, 0)]
        assert await wrong_books() == []

    async def test_never_more_than_is_open(self) -> None:
        shop, order_id, lines = await confirmed()
        await ship(shop.storeman, order_id, [(lines[0], "1")])
        await cancel_order(
            shop.clerk.viewer, order_id=order_id, lines=[(lines[1], Decimal(4))], reason="out", client_key=new_key()
        )
        before = await everything()
        with pytest.raises(MoreThanOpen) as refused:
            await ship(shop.storeman, order_id, [(lines[0], "2.5"), (lines[1], "7")])
        assert [(one.sku_code, str(one.open)) for one in refused.value.lines] == [
            ("SKU-0", "2.000000"),
            ("SKU-1", "6.000000"),
        ]
        assert refused.value.message("en").endswith("SKU-0 2.5 of 2 pieces, SKU-1 7 of 6 pieces.")
        with pytest.raises(NotFound):
            await ship(shop.storeman, order_id, [(order_id, "1")])
        with pytest.raises(ChangedMeanwhile):
            await ship(shop.storeman, order_id, expected_version=1)
        assert await everything() == before

    async def test_only_what_is_confirmed_only_the_seller_only_the_warehouse(self) -> None:
        shop = await open_shop()
        order_id = await shop.place(TWO)
        before = await everything()
        with pytest.raises(MoveNotAllowed) as refused:
            await ship(shop.storeman, order_id)
        assert (refused.value.status, refused.value.allowed) == ("submitted", [])
        with pytest.raises(Forbidden):
            await ship(shop.clerk, order_id)
        with pytest.raises(MoveNotAllowed):
            await ship(shop.buyer, order_id)
        with pytest.raises(NotFound):
            await ship((await open_world()).brand, order_id)
        with pytest.raises(BadRequest):
            await ship_order(
                shop.storeman.viewer,
                order_id=order_id,
                lines=None,
                carrier="x" * 61,
                tracking_number=None,
                client_key=new_key(),
            )
        assert (await order_row(order_id))["version"] == 1
        assert await database.rows("SELECT 1 FROM shipment WHERE order_id = $1", order_id) == []
        assert before != await everything()  # the stranger's world is new

    async def test_the_same_request_ships_once(self) -> None:
        shop, order_id, lines = await confirmed()
        key = new_key()
        first = await ship(shop.storeman, order_id, [(lines[1], "5")], key=key)
        before = await everything()
        assert await ship(shop.storeman, order_id, [(lines[1], "5.0")], key=key) == first
        with pytest.raises(KeyReused):
            await ship(shop.storeman, order_id, [(lines[1], "4")], key=key)
        assert await everything() == before

    async def test_a_suspended_relation_does_not_hold_back_what_was_confirmed(self) -> None:
        shop, order_id, _ = await confirmed()
        await suspend_relation(shop.seller.viewer, client_key=new_key(), relation_id=shop.relation_id)
        await arrive(shop.buyer, await ship(shop.storeman, order_id))
        assert (await order_row(order_id))["status"] == "completed"

    async def test_the_brand_hears_of_shipping_below_it_but_not_of_shipments(self) -> None:
        shop, order_id, _ = await confirmed(levels=2)
        shipment_id = await ship(shop.storeman, order_id)
        told = await facts(order_id, "channel_order")
        assert told == [("confirmed", 2, {shop.world.brand.company_id}), ("shipped", 3, {shop.world.brand.company_id})]
        assert shop.world.brand.company_id not in (await facts(shipment_id, "shipment"))[0][2]
        with pytest.raises(NotFound):
            await arrive(shop.world.brand, shipment_id)


class TestArrival:
    async def test_of_everything_completes_the_order(self) -> None:
        shop, order_id, lines = await confirmed()
        first = await ship(shop.storeman, order_id, [(lines[0], "3")])
        await arrive(shop.purchaser, first)
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"]) == ("fulfilling", "partial")
        assert [int(line["delivered"]) for line in await line_rows(order_id)] == [3, 0]
        second = await ship(shop.storeman, order_id)
        assert (await order_row(order_id))["fulfilment_status"] == "shipped"
        await arrive(shop.storeman, second)
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"]) == ("completed", "delivered")
        assert order["closed_at"] is not None
        assert [one[:2] for one in await facts(second, "shipment")] == [("shipped", 1), ("delivered", 2)]
        assert (await timeline(order_id))[-3:] == ["delivered", "shipped", "delivered"]
        assert await wrong_books() == []

    async def test_with_a_part_cancelled_completes_it_too(self) -> None:
        shop, order_id, lines = await confirmed()
        await cancel_order(
            shop.clerk.viewer, order_id=order_id, lines=[(lines[1], Decimal(10))], reason="out", client_key=new_key()
        )
        await arrive(shop.purchaser, await ship(shop.storeman, order_id))
        assert (await order_row(order_id))["status"] == "completed"
        assert await wrong_books() == []

    async def test_of_an_order_that_was_closed_short(self) -> None:
        shop, order_id, lines = await confirmed()
        shipment_id = await ship(shop.storeman, order_id, [(lines[0], "1")])
        await cancel_order(shop.clerk.viewer, order_id=order_id, lines=None, reason="out", client_key=new_key())
        await arrive(shop.purchaser, shipment_id)
        order = await order_row(order_id)
        assert (order["status"], order["fulfilment_status"]) == ("closed_short", "delivered")
        assert await wrong_books() == []

    async def test_while_a_cancellation_is_asked_for(self) -> None:
        shop, order_id, lines = await confirmed()
        shipment_id = await ship(shop.storeman, order_id, [(lines[0], "1")])
        await request_cancellation(
            shop.purchaser.viewer, order_id=order_id, lines=None, reason="no room", client_key=new_key()
        )
        await arrive(shop.purchaser, shipment_id)
        assert (await order_row(order_id))["status"] == "cancel_requested"
        assert await wrong_books() == []

    async def test_is_said_once_and_by_a_party(self) -> None:
        shop, order_id, _ = await confirmed()
        shipment_id = await ship(shop.storeman, order_id)
        finance = await shop.world.member(shop.buyer, [Role.FINANCE])
        stranger = (await open_world()).brand
        before = await everything()
        with pytest.raises(NotFound):
            await arrive(stranger, shipment_id)
        with pytest.raises(NotFound):
            await arrive(shop.purchaser, order_id)
        with pytest.raises(Forbidden):
            await arrive(finance, shipment_id)
        assert await everything() == before
        key = new_key()
        await confirm_delivery(shop.purchaser.viewer, shipment_id=shipment_id, client_key=key)
        done = await everything()
        await confirm_delivery(shop.purchaser.viewer, shipment_id=shipment_id, client_key=key)
        with pytest.raises(MoveNotAllowed) as refused:
            await arrive(shop.storeman, shipment_id)
        assert (refused.value.document, refused.value.status) == ("shipment", "delivered")
        assert refused.value.allowed == ["record_tracking"]
        assert await everything() == done


class TestTracking:
    async def test_events_are_kept_once_in_any_order(self) -> None:
        shop, order_id, _ = await confirmed()
        shipment_id = await ship(shop.storeman, order_id)
        now = clock.now()
        out = TrackingSaid(TrackingCode.OUT_FOR_DELIVERY, "派送中", "佛山", now)
        picked = TrackingSaid(TrackingCode.PICKED_UP, "已揽收", None, now - timedelta(hours=5))

        async def say(*events: TrackingSaid) -> None:
            await record_tracking(shop.storeman.viewer, shipment_id=shipment_id, events=events, client_key=new_key())

        await say(out)
        await say(out, picked, picked)
        await say(picked)
        rows = await database.rows(
            "SELECT code, text, place FROM tracking_event WHERE shipment_id = $1 ORDER BY at", shipment_id
        )
        assert [tuple(row) for row in rows] == [("picked_up", "已揽收", None), ("out_for_delivery", "派送中", "佛山")]
        [shipment] = await database.rows("SELECT status, version FROM shipment WHERE id = $1", shipment_id)
        assert tuple(shipment) == ("out_for_delivery", 3)
        assert [one[:2] for one in await facts(shipment_id, "shipment")] == [
            ("shipped", 1),
            ("tracked", 2),
            ("tracked", 3),
        ]
        await arrive(shop.purchaser, shipment_id)
        await say(TrackingSaid(TrackingCode.ARRIVED, "late word", None, now + timedelta(hours=1)))
        [shipment] = await database.rows("SELECT status, version FROM shipment WHERE id = $1", shipment_id)
        assert tuple(shipment) == ("delivered", 5)

    async def test_only_by_the_seller_and_only_what_can_be(self) -> None:
        shop, order_id, _ = await confirmed()
        shipment_id = await ship(shop.storeman, order_id)
        event = TrackingSaid(TrackingCode.IN_TRANSIT, "on the road", None, clock.now())
        stranger = (await open_world()).brand
        before = await everything()
        for party, refusal in ((shop.buyer, Forbidden), (stranger, NotFound), (shop.clerk, Forbidden)):
            with pytest.raises(refusal):
                await record_tracking(party.viewer, shipment_id=shipment_id, events=[event], client_key=new_key())
        for events in (
            [],
            [event] * 101,
            [TrackingSaid(event.code, "", None, event.at)],
            [TrackingSaid(event.code, "x", "y" * 121, event.at)],
            [TrackingSaid(event.code, "tomorrow", None, event.at + timedelta(days=2))],
        ):
            with pytest.raises(BadRequest):
                await record_tracking(
                    shop.storeman.viewer, shipment_id=shipment_id, events=events, client_key=new_key()
                )
        assert await everything() == before
