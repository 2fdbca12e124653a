"""Trade relations of a seller, saved from a file: at most 500 in constant round trips, each whole or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, Forbidden, NotFound, Worded
from app.kernel.text import optional_text, text
from app.kernel.wording import KNOWN_REGION, TO_KNOW_THE_BUYER, Said, kept_in
from app.network.events import RelationChanged
from app.network.history import write_down
from app.network.refusals import RelationCycle
from app.network.relevel import lock_network, relevel
from app.network.roles import Permission, Role
from app.network.rules import INVITATION_DAYS, NewCompany, Terms, checked_login
from app.network.tokens import digest_of, invitation_code
from app.network.viewer import Viewer

MOST_RELATIONS: Final = 500

_SELLER = """
SELECT n.currency, n.brand_id = $2 AS is_brand, c.name, c.registration_code,
       (SELECT min(level) FROM trade_relation WHERE network_id = n.id AND buyer_id = $2 AND status <> 'ended') AS level
FROM network n JOIN company c ON c.id = $2 WHERE n.id = $1
"""
_RELATIONS = """
SELECT r.id, r.buyer_id, r.status, r.version, r.customer_code, r.region_id AS region_code, r.currency, r.tax_mode,
       r.funding, r.net_days, r.order_minimum_minor, r.reservation_minutes, r.ship_to_approval,
       r.grants_money_to_brand, c.name, c.registration_code
FROM trade_relation r JOIN company c ON c.id = r.buyer_id
WHERE r.id IN (
    SELECT o.id FROM trade_relation o
    WHERE o.network_id = $1 AND o.seller_id = $2 AND o.customer_code = ANY($3::text[])
    UNION
    SELECT o.id FROM company b JOIN trade_relation o ON o.network_id = $1 AND o.seller_id = $2 AND o.buyer_id = b.id
    WHERE b.registration_code = ANY($4::text[]))
ORDER BY r.id FOR NO KEY UPDATE OF r
"""
# Companies by registration code, with whether they sell to us, directly or through others.
_COMPANIES = """
WITH RECURSIVE above (company_id) AS (
    SELECT $2::uuid
    UNION
    SELECT r.seller_id FROM above JOIN trade_relation r ON r.buyer_id = above.company_id
    WHERE r.network_id = $1 AND r.status <> 'ended'
)
SELECT c.id, c.name, c.registration_code, c.region_id, c.id IN (SELECT company_id FROM above) AS sells_to_us
FROM company c WHERE c.registration_code = ANY($3::text[])
"""
_REGIONS = "SELECT code FROM region WHERE code = ANY($1::text[])"
_ADD_COMPANIES = """
INSERT INTO company (id, name, registration_code, region_id, created_at)
SELECT c.*, $1::timestamptz FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS c(id, name, code, region_id)
"""
_ADD_RELATIONS = """
INSERT INTO trade_relation (id, network_id, seller_id, buyer_id, level, created_at, currency, tax_mode, funding,
    net_days, order_minimum_minor, reservation_minutes, ship_to_approval, grants_money_to_brand, customer_code,
    region_id)
SELECT r.id, $1, $2, r.buyer_id, $3, $4, r.currency, r.tax_mode, r.funding, r.net_days, r.order_minimum_minor,
       r.reservation_minutes, r.ship_to_approval, r.grants_money_to_brand, r.customer_code, r.region_code
FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::int[], $11::bigint[], $12::int[],
            $13::bool[], $14::bool[], $15::text[], $16::text[])
    AS r(id, buyer_id, currency, tax_mode, funding, net_days, order_minimum_minor, reservation_minutes,
         ship_to_approval, grants_money_to_brand, customer_code, region_code)
