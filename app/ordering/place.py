"""Place an order: everything that happens when a buyer orders."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from app.inventory.lock import lock_stock
from app.inventory.reserve import reserve
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.money import Money
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.ledger.accounts import Accounts, open_accounts
from app.ledger.hold import hold
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.asked import AskedOrder
from app.ordering.events import tell_order
from app.ordering.expire import expire_lapsed_between
from app.ordering.facts import price_of, relation_facts
from app.ordering.freeze import FROZEN, NewOrder, freeze
from app.ordering.queries import order_by_id, whole
from app.ordering.read_terms import read_terms
from app.ordering.refusals import CreditShort, OrderRefused
from app.ordering.rules import Judged, judge, line_picks
from app.ordering.take_cart import take_cart
from app.ordering.terms import Terms
from app.storefront.offer_facts import OfferFacts, offer_facts


async def place_order(
    viewer: Viewer,
    *,
    client_key: str,
    order: AskedOrder,
    expected_total: Decimal,
    accept_price_changes: bool = False,
    cart_version: int | None = None,
    buyer_id: UUID | None = None,
) -> asyncpg.Record:
    """Order from a seller; returns the order as `order_by_id` does. The same key and input returns the same order as it
    is by then.

    `expected_total` is the gross total that the buyer saw. With `cart_version` the cart's lines are the order, and the
    cart is emptied in the same act. Raises OrderRefused with every problem at once (nothing is changed then),
    CartChangedMeanwhile, KeyReused; NotFound for a company that is no seller of the viewer's; BadRequest. With
    `buyer_id` the seller orders for that buyer: see `place_on_behalf`.
    """
    viewer.require(Permission.ORDER_PLACE if buyer_id is None else Permission.ORDER_DECIDE)
    order, buyer = order.checked(), buyer_id or viewer.company_id
    asked = (viewer, client_key, order, expected_total, accept_price_changes, cart_version, buyer)
    try:
        placed = await _place(*asked)
    except OrderRefused as refused:
        # What lapsed orders still hold of the money is given back by whoever needs it, as their stock is
        if not refused.lacks_money or not await expire_lapsed_between(order.seller_id, buyer):
            raise
        placed = await _place(*asked)
    return await order_by_id(viewer, placed) if isinstance(placed, UUID) else placed


@act
async def _place(
    work: Work,
    viewer: Viewer,
    client_key: str,
    asked: AskedOrder,
    expected_total: Decimal,
    accept_price_changes: bool,
    cart_version: int | None,
    buyer_id: UUID,
) -> asyncpg.Record | UUID:
    """The new order, or the id of the one that this request has placed before."""
    order_id = uuid7()
    said = asked.said() | {"expected": expected_total, "accept": accept_price_changes, "cart": cart_version}
    for_another = buyer_id != viewer.company_id
    if for_another:
        said["buyer"] = buyer_id
    act_name = "placeOnBehalf" if for_another else "placeOrder"
    earlier = await viewer.same_request(work, act_name, client_key, said, order_id)
    if earlier is not None:
        return earlier
    if cart_version is not None:
        asked = await take_cart(work, viewer.company_id, asked, cart_version)
    if not asked.lines:
        raise BadRequest("lines", 0, Said("at least one line", "至少一行"))
    found = await _judge_under_locks(work, buyer_id, asked, expected_total, accept_price_changes)
    if found.judged.problems:
        raise OrderRefused(found.judged.problems)
    minutes = found.terms.reservation_minutes
    new = NewOrder(
        id=order_id,
        line_ids=[uuid7() for _ in found.judged.lines],
        reservation_expires_at=None if minutes is None else work.now + timedelta(minutes=minutes),
    )
    return await _write(work, viewer, new, asked, found)


class _Found(NamedTuple):
    """What is true while the locks are held, and what follows from it."""

    terms: Terms
    accounts: Accounts
    offers: dict[UUID, OfferFacts]
    judged: Judged


async def _judge_under_locks(
    work: Work, buyer_id: UUID, asked: AskedOrder, expected_total: Decimal, accept_price_changes: bool
) -> _Found:
    """Lock relation, accounts and stock, in this order, and judge the order by what they say."""
    terms, accounts = await _lock_terms(work, buyer_id, asked)
    terms.check_day(asked, work.now)
    relation = relation_facts(terms)
    offers = await offer_facts(work.rows, relation, asked.sku_ids, work.now)
    stocked = [sku_id for sku_id in asked.sku_ids if sku_id in offers and offers[sku_id].stocked]
    stock = await lock_stock(work, network_id=terms.network_id, seller_id=terms.seller_id, sku_ids=stocked)

    def judged_by(terms: Terms) -> Judged:
        return judge(
            asked,
            terms=terms,
            offers=offers,
            price_of=price_of(offers, relation, work.now),
            stock=stock,
            now=work.now,
            expected_total=Money.parse(expected_total, terms.currency, "expectedTotal"),
            accept_price_changes=accept_price_changes,
        )

    judged = judged_by(terms)
    if any(isinstance(problem, CreditShort) for problem in judged.problems):
        # Who waited for the lock read the new balances, but the holds of the moment before: read the parts again
        judged = judged_by(await _with_position_of_now(work, buyer_id, asked, terms))
    return _Found(terms, accounts, offers, judged)


# The order is answered by the statement that writes it, by the columns of every other read.
_ANSWER: Final = whole(FROZEN)


async def _write(work: Work, viewer: Viewer, new: NewOrder, asked: AskedOrder, found: _Found) -> asyncpg.Record:
    """Freeze the order, promise its stock, hold its money, and tell: one round trip. Returns the order."""
    terms, judged = found.terms, found.judged
    held = hold(work, found.accounts, order_id=new.id, funding=terms.funding, amount_minor=judged.totals.gross_minor)
    tell_order(
        work,
        network_id=terms.network_id,
        brand_id=terms.brand_id,
        seller_id=terms.seller_id,
        buyer_id=terms.buyer_id,
        order_id=new.id,
        version=1,
        what="placed",
        payload=_when_it_expires(new) | ({"onBehalf": "seller"} if viewer.company_id == terms.seller_id else {}),
    )
    promised = reserve(
        network_id=terms.network_id,
        order_id=new.id,
        picks=line_picks(judged, new.line_ids),
        expires_at=new.reservation_expires_at,
    )
    frozen = freeze(work, viewer, new, asked, terms, found.offers, judged)
    placed = await work.finish(frozen, promised, held, answer=_ANSWER)
    assert placed is not None
    return placed


def _when_it_expires(new: NewOrder) -> dict[str, str]:
    """For the reaction that gives stock and credit back in time."""
    expires_at = new.reservation_expires_at
    return {} if expires_at is None else {"reservationExpiresAt": expires_at.isoformat()}


async def _lock_terms(work: Work, buyer_id: UUID, asked: AskedOrder) -> tuple[Terms, Accounts]:
    """Terms and accounts under their locks. A relation gets its accounts with its first order."""
    terms, accounts, behind, _ = await read_terms(work.rows, buyer_id, asked, work.now, locked=True)
    if accounts is None:
        await open_accounts(work, terms.relation_id)
        terms, accounts, behind, _ = await read_terms(work.rows, buyer_id, asked, work.now, locked=True)
        assert accounts is not None
    if behind and terms.position.credit.overdue_block_days is not None:
        terms = await _with_position_of_now(work, buyer_id, asked, terms)
    return terms, accounts


async def _with_position_of_now(work: Work, buyer_id: UUID, asked: AskedOrder, terms: Terms) -> Terms:
    """The terms with the position read again, in a statement that begins while the locks are held."""
    read = await read_terms(work.rows, buyer_id, asked, work.now)
    return replace(terms, position=read.terms.position)
