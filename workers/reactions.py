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
from workers.expiries import expire_reservation, lapse_order_change
from workers.job import Job
from workers.leads import lapse_lead_offer, warn_of_lead_deadline, withdraw_leads

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


def lapse_when_unanswered(event: Event) -> Iterable[Later]:
    """A change that the buyer does not answer in time lapses."""
    order_id, until = str(event.subject_id), datetime.fromisoformat(event.payload["expiresAt"])
    yield Later(lapse_order_change, event.payload["changeId"], until, {"order_id": order_id})


def ask_for_news(event: Event) -> Iterable[Later]:
    """The carriers of a shipment that left, or whose packages were corrected, are asked where it is."""
    shipment_id = str(event.subject_id)
    yield Later(subscribe_shipment, f"{shipment_id}:{event.version}", arguments={"shipment_id": shipment_id})


def watch_the_deadline(event: Event) -> Iterable[Later]:
    """A lead that was offered is warned of and recalled; after the first warning comes the next."""
    lead_id, assignment_id = str(event.subject_id), event.payload["assignmentId"]
    deadline_at, warn_at = event.payload["deadlineAt"], event.payload.get("warnAt")
    told = {"lead_id": lead_id}
    if event.what == "offered":
        yield Later(lapse_lead_offer, assignment_id, datetime.fromisoformat(deadline_at), told)
    if warn_at:
        yield Later(warn_of_lead_deadline, f"{assignment_id}:{warn_at}", datetime.fromisoformat(warn_at), told)


def leads_of_who_left(event: Event) -> Iterable[Later]:
    """A dealer's relation or member is there no longer: its leads may have to go to somebody else."""
    subject_id = str(event.subject_id)
    yield Later(withdraw_leads, f"{subject_id}:{event.version}", None, {"subject_id": subject_id})


REACTIONS: dict[tuple[str, str], Sequence[Reaction]] = {
    ("order", "placed"): (release_when_expired,),
    ("order", "change_proposed"): (lapse_when_unanswered,),
    ("shipment", "shipped"): (ask_for_news,),
    ("shipment", "repacked"): (ask_for_news,),
    ("lead", "offered"): (watch_the_deadline,),
    ("lead", "due_soon"): (watch_the_deadline,),
    ("relation", "suspended"): (leads_of_who_left,),
    ("relation", "ended"): (leads_of_who_left,),
    ("membership", "suspended"): (leads_of_who_left,),
    ("membership", "changed"): (leads_of_who_left,),
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
