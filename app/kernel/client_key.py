"""Same request, same answer: the client key of every mutation that creates or moves something."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app.kernel.act import Work
from app.kernel.refusal import KeyReused, plain
from app.kernel.text import text

KEPT_DAYS = 30
LONGEST_KEY = 200

_CLAIM = """
WITH claimed AS (
    INSERT INTO client_key (company_id, member_id, act, key, fingerprint, answer_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (company_id, member_id, act, key) DO NOTHING
    RETURNING answer_id
)
SELECT answer_id FROM claimed
"""
_EARLIER = "SELECT fingerprint, answer_id FROM client_key WHERE company_id=$1 AND member_id=$2 AND act=$3 AND key=$4"


def fingerprint(said: Any) -> bytes:
    """A digest of what was asked, independent of the order of keys, of trailing zeros and of time zones."""
    option = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
    return hashlib.sha256(orjson.dumps(said, option=option, default=_plain)).digest()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return str(value)


async def same_request(
    work: Work, *, company_id: UUID, member_id: UUID, act: str, key: str, said: Any, answer_id: UUID
) -> UUID | None:
    """Claim `key` for this act; the first statement of the act.

    Returns None when the key is new (the act goes on, and its answer is `answer_id`), or the id that an earlier act
    with the same key and input answered with. Waits for a concurrent twin. A refused act rolls back and leaves no
    trace. Raises KeyReused when the key came with other input before, BadRequest when it is empty or too long.
    """
    key = text("clientKey", key, LONGEST_KEY)
    digest = fingerprint(said)
    claimed = await work.row(_CLAIM, company_id, member_id, act, key, digest, answer_id, work.now)
    if claimed is not None:
        return None
    earlier = await work.row(_EARLIER, company_id, member_id, act, key)
    if earlier is None:  # the twin rolled back between the two statements: the claim is free again
        return await same_request(
            work, company_id=company_id, member_id=member_id, act=act, key=key, said=said, answer_id=answer_id
        )
    if bytes(earlier["fingerprint"]) != digest:
        raise KeyReused(key)
    found: UUID = earlier["answer_id"]
    return found
