"""Open a trade relation: a seller takes on a buyer, who may be new to the mall."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import kept_in
from app.network.events import RelationChanged
from app.network.history import write_down
from app.network.keep_in_scope import keep_in_scope
from app.network.refusals import RelationCycle, RelationExists
from app.network.register import add_company, add_invitation, add_member, add_person, require_regions
from app.network.relevel import lock_network, refuse_circle, relevel
from app.network.roles import Permission, Role
from app.network.rules import NewCompany, NewPerson, Scope, Terms
from app.network.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Invited:
    """A first owner who will come with a code."""

    name: str
    login: str | None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Exactly one of: a company known to the seller by id, any company by its registration code, or a new company
    with its first owner, who has a password or gets an invitation."""

    company_id: UUID | None = None
    registration_code: str | None = None
    company: NewCompany | None = None
    owner: NewPerson | Invited | None = None


_SELLER = """
SELECT n.id, n.brand_id = $2 AS is_brand,
       (SELECT min(level) FROM trade_relation WHERE network_id = n.id AND buyer_id = $2 AND status <> 'ended') AS level
FROM network n WHERE n.id = $1
"""
# By id only who is in this network already and whom the seller may see there; anybody by the public code.
_BUYER = """
SELECT c.id, c.name, c.region_id FROM company c
WHERE c.registration_code = $4
   OR (c.id = $3 AND (c.id = $2 OR EXISTS (
        SELECT 1 FROM trade_relation r JOIN network n ON n.id = r.network_id
        WHERE r.network_id = $1
          AND ((r.seller_id = $2 AND r.buyer_id = c.id) OR (r.buyer_id = $2 AND r.seller_id = c.id)
               OR (n.brand_id = $2 AND c.id IN (r.buyer_id, r.seller_id))))))
"""
_OPEN = """
INSERT INTO trade_relation (id, network_id, seller_id, buyer_id, level, customer_code, region_id, currency, tax_mode,
    funding, net_days, order_minimum_minor, reservation_minutes, ship_to_approval, grants_money_to_brand, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (network_id, seller_id, buyer_id) DO UPDATE SET
    status = 'active', level = excluded.level, customer_code = excluded.customer_code, region_id = excluded.region_id,
    currency = excluded.currency, tax_mode = excluded.tax_mode, funding = excluded.funding,
    net_days = excluded.net_days, order_minimum_minor = excluded.order_minimum_minor,
    reservation_minutes = excluded.reservation_minutes, ship_to_approval = excluded.ship_to_approval,
    grants_money_to_brand = excluded.grants_money_to_brand, version = trade_relation.version + 1
WHERE trade_relation.status = 'ended'
RETURNING id, version
"""
_EXISTING = "SELECT id FROM trade_relation WHERE network_id = $1 AND seller_id = $2 AND buyer_id = $3"
_ENDED = """
SELECT r.id, r.currency FROM trade_relation r JOIN company c ON c.id = r.buyer_id
WHERE r.network_id = $1 AND r.seller_id = $2 AND r.status = 'ended' AND (c.id = $3 OR c.registration_code = $4)
"""


