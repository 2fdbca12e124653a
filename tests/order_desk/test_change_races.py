"""Everybody at once on an order with a change: one outcome, nothing half done; and money that is short by now."""

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app.fulfilment.ship import ship_order
from app.kernel import clock
from app.kernel.refusal import MoveNotAllowed, Refusal
from app.ledger.set_credit_line import set_credit_line
from app.network.roles import Role
from app.ordering.act_refusals import ChangeImpossible
from app.ordering.amendment import LineChange
from app.ordering.answer_change import withdraw_change
from app.ordering.asked_change import AskedChange
from app.ordering.confirm import confirm_order
from app.ordering.expire import expire_order
from app.ordering.lapse_change import lapse_change
from app.ordering.refusals import CreditBlocked, CreditShort, PrepaymentShort
from tests.order_desk.changing import accept, cancel, down_to, lend, line_ids, nothing_done, only_change, propose
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import Goods, Shop, balances, facts, open_shop, order_row, timeline
from tests.worlds import new_key

# Time is simulated here: to the audit, which lives now, stock was given back too early
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.unaudited("line_is_promised_what_is_open")]

TEN = [Goods("10", 100000)]  # 1,000.00
ROUNDS = 8
DEARER = AskedChange(freight=Decimal("60.00"), dearer=True)


async def at_once(chance: random.Random, *calls: Awaitable[object]) -> list[object]:
    """What each of them said; they start in any order."""
    order = list(range(len(calls)))
    chance.shuffle(order)
    said = await asyncio.gather(*(calls[n] for n in order), return_exceptions=True)
    for one in said:
        assert isinstance(one, UUID | bool | Refusal), one
    return [said[order.index(n)] for n in range(len(calls))]


async def proposed(shop: Shop) -> UUID:
    """An order of 10 that would be 4."""
    order_id = await shop.place(TEN, expires_in=timedelta(days=5))
    (line,) = await line_ids(order_id)
    await propose(shop, order_id, down_to(line, "4"))
    return order_id


async def outcome(shop: Shop, order_id: UUID) -> tuple[str, object, str]:
    """Status of the order and of its change, and the last that was told of it."""
    change = await only_change(shop, order_id)
    told = await facts(order_id, "order")
    assert [what for what, _, _ in told] == (await timeline(order_id))[1:]
    return (await order_row(order_id))["status"], change["status"], told[-1][0]


async def test_accepted_while_it_is_withdrawn() -> None:
    shop, chance = await open_shop(), random.Random(1)
    for _ in range(ROUNDS):
        order_id = await proposed(shop)
        withdraw = withdraw_change(shop.clerk.viewer, order_id=order_id, reason=None, client_key=new_key())
        accepted, withdrawn = await at_once(chance, accept(shop, order_id), withdraw)
        won, lost = (accepted, withdrawn) if accepted == order_id else (withdrawn, accepted)
        assert (won, type(lost)) == (order_id, MoveNotAllowed)
        assert await outcome(shop, order_id) == (
            ("confirmed", "accepted", "change_accepted")
            if won is accepted
            else ("submitted", "withdrawn", "change_withdrawn")
        )
        await cancel_or_leave(shop, order_id)
    assert await wrong_books() == []


async def cancel_or_leave(shop: Shop, order_id: UUID) -> None:
    """What was not confirmed gives everything back; what was holds 4 of 10."""
    if (await order_row(order_id))["status"] == "submitted":
        before = (await balances(shop.relation_id))["receivable"][1]
        await cancel(shop, order_id)
        assert (await balances(shop.relation_id)).get("receivable", (0, 0))[1] == before - 100000


async def test_accepted_while_it_lapses_by_another_clock() -> None:
    shop, chance = await open_shop(), random.Random(2)
    for _ in range(ROUNDS):
        order_id = await proposed(shop)

        async def lapse(order_id: UUID = order_id) -> bool:
            with clock.travel(timedelta(hours=48)):
                return await lapse_change(order_id=order_id)

        accepted, lapsed = await at_once(chance, accept(shop, order_id), lapse())
        if lapsed:
            assert isinstance(accepted, MoveNotAllowed)
            assert await outcome(shop, order_id) == ("submitted", "lapsed", "change_lapsed")
        else:
            assert accepted == order_id
            assert await outcome(shop, order_id) == ("confirmed", "accepted", "change_accepted")
    assert await wrong_books() == []


async def test_accepted_while_the_order_expires_by_another_clock() -> None:
    shop, chance = await open_shop(), random.Random(3)
    for _ in range(ROUNDS):
        order_id = await proposed(shop)

        async def expire(order_id: UUID = order_id) -> bool:
            with clock.travel(timedelta(days=5)):
                return await expire_order(order_id=order_id)

        accepted, expired = await at_once(chance, accept(shop, order_id), expire())
        assert (accepted == order_id) is not expired
        assert await outcome(shop, order_id) == (
            ("expired", "void", "expired") if expired else ("confirmed", "accepted", "change_accepted")
        )
    assert await wrong_books() == []


async def test_proposed_while_its_buyer_cancels() -> None:
    shop, chance = await open_shop(), random.Random(4)
    for _ in range(ROUNDS):
        order_id = await shop.place(TEN)
        (line,) = await line_ids(order_id)
        said, cancelled = await at_once(chance, propose(shop, order_id, down_to(line, "4")), cancel(shop, order_id))
        assert cancelled == order_id  # a change that waits is overtaken
        assert (await order_row(order_id))["status"] == "cancelled"
        if said == order_id:
            assert (await only_change(shop, order_id))["status"] == "void"
        else:
            assert isinstance(said, MoveNotAllowed)
    assert await balances(shop.relation_id) == {}
    assert await wrong_books() == []


