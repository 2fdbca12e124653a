"""The ways communication says no."""

from enum import StrEnum

from app.communication.kinds import Channel, NotificationKind
from app.communication.wording import WORDS
from app.kernel.refusal import Refusal
from app.kernel.wording import Said


class WhyNotReachable(StrEnum):
    """Why a member cannot be reached by a channel."""

    CLOSED = "closed"
    NO_ADDRESS = "no_address"
    NOT_BOUND = "not_bound"


_WHY: dict[WhyNotReachable, Said] = {
    WhyNotReachable.CLOSED: Said("this installation sends no such messages", "本系统未开通该类消息的此渠道"),
    WhyNotReachable.NO_ADDRESS: Said("your login is no e-mail address", "您的登录名不是邮箱地址"),
    WhyNotReachable.NOT_BOUND: Said("no WeChat account is bound to you", "您尚未绑定微信"),
}
_CHANNEL: dict[Channel, Said] = {Channel.WECHAT: Said("WeChat", "微信"), Channel.EMAIL: Said("e-mail", "邮件")}


class ChannelNotReachable(Refusal):
    """A channel can't be turned on by which the member cannot be reached."""

    code = "CHANNEL_NOT_REACHABLE"
    en = "You cannot be reached by {way}: {reason}."
    zh = "无法通过{way}通知您：{reason}。"
    channel: Channel
    why: WhyNotReachable

    @property
    def way(self) -> Said:
        return _CHANNEL[self.channel]

    @property
    def reason(self) -> Said:
        return _WHY[self.why]


class QuietHoursProblem(StrEnum):
    """What is wrong with quiet hours."""

    NOT_A_TIME = "not_a_time"
    ALL_DAY = "all_day"
    UNKNOWN_TIME_ZONE = "unknown_time_zone"


_QUIET: dict[QuietHoursProblem, Said] = {
    QuietHoursProblem.NOT_A_TIME: Said(
        "a time is written HH:MM, from 00:00 to 23:59", "时间格式为 HH:MM，从 00:00 到 23:59"
    ),
    QuietHoursProblem.ALL_DAY: Said(
        "they would begin and end at the same time; turn kinds off instead", "开始和结束时间相同；请改为关闭相应提醒"
    ),
    QuietHoursProblem.UNKNOWN_TIME_ZONE: Said(
        "the time zone is an IANA name, such as Asia/Shanghai", "时区须为 IANA 时区，例如 Asia/Shanghai"
    ),
}


class QuietHoursNotValid(Refusal):
    """Quiet hours that cannot be kept."""

    code = "QUIET_HOURS_NOT_VALID"
    en = "These quiet hours ({value}) cannot be kept: {reason}."
    zh = "免打扰时间（{value}）无效：{reason}。"
    problem: QuietHoursProblem
    value: str

    @property
    def reason(self) -> Said:
        return _QUIET[self.problem]


class KindNotYours(Refusal):
    """A preference for a kind that the member's roles never hear of."""

    code = "KIND_NOT_YOURS"
    en = "Your roles are not told of “{title}”. You are told of: {titles}."
    zh = "您的角色不会收到“{title}”。您会收到：{titles}。"
    kind: str
    known: list[str]

    @property
    def title(self) -> Said:
        return WORDS[NotificationKind(self.kind)].title

    @property
    def titles(self) -> list[Said]:
        return [WORDS[NotificationKind(one)].title for one in self.known]


class WeChatNotBound(Refusal):
    """Subscriptions are reported by somebody to whom no WeChat account is bound."""

    code = "WECHAT_NOT_BOUND"
    en = "No WeChat account is bound to you: accept an invitation with wx.login first."
    zh = "您尚未绑定微信，请先通过邀请绑定。"


class TemplateUnknown(Refusal):
    """A template that this installation does not send."""

    code = "TEMPLATE_UNKNOWN"
    en = "There is no message template {template_id}. Known are: {known}."
    zh = "没有消息模板 {template_id}。可用的模板：{known}。"
    template_id: str
    known: list[str]
