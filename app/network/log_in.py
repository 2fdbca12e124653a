"""Log in: by password, or as the person that another system has named (a WeChat `openid`)."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app import database
from app.kernel.act import Work, act
from app.kernel.clock import now
from app.kernel.ids import uuid7
from app.network.passwords import is_password
from app.network.refusals import LogInRefused, WhyRefused
from app.network.rules import FAILURE_WINDOW, MOST_FAILURES, checked_login
from app.network.tokens import RefreshToken, access_token, door_is_open
from app.settings import settings

WECHAT = "wechat"
AT_ONCE = 4  # passwords checked by this process at a time; so many guesses at most can overtake the count

_checking = asyncio.Semaphore(AT_ONCE)

_BY_LOGIN = """
SELECT (SELECT id FROM person WHERE login = $1) AS person_id,
       (SELECT password_hash FROM person WHERE login = $1) AS password_hash,
       (SELECT since FROM log_in_failure WHERE login_hash = $2 AND failures >= $3 AND since > $4) AS blocked_since
"""
_COUNT = """
INSERT INTO log_in_failure AS f (login_hash, failures, since) VALUES ($1, 1, $2)
ON CONFLICT (login_hash) DO UPDATE SET
    failures = CASE WHEN f.since > $3 THEN f.failures + 1 ELSE 1 END,
    since = CASE WHEN f.since > $3 THEN f.since ELSE $2 END
"""
_FORGET_OLD = "DELETE FROM log_in_failure WHERE since <= $1"
_MEMBERSHIP = """
SELECT m.id FROM membership m
WHERE m.person_id = $1 AND m.status = 'active' AND ($2::uuid IS NULL OR m.company_id = $2)
ORDER BY (SELECT max(s.created_at) FROM session s WHERE s.membership_id = m.id) DESC NULLS LAST, m.id
LIMIT 1
"""
_SESSION = """
INSERT INTO session (id, person_id, membership_id, refresh_hash, device, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a device keeps. `refresh_token` is None when the device keeps the one it has."""

    session_id: UUID
    membership_id: UUID
    access_token: str
    expires_at: datetime
    refresh_token: str | None


def require_open_door() -> None:
    """LogInRefused when this server has no secret key."""
    if not door_is_open():
        raise LogInRefused(WhyRefused.CLOSED)


async def check_password(login: str, password: str) -> UUID:
    """The person behind login and password.

    LogInRefused is the same for an unknown login as for a wrong password, in words and in time; after ten failures in a
    quarter of an hour the login rests, for unknown ones too. Failures are counted in the database, outside of any act.
    """
    require_open_door()
    login = checked_login("login", login)
    digest = hashlib.sha256(login.encode()).hexdigest()
    async with _checking:
        window = now() - FAILURE_WINDOW
        found = await database.row(_BY_LOGIN, login, digest, MOST_FAILURES, window)
        assert found is not None
        if found["blocked_since"] is not None:
            wait = int((found["blocked_since"] - window).total_seconds()) + 1
            raise LogInRefused(WhyRefused.TOO_MANY_ATTEMPTS, wait)
        if not await is_password(found["password_hash"], password):
            await _count_failure(digest)
            raise LogInRefused(WhyRefused.BAD_CREDENTIALS)
    person_id: UUID = found["person_id"]
    return person_id


@act
async def _count_failure(work: Work, digest: str) -> None:
    window = work.now - FAILURE_WINDOW
    await work.run(_FORGET_OLD, window)
    await work.run(_COUNT, digest, work.now, window)


async def person_of_wechat(app_id: str, open_id: str) -> UUID:
    """The person whom an invitation bound to this WeChat account. LogInRefused when nobody is."""
    found = await database.row(
        "SELECT person_id FROM identity WHERE provider = $1 AND app_id = $2 AND open_id = $3", WECHAT, app_id, open_id
    )
    if found is None:
        raise LogInRefused(WhyRefused.NOT_BOUND)
    person_id: UUID = found["person_id"]
    return person_id


@act
async def log_in(work: Work, *, person_id: UUID, company_id: UUID | None = None, device: str | None = None) -> Tokens:
    """A new session of a person who has proved to be that person, for this company or the one they last acted for.

    LogInRefused when the person is no active member there.
    """
    return await start_session(work, person_id=person_id, company_id=company_id, device=device)


async def start_session(work: Work, *, person_id: UUID, company_id: UUID | None, device: str | None) -> Tokens:
    """The step of it, for acts that let somebody in."""
    require_open_door()
    membership = await work.row(_MEMBERSHIP, person_id, company_id)
    if membership is None:
        raise LogInRefused(WhyRefused.NO_MEMBERSHIP)
    session_id = uuid7()
    refresh = RefreshToken(session_id, 1)
    until = work.now + timedelta(days=settings().refresh_token_days)
    await work.run(_SESSION, session_id, person_id, membership["id"], refresh.digest, device, until, work.now)
    return tokens_of(session_id, membership["id"], refresh)


def tokens_of(session_id: UUID, membership_id: UUID, refresh: RefreshToken | None) -> Tokens:
    """Signed tokens for a session."""
    access, until = access_token(session_id, membership_id)
    return Tokens(session_id, membership_id, access, until, refresh.text if refresh else None)
