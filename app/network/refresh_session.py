"""Refresh a session: the refresh token rotates, the one before lives on for a minute while its successor is unused."""

from datetime import timedelta
from uuid import UUID

from app.kernel.act import Work, act
from app.network.log_in import Tokens, require_open_door, tokens_of
from app.network.refusals import LogInRefused, WhyRefused
from app.network.rules import PREVIOUS_TOKEN_LIVES
from app.network.tokens import RefreshToken, read_refresh_token
from app.settings import settings

_SESSION = """
SELECT s.person_id, s.membership_id, s.refresh_hash, s.previous_hash, s.rotated_at
FROM session s WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 FOR UPDATE
"""
_MEMBERSHIP = """
SELECT id FROM membership WHERE person_id = $1 AND status = 'active' AND ($3::uuid IS NULL OR company_id = $3)
ORDER BY id <> $2, id LIMIT 1
"""
_ROTATE = """
UPDATE session SET refresh_hash = $2, previous_hash = refresh_hash, rotated_at = $3, expires_at = $4, membership_id = $5
WHERE id = $1
"""
_REVOKE = "UPDATE session SET revoked_at = $2 WHERE id = $1"


async def refresh_session(*, refresh_token: str, company_id: UUID | None = None) -> Tokens:
    """New tokens for the device that holds this refresh token.

    Asked again with the previous token within a minute, before anybody used the new one, it gives the very same new
    one. Any older token has been copied: the session is revoked. LogInRefused says no more than that it has ended.
    """
    require_open_door()
    token = read_refresh_token(refresh_token)
    refreshed = await _refresh(token, company_id) if token else None
    if refreshed is None:
        raise LogInRefused(WhyRefused.SESSION_ENDED)
    return refreshed


@act
async def _refresh(work: Work, token: RefreshToken, company_id: UUID | None) -> Tokens | None:
    """None instead of a refusal, because the revocation that goes with it must be committed."""
    session = await work.row(_SESSION, token.session_id, work.now)
    if session is None:
        return None
    is_current = token.digest == session["refresh_hash"]
    is_previous = token.digest == session["previous_hash"] and work.now - session["rotated_at"] <= PREVIOUS_TOKEN_LIVES
    if not is_current and not is_previous:
        await work.run(_REVOKE, token.session_id, work.now)
        return None
    membership = await work.row(_MEMBERSHIP, session["person_id"], session["membership_id"], company_id)
    if membership is None:
        raise LogInRefused(WhyRefused.NO_MEMBERSHIP)
    if is_current:
        until = work.now + timedelta(days=settings().refresh_token_days)
        await work.run(_ROTATE, token.session_id, token.successor.digest, work.now, until, membership["id"])
    return tokens_of(token.session_id, membership["id"], token.successor)
