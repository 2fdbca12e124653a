"""The ways the network says no."""

from enum import StrEnum
from uuid import UUID

from app.kernel.refusal import Refusal
from app.kernel.wording import Said


class RegistrationClosed(Refusal):
    """This server does not let strangers open networks (`TRIBUTARY_REGISTRATION`)."""

    code = "REGISTRATION_CLOSED"
    en = "New networks cannot be opened on this server. Ask its operator."
    zh = "本服务器未开放自助开通网络，请联系运营方。"


class LoginTaken(Refusal):
    """A person with this login exists; persons join further companies by invitation."""

    code = "LOGIN_TAKEN"
    en = "{login} is somebody's login already. Invite that person instead."
    zh = "登录名 {login} 已被使用，请改用邀请的方式加入。"
    login: str


class CompanyExists(Refusal):
    """A company with this registration code exists; name it by the code instead of registering it again."""

    code = "COMPANY_EXISTS"
    en = "A company with the registration code {registration_code} exists already. Refer to it by that code."
    zh = "统一社会信用代码 {registration_code} 对应的公司已存在，请直接使用该代码引用。"
    registration_code: str


class RelationExists(Refusal):
    """Seller and buyer trade in this network already."""

    code = "RELATION_EXISTS"
    en = "You trade with {buyer} in this network already. Change that relation instead."
    zh = "您与 {buyer} 在此网络中已有交易关系，请修改该关系。"
    relation_id: UUID
    buyer: str


class RelationCycle(Refusal):
    """The buyer sells to the seller, directly or through others; `chain` starts and ends with the same company."""

    code = "RELATION_CYCLE"
    en = "Goods would go round in a circle: {circle}."
    zh = "供货关系将形成循环：{circle}。"
    chain: list[str]

    @property
    def circle(self) -> Said:
        path = " → ".join(self.chain)
        return Said(path, path)


class BuyerHasMembers(Refusal):
    """Somebody acts for the buyer already; who else does is for its own owners to say."""

    code = "BUYER_HAS_MEMBERS"
    en = "Somebody acts for {buyer} already. Its own owners invite their people."
    zh = "{buyer} 已有成员，请由该公司所有者自行邀请。"
    buyer: str


class TerritoryTaken(Refusal):
    """An exclusive grant and another company's grant would overlap."""

    code = "TERRITORY_TAKEN"
    en = "{region_code} overlaps with the territory of {holder}, and one of the two is exclusive."
    zh = "{region_code} 与 {holder} 的经销区域重叠，且其中之一为独家授权。"
    region_code: str
    holder: str


class LastOwner(Refusal):
    """A company must keep one active owner."""

    code = "LAST_OWNER"
    en = "{name} is the last owner of the company. Make somebody else an owner first."
    zh = "{name} 是公司最后一位所有者，请先指定其他所有者。"
    name: str


class InvitationProblem(StrEnum):
    """What is wrong with an invitation."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    OTHER_LOGIN = "other_login"
    ALREADY_MEMBER = "already_member"


_PROBLEM: dict[InvitationProblem, tuple[str, str]] = {
    InvitationProblem.UNKNOWN: ("there is no such code", "邀请码不存在"),
    InvitationProblem.EXPIRED: ("it has expired", "邀请已过期"),
    InvitationProblem.USED: ("it was accepted before", "邀请已被使用"),
    InvitationProblem.OTHER_LOGIN: ("it is meant for another login", "该邀请仅限其他登录名使用"),
    InvitationProblem.ALREADY_MEMBER: ("you are a member of the company already", "您已是该公司成员"),
}


class InvitationNotValid(Refusal):
    """The invitation cannot be accepted, or not by this person."""

    code = "INVITATION_NOT_VALID"
    en = "This invitation cannot be accepted: {problem_en}."
    zh = "该邀请无法接受：{problem_zh}。"
    problem: InvitationProblem

    @property
    def problem_en(self) -> str:
        return _PROBLEM[self.problem][0]

    @property
    def problem_zh(self) -> str:
        return _PROBLEM[self.problem][1]


class IdentityTaken(Refusal):
    """The WeChat account is bound to another person."""

    code = "IDENTITY_TAKEN"
    en = "This WeChat account belongs to another person here."
    zh = "该微信账号已绑定其他用户。"


class WhyRefused(StrEnum):
    """Why a log-in was refused."""

    BAD_CREDENTIALS = "bad_credentials"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    NO_MEMBERSHIP = "no_membership"
    CLOSED = "closed"
    SESSION_ENDED = "session_ended"
    NOT_BOUND = "not_bound"
    WECHAT_CODE_INVALID = "wechat_code_invalid"
    WECHAT_TOO_OFTEN = "wechat_too_often"
    WECHAT_USER_BLOCKED = "wechat_user_blocked"
    WECHAT_UNAVAILABLE = "wechat_unavailable"


_WHY: dict[WhyRefused, tuple[str, str]] = {
    WhyRefused.BAD_CREDENTIALS: ("the login or the password is wrong", "登录名或密码错误"),
    WhyRefused.TOO_MANY_ATTEMPTS: ("too many failed attempts", "失败次数过多"),
    WhyRefused.NO_MEMBERSHIP: ("you are not an active member of that company", "您不是该公司的有效成员"),
    WhyRefused.CLOSED: ("this way of logging in is closed on this server", "本服务器未开放该登录方式"),
    WhyRefused.SESSION_ENDED: ("the session has ended", "会话已结束"),
    WhyRefused.NOT_BOUND: (
        "this WeChat account is not bound to a member; accept an invitation",
        "微信未绑定成员，请先接受邀请",
    ),
    WhyRefused.WECHAT_CODE_INVALID: (
        "WeChat does not know this code; call wx.login again",
        "微信登录码无效，请重新登录",
    ),
    WhyRefused.WECHAT_TOO_OFTEN: ("WeChat asks you to wait", "微信登录过于频繁"),
    WhyRefused.WECHAT_USER_BLOCKED: ("WeChat has blocked this user", "该微信用户被限制登录"),
    WhyRefused.WECHAT_UNAVAILABLE: ("WeChat does not answer", "微信服务暂不可用"),
}


class LogInRefused(Refusal):
    """Nobody was let in. An unknown login and a wrong password are deliberately the same answer."""

    code = "LOG_IN_REFUSED"
    en = "Not logged in: {why_en}."
    zh = "登录失败：{why_zh}。"
    reason: WhyRefused
    retry_after_s: int | None = None

    @property
    def why_en(self) -> str:
        return _WHY[self.reason][0]

    @property
    def why_zh(self) -> str:
        return _WHY[self.reason][1]
