"""The audit: clean after a whole story, and for every check one tampered row that it names."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app import database as db
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.record_tracking import record_tracking
from app.fulfilment.rules import TrackingCode, TrackingSaid
from app.fulfilment.ship import ship_order
from app.kernel.clock import now
from app.kernel.ids import uuid7
from app.leads.answer import accept_lead, reject_lead
from app.leads.contact import Contact
from app.leads.follow import win_lead
from app.leads.lifecycle import RejectReason
from app.leads.submit import NewLead, submit_lead
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.network.grant_territory import grant_territory
from app.ordering.accept_change import accept_change
from app.ordering.amendment import LineChange
from app.ordering.asked_change import AskedChange
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.grant_discount import grant_discount
from app.ordering.propose_change import propose_change
from app.papers.start_export import start_export
from app.wake import Wake
from tests.ordering_lifecycle.orders import Goods, line_rows, open_shop
from tests.worlds import World, new_key
from workers.exports import write_what_waits
from workers.invariants import CHECKS, audit, breaches
from workers.invariants.check import Check
from workers.publisher import publish_all


@dataclass(frozen=True, slots=True)
class Books:
    """Rows of a told story, by what they are."""

    order_id: UUID
    line_id: UUID
    relation_id: UUID
    network_id: UUID
    lead_id: UUID
    member_id: UUID
    changed_id: UUID


@pytest.fixture(scope="module")
async def books(database: str, redis_url: str) -> Books:
    """An order discounted, partly cancelled, shipped in two parts, one of them delivered, and partly paid; and a
    list of it as a file."""
    shop = await open_shop(warehouses=3)
    order_id = await shop.place(
        [Goods("10", 113000), Goods("7", 54500, rate_bp=900), Goods("3", 9000, stocked=False)], freight=1000
    )
    seller, clerk, storeman = shop.seller.viewer, shop.clerk.viewer, shop.storeman.viewer
    await grant_discount(clerk, order_id=order_id, amount=Decimal("100.00"), reason="抹零", client_key=new_key())
    lines = [row["id"] for row in await line_rows(order_id)]
    buyer = shop.purchaser.viewer
    await cancel_order(
        buyer, order_id=order_id, lines=[(lines[0], Decimal(2))], reason="too many", client_key=new_key()
    )
    await confirm_order(clerk, order_id=order_id, client_key=new_key())
    for number, part in (("SF1", [(lines[0], Decimal(3))]), ("SF2", [(lines[1], Decimal(2))])):
        shipment_id = await ship_order(
            storeman,
            order_id=order_id,
            lines=part,
            carrier="SF",
            tracking_number=number,
            client_key=new_key(),
        )
        seen = [TrackingSaid(TrackingCode.IN_TRANSIT, "on the road", None, now())]
        await record_tracking(storeman, shipment_id=shipment_id, events=seen, client_key=new_key())
    await confirm_delivery(storeman, shipment_id=shipment_id, client_key=new_key())
    changed_id = await shop.place([Goods("4", 40000)])
    (line,) = [row["id"] for row in await line_rows(changed_id)]
    change = AskedChange([LineChange(line, Decimal(3))])
    await propose_change(clerk, order_id=changed_id, change=change, reason="short", client_key=new_key())
    await accept_change(buyer, order_id=changed_id, client_key=new_key())
    await record_receipt(
        seller,
        client_key=new_key(),
        relation_id=shop.relation_id,
        amount_minor=10000,
        method=ReceiptMethod.TRANSFER,
        reference="bank",
    )
    lead_id = await told_leads(shop.world)
    await start_export(seller, list_name="orders", filters={"side": "selling"}, locale="zh", client_key=new_key())
    await write_what_waits()
    wake = Wake(redis_url)
    await publish_all(wake)
    await wake.close()
    return Books(order_id, lines[0], shop.relation_id, shop.world.network_id, lead_id, clerk.membership_id, changed_id)


async def told_leads(world: World) -> UUID:
    """A lead that one dealer rejected and another won, and a duplicate of it, and one that waits in the pool."""
    await world.regions()
    brand, dealers = world.brand, [await world.buyer(world.brand, name) for name in ("One", "Two")]
    for one in dealers:
        await grant_territory(
            brand.viewer,
            client_key=new_key(),
            network_id=world.network_id,
            company_id=one.company_id,
            region_code="44",
            exclusive=False,
        )
    leads = []
    for name, region in (("Li", "44"), ("Li", "44"), ("Wang", None)):
        said = NewLead("fair", Contact.checked(name, None, f"{name}@example.com"), region_code=region)
        done = await submit_lead(brand.viewer, network_id=world.network_id, said=said, client_key=new_key())
        leads.append(done.lead_id)
    first, second = sorted(dealers, key=lambda one: one.company_id)
    reason = RejectReason.OTHER
    await reject_lead(first.viewer, lead_id=leads[0], reason=reason, note=None, client_key=new_key())
    await accept_lead(second.viewer, lead_id=leads[0], client_key=new_key())
    await win_lead(second.viewer, lead_id=leads[0], order_id=None, reference="7", note=None, client_key=new_key())
    return leads[0]


async def test_a_whole_story_is_clean(books: Books) -> None:
    assert await audit(unpublished_after=timedelta(0)) == []
    assert await audit(unpublished_after=timedelta(0), lately=True) == []


OF_LEAD = "lead_id = '{lead_id}'"
ORDER = "id = '{order_id}'"
LINE = "id = '{line_id}'"
OF_ORDER = "order_id = '{order_id}'"
OF_CHANGED = "order_id = '{changed_id}'"
RECEIVABLE = "relation_id = '{relation_id}' AND kind = 'receivable'"
TOLD = """
INSERT INTO notification (id, member_id, kind, link_type, link_id, params, dedupe_key, created_at)
VALUES ('{order_id}', '{member_id}', 'order_placed', 'order', '{order_id}', '{{}}', 'tampered', now())
"""
LEAVING = """
INSERT INTO notification_delivery (id, notification_id, member_id, channel, priority, state, tries, due_at)
VALUES (gen_random_uuid(), '{order_id}', '{member_id}', 'wechat', 1, 'waiting', 0, now())
"""
TAMPERED = {
    "entries_sum_to_zero": ["UPDATE ledger_entry SET amount_minor = amount_minor + 1 WHERE seq = 1"],
    "balance_is_sum_of_entries": [f"UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE {RECEIVABLE}"],
    "held_is_sum_of_holds": [f"UPDATE ledger_account SET held_minor = held_minor + 1 WHERE {RECEIVABLE}"],
    "hold_is_open_value_of_order": [
        f"UPDATE ledger_hold SET posted_minor = posted_minor + 1, amount_minor = amount_minor + 1 WHERE {OF_ORDER}",
    ],
    "hold_began_as_order_value": [
        f"UPDATE ledger_hold SET voided_minor = voided_minor + 1, amount_minor = amount_minor + 1 WHERE {OF_ORDER}"
    ],
    "hold_stage_follows_confirmation": [f"UPDATE ledger_hold SET stage = 'pending' WHERE {OF_ORDER}"],
    "hold_is_on_the_funding_account": [f"UPDATE sales_order SET funding = 'prepayment' WHERE {ORDER}"],
    "exposure_is_sum_of_orders": [f"UPDATE ledger_account SET held_minor = held_minor + 1 WHERE {RECEIVABLE}"],
    "shipment_is_posted": [f"UPDATE shipment SET amount_minor = amount_minor + 1 WHERE {OF_ORDER}"],
    "shipped_tax_is_posted": [f"UPDATE sales_order_line SET shipped_tax_minor = shipped_tax_minor + 1 WHERE {LINE}"],
    "debt_falls_due_as_agreed": ["UPDATE ledger_transfer SET due_at = due_at + interval '1 day'"],
    "entries_stay_in_their_relation": [
        "UPDATE ledger_transfer SET relation_id = '{network_id}' WHERE relation_id = '{relation_id}'"
    ],
    "promised_is_sum_of_reservations": ["UPDATE stock_level SET allocated = allocated - 1 WHERE allocated > 1"],
    "reservation_has_stock": [
        f"DELETE FROM stock_level WHERE sku_id IN (SELECT sku_id FROM reservation WHERE quantity > 0 AND {OF_ORDER})"
    ],
    "on_hand_is_sum_of_moves": ["UPDATE stock_level SET on_hand = on_hand + 1"],
    "stock_is_not_oversold": [
        "ALTER TABLE stock_level DROP CONSTRAINT stock_level_not_oversold",
        "UPDATE stock_level SET held = on_hand + 1",
    ],
    "line_is_promised_what_is_open": [f"UPDATE reservation SET quantity = quantity + 1 WHERE {OF_ORDER}"],
    "line_knows_its_allocation": [f"UPDATE sales_order_line SET allocated = allocated + 1 WHERE {LINE}"],
    "promise_stands_as_its_order": [f"UPDATE reservation SET expires_at = now() WHERE quantity > 0 AND {OF_ORDER}"],
    "order_total_is_sum_of_lines": [f"UPDATE sales_order SET goods_gross_minor = goods_gross_minor + 1 WHERE {ORDER}"],
    "order_has_lines": [
        "ALTER TABLE sales_order_line DROP CONSTRAINT sales_order_line_order_id_fkey",
        "ALTER TABLE sales_order_line DROP CONSTRAINT sales_order_line_seller",
        f"UPDATE sales_order_line SET order_id = '{uuid7()}' WHERE {OF_ORDER}",
    ],
    "line_value_is_price_times_quantity": [f"UPDATE sales_order_line SET unit_price = unit_price + 0.01 WHERE {LINE}"],
    "line_tax_follows_rate": [
        f"UPDATE sales_order_line SET tax_minor = tax_minor + 1, net_minor = net_minor - 1 WHERE {LINE}"
    ],
    "freight_tax_follows_rate": [
        f"""
        UPDATE sales_order SET freight_tax_minor = freight_tax_minor + 1, tax_minor = tax_minor + 1,
            net_minor = net_minor - 1 WHERE {ORDER}
        """
    ],
    "what_left_a_line_is_its_share": [f"UPDATE sales_order_line SET settled = settled + 1 WHERE {LINE}"],
    "discount_is_sum_of_shares": [
        f"UPDATE sales_order_line_discount SET amount_minor = amount_minor + 1 WHERE {OF_ORDER}"
    ],
    "cancelled_is_sum_of_cancellations": [f"UPDATE cancellation SET quantity = quantity + 1 WHERE {OF_ORDER}"],
    "shipped_is_sum_of_shipments": [
        "UPDATE shipment_line SET quantity = quantity + 1 WHERE order_line_id = '{line_id}'"
    ],
    "arrived_is_within_shipped": [
        "ALTER TABLE sales_order_line DROP CONSTRAINT sales_order_line_quantities",
        f"UPDATE sales_order_line SET rejected = shipped + 1 WHERE {LINE}",
    ],
    "signed_shipment_is_settled": [
        "UPDATE shipment_line SET rejected = 1, reason = 'short' WHERE order_line_id = '{line_id}'"
    ],
    "shipment_is_its_orders": [f"UPDATE shipment SET seller_id = '{uuid7()}' WHERE {OF_ORDER}"],
    "shipment_has_packages": ["UPDATE shipment_package SET removed_at = now()"],
    "package_follows_its_news": ["UPDATE tracking_event SET code = 'arrived'"],
    "shipment_follows_its_packages": [
        f"UPDATE shipment SET status = 'arrived' WHERE {OF_ORDER} AND status <> 'delivered'"
    ],
    "alerts_follow_silence": [f"UPDATE shipment SET stalls_at = stalls_at + interval '1 h' WHERE {OF_ORDER}"],
    "packages_bear_their_numbers": ["UPDATE waybill SET number = number || '0'"],
    "order_value_shipped_is_in_shipments": [f"UPDATE sales_order SET shipped_minor = shipped_minor + 1 WHERE {ORDER}"],
    "fulfilment_status_follows_counters": [f"UPDATE sales_order SET fulfilment_status = 'shipped' WHERE {ORDER}"],
    "payment_status_follows_counters": [f"UPDATE sales_order SET payment_status = 'paid' WHERE {ORDER}"],
    "status_agrees_with_counters": [f"UPDATE sales_order SET status = 'completed', closed_at = now() WHERE {ORDER}"],
    "cancellation_is_asked_for_once": [f"UPDATE sales_order SET status = 'cancel_requested' WHERE {ORDER}"],
    "change_waits_with_its_order": [
        f"UPDATE sales_order SET status = 'change_proposed', change_expires_at = now() WHERE {ORDER}"
    ],
    "accepted_change_is_the_order": [
        f"UPDATE order_amendment SET after = jsonb_set(after, ARRAY['gross_minor'], '1') WHERE {OF_CHANGED}",
    ],
    "change_is_in_the_timeline": [
        f"UPDATE sales_order_event SET what = 'renamed' WHERE what = 'change_accepted' AND {OF_CHANGED}",
    ],
    "closed_orders_are_done": [f"UPDATE sales_order SET status = 'cancelled' WHERE {ORDER}"],
    "timeline_reaches_version": [f"UPDATE sales_order SET version = version + 1 WHERE {ORDER}"],
    "orders_are_tallied": ["DELETE FROM order_tally_move WHERE orders = -1 AND relation_id = '{relation_id}'"],
    "lead_is_with_somebody": [
        f"UPDATE lead_assignment SET closed_at = NULL, outcome = NULL WHERE outcome = 'won' AND {OF_LEAD}"
    ],
    "lead_ended_as_its_dealer_ended_it": [
        f"UPDATE lead_assignment SET outcome = 'lost' WHERE outcome = 'won' AND {OF_LEAD}"
    ],
    "lead_timeline_reaches_version": [f"DELETE FROM lead_event WHERE version = 2 AND {OF_LEAD}"],
    "lead_offers_are_in_its_timeline": [f"UPDATE lead_event SET what = 'followed' WHERE what = 'won' AND {OF_LEAD}"],
    "lead_is_not_offered_again": [
        f"UPDATE lead_assignment SET company_id = (SELECT company_id FROM lead_assignment WHERE {OF_LEAD} LIMIT 1)"
    ],
    "duplicate_is_of_the_same_person": ["UPDATE lead SET email_key = 'x' WHERE status = 'duplicate'"],
    "every_lead_change_was_told": [
        "DELETE FROM event WHERE kind = 'lead' AND version = (SELECT version FROM lead WHERE id = '{lead_id}')"
    ],
    "relations_have_no_cycle": [
        f"""
        INSERT INTO trade_relation (id, network_id, seller_id, buyer_id, currency)
        SELECT '{uuid7()}', network_id, buyer_id, seller_id, currency FROM trade_relation WHERE id = '{{relation_id}}'
        """
    ],
    "export_file_is_whole": ["UPDATE export_chunk SET data = overlay(data PLACING 'X'::bytea FROM 100)"],
    "no_piece_without_its_file": [
        """UPDATE export_job SET status = 'cancelled', size_bytes = NULL, digest = NULL, seen_as = NULL
           WHERE status = 'done'"""
    ],
    "customer_has_figures": ["DELETE FROM customer_figures WHERE relation_id = '{relation_id}'"],
    "customer_months_are_sums_of_orders": [
        "UPDATE customer_figures SET turnover_minor[1] = turnover_minor[1] + 1 WHERE relation_id = '{relation_id}'"
    ],
    "customer_last_order_is_its_last": [
        "UPDATE customer_figures SET last_order_id = NULL WHERE relation_id = '{relation_id}'"
    ],
    "customer_owes_what_is_unpaid": [
        "UPDATE customer_figures SET unpaid_minor[1] = unpaid_minor[1] + 1 WHERE relation_id = '{relation_id}'"
    ],
    "relation_stands_as_decided": ["UPDATE trade_relation SET status = 'suspended' WHERE id = '{relation_id}'"],
    "no_fact_unpublished": [
        """
        INSERT INTO outbox (kind, network_id, subject_id, version, what, audience, at)
        VALUES ('order', '{network_id}', '{order_id}', 1, 'placed', ARRAY['{network_id}'::uuid], now() - interval '1 h')
        """
    ],
    "delivery_numbers_have_no_holes": ["UPDATE publisher SET last_no = last_no + 1"],
    "facts_of_an_order_are_in_order": ["UPDATE event SET version = 0 WHERE kind = 'order' AND what = 'confirmed'"],
    "every_change_was_told": [
        "DELETE FROM event WHERE kind = 'order' AND version = (SELECT version FROM sales_order WHERE id = '{order_id}')"
    ],
    "event_has_audience": ["DELETE FROM event_audience WHERE delivery_no = (SELECT max(delivery_no) FROM event)"],
}

TAMPERED |= {
    "notification_kind_is_known": [TOLD.replace("'order_placed'", "'rumour'")],
    "notifications_follow_facts": ["UPDATE event_reader SET last_no = last_no + 1000 WHERE name = 'notifications'"],
    "delivery_is_its_members": [TOLD, LEAVING.replace("'{member_id}'", "'{network_id}'")],
    "one_message_leaves": [TOLD, LEAVING, LEAVING.replace("'wechat'", "'email'")],
    "no_message_forgotten": [TOLD, LEAVING.replace("now()", "now() - interval '31 minutes'")],
    "quota_is_of_a_wechat_account": [
        """
        INSERT INTO identity (id, person_id, provider, app_id, open_id, created_at)
        VALUES ('{network_id}', '{network_id}', 'alipay', 'a', 'o', now())
        """,
        """
        INSERT INTO wx_subscribe_quota (id, identity_id, template_id, remaining, changed_at)
        VALUES (gen_random_uuid(), '{network_id}', 'T', 1, now())
        """,
    ],
}


def test_every_check_has_its_tampering() -> None:
    assert {check.name for check in CHECKS} == set(TAMPERED)


@pytest.mark.parametrize("lately", [False, True], ids=["all", "lately"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_tampered_row_is_named(books: Books, check: Check, lately: bool) -> None:
    """Also where the clock looks at what moved lately only, as the order of these books did."""
    async with db.pool().acquire() as connection:
        before = await breaches(connection, check, unpublished_after=timedelta(0), lately=lately)
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("SET session_replication_role = replica")  # past triggers and foreign keys
            for statement in TAMPERED[check.name]:
                await connection.execute(
                    statement.format(
                        order_id=books.order_id,
                        line_id=books.line_id,
                        relation_id=books.relation_id,
                        network_id=books.network_id,
                        lead_id=books.lead_id,
                        member_id=books.member_id,
                        changed_id=books.changed_id,
                    )
                )
            found = await breaches(connection, check, unpublished_after=timedelta(0), lately=lately)
        finally:
            await transaction.rollback()
            await connection.execute("SET session_replication_role = DEFAULT")
    assert before == []
    assert found
    assert {finding.check for finding in found} == {check.name}


async def test_a_round_of_the_clock_looks_at_what_moved_lately(books: Books) -> None:
    """What did not move for long is the night's matter: a round costs the same however many orders there are."""
    check = next(one for one in CHECKS if one.name == "order_total_is_sum_of_lines")
    async with db.pool().acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("SET LOCAL session_replication_role = replica")
            for statement in TAMPERED[check.name]:
                await connection.execute(statement.format(order_id=books.order_id, line_id=books.line_id))
            await connection.execute("DELETE FROM event WHERE kind = 'order'")
            assert await breaches(connection, check, unpublished_after=timedelta(0), lately=True) == []
            assert len(await breaches(connection, check, unpublished_after=timedelta(0))) == 1
        finally:
            await transaction.rollback()
