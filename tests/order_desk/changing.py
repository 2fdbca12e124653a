"""Proposing and answering changes of a shop's orders, and what must be so after a refusal."""

from collections.abc import Awaitable
from decimal import Decimal
from uuid import UUID

import pytest

from app.kernel.refusal import BadRequest, NotFound, Refusal
from app.ledger.set_credit_line import set_credit_line
from app.network.roles import Role
from app.ordering.accept_change import accept_change
from app.ordering.amendment import LineChange
from app.ordering.asked_change import AskedChange
from app.ordering.cancel import cancel_order
from app.ordering.changes import changes_by_orders
from app.ordering.propose_change import propose_change
from app.ordering.save_desk_limit import save_desk_limit
from tests.ordering_lifecycle.orders import Shop, everything, line_rows
from tests.worlds import Party, new_key


async def line_ids(order_id: UUID) -> list[UUID]:
    return [row["id"] for row in await line_rows(order_id)]


def down_to(line_id: UUID, quantity: str) -> AskedChange:
    """So much of one line shall come."""
    return AskedChange([LineChange(line_id, Decimal(quantity))])


async def propose(
    shop: Shop, order_id: UUID, change: AskedChange, reason: str = "short", by: Party | None = None
) -> UUID:
    """By the shop's clerk, or another member."""
    viewer = (by or shop.clerk).viewer
    return await propose_change(viewer, order_id=order_id, change=change, reason=reason, client_key=new_key())


async def accept(shop: Shop, order_id: UUID) -> UUID:
    return await accept_change(shop.purchaser.viewer, order_id=order_id, client_key=new_key())


async def cancel(shop: Shop, order_id: UUID, *lines: tuple[UUID, str]) -> UUID:
    """By the buyer: so much of these lines, or the whole order."""
    asked = [(line_id, Decimal(quantity)) for line_id, quantity in lines] or None
    return await cancel_order(
        shop.purchaser.viewer, order_id=order_id, lines=asked, reason="other plans", client_key=new_key()
    )


async def only_change(shop: Shop, order_id: UUID) -> dict[str, object]:
    (change,) = (await changes_by_orders(shop.buyer.viewer, [order_id]))[order_id]
    return dict(change)


async def nothing_done(call: Awaitable[object]) -> Refusal | BadRequest | NotFound:
    """The refusal of an act, which leaves nothing behind."""
    before = await everything()
    with pytest.raises((Refusal, BadRequest, NotFound)) as said:
        await call
    assert await everything() == before
    assert isinstance(said.value, Refusal | BadRequest | NotFound)
    return said.value


async def refused(
    shop: Shop, order_id: UUID, change: AskedChange, by: Party | None = None
) -> Refusal | BadRequest | NotFound:
    """The refusal of a proposal."""
    return await nothing_done(propose(shop, order_id, change, by=by))


async def lend(shop: Shop, minor: int | None) -> None:
    await set_credit_line(shop.seller.viewer, client_key=new_key(), relation_id=shop.relation_id, limit_minor=minor)


async def limit(shop: Shop, role: Role, *, price_bp: int | None = None, discount_minor: int | None = None) -> None:
    await save_desk_limit(
        shop.seller.viewer,
        client_key=new_key(),
        network_id=shop.world.network_id,
        role=role,
        price_bp=price_bp,
        discount_minor=discount_minor,
    )
