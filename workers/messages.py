"""What leaves the mall for members: WeChat and e-mail, one message at a time for each member."""

import logging
import time
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from arq.connections import ArqRedis
from redis.asyncio import Redis

from app.communication.channels import open_channels
from app.communication.deliver import Message, Outcome, members_with_due, release_orphans, settle, take_due
from app.communication.kinds import Channel
from app.communication.mail import send_mail
from app.communication.wechat import WeChat
from app.kernel.clock import now
from app.settings import Settings, settings
from workers.job import job

LONGEST_S: Final = 10.0  # a job takes no further message after so long; the sweep goes on with the rest

logger = logging.getLogger("tributary.messages")


@job(name="send_messages", timeout_s=60, tries=5)
async def send_messages(*, job_id: str, member_id: str) -> None:
    """Send what is due for one member, the most urgent first. Run twice, or beside itself, it sends nothing twice."""
    told = settings()
    opened, began = open_channels(told), time.monotonic()
    async with Redis.from_url(told.redis_url, socket_connect_timeout=2, socket_timeout=5) as redis:
        wechat = WeChat(redis, told)
        while time.monotonic() < began + LONGEST_S:
            message = await take_due(UUID(member_id), opened)
            if message is None:
                return
            outcome = await _said(message, wechat, told)
            if outcome.reason is not None:
                logger.info("delivery %s by %s: %s", message.delivery_id, message.channel, outcome.reason)
            await settle(message, outcome, opened)


async def _said(message: Message, wechat: WeChat, told: Settings) -> Outcome:
    if message.channel is Channel.WECHAT:
        return await wechat.send(message, told.wechat_templates[message.kind.value])
    return await send_mail(message, told, now())


async def send_later(redis: ArqRedis, members: Sequence[UUID], moment: str) -> None:
    """A job for each member; the same `moment` is the same job."""
    for member_id in members:
        await send_messages.later(redis, f"{member_id}:{moment}", None, member_id=str(member_id))


async def send_what_is_due(ctx: dict[Any, Any]) -> None:
    """Every five seconds: what waited for the end of quiet hours or for another try, what was lost with Redis, and what
    a worker died of."""
    await release_orphans(open_channels())
    await send_later(ctx["redis"], await members_with_due(), "sweep")
