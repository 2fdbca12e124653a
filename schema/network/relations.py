"""Opening networks and relations, and changing relations."""

import decimal
from typing import Annotated
from uuid import UUID

import strawberry

from app.kernel.money import Money, exponent_of
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.text import optional_text, text
from app.kernel.wording import OTHERWISE, Said
from app.network import queries
from app.network.change_relation import Decided, change_relation, end_relation, resume_relation, suspend_relation
from app.network.history import LONGEST_REASON
from app.network.invite_owner import invite_owner
from app.network.open_network import open_network, require_open_registration
from app.network.open_relation import Buyer, Invited, open_relation
from app.network.roles import Permission
from app.network.rules import NewCompany, Terms, checked_login
from schema.access import ANYBODY, access
from schema.context import Info
from schema.network.members import Invitation
from schema.network.refusals import (
    BuyerHasMembers,
    CompanyExists,
    LoginTaken,
    RegistrationClosed,
    RelationCycle,
    RelationExists,
)
from schema.network.sessions import new_person
from schema.network.types import Funding, TaxMode, TradeRelation
from schema.refusals import ChangedMeanwhile, KeyReused, MoveNotAllowed
from schema.scalars import uuid_of


@strawberry.input(description="A company to register.")
class NewCompanyInput:
    """See `app.network.rules.NewCompany`."""

    name: str = strawberry.field(description="Its legal name.")
    registration_code: str | None = strawberry.field(
        default=None, description="统一社会信用代码, or another public registration; unique."
    )
    region_code: str | None = strawberry.field(default=None, description="The region of its seat; a saved one.")

    def read(self, field: str) -> NewCompany:
        return NewCompany.checked(field, self.name, self.registration_code, self.region_code)


@strawberry.input(description="A person to register.")
class NewPersonInput:
    """See `app.network.rules.NewPerson`."""

    name: str = strawberry.field(description="The person's name.")
    login: str = strawberry.field(description="E-mail address or phone number; unique.")
    password: str = strawberry.field(description="8 to 200 characters.")


@strawberry.input(description="Whom to invite as the first owner.")
class InvitedOwnerInput:
    """See `app.network.open_relation.Invited`."""

    name: str = strawberry.field(description="The person's name.")
    login: str | None = strawberry.field(default=None, description="Then only that person can accept.")


@strawberry.input(
    description="Exactly one of `companyId`, `registrationCode` and `company`; a new company has a first owner, who "
    "has a password or is invited."
)
class BuyerInput:
    """See `app.network.open_relation.Buyer`."""

    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="A company that I know from this network."
    )
    registration_code: str | None = strawberry.field(
        default=None, description="Any company in the mall, by its public registration code."
    )
    company: NewCompanyInput | None = strawberry.field(default=None, description="A new company.")
    owner: NewPersonInput | None = strawberry.field(default=None, description="The new company's first owner.")
    invited_owner: InvitedOwnerInput | None = strawberry.field(
        default=None, description="Or whom to invite as the first owner."
    )


@strawberry.input(description="What seller and buyer agree on. What is left out is the default.")
class TermsInput:
    """See `app.network.rules.Terms`."""

    currency: str | None = strawberry.field(default=None, description="ISO 4217; null: the network's.")
    tax_mode: TaxMode = strawberry.field(default=TaxMode.INCLUDED, description="Prices with tax, or without.")
    funding: Funding = strawberry.field(default=Funding.CREDIT, description="What an order draws on.")
    net_days: int = strawberry.field(default=30, description="A receivable falls due so many days after shipping.")
    order_minimum: decimal.Decimal | None = strawberry.field(
        default=None, description="The least total of an order; null: no minimum."
    )
    reservation_minutes: int | None = strawberry.field(
        default=None, description="An unconfirmed order gives its stock back after so many minutes; null: never."
    )
    ship_to_approval: bool = strawberry.field(default=False, description="Only approved addresses may be used.")
    grants_money_to_brand: bool = strawberry.field(
        default=False, description="The brand may see the money of these orders."
    )
    customer_code: str | None = strawberry.field(default=None, description="My own number for this customer.")
    region_code: str | None = strawberry.field(
        default=None, description="The region it belongs to; null: that of the company's seat."
    )

    def read(self, default_currency: str) -> Terms:
        currency = self.currency or default_currency
        exponent_of(currency)
        minimum = None if self.order_minimum is None else Money.parse(self.order_minimum, currency, "orderMinimum")
        return Terms(
            currency=currency,
            tax_mode=self.tax_mode.value,
            funding=self.funding.value,
            net_days=self.net_days,
            order_minimum_minor=minimum.minor if minimum else None,
            reservation_minutes=self.reservation_minutes,
            ship_to_approval=self.ship_to_approval,
            grants_money_to_brand=self.grants_money_to_brand,
            customer_code=optional_text("customerCode", self.customer_code, 60),
            region_code=optional_text("regionCode", self.region_code, 20),
        ).checked()


