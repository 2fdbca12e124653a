"""A carrier's push: received at the door, and taken into the timelines afterwards."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.fulfilment.carrier import Carrier, Pushed
from app.fulfilment.packages import lock_waybills
from app.fulfilment.progress import progress
from app.fulfilment.remember import remember
from app.fulfilment.rules import can_have_happened
from app.kernel import inbox
from app.kernel.act import Work, act

_SHIPMENTS = """
SELECT s.id FROM shipment s
WHERE s.id IN (SELECT shipment_id FROM shipment_package WHERE waybill_id = $1 AND removed_at IS NULL)
ORDER BY s.id FOR NO KEY UPDATE
"""
_OF_NOBODY = """
SELECT w.id FROM waybill w
WHERE w.created_at < $1 AND NOT EXISTS (SELECT FROM shipment_package p WHERE p.waybill_id = w.id)
LIMIT 1000 FOR UPDATE SKIP LOCKED
"""
_TROUBLE = "UPDATE waybill SET trouble = $2, subscribed_at = NULL WHERE id = $1"
_COMING = """
UPDATE waybill SET trouble = NULL, subscribe_at = NULL, subscribed_at = coalesce(subscribed_at, $2)
WHERE id = $1 AND trouble IS NOT NULL
"""


def source_of(carrier: str) -> str:
    """The name of a carrier's messages in the inbox."""
    return f"carrier:{carrier}"


@act
async def receive_push(work: Work, *, carrier: str, message: str) -> bool:
    """Keep a verified push (JSON text) until it is taken. False: this one came before."""
    message_id = hashlib.sha256(message.encode()).hexdigest()
    return await inbox.receive(work, source=source_of(carrier), message_id=message_id, payload=message)


@act
async def take_push(work: Work, carrier: Carrier, *, message_id: str) -> bool:
    """Write what a push says into the timeline of its waybill, and move the shipments that bear it. False: it was
    taken before, or is being taken elsewhere.

    A number that no package bears keeps its news for a while: the seller may be about to type it. What lies in the
    future, or before there were such news, is left out. A message that cannot be read after all is kept as it came.
    """
    message = await inbox.take(work, source=source_of(carrier.name), message_id=message_id)
    if message is None:
        return False
    await _take(work, carrier.read(message))
    await inbox.done(work, source=source_of(carrier.name), message_id=message_id)
    return True


@act
async def forget_news_of_nobody(work: Work, *, older_than: timedelta) -> None:
    """Drop the news of numbers that no package has borne all the while."""
    rows = await work.rows(_OF_NOBODY, work.now - older_than)
    forgotten = [row["id"] for row in rows]
    await work.run("DELETE FROM tracking_event WHERE waybill_id = ANY($1::uuid[])", forgotten)
    await work.run("DELETE FROM waybill WHERE id = ANY($1::uuid[])", forgotten)


async def _take(work: Work, pushed: Pushed) -> None:
    number = (pushed.carrier, pushed.number)
    waybill_id = (await lock_waybills(work, [number], subscribe=False)).ids[number]
    shipments = await _bearing(work, waybill_id)
    events = [one for one in pushed.events if can_have_happened(one.at, work.now)]
    new = bool(events) and await remember(work, events, waybill_id=waybill_id)
    if new and shipments:
        await progress(work, shipments, what="tracked")
    if pushed.ended is not None:
        await work.run(_TROUBLE, waybill_id, pushed.ended)
    elif new:  # whatever was the matter: news do come
        await work.run(_COMING, waybill_id, work.now)


async def _bearing(work: Work, waybill_id: UUID) -> Sequence[UUID]:
    return [row["id"] for row in await work.rows(_SHIPMENTS, waybill_id)]
