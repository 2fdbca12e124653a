"""Being told: marking as read, choosing how, reporting what WeChat may send, and following one's own inbox."""

from collections.abc import AsyncIterable
from typing import Annotated
from uuid import UUID

import strawberry

from app.communication import queries, refusals
from app.communication.events import InboxChanged as InboxFact
from app.communication.kinds import Channel, NotificationKind
from app.communication.mark_read import mark_read
from app.communication.refusals import QuietHoursProblem, WhyNotReachable
from app.communication.report_subscriptions import Answered, report_subscriptions
from app.communication.save_settings import Preference, checked_quiet_hours, save_notification_settings
from app.kernel.page import decode_cursor
from app.kernel.refusal import BadRequest, Refusal
from app.kernel.wording import one_of
from app.network.rules import LOCALES
from schema.access import MEMBER, access
from schema.audience import Following
from schema.context import Info
from schema.event_types import InboxChanged
from schema.events import AfterCursor, CaughtUp, Resync, as_change
from schema.inbox import NotificationSettings
from schema.refusals import KeyReused, Refused
from schema.scalars import uuids_of

strawberry.enum(
    Answered, name="SubscriptionAnswer", description="What `wx.requestSubscribeMessage` says of a template."
)
strawberry.enum(QuietHoursProblem, description="What is wrong with quiet hours.")


@strawberry.type(description="You cannot be reached by this channel, so it cannot be turned on.")
class ChannelNotReachable(Refused):
    """See `app.communication.refusals.ChannelNotReachable`."""

    channel: Channel = strawberry.field(description="The channel.")
    why: WhyNotReachable = strawberry.field(description="Why not.")


@strawberry.type(description="Quiet hours that cannot be kept.")
class QuietHoursNotValid(Refused):
    """See `app.communication.refusals.QuietHoursNotValid`."""

    problem: QuietHoursProblem = strawberry.field(description="What is wrong.")
    value: str = strawberry.field(description="What was said.")


@strawberry.type(description="My roles are never told of this kind.")
class KindNotYours(Refused):
    """See `app.communication.refusals.KindNotYours`."""

    kind: NotificationKind = strawberry.field(description="The kind.")
    known: list[NotificationKind] = strawberry.field(description="What my roles are told of.")

    @classmethod
    def of(cls, refusal: refusals.KindNotYours, locale: str) -> "KindNotYours":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            kind=NotificationKind(refusal.kind),
            known=[NotificationKind(one) for one in refusal.known],
        )


@strawberry.type(description="No WeChat account is bound to me.")
class WeChatNotBound(Refused):
    """See `app.communication.refusals.WeChatNotBound`."""


@strawberry.type(description="A message template that this installation does not send.")
class TemplateUnknown(Refused):
    """See `app.communication.refusals.TemplateUnknown`."""

    template_id: str = strawberry.field(description="What was asked for.")
    known: list[str] = strawberry.field(description="The templates there are.")


REFUSALS: dict[type[Refusal], type] = {
    refusals.ChannelNotReachable: ChannelNotReachable,
    refusals.QuietHoursNotValid: QuietHoursNotValid,
    refusals.KindNotYours: KindNotYours,
    refusals.WeChatNotBound: WeChatNotBound,
    refusals.TemplateUnknown: TemplateUnknown,
}


@strawberry.type(description="Notifications were marked as read.")
class MarkedRead:
    """Result of `markRead`."""

    marked: int = strawberry.field(description="How many were unread before.")
    unread: int = strawberry.field(description="How many are unread now.")


@strawberry.input(description="Which notifications I have read; either of the two.")
class MarkReadInput:
    """Input of `markRead`."""

    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These, 1 to 100.")
    up_to: str | None = strawberry.field(
        default=None, description="A cursor of `notifications`: this one and all that came before it."
    )


@strawberry.input(description="Times of day at which messages wait.")
class QuietHoursInput:
    """See `schema.inbox.QuietHours`."""

    start: str = strawberry.field(description="From, HH:MM.")
    end: str = strawberry.field(description="Until, HH:MM; earlier than `start`: on the next day.")
    time_zone: str = strawberry.field(description="An IANA time zone, such as Asia/Shanghai.")


@strawberry.input(description="One kind by one channel, on or off.")
class NotificationPreferenceInput:
    """See `app.communication.save_settings.Preference`."""

    kind: NotificationKind = strawberry.field(description="Of what.")
    channel: Channel = strawberry.field(description="By which channel.")
    enabled: bool = strawberry.field(description="True: I want it.")


