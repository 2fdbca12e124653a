"""Asking for the news of waybills: which are due, and what came of it. The asking itself is HTTP, and a worker's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.fulfilment.carrier import Answer, Asked
from app.kernel.act import Work, act

MOST_TRIES: Final = 12
LONGEST_WAIT: Final = timedelta(hours=6)
_FIRST_WAIT: Final = timedelta(seconds=15)

# A waybill is claimed by moving its time on: whoever dies in between leaves it to be asked for again. The phone is that
# of the address the order is shipped to.
_CLAIM = """
WITH due AS (
    SELECT w.id FROM waybill w
    WHERE w.subscribe_at <= $1 AND ($2::uuid IS NULL OR w.id IN (
        SELECT p.waybill_id FROM shipment_package p WHERE p.shipment_id = $2 AND p.removed_at IS NULL))
    ORDER BY w.subscribe_at LIMIT $3 FOR NO KEY UPDATE OF w SKIP LOCKED
)
UPDATE waybill w SET tries = w.tries + 1, subscribe_at = $1 + least($4::interval * 2 ^ least(w.tries, 20), $5::interval)
FROM due
WHERE w.id = due.id
RETURNING w.id, w.carrier, w.number, w.tries, (
    SELECT o.ship_to_snapshot->>'phone' FROM shipment_package p
    JOIN shipment s ON s.id = p.shipment_id JOIN sales_order o ON o.id = s.order_id
    WHERE p.waybill_id = w.id AND p.removed_at IS NULL ORDER BY p.id LIMIT 1) AS phone
"""
_SUBSCRIBED = "UPDATE waybill SET subscribed_at = $2, subscribe_at = NULL, trouble = NULL WHERE id = $1"
_REFUSED = """
UPDATE waybill SET trouble = $2, subscribe_at = CASE WHEN $3 AND tries < $4 THEN subscribe_at END
WHERE id = $1 AND subscribed_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A waybill whose news are to be asked for now, by nobody else."""

    id: UUID
    asked: Asked


@act
async def claim_waybills(work: Work, *, shipment_id: UUID | None = None, most: int = 50) -> Sequence[Claimed]:
    """Waybills that are due to be subscribed to, of one shipment or of any; the next try is set at once, later each
    time."""
    rows = await work.rows(_CLAIM, work.now, shipment_id, most, _FIRST_WAIT, LONGEST_WAIT)
    return [Claimed(row["id"], Asked(row["carrier"], row["number"], row["phone"])) for row in rows]


@act
async def note_answer(work: Work, *, waybill_id: UUID, answer: Answer) -> None:
    """What the service said. A refusal that may pass is tried again, twelve times in all; others are given up, and the
    seller reads why."""
    if answer.subscribed:
        await work.run(_SUBSCRIBED, waybill_id, work.now)
    else:
        await work.run(_REFUSED, waybill_id, answer.why, answer.again, MOST_TRIES)
