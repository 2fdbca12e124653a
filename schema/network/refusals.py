"""The network's refusals as types."""

import strawberry

from app.kernel.refusal import Refusal
from app.network import refusals
from app.network.refusals import InvitationProblem, WhyRefused
from schema.refusals import Refused

strawberry.enum(WhyRefused, name="LogInRefusedReason", description="Why nobody was let in.")
strawberry.enum(InvitationProblem, description="What is wrong with an invitation.")


@strawberry.type(description="New networks cannot be opened on this server.")
class RegistrationClosed(Refused):
    """See `app.network.refusals.RegistrationClosed`."""


@strawberry.type(description="The login is somebody's already. Invite that person instead.")
class LoginTaken(Refused):
    """See `app.network.refusals.LoginTaken`."""

    login: str = strawberry.field(description="The login.")


@strawberry.type(description="A company with this registration code exists already. Refer to it by that code.")
class CompanyExists(Refused):
    """See `app.network.refusals.CompanyExists`."""

    registration_code: str = strawberry.field(description="The code.")


@strawberry.type(description="You trade with this company in this network already. Change that relation instead.")
class RelationExists(Refused):
    """See `app.network.refusals.RelationExists`."""

    relation_id: strawberry.ID = strawberry.field(description="The relation there is.")
    buyer: str = strawberry.field(description="The buyer's name.")

    @classmethod
    def of(cls, refusal: refusals.RelationExists, locale: str) -> "RelationExists":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            relation_id=strawberry.ID(str(refusal.relation_id)),
            buyer=refusal.buyer,
        )


@strawberry.type(description="Goods would go round in a circle.")
class RelationCycle(Refused):
    """See `app.network.refusals.RelationCycle`."""

    chain: list[str] = strawberry.field(
        description="Companies along the circle; the first is the last. … is one with which mine does not trade."
    )


@strawberry.type(description="Somebody acts for the buyer already. Its own owners invite their people.")
class BuyerHasMembers(Refused):
    """See `app.network.refusals.BuyerHasMembers`."""

    buyer: str = strawberry.field(description="The buyer's name.")


@strawberry.type(description="The territory overlaps with another company's, and one of the two is exclusive.")
class TerritoryTaken(Refused):
    """See `app.network.refusals.TerritoryTaken`."""

    region_code: str = strawberry.field(description="The region that was asked for.")
    holder: str = strawberry.field(description="Who holds the other territory.")


@strawberry.type(description="A company must keep one active owner.")
class LastOwner(Refused):
    """See `app.network.refusals.LastOwner`."""

    name: str = strawberry.field(description="The last owner.")


@strawberry.type(description="The invitation cannot be accepted.")
class InvitationNotValid(Refused):
    """See `app.network.refusals.InvitationNotValid`."""

    problem: InvitationProblem = strawberry.field(description="Why not.")


@strawberry.type(description="The WeChat account is bound to another person.")
class IdentityTaken(Refused):
    """See `app.network.refusals.IdentityTaken`."""


@strawberry.type(description="Nobody was let in. Unknown logins and wrong passwords are answered alike.")
class LogInRefused(Refused):
    """See `app.network.refusals.LogInRefused`."""

    reason: WhyRefused = strawberry.field(description="Why.")
    retry_after_seconds: int | None = strawberry.field(description="Ask again after so long, where waiting helps.")

    @classmethod
    def of(cls, refusal: refusals.LogInRefused, locale: str) -> "LogInRefused":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            reason=refusal.reason,
            retry_after_seconds=refusal.retry_after_s,
        )


REFUSALS: dict[type[Refusal], type] = {
    refusals.RegistrationClosed: RegistrationClosed,
    refusals.LoginTaken: LoginTaken,
    refusals.CompanyExists: CompanyExists,
    refusals.RelationExists: RelationExists,
    refusals.RelationCycle: RelationCycle,
    refusals.BuyerHasMembers: BuyerHasMembers,
    refusals.TerritoryTaken: TerritoryTaken,
    refusals.LastOwner: LastOwner,
    refusals.InvitationNotValid: InvitationNotValid,
    refusals.IdentityTaken: IdentityTaken,
    refusals.LogInRefused: LogInRefused,
}