"""
_CHANGE_RELATIONS = """
UPDATE trade_relation t SET tax_mode = r.tax_mode, funding = r.funding, net_days = r.net_days,
    order_minimum_minor = r.order_minimum_minor, reservation_minutes = r.reservation_minutes,
    ship_to_approval = r.ship_to_approval, grants_money_to_brand = r.grants_money_to_brand,
    customer_code = r.customer_code, region_id = r.region_code, version = t.version + 1
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::int[], $8::bool[], $9::bool[],
            $10::text[], $11::text[])
    AS r(id, currency, tax_mode, funding, net_days, order_minimum_minor, reservation_minutes, ship_to_approval,
         grants_money_to_brand, customer_code, region_code)
WHERE t.id = r.id
"""
_INVITE = """
INSERT INTO invitation (id, company_id, name, login, roles, code_hash, invited_by, expires_at, created_at)
SELECT i.id, i.company_id, i.name, i.login, $1::text[], i.code_hash, $2, $3, $4
FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[]) AS i(id, company_id, name, login, code_hash)
"""


@dataclass(frozen=True, slots=True)
class RelationInput:
    """A buyer by the seller's own number for it, by its registration code, or both; `terms` are fields of `Terms`.

    Terms that are not said stay as they are, or are the usual ones for a new relation. A company that is new to the
    mall needs a name, and gets an invitation for its first owner where one is named.
    """

    customer_code: str | None = None
    registration_code: str | None = None
    company: str | None = None
    company_region: str | None = None
    terms: Mapping[str, Any] | None = None
    owner_name: str | None = None
    owner_login: str | None = None


@dataclass(frozen=True, slots=True)
class RelationSaved:
    """What became of one item: opened, changed, unchanged, or refused because of `field`."""

    what: str
    relation_id: UUID | None = None
    invitation_id: UUID | None = None
    field: str = ""
    value: object = ""
    why: Worded | None = None


@dataclass(slots=True)
class _Known:
    """What is there already."""

    by_code: dict[str, list[asyncpg.Record]]
    by_registration: dict[str, asyncpg.Record]
    companies: dict[str, asyncpg.Record]
    regions: set[str]
    seller: asyncpg.Record


@dataclass(slots=True)
class _Opening:
    """A relation to be written."""

    relation_id: UUID
    buyer_id: UUID
    company: NewCompany | None
    terms: Terms
    owner: tuple[UUID, str, str | None] | None


@act
async def save_relations(
    work: Work, viewer: Viewer, *, network_id: UUID, items: Sequence[RelationInput], client_key: str
) -> list[RelationSaved]:
    """What became of each item, in their order. The same items again change nothing.

    Raises NotFound for a network in which the viewer's company does not trade, Forbidden, BadRequest for no or too many
    items, KeyReused. What is wrong with an item refuses that item alone, before anything of it is written.
    """
    viewer.require(Permission.RELATION_MANAGE)
    said = {"network": network_id, "items": list(items)}
    if await viewer.same_request(work, "saveRelations", client_key, said, network_id):
        return [RelationSaved("unchanged") for _ in items]
    if viewer.scope != (None, None):
        raise Forbidden(
            Said(
                "saving relations from a file, because you see only some of them",
                "从文件导入交易关系（您只能看到其中一部分）",
            )
        )
    if not 1 <= len(items) <= MOST_RELATIONS:
        raise BadRequest("items", len(items), Said(f"1 to {MOST_RELATIONS} items", f" 1 到 {MOST_RELATIONS} 项"))
    await lock_network(work, network_id)
    known = await _read_known(work, viewer, network_id, items)
    ends: list[RelationSaved] = []
    openings: list[_Opening] = []
    changes: list[tuple[asyncpg.Record, Terms]] = []
    for item in items:
        try:
            ends.append(_decide(item, known, openings, changes))
        except (BadRequest, RelationCycle) as error:
            field, value = (error.field, error.value) if isinstance(error, BadRequest) else ("registrationCode", "")
            ends.append(RelationSaved("refused", field=field, value=value, why=error))
    level = 1 if known.seller["is_brand"] else known.seller["level"] + 1
    await _open(work, viewer, network_id, level, openings)
    await _change(work, viewer, network_id, changes)
    changed = [(relation["id"], relation["version"] + 1, "terms_changed") for relation, _ in changes]
    write_down(work, viewer, [(one.relation_id, 1, "opened") for one in openings] + changed)
    if any(one.company is None for one in openings):
        await relevel(work, network_id)
    return ends


async def _read_known(work: Work, viewer: Viewer, network_id: UUID, items: Sequence[RelationInput]) -> _Known:
    seller = await work.row(_SELLER, network_id, viewer.company_id)
    if seller is None or not (seller["is_brand"] or seller["level"]):
        raise NotFound("network", network_id)
    codes = sorted({one.customer_code for one in items if one.customer_code})
    registrations = sorted({one.registration_code.upper() for one in items if one.registration_code})
    by_code: dict[str, list[asyncpg.Record]] = {}
    by_registration: dict[str, asyncpg.Record] = {}
    for row in await work.rows(_RELATIONS, network_id, viewer.company_id, codes, registrations):
        by_code.setdefault(row["customer_code"] or "", []).append(row)
        by_registration[row["registration_code"] or ""] = row
    companies = await work.rows(_COMPANIES, network_id, viewer.company_id, registrations)
    regions = {str(one.terms["region_code"]) for one in items if one.terms and one.terms.get("region_code")}
    regions |= {one.company_region for one in items if one.company_region}
    return _Known(
        by_code=by_code,
        by_registration=by_registration,
        companies={row["registration_code"]: row for row in companies},
        regions={row["code"] for row in await work.rows(_REGIONS, sorted(regions))},
        seller=seller,
    )


def _decide(
    item: RelationInput,
    known: _Known,
    openings: list[_Opening],
    changes: list[tuple[asyncpg.Record, Terms]],
) -> RelationSaved:
    """What is to be written for one item. Raises BadRequest and RelationCycle."""
    said = dict(item.terms or {})
    if item.customer_code:
        said["customer_code"] = item.customer_code
    for field, region in (("regionCode", said.get("region_code")), ("companyRegion", item.company_region)):
        if region is not None and region not in known.regions:
            raise BadRequest(field, region, KNOWN_REGION)
    relation = _standing(item, known)
    if relation is None:
        opening = _opening(item, known, Terms(**{"currency": known.seller["currency"]} | said))
        openings.append(opening)
        return RelationSaved("opened", opening.relation_id, opening.owner[0] if opening.owner else None)
    if relation["status"] == "ended":
        raise BadRequest(
            "customerCode",
            item.customer_code,
            Said("a relation that has not ended; open it again first", "未终止的交易关系（请先重新开通）"),
        )
    if item.company is not None and item.company.strip() != relation["name"]:
        raise BadRequest(
            "company",
            item.company,
            Said(f"{relation['name']}, as that company calls itself", f"该公司登记的名称“{relation['name']}”"),
        )
    before = Terms(**{one.name: relation[one.name] for one in fields(Terms)})
    after = replace(before, **said).checked()
    if after.currency != before.currency:
        raise BadRequest("currency", after.currency, kept_in(before.currency))
    if after == before:
        return RelationSaved("unchanged", relation["id"])
    changes.append((relation, after))
    return RelationSaved("changed", relation["id"])


def _standing(item: RelationInput, known: _Known) -> asyncpg.Record | None:
    """The relation that the item is about, if there is one."""
    if not item.customer_code and not item.registration_code:
        raise BadRequest("customerCode", None, TO_KNOW_THE_BUYER)
    named = known.by_code.get(item.customer_code or "", []) if item.customer_code else []
    if len(named) > 1 and not item.registration_code:
        raise BadRequest(
            "customerCode",
            item.customer_code,
            Said("the code of one buyer: name it by its registration code", "唯一客户的编码（请改用统一社会信用代码）"),
        )
    if not item.registration_code:
        return named[0] if named else None
    registration = item.registration_code.upper()
    registered = known.by_registration.get(registration)
    if named and (registered is None or all(one["id"] != registered["id"] for one in named)):
        raise BadRequest(
            "registrationCode",
            registration,
            Said(
                f"the one of {named[0]['name']}, which has that customer code",
                f"使用该客户编码的“{named[0]['name']}”的代码",
            ),
        )
    return registered


def _opening(item: RelationInput, known: _Known, terms: Terms) -> _Opening:
    registration = item.registration_code.upper() if item.registration_code else None
    terms = terms.checked()
    company = known.companies.get(registration) if registration else None
    if company is not None:
        if company["sells_to_us"]:
            raise RelationCycle([known.seller["name"], company["name"], known.seller["name"]])
        terms = replace(terms, region_code=terms.region_code or company["region_id"])
        return _Opening(uuid7(), company["id"], None, terms, None)
    if not item.company:
        raise BadRequest(
            "company", None, Said("the company's name: it is new to the mall", "公司名称（该公司尚未入驻）")
        )
    new = NewCompany.checked("company", item.company, registration, item.company_region)
    terms = replace(terms, region_code=terms.region_code or item.company_region)
    login = optional_text("ownerLogin", item.owner_login, 200)
    name = optional_text("ownerName", item.owner_name, 120) or login
    owner = (uuid7(), text("ownerName", name, 120), login and checked_login("ownerLogin", login)) if name else None
    return _Opening(uuid7(), uuid7(), new, terms, owner)


async def _open(work: Work, viewer: Viewer, network_id: UUID, level: int, openings: Sequence[_Opening]) -> None:
    new = [(one.buyer_id, one.company) for one in openings if one.company is not None]
    if new:
        await work.run(
            _ADD_COMPANIES,
            work.now,
            [buyer_id for buyer_id, _ in new],
            [company.name for _, company in new],
            [company.registration_code for _, company in new],
            [company.region_code for _, company in new],
        )
    if openings:
        await work.run(
            _ADD_RELATIONS,
            network_id,
            viewer.company_id,
            level,
            work.now,
            [one.relation_id for one in openings],
            [one.buyer_id for one in openings],
            *_columns(one.terms for one in openings),
        )
    invited = [(one.buyer_id, one.owner) for one in openings if one.owner is not None]
    if invited:
        await work.run(
            _INVITE,
            [Role.OWNER.value],
            viewer.membership_id,
            work.now + timedelta(days=INVITATION_DAYS),
            work.now,
            [owner[0] for _, owner in invited],
            [buyer_id for buyer_id, _ in invited],
            [owner[1] for _, owner in invited],
            [owner[2] for _, owner in invited],
            [digest_of(invitation_code(owner[0])) for _, owner in invited],
        )
    for one in openings:
        _tell(work, viewer, network_id, one.relation_id, one.buyer_id, 1, "opened")


async def _change(
    work: Work, viewer: Viewer, network_id: UUID, changes: Sequence[tuple[asyncpg.Record, Terms]]
) -> None:
    if changes:
        await work.run(
            _CHANGE_RELATIONS, [relation["id"] for relation, _ in changes], *_columns(terms for _, terms in changes)
        )
    for relation, _ in changes:
        version = relation["version"] + 1
        _tell(work, viewer, network_id, relation["id"], relation["buyer_id"], version, "terms_changed")


def _columns(terms: Iterable[Terms]) -> list[list[Any]]:
    """The terms by column, in the order of the fields of `Terms`."""
    rows = list(terms)
    return [[getattr(one, column.name) for one in rows] for column in fields(Terms)]


def _tell(
    work: Work, viewer: Viewer, network_id: UUID, relation_id: UUID, buyer_id: UUID, version: int, what: str
) -> None:
    work.tell(
        RelationChanged(
            network_id=network_id,
            subject_id=relation_id,
            version=version,
            what=what,
            audience=(viewer.company_id, buyer_id),
        )
    )
