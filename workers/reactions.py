"""Fact → jobs: the whole choreography on one page.

Reactions read the event log behind their own place in it (`event_reader`), so a fact is reacted to at least once, also
when the worker dies in between; jobs are safe to run twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from arq.connections import ArqRedis

from app.kernel.event_log import Event, mark_read, unread
from workers.carriers import subscribe_shipment
from workers.expiries import expire_reservation
from workers.job import Job

READER = "reactions"


@dataclass(frozen=True, slots=True)
class Later:
    """A job to enqueue because of a fact."""

    job: Job
    job_id: str
    at: datetime | None = None
    arguments: dict[str, str] = field(default_factory=dict)


Reaction = Callable[[Event], Iterable[Later]]


def release_when_expired(event: Event) -> Iterable[Later]:
    """An order that was placed with a reservation time gives its stock and credit back when that has passed."""
    expires_at = event.payload.get("reservationExpiresAt")
    if expires_at:
        order_id = str(event.subject_id)
        yield Later(expire_reservation, order_id, datetime.fromisoformat(expires_at), {"order_id": order_id})


def ask_for_news(event: Event) -> Iterable[Later]:
    """The carriers of a shipment that left, or whose packages were corrected, are asked where it is."""
    shipment_id = str(event.subject_id)
    yield Later(subscribe_shipment, f"{shipment_id}:{event.version}", arguments={"shipment_id": shipment_id})


REACTIONS: dict[tuple[str, str], Sequence[Reaction]] = {
    ("order", "placed"): (release_when_expired,),
    ("shipment", "shipped"): (ask_for_news,),
    ("shipment", "repacked"): (ask_for_news,),
}


def reactions_to(event: Event) -> list[Later]:
    """What is to be done later because of this fact."""
    return [later for reaction in REACTIONS.get((event.kind, event.what), ()) for later in reaction(event)]


async def react(redis: ArqRedis) -> None:
    """React to every published fact that was not reacted to yet.

    The place is moved after the jobs are in the queue: a crash in between enqueues them again, under the same ids.
    """
    while events := await unread(READER):
        for event in events:
            for later in reactions_to(event):
                await later.job.later(redis, later.job_id, later.at, **later.arguments)
        await mark_read(READER, events[-1].delivery_no)
