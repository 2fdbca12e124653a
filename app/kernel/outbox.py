"""Facts: what happened, written in the transaction in which it happened, and published in order afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import orjson

from app.kernel.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A past-tense fact. Carries ids, a version and small values only: a subscriber re-reads with its own rights.

    `kind` names the fact's topic; `what` says which change of it (`placed`, `shipped`); `audience` are the companies
    that may hear of it.
    """

    kind: ClassVar[str]
    network_id: UUID
    subject_id: UUID
    version: int
    what: str
    audience: tuple[UUID, ...]
    payload: dict[str, str] = field(default_factory=dict)


_WRITE = """
told AS (
    INSERT INTO outbox (kind, network_id, subject_id, version, what, audience, payload, at)
    SELECT f->>'kind', (f->>'network_id')::uuid, (f->>'subject_id')::uuid, (f->>'version')::int, f->>'what',
           ARRAY(SELECT jsonb_array_elements_text(f->'audience')::uuid), f->'payload', $2::timestamptz
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t(f, n)
    ORDER BY n
)"""


def told(facts: Sequence[Fact], at: datetime) -> Change:
    """Facts for the outbox: a part of the act's last statement, after every lock of the act is held."""
    rows = [
        {
            "kind": fact.kind,
            "network_id": fact.network_id,
            "subject_id": fact.subject_id,
            "version": fact.version,
            "what": fact.what,
            "audience": fact.audience,
            "payload": fact.payload,
        }
        for fact in facts
    ]
    # default=str: ids that came from the driver are of a subclass that orjson does not know
    return Change(_WRITE, (orjson.dumps(rows, default=str).decode(), at))


_wake: Callable[[], None] | None = None


def on_commit(call: Callable[[], None] | None) -> None:
    """Say what wakes the publisher after a commit. Best effort: the publisher also looks by itself every second."""
    global _wake
    _wake = call


def wake() -> None:
    """Tell the publisher that the outbox has rows."""
    if _wake is not None:
        _wake()
