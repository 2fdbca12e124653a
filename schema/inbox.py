"""A member's inbox and settings on the wire, and what they add to `Viewer`."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import orjson
import strawberry

from app.communication import queries
from app.communication.kinds import Channel, LinkType, NotificationKind, Priority
from app.communication.notices import PRIORITY
from app.communication.refusals import WhyNotReachable
from app.communication.save_settings import Preference, Ways
from app.communication.wording import WORDS, rendered
from app.kernel.page import Page
from app.kernel.wording import in_locale
from app.network.viewer import Viewer as NetworkViewer
from schema.context import Info
from schema.page import After, Connection, First, connection

Row = Mapping[str, Any]

strawberry.enum(NotificationKind, description="What a notification says.")
strawberry.enum(Priority, name="NotificationPriority", description="How urgent a notification is.")
strawberry.enum(Channel, name="NotificationChannel", description="How a notification leaves the mall.")
strawberry.enum(LinkType, name="NotificationLink", description="What a notification leads to.")
strawberry.enum(WhyNotReachable, name="NotReachableReason", description="Why a channel cannot reach a member.")

UnreadOnly = Annotated[bool, strawberry.argument(description="True: only those that are unread.")]


@strawberry.type(description="Something that a member was told. Its text is made when it is read.")
class Notification:
    """One row of `notification`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: NotificationKind = strawberry.field(description="What it says, for programs.")
    priority: Priority = strawberry.field(description="How urgent it is.")
    title: str = strawberry.field(description="What it is about, in the reader's language.")
    text: str = strawberry.field(description="What happened, in the reader's language.")
    link_type: LinkType = strawberry.field(description="What kind of document it leads to.")
    link_id: strawberry.ID = strawberry.field(description="The document's id; reading it needs the rights for it.")
    created_at: dt.datetime = strawberry.field(description="When the member was told.")
    read_at: dt.datetime | None = strawberry.field(description="When it was marked as read; null: it is unread.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "Notification":
        kind = NotificationKind(row["kind"])
        title, text = rendered(kind, orjson.loads(row["params"]), locale)
        return cls(
            id=strawberry.ID(str(row["id"])),
            kind=kind,
            priority=PRIORITY[kind],
            title=title,
            text=text,
            link_type=LinkType(row["link_type"]),
            link_id=strawberry.ID(str(row["link_id"])),
            created_at=row["created_at"],
            read_at=row["read_at"],
        )


@strawberry.type(description="Times of day at which messages wait; urgent ones do not.")
class QuietHours:
    """Part of `notification_setting`."""

    start: str = strawberry.field(description="From, HH:MM.")
    end: str = strawberry.field(description="Until, HH:MM; earlier than `start`: on the next day.")
    time_zone: str = strawberry.field(description="An IANA time zone.")


@strawberry.type(description="Whether one kind leaves the mall by one channel. Where both are on, e-mail stands in.")
class NotificationPreference:
    """A preference, chosen or by default."""

    kind: NotificationKind = strawberry.field(description="Of what.")
    title: str = strawberry.field(description="What the kind is called, in the reader's language.")
    channel: Channel = strawberry.field(description="By which channel.")
    enabled: bool = strawberry.field(description="True: it is wanted.")
    problem: WhyNotReachable | None = strawberry.field(description="Why it would not come all the same; null: it does.")

    @classmethod
    def of(cls, one: Preference, ways: Ways, locale: str) -> "NotificationPreference":
        return cls(
            kind=one.kind,
            title=in_locale(WORDS[one.kind].title, locale),
            channel=one.channel,
            enabled=one.enabled,
            problem=ways.problem(one.channel, one.kind),
        )


@strawberry.type(description="A template to ask for in `wx.requestSubscribeMessage`, and how many are left of it.")
class WeChatTemplate:
    """A template of this installation and the member's row of `wx_subscribe_quota`."""

    template_id: str = strawberry.field(description="WeChat's id of the template.")
    kinds: list[NotificationKind] = strawberry.field(description="What is sent by it, the most urgent first.")
    remaining: int = strawberry.field(description="How many more messages the member has accepted. 0: ask again.")


@strawberry.type(description="How a member wants to be told, besides the inbox, which is always there.")
class NotificationSettings:
    """Rows of `notification_setting`, `notification_preference` and `wx_subscribe_quota`."""

    language: str | None = strawberry.field(description="zh or en; null: as I chose for the mall.")
    quiet_hours: QuietHours | None = strawberry.field(description="When messages wait; null: never.")
    preferences: list[NotificationPreference] = strawberry.field(
        description="Every kind that my roles are told of, by every channel."
    )
    we_chat_templates: list[WeChatTemplate] = strawberry.field(
        description="What to ask for in `wx.requestSubscribeMessage`, the most urgent first."
    )

    @classmethod
    async def read(cls, viewer: NetworkViewer, locale: str) -> "NotificationSettings":
        row, ways = await queries.settings_of(viewer)
        wanted = queries.preferences(viewer, orjson.loads(row["chosen"]))
        quiet = QuietHours(start=row["quiet_from"], end=row["quiet_until"], time_zone=row["time_zone"])
        return cls(
            language=row["locale"],
            quiet_hours=quiet if row["time_zone"] else None,
            preferences=[NotificationPreference.of(one, ways, locale) for one in wanted],
            we_chat_templates=_templates(ways, orjson.loads(row["quota"])),
        )


def _templates(ways: Ways, quota: Mapping[str, int]) -> list[WeChatTemplate]:
    shared: dict[str, list[NotificationKind]] = {}
    for kind in sorted(ways.open.templates, key=lambda one: (PRIORITY[one], one)):
        shared.setdefault(ways.open.templates[kind].id, []).append(kind)
    return [WeChatTemplate(template_id=one, kinds=kinds, remaining=quota.get(one, 0)) for one, kinds in shared.items()]


@strawberry.type
class ViewerInbox:
    """The part of `Viewer` that tells what I was told."""

    viewer: strawberry.Private[NetworkViewer]

    @strawberry.field(description="How many notifications are unread: the badge.")
    async def unread(self) -> int:
        return await queries.unread(self.viewer)

    @strawberry.field(description="What I was told in this company, newest first.")
    async def notifications(
        self, info: Info, first: First = None, after: After = None, unread_only: UnreadOnly = False
    ) -> Connection[Notification]:
        page = Page.of(first, after, kinds=[UUID], order="notifications")
        return connection(
            await queries.notifications(self.viewer, page, unread_only=unread_only),
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: Notification.of(row, info.context.locale),
            order="notifications",
        )

    @strawberry.field(description="How I want to be told.")
    async def notification_settings(self, info: Info) -> NotificationSettings:
        return await NotificationSettings.read(self.viewer, info.context.locale)
