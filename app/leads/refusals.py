"""The ways leads say no. None of them repeats what somebody said of a person."""

from datetime import datetime
from uuid import UUID

from app.kernel import glossary
from app.kernel.refusal import Refusal
from app.kernel.wording import Said

OUTSIDE = Said("a lead outside of your regions", "您负责区域以外的线索")
"""What a manager of some regions may not do: see `app.kernel.refusal.Forbidden`."""


OUTSIDE_CUSTOMERS = Said("a lead for a dealer you do not manage", "您负责范围以外经销商的线索")


class ContactDoorClosed(Refusal):
    """There is no key to seal personal data with, so none is taken in and none is shown."""

    code = "CONTACT_DOOR_CLOSED"
    en = "This mall takes no leads: its keeper has set no key to seal personal data with (TRIBUTARY_CONTACT_KEYS)."
    zh = "本商城暂不接收线索：尚未设置用于加密个人信息的密钥（TRIBUTARY_CONTACT_KEYS）。"


class ContactNotValid(Refusal):
    """A phone number, an e-mail address or a text that cannot be one; the value is deliberately not repeated."""

    code = "CONTACT_NOT_VALID"
    en = "{field}: expected {expected}."
    zh = "{field}：应为{expected}。"
    field: str
    expected: Said


class OfferLapsed(Refusal):
    """The time to answer is over; the lead goes to somebody else."""

    code = "OFFER_LAPSED"
    en = "This offer lapsed at {deadline_at}; the lead is no longer yours."
    zh = "该线索的响应时限已于 {deadline_at} 届满，已被收回。"
    lead_id: UUID
    deadline_at: datetime


class DealerCannotTake(Refusal):
    """A dealer that a lead cannot be given to now: no_relation, no_member or no_room."""

    code = "DEALER_CANNOT_TAKE"
    en = "{dealer} cannot take this lead: {why}."
    zh = "{dealer} 暂不能接收该线索：{why}。"
    company_id: UUID
    dealer: str
    reason: str

    @property
    def why(self) -> Said:
        return glossary.CANNOT_TAKE.get(self.reason) or Said(self.reason, self.reason)