async def test_accepted_while_a_colleague_cancels() -> None:
    shop, chance = await open_shop(), random.Random(5)
    for _ in range(ROUNDS):
        order_id = await proposed(shop)
        accepted, cancelled = await at_once(chance, accept(shop, order_id), cancel(shop, order_id))
        assert (accepted == order_id) is not (cancelled == order_id)
        assert await outcome(shop, order_id) == (
            ("confirmed", "accepted", "change_accepted") if accepted == order_id else ("cancelled", "void", "cancelled")
        )
    assert await wrong_books() == []


async def test_two_clerks_propose_and_a_third_confirms() -> None:
    shop, chance = await open_shop(), random.Random(6)
    colleagues = [shop.clerk, await shop.world.member(shop.seller, [Role.ORDER_CLERK])]
    for _ in range(ROUNDS):
        order_id = await shop.place(TEN)
        (line,) = await line_ids(order_id)
        proposals = [
            propose(shop, order_id, down_to(line, str(n + 4)), by=colleague) for n, colleague in enumerate(colleagues)
        ]
        confirm = confirm_order(shop.seller.viewer, order_id=order_id, client_key=new_key())
        said = await at_once(chance, *proposals, confirm)
        assert sorted(type(one).__name__ for one in said) == ["MoveNotAllowed", "MoveNotAllowed", "UUID"]
        row = await order_row(order_id)
        assert (row["status"], row["version"]) == ("confirmed" if said[2] == order_id else "change_proposed", 2)
    assert await wrong_books() == []


async def test_two_dearer_changes_for_the_last_of_a_credit_line() -> None:
    shop = await open_shop()
    orders = [await shop.place(TEN, freight=1000) for _ in range(2)]
    for order_id in orders:
        await propose(shop, order_id, DEARER)
    await lend(shop, 2 * 101000 + 5000)  # what both hold, and one rise
    said = await asyncio.gather(*(accept(shop, one) for one in orders), return_exceptions=True)
    assert sorted(type(one).__name__ for one in said) == ["ChangeImpossible", "UUID"]
    assert await balances(shop.relation_id) == {"receivable": (0, 2 * 101000 + 5000)}
    (loser,) = [order_id for order_id, one in zip(orders, said, strict=True) if one != order_id]
    refusal = await nothing_done(accept(shop, loser))
    assert isinstance(refusal, ChangeImpossible)
    (short,) = refusal.problems
    assert isinstance(short, CreditShort)
    assert (short.asked.minor, short.available.minor, short.short_by.minor) == (106000, 101000, 5000)
    assert sum(part.minor for part in short.parts) == 106000  # what the other one holds, and nothing of this one
    await lend(shop, None)
    await accept(shop, loser)
    assert await wrong_books() == []


async def test_a_dearer_change_needs_prepaid_money_that_is_free() -> None:
    shop = await open_shop(funding="prepayment")
    order_id = await shop.place(TEN, freight=1000)
    rise = 10**12 // 100  # all that was ever paid in
    await propose(shop, order_id, replace(DEARER, freight=Decimal(rise)))
    said = await nothing_done(accept(shop, order_id))
    assert isinstance(said, ChangeImpossible)
    (short,) = said.problems
    assert isinstance(short, PrepaymentShort)
    assert (short.available.minor, short.short_by.minor) == (10**12, 100000)
    await withdraw_change(shop.clerk.viewer, order_id=order_id, reason=None, client_key=new_key())
    await propose(shop, order_id, replace(DEARER, freight=Decimal(rise) - Decimal("1000")))
    await accept(shop, order_id)
    assert (await balances(shop.relation_id))["prepayment"] == (-(10**12), 10**12)
    assert await wrong_books() == []


async def test_what_lapsed_orders_hold_is_given_back_to_a_dearer_change() -> None:
    shop = await open_shop()
    order_id = await shop.place(TEN, freight=1000)
    lapsed = await shop.place([Goods("1", 5000)], expires_in=timedelta(hours=1))
    await propose(shop, order_id, DEARER)
    await lend(shop, 101000 + 5000)
    assert isinstance(await nothing_done(accept(shop, order_id)), ChangeImpossible)
    with clock.travel(timedelta(hours=1)):
        await accept(shop, order_id)
    assert (await order_row(lapsed))["status"] == "expired"
    assert await balances(shop.relation_id) == {"receivable": (0, 106000)}
    assert await wrong_books() == []


async def test_who_is_overdue_accepts_what_is_cheaper_and_nothing_dearer() -> None:
    shop = await open_shop()
    owed = await shop.place([Goods("1", 5000)])
    await confirm_order(shop.clerk.viewer, order_id=owed, client_key=new_key())
    await ship_order(
        shop.storeman.viewer, order_id=owed, lines=None, carrier=None, tracking_number=None, client_key=new_key()
    )
    await set_credit_line(
        shop.seller.viewer,
        client_key=new_key(),
        relation_id=shop.relation_id,
        limit_minor=None,
        overdue_block_days=5,
    )
    dearer, cheaper = [await shop.place(TEN, freight=1000) for _ in range(2)]
    (line,) = await line_ids(cheaper)
    with clock.travel(timedelta(days=36)):
        await propose(shop, dearer, DEARER)
        await propose(shop, cheaper, AskedChange([LineChange(line, Decimal(4))]))
        said = await nothing_done(accept(shop, dearer))
        assert isinstance(said, ChangeImpossible)
        (blocked,) = said.problems
        assert isinstance(blocked, CreditBlocked)
        assert (blocked.overdue.minor, blocked.days) == (5000, 5)
        await accept(shop, cheaper)
    assert await wrong_books() == []
