"""Links to files: signed, bound to a member of a company, and over after a while.

A link says who may have which file until when, and is nothing but that: what the file shows is read with the member's
rights at the moment it is fetched. The key is the installation's secret; without one, no link is made and none counts.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final
from uuid import UUID

from app.kernel.refusal import Fault
from app.settings import settings

PATH: Final = "/files/"
MOST_CHARACTERS: Final = 300
_LANGUAGES: Final = ("en", "zh")
_BODY: Final = 1 + 1 + 1 + 16 + 16 + 16 + 5
_VERSION: Final = 1


class FileKind(IntEnum):
    """What a link leads to."""

    SALES_ORDER = 1
    DELIVERY_NOTE = 2
    EXPORT = 3
    PRICED_NOTE = 4


class FilesClosed(Fault):
    """This installation has no secret key, so it signs no links."""

    code = "FORBIDDEN"
    en = "This installation makes no files: it has no secret key."
    zh = "本系统未配置密钥，不提供文件。"


@dataclass(frozen=True, slots=True)
class Link:
    """Who may fetch what, and until when."""

    kind: FileKind
    document_id: UUID
    company_id: UUID
    membership_id: UUID
    locale: str
    expires_at: datetime

    @property
    def url(self) -> str:
        """Where it is fetched. Raises FilesClosed."""
        return f"{settings().public_url.rstrip('/')}{PATH}{self.token}"

    @property
    def token(self) -> str:
        """The link's signed text. Raises FilesClosed."""
        body = (
            bytes((_VERSION, self.kind, _LANGUAGES.index(self.locale)))
            + self.document_id.bytes
            + self.company_id.bytes
            + self.membership_id.bytes
            + int(self.expires_at.timestamp()).to_bytes(5, "big")
        )
        return _spelt(body + _mac(body))


def read_link(token: str) -> Link | None:
    """What a token says; None unless it was signed by us, as it is. Whether it is over is the caller's to ask."""
    if len(token) > MOST_CHARACTERS or not settings().secret_key:
        return None
    try:
        signed = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    body, mac = signed[:_BODY], signed[_BODY:]
    if len(body) != _BODY or not hmac.compare_digest(mac, _mac(body)) or _spelt(signed) != token:
        return None
    if body[0] != _VERSION:
        return None
    document, company, membership = (UUID(bytes=body[at : at + 16]) for at in (3, 19, 35))
    until = datetime.fromtimestamp(int.from_bytes(body[51:], "big"), UTC)
    return Link(FileKind(body[1]), document, company, membership, _LANGUAGES[body[2]], until)


def _mac(body: bytes) -> bytes:
    secret = settings().secret_key
    if not secret:
        raise FilesClosed
    key = hmac.digest(secret.encode(), b"tributary file link", "sha256")
    return hmac.digest(key, body, "sha256")


def _spelt(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
