"""Small worlds for tests: a network with its brand, dealers in any depth, members, sessions and ship-to addresses.

    world = await open_world()                               # network and brand
    dealer = await world.buyer(world.brand, "Guangdong Dealer", funding="prepayment")
    sub = await world.buyer(dealer, "Foshan Sub-dealer")
    clerk = await world.member(dealer, [Role.ORDER_CLERK])
    relation_id = world.relation(world.brand, dealer)
    await open_order(dealer.viewer, ...)

Everything is made by the mall's own acts. Each world has names and logins of its own, so tests of a module may share a
database. A Party acts as the company's owner; `world.member` gives others. `party.token` is an access token.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from app import database
from app.network.accept_invitation import Proof, accept_invitation
from app.network.invite_member import invite_member
from app.network.log_in import log_in
from app.network.open_network import open_network
from app.network.open_relation import Buyer, open_relation
from app.network.passwords import hash_password
from app.network.queries import read_viewer
from app.network.roles import Role
from app.network.rules import NewCompany, NewPerson, NewRegion, Scope, Terms
from app.network.save_regions import save_regions
from app.network.save_ship_to import ShipToFields, save_ship_to
from app.network.tokens import invitation_code
from app.network.viewer import Viewer

PASSWORD = "correct horse battery staple"
_hashes: list[str] = []


@dataclass(frozen=True, slots=True)
class Party:
    """A member acting for a company."""

    name: str
    login: str
    company_id: UUID
    viewer: Viewer
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@dataclass(slots=True)
class World:
    """One network and everybody in it."""

    network_id: UUID
    brand: Party
    currency: str
    parties: list[Party] = field(default_factory=list)
    relations: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)

    def relation(self, seller: Party, buyer: Party) -> UUID:
        """The id of the relation between two parties of this world."""
        return self.relations[seller.company_id, buyer.company_id]

    async def buyer(
        self,
        seller: Party,
        name: str = "Dealer",
        *,
        region: str | None = None,
        terms: Terms | None = None,
        **more: object,
    ) -> Party:
        """A new company that buys from `seller`, with a log-in. `more` are fields of Terms."""
        login = new_login(name)
        agreed = replace(terms or Terms(currency=self.currency), region_code=region, **more)  # type: ignore[arg-type]
        relation_id = await open_relation(
            seller.viewer,
            client_key=new_key(),
            network_id=self.network_id,
            buyer=Buyer(company=NewCompany(name, None, region), owner=await new_person(f"{name} Owner", login)),
            terms=agreed,
        )
        party = await party_of(name, login)
        self.parties.append(party)
        self.relations[seller.company_id, party.company_id] = relation_id
        return party

    async def also_buys(self, seller: Party, buyer: Party, **more: object) -> UUID:
        """A further relation with a company that is in the mall already; returns its id."""
        code = await registration_code(buyer)
        relation_id = await open_relation(
            seller.viewer,
            client_key=new_key(),
            network_id=self.network_id,
            buyer=Buyer(registration_code=code),
            terms=replace(Terms(currency=self.currency), **more),  # type: ignore[arg-type]
        )
        self.relations[seller.company_id, buyer.company_id] = relation_id
        return relation_id

    async def member(self, party: Party, roles: Sequence[Role], *, scope: Scope | None = None) -> Party:
        """A further member of the party's company, invited and accepted, with a log-in."""
        name = " and ".join(roles)
        login = new_login(name)
        invitation_id = await invite_member(
            party.viewer,
            client_key=new_key(),
            name=name,
            login=login,
            roles=tuple(roles),
            scope=scope or Scope(),
        )
        proof = Proof(person=await new_person(name, login))
        await accept_invitation(code=invitation_code(invitation_id), proof=proof)
        return await party_of(party.name, login)

    async def regions(self) -> None:
        """广东 with 广州 and 佛山, 浙江 with 杭州."""
        await save_china(self.brand)


async def open_world(name: str = "Brand", *, currency: str = "CNY", time_zone: str = "Asia/Shanghai") -> World:
    """A new network with its brand, through `open_network`."""
    login = new_login(name)
    network_id = await open_network(
        client_key=new_key(),
        name=f"{name} channel",
        currency=currency,
        time_zone=time_zone,
        brand=NewCompany(name),
        owner=await new_person(f"{name} Owner", login),
    )
    brand = await party_of(name, login)
    return World(network_id, brand, currency, [brand])


async def party_of(name: str, login: str, company_id: UUID | None = None) -> Party:
    """Log a person in, without a password check, and read their viewer."""
    person = await database.row("SELECT id FROM person WHERE login = $1", login)
    assert person is not None
    tokens = await log_in(person_id=person["id"], company_id=company_id)
    viewer = await read_viewer(tokens.session_id, tokens.membership_id)
    assert viewer is not None
    assert tokens.refresh_token is not None
    return Party(name, login, viewer.company_id, viewer, tokens.access_token, tokens.refresh_token)


async def ship_to(party: Party, *, region: str | None = None, name: str = "Warehouse door") -> UUID:
    """A ship-to address of the party's company."""
    fields = ShipToFields(name, "Li Lei", "13800000000", region, "1 Harbour Road")
    return await save_ship_to(party.viewer, client_key=new_key(), fields=fields)


async def save_china(brand: Party) -> None:
    """A few regions; they are shared by all networks, so saving them again changes nothing."""
    rows = [
        ("CN", None, "中国", "China"),
        ("44", "CN", "广东省", "Guangdong"),
        ("4401", "44", "广州市", "Guangzhou"),
        ("4406", "44", "佛山市", "Foshan"),
        ("33", "CN", "浙江省", "Zhejiang"),
        ("3301", "33", "杭州市", "Hangzhou"),
    ]
    await save_regions(brand.viewer, regions=[NewRegion(*row) for row in rows])


async def registration_code(party: Party) -> str:
    """The company's registration code; one is given to it when it has none."""
    found = await database.row(
        "UPDATE company SET registration_code = COALESCE(registration_code, $2) WHERE id = $1 "
        "RETURNING registration_code",
        party.company_id,
        secrets.token_hex(9).upper(),
    )
    assert found is not None
    code: str = found["registration_code"]
    return code


async def new_person(name: str, login: str) -> NewPerson:
    """A person with PASSWORD; it is hashed once per test session."""
    if not _hashes:
        _hashes.append(await hash_password(PASSWORD))
    return NewPerson(name, login, _hashes[0])


def new_login(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}.{secrets.token_hex(5)}@example.com"


def new_key() -> str:
    """A client key nobody used."""
    return secrets.token_hex(8)
