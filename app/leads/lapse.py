"""An offer that nobody answers: two warnings before its time is over, then it is recalled and offered to the next.

It counts as lapsed from its deadline on, whether or not a worker is alive: an answer is refused with OfferLapsed, and
the refused act recalls it in a transaction of its own. The worker asks for what is due and does the same.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from app import database
from app.kernel.act import Work, act
from app.kernel.inbox import first_time
from app.leads.lifecycle import Outcome, PoolReason
from app.leads.open_lead import Closing, OpenLead, open_for_the_house
from app.leads.refusals import OfferLapsed
from app.leads.route import pool, route
from app.leads.rules import WARN_AT_PERCENT
from app.leads.save_lead import save_lead

P = ParamSpec("P")
R = TypeVar("R")

_LAPSED: Final = """
SELECT lead_id FROM lead_assignment WHERE closed_at IS NULL AND accepted_at IS NULL AND deadline_at <= $1
ORDER BY deadline_at LIMIT $2
"""
_TO_WARN: Final = """
SELECT lead_id FROM lead_assignment
WHERE closed_at IS NULL AND accepted_at IS NULL AND warn_at <= $1 AND deadline_at > $1 ORDER BY warn_at LIMIT $2
"""
_WARNED: Final = "UPDATE lead_assignment SET warned_percent = $2, warn_at = $3 WHERE id = $1"


@act
async def lapse_offer(work: Work, *, lead_id: UUID, job_id: str | None = None) -> bool:
    """Recall an offer whose time is over, and offer the lead to the next. False when there is none on this lead.

    A job marks itself as done (`job_id`) in the same transaction.
    """
    lead = await open_for_the_house(work, lead_id)
    if lead.assignment is None or not lead.assignment.has_lapsed(work.now):
        return False
    if job_id is not None and not await first_time(work, job_id):
        return False
    lead.closing = Closing(Outcome.LAPSED)
    lead.move("lapse")
    lead.note("recalled", company_id=lead.holder, reason=Outcome.LAPSED.value, payload=_outcome(Outcome.LAPSED))
    if lead.settings.give_up_after(lead.lapses + 1):
        pool(lead, PoolReason.RECALLED_OFTEN)
    else:
        await route(work, lead)
    await save_lead(work, lead)
    return True


@act
async def warn_of_deadline(work: Work, *, lead_id: UUID) -> bool:
    """Tell that an offer is running out, once for each part of its time. False when there is nothing to tell now."""
    lead = await open_for_the_house(work, lead_id)
    offer = lead.assignment
    if offer is None or offer.warn_at is None or offer.has_lapsed(work.now) or work.now < offer.warn_at:
        return False
    whole = lead.settings.working.between(offer.offered_at, offer.deadline_at)  # settings may have changed since
    moments = {percent: _moment(lead, whole * percent / 100) for percent in WARN_AT_PERCENT}
    left = [percent for percent in WARN_AT_PERCENT if percent > offer.warned_percent]
    passed = [percent for percent in left if moments[percent] <= work.now] or left[:1]
    later = [percent for percent in left if percent > passed[-1]]
    warn_at = moments[later[0]] if later else None
    await work.run(_WARNED, offer.id, passed[-1], warn_at)
    payload = {"percent": str(passed[-1]), "assignmentId": str(offer.id), "deadlineAt": offer.deadline_at.isoformat()}
    if warn_at is not None:
        payload["warnAt"] = warn_at.isoformat()
    lead.note("due_soon", company_id=offer.company_id, payload=payload)
    await save_lead(work, lead)
    return True


def _moment(lead: OpenLead, part: timedelta) -> datetime:
    assert lead.assignment is not None
    return lead.settings.working.after(lead.assignment.offered_at, part)


def _outcome(outcome: Outcome) -> dict[str, str]:
    return {"outcome": outcome.value}


async def lapsed_offers(moment: datetime, most: int = 500) -> list[UUID]:
    """Leads whose offer is over and that nobody has recalled yet, the oldest first."""
    return [row["lead_id"] for row in await database.rows(_LAPSED, moment, most)]


async def offers_to_warn_of(moment: datetime, most: int = 500) -> list[UUID]:
    """Leads of whose running out nobody has warned yet."""
    return [row["lead_id"] for row in await database.rows(_TO_WARN, moment, most)]


def or_lapse(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """An answer to an offer: where it is refused because its time is over, recall the offer, then refuse."""

    @wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await function(*args, **kwargs)
        except OfferLapsed as refusal:
            await lapse_offer(lead_id=refusal.lead_id)
            raise

    return run
