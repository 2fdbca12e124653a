"""Send me no more e-mails of this kind: the address in every e-mail, and what it does. It needs no log-in.

The address names the member and the kind and is signed, so it can turn off that one thing and nothing else. Its
signature does not run out: an old e-mail can always be stopped.
"""

import base64
import hashlib
import hmac
from typing import Final
from uuid import UUID

from app.communication.kinds import Channel, NotificationKind
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.settings import Settings, settings

PATH: Final = "/notifications/unsubscribe"
MOST_CHARACTERS: Final = 200


def unsubscribe_address(told: Settings, member_id: UUID, kind: NotificationKind) -> str | None:
    """The address for an e-mail; None where the installation's own is not set."""
    if not told.public_url or not told.secret_key:
        return None
    body = f"{member_id.hex}.{kind.value}"
    return f"{told.public_url.rstrip('/')}{PATH}?token={body}.{_signed(told.secret_key, body)}"


def read_token(token: str) -> tuple[UUID, NotificationKind] | None:
    """Whom and what a token of ours names; None for any other text."""
    body, _, signature = token[:MOST_CHARACTERS].rpartition(".")
    member, _, kind = body.partition(".")
    key = settings().secret_key
    if not key or not hmac.compare_digest(signature.encode(), _signed(key, body).encode()):
        return None
    return UUID(member), NotificationKind(kind)


def _signed(key: str, body: str) -> str:
    mac = hmac.new(hashlib.sha256(f"unsubscribe {key}".encode()).digest(), body.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:18]).decode()


TURN_OFF: Final = """
INSERT INTO notification_preference (id, member_id, kind, channel, enabled)
SELECT $1, m.id, $3, $4, $5 FROM membership m WHERE m.id = $2
ON CONFLICT (member_id, kind, channel) DO UPDATE SET enabled = EXCLUDED.enabled
"""


@act
async def stop_mail(work: Work, member_id: UUID, kind: NotificationKind) -> None:
    """Turn e-mails of one kind off for a member."""
    await work.run(TURN_OFF, uuid7(), member_id, kind.value, Channel.EMAIL.value, False)
