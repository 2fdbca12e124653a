"""Steps that put companies, people and members into the books, for the acts that open networks and relations."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.kernel.act import Work
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest
from app.kernel.wording import KNOWN_REGION
from app.network.events import NO_NETWORK, MembershipChanged
from app.network.refusals import CompanyExists, LoginTaken
from app.network.roles import Role
from app.network.rules import INVITATION_DAYS, NewCompany, NewPerson, Scope
from app.network.tokens import digest_of, invitation_code

_COMPANY = """
INSERT INTO company (id, name, registration_code, region_id, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (registration_code) WHERE registration_code IS NOT NULL DO NOTHING RETURNING id
"""
_PERSON = """
INSERT INTO person (id, name, login, password_hash, locale, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (login) WHERE login IS NOT NULL DO NOTHING RETURNING id
"""
_MEMBER = """
INSERT INTO membership (id, person_id, company_id, roles, scope_relation_ids, scope_region_codes, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_INVITATION = """
INSERT INTO invitation (id, company_id, name, login, roles, scope_relation_ids, scope_region_codes, code_hash,
                        invited_by, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


async def require_regions(work: Work, codes: Sequence[str | None], field: str = "regionCode") -> None:
    """BadRequest for a region code that was never saved. No statement when there are none."""
    asked = {code for code in codes if code is not None}
    if asked:
        found = await work.rows("SELECT code FROM region WHERE code = ANY($1)", sorted(asked))
        unknown = asked - {row["code"] for row in found}
        if unknown:
            raise BadRequest(field, min(unknown), KNOWN_REGION)


async def add_company(work: Work, company: NewCompany) -> UUID:
    """Register a company. Refuses with CompanyExists when its registration code is in the books."""
    await require_regions(work, [company.region_code])
    company_id = uuid7()
    added = await work.row(_COMPANY, company_id, company.name, company.registration_code, company.region_code, work.now)
    if added is None:
        assert company.registration_code is not None
        raise CompanyExists(company.registration_code)
    return company_id


async def add_person(work: Work, person: NewPerson) -> UUID:
    """Register a person. Refuses with LoginTaken."""
    person_id = uuid7()
    added = await work.row(_PERSON, person_id, person.name, person.login, person.password_hash, person.locale, work.now)
    if added is None:
        assert person.login is not None
        raise LoginTaken(person.login)
    return person_id


async def add_member(
    work: Work, *, person_id: UUID, company_id: UUID, roles: Sequence[Role], scope: Scope | None = None
) -> UUID:
    """Make a person a member of a company, and tell it."""
    scope = scope or Scope()
    member_id = uuid7()
    await work.run(
        _MEMBER, member_id, person_id, company_id, list(roles), scope.relation_ids, scope.region_codes, work.now
    )
    work.tell(
        MembershipChanged(network_id=NO_NETWORK, subject_id=member_id, version=1, what="joined", audience=(company_id,))
    )
    return member_id


async def add_invitation(
    work: Work,
    *,
    invitation_id: UUID,
    company_id: UUID,
    name: str,
    login: str | None,
    roles: Sequence[Role],
    scope: Scope,
    invited_by: UUID,
) -> None:
    """Write an invitation; its code is `invitation_code(invitation_id)`, of which only the digest is stored."""
    await work.run(
        _INVITATION,
        invitation_id,
        company_id,
        name,
        login,
        list(roles),
        scope.relation_ids,
        scope.region_codes,
        digest_of(invitation_code(invitation_id)),
        invited_by,
        work.now + timedelta(days=INVITATION_DAYS),
        work.now,
    )
