"""Access and refresh tokens, signed with keys derived from `TRIBUTARY_SECRET_KEY`; without it the door is shut.

An access token names a session and the membership it acts for, nothing else: rights are read from the database at every
request. A refresh token is the session's id, a generation and a signature: the successor is the next generation, so
asking twice for it gives the same one, and an old one that comes back is recognised as ours.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import jwt

from app.kernel.clock import now
from app.kernel.refusal import Fault, Unauthenticated
from app.settings import settings

ALGORITHM = "HS256"
MOST_CHARACTERS = 1000
REMEMBERED = 4096  # tokens whose signature was checked, about 1 KB each


class TokenExpired(Fault):
    """An access token of ours, too old: refresh the session and come back."""

    code = "UNAUTHENTICATED"
    en = "The access token has expired. Refresh the session."
    zh = "访问令牌已过期，请刷新会话。"


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says."""

    session_id: UUID
    membership_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token of ours, by its signature; whether it still counts is the session row's to say."""

    session_id: UUID
    generation: int

    @property
    def text(self) -> str:
        body = _body(self.session_id, self.generation)
        return f"{_spelt(body)}.{_spelt(_mac(body))}"

    @property
    def digest(self) -> str:
        """What is stored: SHA-256, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def successor(self) -> "RefreshToken":
        return RefreshToken(self.session_id, self.generation + 1)


def door_is_open() -> bool:
    """False when this server has no secret key: then nobody can log in and no token counts."""
    return bool(settings().secret_key)


def access_token(session_id: UUID, membership_id: UUID) -> tuple[str, datetime]:
    """A signed access token and the moment until which it counts."""
    until = (now() + timedelta(seconds=settings().access_token_seconds)).replace(microsecond=0)
    claims = {"sid": session_id.hex, "mid": membership_id.hex, "exp": int(until.timestamp())}
    return jwt.encode(claims, _key("access"), algorithm=ALGORITHM), until


def read_access_token(token: str) -> Claims:
    """Raises Unauthenticated unless the token was signed by us, and TokenExpired when it is too old."""
    if not door_is_open() or len(token) > MOST_CHARACTERS:
        raise Unauthenticated()
    try:
        claims = _signed_claims(token, settings().secret_key)
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
        raise Unauthenticated() from None
    if claims.until <= now():
        raise TokenExpired
    return claims


@lru_cache(maxsize=REMEMBERED)
def _signed_claims(token: str, secret_key: str) -> Claims:
    """What a token says that was signed with this key. A signature that held once holds for ever, so it is remembered;
    whether the token is too old, and whether its session still counts, is asked at every request."""
    key = hmac.digest(secret_key.encode(), b"tributary access token", "sha256")
    said = jwt.decode(token, key, algorithms=[ALGORITHM], options={"require": ["exp"], "verify_exp": False})
    return Claims(UUID(said["sid"]), UUID(said["mid"]), datetime.fromtimestamp(int(said["exp"]), UTC))


def read_refresh_token(text: str) -> RefreshToken | None:
    """The token, or None when it was not signed by us."""
    if not door_is_open() or len(text) > MOST_CHARACTERS:
        return None
    body_text, _, mac_text = text.partition(".")
    try:
        body, mac = _read(body_text), _read(mac_text)
    except ValueError:
        return None
    if len(body) != 20 or not hmac.compare_digest(mac, _mac(body)):
        return None
    return RefreshToken(UUID(bytes=body[:16]), int.from_bytes(body[16:], "big"))


def invitation_code(invitation_id: UUID) -> str:
    """The code of an invitation: 80 bits, in capitals and digits. It can be told again to the same request only."""
    return base64.b32encode(hmac.digest(_key("invitation"), invitation_id.bytes, "sha256")[:10]).decode()


def digest_of(code: str) -> str:
    """The digest under which a secret of ours (an invitation code) is stored."""
    return hashlib.sha256(code.strip().encode()).hexdigest()


def _key(use: str) -> bytes:
    return hmac.digest(settings().secret_key.encode(), f"tributary {use} token".encode(), "sha256")


def _mac(body: bytes) -> bytes:
    return hmac.digest(_key("refresh"), body, "sha256")


def _body(session_id: UUID, generation: int) -> bytes:
    return session_id.bytes + generation.to_bytes(4, "big")


def _spelt(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _spelt(data) != text:  # several spellings of the same bytes: only ours
        raise ValueError("not our spelling")
    return data
