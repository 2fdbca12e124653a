"""Reads of a member's own inbox and settings. Nobody reads anybody else's, not within the company either."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.communication.channels import open_channels
from app.communication.kinds import Channel, NotificationKind
from app.communication.notices import kinds_open_to
from app.communication.rules import wanted
from app.communication.save_settings import Preference, Ways
from app.kernel.page import Page
from app.network.viewer import Viewer

_COLUMNS: Final = "id, kind, link_type, link_id, params::text AS params, created_at, read_at"
_PAGE: Final = f"""
SELECT {_COLUMNS} FROM notification
WHERE member_id = $1 AND kind = ANY($2::text[]) AND ($3::uuid IS NULL OR id < $3) AND (NOT $4 OR read_at IS NULL)
ORDER BY id DESC LIMIT $5
"""
_UNREAD: Final = """
SELECT count(*) AS unread FROM notification WHERE member_id = $1 AND read_at IS NULL AND kind = ANY($2::text[])
"""
_BY_IDS: Final = f"""
SELECT {_COLUMNS} FROM notification WHERE member_id = $1 AND kind = ANY($2::text[]) AND id = ANY($3::uuid[])
"""


def _kinds(viewer: Viewer) -> list[str]:
    """What the viewer's roles are told of now: a right that was lost takes its notifications along."""
    return [kind.value for kind in kinds_open_to(viewer.permissions)]


async def notifications(viewer: Viewer, page: Page, *, unread_only: bool = False) -> Sequence[asyncpg.Record]:
    """The viewer's notifications, newest first: one statement."""
    after = page.after[0] if page.after else None
    return await database.rows(_PAGE, viewer.membership_id, _kinds(viewer), after, unread_only, page.limit)


async def unread(viewer: Viewer) -> int:
    """How many of them are unread: one statement on an index that holds nothing else."""
    found = await database.row(_UNREAD, viewer.membership_id, _kinds(viewer))
    assert found is not None
    count: int = found["unread"]
    return count


async def notifications_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Those of these that are the viewer's own and still open to them."""
    rows = await database.rows(_BY_IDS, viewer.membership_id, _kinds(viewer), list(ids))
    return {row["id"]: row for row in rows}


_SETTINGS: Final = """
SELECT p.login, i.id AS identity_id, s.quiet_from, s.quiet_until, s.time_zone, s.locale,
    coalesce((SELECT jsonb_object_agg(f.kind || '.' || f.channel, f.enabled) FROM notification_preference f
              WHERE f.member_id = m.id), '{}')::text AS chosen,
    coalesce((SELECT jsonb_object_agg(q.template_id, q.remaining) FROM wx_subscribe_quota q
              WHERE q.identity_id = i.id), '{}')::text AS quota
FROM membership m
JOIN person p ON p.id = m.person_id
LEFT JOIN notification_setting s ON s.member_id = m.id
LEFT JOIN LATERAL (
    SELECT i.id FROM identity i WHERE i.person_id = p.id AND i.provider = 'wechat' AND i.app_id = $2
    ORDER BY i.id DESC LIMIT 1
) i ON true
WHERE m.id = $1
"""


async def settings_of(viewer: Viewer) -> tuple[asyncpg.Record, Ways]:
    """The viewer's settings, and how they can be reached: one statement."""
    opened = open_channels()
    row = await database.row(_SETTINGS, viewer.membership_id, opened.app_id)
    assert row is not None
    return row, Ways(opened, row["login"], row["identity_id"] is not None)


def preferences(viewer: Viewer, chosen: Mapping[str, bool]) -> list[Preference]:
    """Every kind that the viewer may be told of by every channel, chosen or by default."""
    return [
        Preference(kind, channel, wanted(kind, channel, _of(kind, chosen)))
        for kind in kinds_open_to(viewer.permissions)
        for channel in Channel
    ]


def _of(kind: NotificationKind, chosen: Mapping[str, bool]) -> dict[str, bool]:
    return {one.value: chosen[f"{kind.value}.{one.value}"] for one in Channel if f"{kind.value}.{one.value}" in chosen}
