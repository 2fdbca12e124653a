"""A shop whose members are told: one round of the workers in this process, and what stands in inboxes afterwards."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app import database as db
from app.communication.channels import open_channels
from app.kernel.clock import now
from app.kernel.ids import uuid7
from tests.communication.mailbox import Mailbox
from tests.communication.weixin import APP_ID, SECRET, Weixin
from tests.live.trade import publish_everything
from tests.worlds import Party
from workers.messages import send_messages
from workers.notifying import notify_all

ORDERS, LEADS, NEWS = "T-orders", "T-leads", "T-news"
PLACES = {"thing1": "title", "character_string2": "number", "time3": "at", "thing4": "text"}
TEMPLATES = {
    "lead_offered": {"id": LEADS, "fields": {"thing1": "title", "character_string2": "number", "thing3": "seller"}},
    "order_placed": {"id": ORDERS, "fields": PLACES},
    "order_confirmed": {"id": ORDERS, "fields": PLACES},
    "order_rejected": {"id": ORDERS, "fields": PLACES},
    "shipment_sent": {"id": ORDERS, "fields": {"thing1": "title", "character_string2": "number"}},
    "relation_terms_changed": {"id": ORDERS, "fields": {"thing1": "title", "name2": "seller"}},
    "account_received": {"id": NEWS, "fields": {"thing1": "text", "phrase2": "title"}},
}

INBOX = """query($first: Int, $after: String, $unreadOnly: Boolean! = false) { viewer { unread
    notifications(first: $first, after: $after, unreadOnly: $unreadOnly) {
        edges { cursor node { id kind priority title text linkType linkId createdAt readAt } }
        pageInfo { hasNextPage endCursor } } } }"""
MARK = "mutation($input: MarkReadInput!) { markRead(input: $input) { ... on MarkedRead { marked unread } } }"
SETTINGS = """language quietHours { start end timeZone } preferences { kind title channel enabled problem }
    weChatTemplates { templateId kinds remaining }"""
READ_SETTINGS = f"{{ viewer {{ notificationSettings {{ {SETTINGS} }} }} }}"
REFUSED = """... on Refused { code message } ... on ChannelNotReachable { channel why }
    ... on QuietHoursNotValid { problem value } ... on KindNotYours { kind known }"""
SAVE = f"""mutation($input: SaveNotificationSettingsInput!) {{ saveNotificationSettings(input: $input) {{ __typename
    ... on NotificationSettings {{ {SETTINGS} }} {REFUSED} }} }}"""
REPORT = f"""mutation($input: ReportSubscriptionsInput!) {{ reportSubscriptions(input: $input) {{ __typename
    ... on NotificationSettings {{ {SETTINGS} }} ... on Refused {{ code message }}
    ... on TemplateUnknown {{ templateId known }} ... on KeyReused {{ key }} }} }}"""


@dataclass(frozen=True, slots=True)
class Outside:
    """The channels of a test, and the environment that opens them."""

    wx: Weixin
    mail: Mailbox
    environment: dict[str, str]


def environment(wx: Weixin | None, mail: Mailbox | None, redis_url: str) -> dict[str, str]:
    """What a process is told to have these channels open."""
    said = {"REDIS_URL": redis_url, "TRIBUTARY_PUBLIC_URL": "https://mall.example.com"}
    if wx is not None:
        said |= {
            "TRIBUTARY_WECHAT_APP_ID": APP_ID,
            "TRIBUTARY_WECHAT_SECRET": SECRET,
            "TRIBUTARY_WECHAT_API_URL": wx.url,
            "TRIBUTARY_WECHAT_TEMPLATES": json.dumps(TEMPLATES),
            "TRIBUTARY_WECHAT_PAGE": "pages/{type}/index?id={id}",
        }
    if mail is not None:
        said |= {
            "TRIBUTARY_SMTP_HOST": "127.0.0.1",
            "TRIBUTARY_SMTP_PORT": str(mail.port),
            "TRIBUTARY_SMTP_SECURITY": "plain",
            "TRIBUTARY_MAIL_FROM": "mall@example.com",
        }
    return said


async def tell() -> list[UUID]:
    """Publish, and tell members; those for whom something leaves the mall at once."""
    await publish_everything()
    members = await notify_all(open_channels())
    await publish_everything()
    return members


async def send(*parties: Party) -> None:
    """What a worker does for these members when something is due."""
    for party in parties:
        await send_messages.run(job_id=f"send_messages:{uuid7()}", member_id=str(party.viewer.membership_id))


async def bind(party: Party, open_id: str) -> UUID:
    """Bind a WeChat account to the party's person."""
    identity_id = uuid7()
    await db.pool().execute(
        "INSERT INTO identity (id, person_id, provider, app_id, open_id, created_at)"
        " VALUES ($1, $2, 'wechat', $3, $4, $5)",
        identity_id,
        party.viewer.person_id,
        APP_ID,
        open_id,
        now(),
    )
    return identity_id


async def deliveries(party: Party) -> list[tuple[str, str, str, str | None]]:
    """(kind, channel, state, reason) of what leaves the mall for this member, oldest first."""
    rows = await delivery_rows(party)
    return [(row["kind"], row["channel"], row["state"], row["reason"]) for row in rows]


async def delivery_rows(party: Party) -> Sequence[asyncpg.Record]:
    return await db.rows(
        "SELECT n.kind, d.* FROM notification_delivery d JOIN notification n ON n.id = d.notification_id"
        " WHERE d.member_id = $1 ORDER BY n.id, d.id",
        party.viewer.membership_id,
    )


async def kinds_told(party: Party) -> list[str]:
    """The kinds of everything in this member's inbox, oldest first."""
    rows = await db.rows("SELECT kind FROM notification WHERE member_id = $1 ORDER BY id", party.viewer.membership_id)
    return [row["kind"] for row in rows]


async def quota(party: Party) -> dict[str, int]:
    rows = await db.rows(
        "SELECT q.template_id, q.remaining FROM wx_subscribe_quota q JOIN identity i ON i.id = q.identity_id"
        " WHERE i.person_id = $1",
        party.viewer.person_id,
    )
    return {row["template_id"]: row["remaining"] for row in rows}
