"""When → what: everything that happens on a clock, on one page."""

import logging
from datetime import timedelta
from typing import Any

from arq.cron import CronJob, cron

from app import database
from app.communication.deliver import forget_old
from app.fulfilment.take_push import forget_news_of_nobody
from app.kernel.act import Work, act
from app.kernel.client_key import KEPT_DAYS
from app.kernel.clock import now
from app.kernel.event_log import add_partitions, forget
from app.ordering.tally import keep_tallies
from app.papers.forget_exports import forget_exports
from workers.carriers import watch_shipments
from workers.expiries import expire_due, lapse_due_changes
from workers.invariants import CHECKS, audit
from workers.leads import sweep_deadlines, sweep_dealers, sweep_forgotten
from workers.messages import send_what_is_due

EVENTS_KEPT = timedelta(days=30)
NEWS_KEPT = timedelta(days=30)
NIGHT_UTC = 19  # between three and four at night in China
LONGEST_AUDIT = timedelta(hours=2)

logger = logging.getLogger("tributary.clock")


async def expire_what_is_due(ctx: dict[Any, Any]) -> None:
    """Every five seconds: orders whose reservation time has passed, and changes of orders that nobody answered."""
    await expire_due()
    await lapse_due_changes()


async def watch_what_is_on_its_way(ctx: dict[Any, Any]) -> None:
    """Every five seconds: parcels whose news are to be asked for, shipments that fell silent, and those signed for by
    time."""
    await watch_shipments()


async def recall_what_lapsed(ctx: dict[Any, Any]) -> None:
    """Every five seconds: offers of leads whose time is over, or runs out."""
    await sweep_deadlines()


async def look_for_dealers(ctx: dict[Any, Any]) -> None:
    """Every fifteen seconds: leads of dealers that are gone, leads that a dealer could take now, and forgotten ones."""
    await sweep_dealers()
    await sweep_forgotten()


async def check_an_invariant(ctx: dict[Any, Any]) -> None:
    """Every ten seconds the next of what must always hold, of what moved lately, so all of it every few minutes; a
    finding is an alarm."""
    turn = int(now().timestamp()) // 10
    for finding in await audit([CHECKS[turn % len(CHECKS)]], lately=True):
        logger.error("invariant broken: %s", finding)


async def check_everything(ctx: dict[Any, Any]) -> None:
    """Every night, one after the other and each in a snapshot of its own: the invariants of all that ever happened."""
    for check in CHECKS:
        for finding in await audit([check]):
            logger.error("invariant broken: %s", finding)


async def tidy_up(ctx: dict[Any, Any]) -> None:
    """Every hour: forget what is kept for a limited time, and make room for what comes."""
    await forget(older_than=EVENTS_KEPT)
    await forget_keys_and_jobs()
    await forget_news_of_nobody(older_than=NEWS_KEPT)
    while await forget_old():
        pass
    async with database.pool().acquire() as connection:
        await add_partitions(connection)


async def add_up_moves(ctx: dict[Any, Any]) -> None:
    """Every minute: how many orders came to a status and left it, so that few moves have to be counted."""
    await keep_tallies()


async def forget_what_is_over(ctx: dict[Any, Any]) -> None:
    """Every minute: files of exports that were kept long enough. Their links are over already."""
    await forget_exports()


@act
async def forget_keys_and_jobs(work: Work) -> None:
    """Drop client keys, done-marks, taken messages and ended sessions that nobody can refer to any more."""
    kept_since = work.now - timedelta(days=KEPT_DAYS)
    await work.run("DELETE FROM client_key WHERE created_at < $1", kept_since)
    await work.run("DELETE FROM job_done WHERE done_at < $1", kept_since)
    await work.run("DELETE FROM session WHERE expires_at < $1", kept_since)
    await work.run("DELETE FROM inbox WHERE done_at < $1", kept_since)


CLOCK: list[CronJob] = [
    cron(expire_what_is_due, second=set(range(0, 60, 5)), keep_result=0),
    cron(watch_what_is_on_its_way, second=set(range(2, 60, 5)), keep_result=0),
    cron(recall_what_lapsed, second=set(range(1, 60, 5)), keep_result=0),
    cron(look_for_dealers, second=set(range(2, 60, 15)), keep_result=0),
    cron(send_what_is_due, second=set(range(4, 60, 5)), keep_result=0),
    cron(add_up_moves, second=27, keep_result=0),
    cron(forget_what_is_over, second=41, keep_result=0),
    cron(check_an_invariant, second=set(range(3, 60, 10)), keep_result=0),
    cron(check_everything, hour=NIGHT_UTC, minute=41, second=0, keep_result=0, timeout=LONGEST_AUDIT),
    cron(tidy_up, minute=17, second=0, keep_result=0),
]
