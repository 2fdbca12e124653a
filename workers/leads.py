"""What time does to leads: offers run out and lapse, dealers cease to be there, and others appear.

Each has a job of its own at its moment, and a sweep that finds what was lost with Redis. Whatever is done twice, or too
early, does nothing.
"""

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from app import database
from app.kernel.clock import now
from app.leads.lapse import lapse_offer, lapsed_offers, offers_to_warn_of, warn_of_deadline
from app.leads.stagnate import forgotten_leads, tell_stagnation
from app.leads.withdraw import routable_leads, stranded_leads, try_again, withdraw_lead
from workers.job import job

logger = logging.getLogger("tributary.leads")


@job(name="lapse_lead_offer", timeout_s=30, tries=5)
async def lapse_lead_offer(*, job_id: str, lead_id: str) -> None:
    """Recall the offer of a lead if its time is over, and offer the lead to the next."""
    await lapse_offer(lead_id=UUID(lead_id), job_id=job_id)


@job(name="warn_of_lead_deadline", timeout_s=30, tries=5)
async def warn_of_lead_deadline(*, job_id: str, lead_id: str) -> None:
    """Tell that an offer is running out."""
    await warn_of_deadline(lead_id=UUID(lead_id))


@job(name="withdraw_leads", timeout_s=60, tries=5)
async def withdraw_leads(*, job_id: str, subject_id: str) -> None:
    """A relation or a member changed: take the leads from a dealer that can follow none any more."""
    await _each(await stranded_leads(UUID(subject_id)), lambda one: withdraw_lead(lead_id=one))


async def sweep_deadlines() -> int:
    """Recall and warn of whatever is due. Answers how many."""
    recalled = await _each(await lapsed_offers(now()), lambda one: lapse_offer(lead_id=one))
    return recalled + await _each(await offers_to_warn_of(now()), lambda one: warn_of_deadline(lead_id=one))


async def sweep_dealers() -> int:
    """Take leads from dealers that are gone, and give those of the pool to dealers that can take them now."""
    withdrawn = await _each(await stranded_leads(), lambda one: withdraw_lead(lead_id=one))
    return withdrawn + await _each(await routable_leads(now()), lambda one: try_again(lead_id=one))


async def sweep_forgotten() -> int:
    """Tell of leads that their dealers do not follow up. Answers of how many."""
    return await _each(await forgotten_leads(now()), lambda one: tell_stagnation(lead_id=one))


async def _each(leads: list[UUID], do: Callable[[UUID], Awaitable[bool]]) -> int:
    """One that cannot be dealt with is an alarm and keeps no other waiting."""
    done = 0
    for lead_id in leads:
        try:
            done += await do(lead_id)
        except Exception as error:
            if database.is_away(error):
                raise
            logger.exception("lead %s cannot be dealt with", lead_id)
    return done