@act
async def open_relation(
    work: Work, viewer: Viewer, *, client_key: str, network_id: UUID, buyer: Buyer, terms: Terms
) -> UUID:
    """The id of the relation. An ended relation with the same buyer is opened again, with the new terms, but in the
    currency it had: its accounts are in it, and what is still open will be shipped and paid in it.

    Level 1 when the seller is the brand, else one more than the seller's lowest. Refuses with RelationExists,
    RelationCycle, CompanyExists, LoginTaken; BadRequest for another currency than an ended relation has, NotFound for a
    network in which the viewer's company does not trade.
    """
    viewer.require(Permission.RELATION_MANAGE)
    ended = buyer.company is None and await work.row(
        _ENDED, network_id, viewer.company_id, buyer.company_id, buyer.registration_code
    )
    relation_id: UUID = ended["id"] if ended else uuid7()
    earlier = await viewer.same_request(work, "openRelation", client_key, _said(network_id, buyer, terms), relation_id)
    if earlier:
        return earlier
    await lock_network(work, network_id)
    seller = await work.row(_SELLER, network_id, viewer.company_id)
    if seller is None or not (seller["is_brand"] or seller["level"]):
        raise NotFound("network", network_id)
    if ended and terms.currency != ended["currency"]:
        raise BadRequest("currency", terms.currency, kept_in(ended["currency"]))
    await require_regions(work, [terms.region_code])
    is_new = buyer.company is not None
    buyer_id, name, region_code = await (
        _register(work, viewer, buyer) if is_new else _find(work, viewer, network_id, buyer)
    )
    if not is_new:
        await refuse_circle(work, network_id=network_id, seller_id=viewer.company_id, buyer_id=buyer_id)
    level = 1 if seller["is_brand"] else seller["level"] + 1
    opened = await _write(
        work, viewer, relation_id, network_id, buyer_id, level, terms, terms.region_code or region_code
    )
    if opened is None or opened["id"] != relation_id:
        existing = await work.row(_EXISTING, network_id, viewer.company_id, buyer_id)
        assert existing is not None
        raise RelationExists(existing["id"], name)
    await keep_in_scope(work, viewer, relation_id)
    if not is_new:
        await relevel(work, network_id)
    write_down(work, viewer, [(relation_id, opened["version"], "reopened" if ended else "opened")])
    work.tell(
        RelationChanged(
            network_id=network_id,
            subject_id=relation_id,
            version=opened["version"],
            what="opened",
            audience=(viewer.company_id, buyer_id),
        )
    )
    return relation_id


async def _find(work: Work, viewer: Viewer, network_id: UUID, buyer: Buyer) -> tuple[UUID, str, str | None]:
    found = await work.row(_BUYER, network_id, viewer.company_id, buyer.company_id, buyer.registration_code)
    if found is None:
        raise NotFound("company", buyer.company_id or buyer.registration_code)
    if found["id"] == viewer.company_id:
        raise RelationCycle([found["name"], found["name"]])
    return found["id"], found["name"], found["region_id"]


async def _register(work: Work, viewer: Viewer, buyer: Buyer) -> tuple[UUID, str, str | None]:
    assert buyer.company is not None
    company_id = await add_company(work, buyer.company)
    if isinstance(buyer.owner, NewPerson):
        person_id = await add_person(work, buyer.owner)
        await add_member(work, person_id=person_id, company_id=company_id, roles=[Role.OWNER])
    elif buyer.owner is not None:
        await add_invitation(
            work,
            invitation_id=uuid7(),
            company_id=company_id,
            name=buyer.owner.name,
            login=buyer.owner.login,
            roles=[Role.OWNER],
            scope=Scope(),
            invited_by=viewer.membership_id,
        )
    return company_id, buyer.company.name, buyer.company.region_code


async def _write(
    work: Work,
    viewer: Viewer,
    relation_id: UUID,
    network_id: UUID,
    buyer_id: UUID,
    level: int,
    terms: Terms,
    region_code: str | None,
) -> asyncpg.Record | None:
    return await work.row(
        _OPEN,
        relation_id,
        network_id,
        viewer.company_id,
        buyer_id,
        level,
        terms.customer_code,
        region_code,
        terms.currency,
        terms.tax_mode,
        terms.funding,
        terms.net_days,
        terms.order_minimum_minor,
        terms.reservation_minutes,
        terms.ship_to_approval,
        terms.grants_money_to_brand,
        work.now,
    )


def _said(network_id: UUID, buyer: Buyer, terms: Terms) -> list[object]:
    """The request without the password, whose hash differs each time."""
    owner = buyer.owner
    return [
        network_id,
        buyer.company_id,
        buyer.registration_code,
        buyer.company and [buyer.company.name, buyer.company.registration_code, buyer.company.region_code],
        owner and [type(owner).__name__, owner.name, owner.login],
        repr(terms),
    ]