@strawberry.input(description="A network to open, with its brand and the brand's first owner.")
class OpenNetworkInput:
    """Input of `openNetwork`."""

    client_key: str = strawberry.field(description="Same key and input: same network.")
    name: str = strawberry.field(description="The network's name.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")
    time_zone: str = strawberry.field(default="Asia/Shanghai", description="IANA name: where its days begin.")
    brand: NewCompanyInput = strawberry.field(description="The brand's company.")
    owner: NewPersonInput = strawberry.field(description="Its first owner, who then logs in.")


@strawberry.input(description="A buyer to take on.")
class OpenRelationInput:
    """Input of `openRelation`."""

    client_key: str = strawberry.field(description="Same key and input: same relation.")
    network_id: strawberry.ID = strawberry.field(description="A network in which my company trades.")
    buyer: BuyerInput = strawberry.field(description="Who buys.")
    terms: TermsInput = strawberry.field(default_factory=TermsInput, description="What is agreed.")


@strawberry.input(description="A relation's new terms, in place of the old ones.")
class ChangeRelationInput:
    """Input of `changeRelation`."""

    client_key: str = strawberry.field(description="Same key and input: same answer.")
    relation_id: strawberry.ID = strawberry.field(description="A relation in which I sell.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse when somebody changed it after this version."
    )
    terms: TermsInput = strawberry.field(description="All of the terms.")


@strawberry.input(description="A decision about a relation.")
class RelationActionInput:
    """Input of `suspendRelation`, `resumeRelation` and `endRelation`."""

    client_key: str = strawberry.field(description="Same key and input: same answer.")
    relation_id: strawberry.ID = strawberry.field(description="A relation in which I sell.")
    reason: str = strawberry.field(description="Why; the buyer reads it too.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse when somebody changed it after this version."
    )

    def read(self) -> Decided:
        return Decided(text("reason", self.reason, LONGEST_REASON), self.expected_version)


@strawberry.input(description="Whom to invite as the first owner of a buyer that nobody acts for yet.")
class InviteOwnerInput:
    """Input of `inviteOwner`."""

    client_key: str = strawberry.field(description="Same key and input: same invitation.")
    relation_id: strawberry.ID = strawberry.field(description="A relation in which I sell; we registered the buyer.")
    name: str = strawberry.field(description="The person's name.")
    login: str | None = strawberry.field(default=None, description="Then only that person can accept.")


@strawberry.type(description="The network is open. Log in as its owner.")
class NetworkOpened:
    """Result of `openNetwork`."""

    network_id: strawberry.ID = strawberry.field(description="The new network.")


@strawberry.type(description="The relation is open.")
class RelationOpened:
    """Result of `openRelation`."""

    relation: TradeRelation = strawberry.field(description="The relation.")
    invitation: Invitation | None = strawberry.field(description="Of the first owner, if one was invited.")


OpenNetworkResult = Annotated[
    NetworkOpened | RegistrationClosed | LoginTaken | CompanyExists | KeyReused,
    strawberry.union("OpenNetworkResult"),
]
OpenRelationResult = Annotated[
    RelationOpened | RelationExists | RelationCycle | CompanyExists | LoginTaken | KeyReused,
    strawberry.union("OpenRelationResult"),
]
ChangeRelationResult = Annotated[TradeRelation | ChangedMeanwhile | KeyReused, strawberry.union("ChangeRelationResult")]
RelationActionResult = Annotated[
    TradeRelation | MoveNotAllowed | ChangedMeanwhile | KeyReused, strawberry.union("RelationActionResult")
]
InviteOwnerResult = Annotated[Invitation | BuyerHasMembers | KeyReused, strawberry.union("InviteOwnerResult")]