@strawberry.input(description="How I want to be told from now on.")
class SaveNotificationSettingsInput:
    """Input of `saveNotificationSettings`. The same again changes nothing, so it takes no client key."""

    language: str | None = strawberry.field(default=None, description="zh or en; null: as I choose for the mall.")
    quiet_hours: QuietHoursInput | None = strawberry.field(default=None, description="Null: none.")
    preferences: list[NotificationPreferenceInput] = strawberry.field(
        default_factory=list, description="What changes; all that is not named stays as it is."
    )


@strawberry.input(description="What the member answered for one template.")
class SubscriptionAnswerInput:
    """One entry of what `wx.requestSubscribeMessage` hands to its success callback."""

    template_id: str = strawberry.field(description="The template's id.")
    answer: Answered = strawberry.field(description="What it says of it.")


@strawberry.input(description="What `wx.requestSubscribeMessage` said.")
class ReportSubscriptionsInput:
    """Input of `reportSubscriptions`."""

    client_key: str = strawberry.field(description="New for each call of `wx.requestSubscribeMessage`; counts once.")
    results: list[SubscriptionAnswerInput] = strawberry.field(description="1 to 5 templates.")


MarkReadResult = Annotated[MarkedRead, strawberry.union("MarkReadResult")]
SaveNotificationSettingsResult = Annotated[
    NotificationSettings | ChannelNotReachable | QuietHoursNotValid | KindNotYours,
    strawberry.union("SaveNotificationSettingsResult"),
]
ReportSubscriptionsResult = Annotated[
    NotificationSettings | WeChatNotBound | TemplateUnknown | KeyReused, strawberry.union("ReportSubscriptionsResult")
]


InboxMessage = Annotated[
    InboxChanged | CaughtUp | Resync, strawberry.union("InboxMessage", description="What `inboxChanged` says.")
]


@strawberry.type
class Mutations:
    """What a member may change of what concerns them alone."""

    @strawberry.mutation(description="Mark my notifications as read; the badge moves on all of my devices.")
    @access(MEMBER)
    async def mark_read(self, info: Info, input: MarkReadInput) -> MarkReadResult | None:
        viewer = info.context.viewer
        marked = await mark_read(
            viewer,
            ids=None if input.ids is None else uuids_of(input.ids, "notification"),
            up_to=None if input.up_to is None else _position(input.up_to),
        )
        return MarkedRead(marked=marked, unread=await queries.unread(viewer))

    @strawberry.mutation(description="Choose how I am told: by which channel, when not, and in which language.")
    @access(MEMBER)
    async def save_notification_settings(
        self, info: Info, input: SaveNotificationSettingsInput
    ) -> SaveNotificationSettingsResult | None:
        if input.language is not None and input.language not in LOCALES:
            raise BadRequest("language", input.language, one_of(*LOCALES))
        quiet = input.quiet_hours
        await save_notification_settings(
            info.context.viewer,
            quiet=None if quiet is None else checked_quiet_hours(quiet.start, quiet.end, quiet.time_zone),
            locale=input.language,
            preferences=[Preference(one.kind, one.channel, one.enabled) for one in input.preferences],
        )
        return await NotificationSettings.read(info.context.viewer, info.context.locale)

    @strawberry.mutation(description="Say what I accepted in `wx.requestSubscribeMessage`: one message each.")
    @access(MEMBER)
    async def report_subscriptions(
        self, info: Info, input: ReportSubscriptionsInput
    ) -> ReportSubscriptionsResult | None:
        await report_subscriptions(
            info.context.viewer,
            client_key=input.client_key,
            answers={one.template_id: one.answer for one in input.results},
        )
        return await NotificationSettings.read(info.context.viewer, info.context.locale)


def _position(cursor: str) -> UUID:
    (position,) = decode_cursor(cursor, [UUID], "notifications", "upTo")
    assert isinstance(position, UUID)
    return position


@strawberry.type
class Subscriptions:
    """What a member can follow that is nobody else's."""

    @strawberry.subscription(description="My own inbox: what is new in it, and what was read on another device.")
    @access(MEMBER)
    async def inbox_changed(self, info: Info, after: AfterCursor = None) -> AsyncIterable[InboxMessage]:
        return Following((InboxFact.kind,), None, as_change, after, own=True)
