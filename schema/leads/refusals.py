"""The refusals of leads as types."""

from datetime import datetime

import strawberry

from app.kernel.refusal import Refusal
from app.kernel.wording import in_locale
from app.leads import refusals
from schema.refusals import Refused


@strawberry.type(description="This mall takes no leads: its keeper has set no key to seal personal data with.")
class ContactDoorClosed(Refused):
    """See `app.leads.refusals.ContactDoorClosed`."""


@strawberry.type(
    description="A phone number, an e-mail address or a text that cannot be one. The value is not repeated."
)
class ContactNotValid(Refused):
    """See `app.leads.refusals.ContactNotValid`."""

    field: str = strawberry.field(description="Which field.")
    expected: str = strawberry.field(description="What would be valid, in words.")

    @classmethod
    def of(cls, refusal: refusals.ContactNotValid, locale: str) -> "ContactNotValid":
        expected = in_locale(refusal.expected, locale)
        return cls(code=refusal.code, message=refusal.message(locale), field=refusal.field, expected=expected)


@strawberry.type(description="The time to answer is over; the lead goes to somebody else.")
class OfferLapsed(Refused):
    """See `app.leads.refusals.OfferLapsed`."""

    deadline_at: datetime = strawberry.field(description="When it was over.")


@strawberry.type(description="The dealer cannot be given a lead now.")
class DealerCannotTake(Refused):
    """See `app.leads.refusals.DealerCannotTake`."""

    dealer: str = strawberry.field(description="The dealer's name.")
    reason: str = strawberry.field(description="no_relation, no_member or no_room.")


REFUSALS: dict[type[Refusal], type] = {
    refusals.ContactDoorClosed: ContactDoorClosed,
    refusals.ContactNotValid: ContactNotValid,
    refusals.OfferLapsed: OfferLapsed,
    refusals.DealerCannotTake: DealerCannotTake,
}