@strawberry.type
class RelationMutations:
    """Mutations on networks and relations."""

    @strawberry.mutation(description="Open a network, where the operator allows it.")
    @access(ANYBODY)
    async def open_network(self, input: OpenNetworkInput) -> OpenNetworkResult | None:
        require_open_registration()
        owner = await new_person("owner", input.owner.name, input.owner.login, input.owner.password)
        network_id = await open_network(
            client_key=input.client_key,
            name=text("name", input.name, 200),
            currency=input.currency,
            time_zone=input.time_zone,
            brand=input.brand.read("brand"),
            owner=owner,
        )
        return NetworkOpened(network_id=strawberry.ID(str(network_id)))

    @strawberry.mutation(description="Take on a buyer, new to the mall or known, in a network where my company trades.")
    @access(Permission.RELATION_MANAGE)
    async def open_relation(self, info: Info, input: OpenRelationInput) -> OpenRelationResult | None:
        viewer = info.context.viewer
        network_id = uuid_of(input.network_id, "network")
        network = await queries.network(viewer, network_id)
        buyer = await _buyer(input.buyer)
        relation_id = await open_relation(
            viewer,
            client_key=input.client_key,
            network_id=network_id,
            buyer=buyer,
            terms=input.terms.read(network["network_currency"]),
        )
        relation = await relation_of(info, relation_id)
        invitation = None
        if isinstance(buyer.owner, Invited):
            row = await queries.invitation(viewer, company_id=UUID(relation.buyer.id))
            invitation = Invitation.of(row, with_code=True)
        return RelationOpened(relation=relation, invitation=invitation)

    @strawberry.mutation(description="Set the terms for new orders; placed orders keep what they froze.")
    @access(Permission.RELATION_MANAGE)
    async def change_relation(self, info: Info, input: ChangeRelationInput) -> ChangeRelationResult | None:
        relation_id = uuid_of(input.relation_id, "relation")
        before = await relation_of(info, relation_id)
        await change_relation(
            info.context.viewer,
            client_key=input.client_key,
            relation_id=relation_id,
            expected_version=input.expected_version,
            terms=input.terms.read(before.terms.currency),
        )
        return await relation_of(info, relation_id)

    @strawberry.mutation(description="Take no new orders for now; what is open goes on.")
    @access(Permission.RELATION_MANAGE)
    async def suspend_relation(self, info: Info, input: RelationActionInput) -> RelationActionResult | None:
        relation_id = uuid_of(input.relation_id, "relation")
        await suspend_relation(
            info.context.viewer, client_key=input.client_key, relation_id=relation_id, decided=input.read()
        )
        return await relation_of(info, relation_id)

    @strawberry.mutation(description="Take orders again.")
    @access(Permission.RELATION_MANAGE)
    async def resume_relation(self, info: Info, input: RelationActionInput) -> RelationActionResult | None:
        relation_id = uuid_of(input.relation_id, "relation")
        await resume_relation(
            info.context.viewer, client_key=input.client_key, relation_id=relation_id, decided=input.read()
        )
        return await relation_of(info, relation_id)

    @strawberry.mutation(
        description="Take no new orders any more; what is open goes on. openRelation takes it up again."
    )
    @access(Permission.RELATION_MANAGE)
    async def end_relation(self, info: Info, input: RelationActionInput) -> RelationActionResult | None:
        relation_id = uuid_of(input.relation_id, "relation")
        await end_relation(
            info.context.viewer, client_key=input.client_key, relation_id=relation_id, decided=input.read()
        )
        return await relation_of(info, relation_id)

    @strawberry.mutation(description="Invite a buyer's first owner once more. Earlier invitations count no longer.")
    @access(Permission.RELATION_MANAGE)
    async def invite_owner(self, info: Info, input: InviteOwnerInput) -> InviteOwnerResult | None:
        viewer = info.context.viewer
        invitation_id = await invite_owner(
            viewer,
            client_key=input.client_key,
            relation_id=uuid_of(input.relation_id, "relation"),
            name=text("name", input.name, 120),
            login=checked_login("login", input.login) if input.login else None,
        )
        return Invitation.of(await queries.invitation(viewer, invitation_id=invitation_id), with_code=True)


async def relation_of(info: Info, relation_id: UUID) -> TradeRelation:
    """The relation as it is now, if the viewer may read it; else NotFound."""
    found = await queries.relations_by_ids(info.context.viewer, [relation_id])
    if relation_id not in found:
        raise NotFound("relation", relation_id)
    return TradeRelation.of(found[relation_id], info.context.viewer, info.context.locale)


async def _buyer(given: BuyerInput) -> Buyer:
    """BadRequest unless exactly one way of naming the buyer was chosen."""
    ways = [given.company_id, given.registration_code, given.company]
    owners = [given.owner, given.invited_owner]
    if sum(one is not None for one in ways) != 1:
        raise BadRequest(
            "buyer",
            OTHERWISE,
            Said(
                "exactly one of companyId, registrationCode and company",
                " companyId、registrationCode、company 三者之一",
            ),
        )
    if sum(one is not None for one in owners) != (1 if given.company else 0):
        raise BadRequest(
            "buyer",
            OTHERWISE,
            Said(
                "a new company with one of owner and invitedOwner, or a known company without either",
                "新公司须提供 owner、invitedOwner 之一，已有公司两者都不提供",
            ),
        )
    if given.company_id is not None:
        return Buyer(company_id=uuid_of(given.company_id, "company"))
    if given.registration_code is not None:
        return Buyer(registration_code=text("buyer.registrationCode", given.registration_code, 40).upper())
    assert given.company is not None
    company = given.company.read("buyer.company")
    if given.owner is not None:
        person = given.owner
        return Buyer(company=company, owner=await new_person("owner", person.name, person.login, person.password))
    assert given.invited_owner is not None
    login = optional_text("invitedOwner.login", given.invited_owner.login, 200)
    return Buyer(
        company=company,
        owner=Invited(
            text("invitedOwner.name", given.invited_owner.name, 120),
            checked_login("invitedOwner.login", login) if login else None,
        ),
    )
