"""Confirm many orders at once (批量确认): each in a transaction of its own, each with its own outcome."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.kernel.refusal import BadRequest, NotFound, Refusal
from app.kernel.text import text
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.confirm import confirm_order

MOST_AT_ONCE: Final = 500
AT_A_TIME: Final = 4  # of one batch: others want the database too
LONGEST_KEY: Final = 150  # the order's id is added for each


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one order of a batch: confirmed when `problem` is None."""

    order_id: UUID
    problem: Refusal | NotFound | None = None


async def confirm_orders(viewer: Viewer, *, order_ids: Sequence[UUID], client_key: str) -> list[Outcome]:
    """Confirm these orders, in the order in which they are named; the same key confirms each of them once.

    An order that cannot be confirmed keeps no other from it. BadRequest for none, for more than 500, and for one that
    is named twice.
    """
    viewer.require(Permission.ORDER_DECIDE)
    key = text("clientKey", client_key, LONGEST_KEY)
    if not 1 <= len(order_ids) <= MOST_AT_ONCE:
        raise BadRequest(
            "orderIds", len(order_ids), Said(f"1 to {MOST_AT_ONCE} orders", f" 1 至 {MOST_AT_ONCE} 个订单")
        )
    if len(set(order_ids)) != len(order_ids):
        raise BadRequest("orderIds", len(order_ids), Said("every order once", "每个订单只出现一次"))
    turn = asyncio.Semaphore(AT_A_TIME)

    async def one(order_id: UUID) -> Outcome:
        async with turn:
            try:
                await confirm_order(viewer, order_id=order_id, client_key=f"{key}/{order_id}")
            except (Refusal, NotFound) as problem:
                return Outcome(order_id, problem)
        return Outcome(order_id)

    return list(await asyncio.gather(*(one(order_id) for order_id in order_ids)))
