"""Accept an invitation: a person, known or new, becomes a member, and is logged in."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.network.log_in import WECHAT, Tokens, start_session
from app.network.refusals import IdentityTaken, InvitationNotValid, InvitationProblem
from app.network.register import add_member, add_person
from app.network.roles import Role
from app.network.rules import NewPerson, Scope
from app.network.tokens import digest_of


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """What `code2Session` named."""

    app_id: str
    open_id: str
    union_id: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """Who accepts: a person proved by session or password, or a new one, or one named by WeChat; a WeChat account
    that comes along is bound to the person."""

    person_id: UUID | None = None
    person: NewPerson | None = None
    wechat: WeChatAccount | None = None


_INVITATION = """
SELECT i.id, i.company_id, i.name, i.login, i.roles, i.scope_relation_ids, i.scope_region_codes, i.expires_at,
       i.accepted_at
FROM invitation i WHERE i.code_hash = $1 FOR UPDATE
"""
_IDENTITY = "SELECT person_id FROM identity WHERE provider = $1 AND app_id = $2 AND open_id = $3"
_BIND = """
INSERT INTO identity (id, person_id, provider, app_id, open_id, union_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (provider, app_id, open_id) DO NOTHING RETURNING id
"""
_MEMBER = "SELECT id FROM membership WHERE person_id = $1 AND company_id = $2"


@act
async def accept_invitation(work: Work, *, code: str, proof: Proof, device: str | None = None) -> Tokens:
    """Join the company and start a session for it. Accepting again as the same person just logs in.

    Refuses with InvitationNotValid,
    LoginTaken (prove the password instead), IdentityTaken.
    """
    invitation = await work.row(_INVITATION, digest_of(code.upper()))
    if invitation is None:
        raise InvitationNotValid(InvitationProblem.UNKNOWN)
    person_id = await _who(work, invitation, proof)
    if invitation["accepted_at"] is not None:
        if await work.row(_MEMBER, person_id, invitation["company_id"]) is None or proof.person is not None:
            raise InvitationNotValid(InvitationProblem.USED)
        return await start_session(work, person_id=person_id, company_id=invitation["company_id"], device=device)
    if invitation["expires_at"] <= work.now:
        raise InvitationNotValid(InvitationProblem.EXPIRED)
    await _refuse_other_login(work, invitation, person_id)
    await _join(work, invitation, person_id)
    await work.run("UPDATE invitation SET accepted_at = $2 WHERE id = $1", invitation["id"], work.now)
    return await start_session(work, person_id=person_id, company_id=invitation["company_id"], device=device)


async def _who(work: Work, invitation: asyncpg.Record, proof: Proof) -> UUID:
    """The accepting person, registered now if new, with the WeChat account bound."""
    wechat = proof.wechat
    if wechat is None:
        return proof.person_id or await _register(work, invitation, proof.person)
    bound = await work.row(_IDENTITY, WECHAT, wechat.app_id, wechat.open_id)
    if bound is not None:
        if proof.person_id not in (None, bound["person_id"]):
            raise IdentityTaken
        known: UUID = bound["person_id"]
        return known
    person_id = proof.person_id or await _register(work, invitation, proof.person)
    made = await work.row(_BIND, uuid7(), person_id, WECHAT, wechat.app_id, wechat.open_id, wechat.union_id, work.now)
    if made is None:
        raise IdentityTaken
    return person_id


async def _register(work: Work, invitation: asyncpg.Record, person: NewPerson | None) -> UUID:
    if invitation["accepted_at"] is not None:
        raise InvitationNotValid(InvitationProblem.USED)
    return await add_person(work, person or NewPerson(invitation["name"], None, None))


async def _refuse_other_login(work: Work, invitation: asyncpg.Record, person_id: UUID) -> None:
    """An invitation to a login is for that person; one who has no login yet (WeChat only) may take it."""
    if invitation["login"] is None:
        return
    person = await work.row("SELECT login FROM person WHERE id = $1", person_id)
    if person is not None and person["login"] not in (None, invitation["login"]):
        raise InvitationNotValid(InvitationProblem.OTHER_LOGIN)


async def _join(work: Work, invitation: asyncpg.Record, person_id: UUID) -> None:
    if await work.row(_MEMBER, person_id, invitation["company_id"]) is not None:
        raise InvitationNotValid(InvitationProblem.ALREADY_MEMBER)
    await add_member(
        work,
        person_id=person_id,
        company_id=invitation["company_id"],
        roles=[Role(role) for role in invitation["roles"]],
        scope=Scope(invitation["scope_relation_ids"], invitation["scope_region_codes"]),
    )
