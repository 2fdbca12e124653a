"""The keys have changed: what leads say of people is sealed with the key that seals now, and found by the one that
finds now.

Nothing else of a lead changes, so nobody is told. What is in order already is left as it is: the walk may be broken
off, and done again, at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.act import Work, act
from app.kernel.sealed import CannotOpen
from app.leads.contact import Contact
from app.leads.keys import ContactKeys, contact_keys

AT_ONCE: Final = 200

_START: Final = UUID(int=0)
# History does not change; the same words under another key are the same history, and the trigger lets them pass
_RESEALING: Final = "SELECT set_config('tributary.resealing', 'on', true)"
_LEADS: Final = """
SELECT id, network_id, contact, reference, phone_key, email_key FROM lead WHERE id > $1 ORDER BY id LIMIT $2
FOR NO KEY UPDATE
"""
_NOTES: Final = "SELECT id, lead_id, note FROM lead_event WHERE lead_id = ANY($1::uuid[]) AND note IS NOT NULL"
_SAVE_LEADS: Final = """
UPDATE lead l SET contact = m.contact, reference = m.reference, phone_key = m.phone_key, email_key = m.email_key
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
    AS m(id, contact, reference, phone_key, email_key)
WHERE l.id = m.id
"""
_SAVE_NOTES: Final = """
UPDATE lead_event e SET note = m.note FROM unnest($1::uuid[], $2::bytea[]) AS m(id, note) WHERE e.id = m.id
"""
# What is sealed begins with the length and the name of its key
_KEYS: Final = """
SELECT DISTINCT convert_from(substring(sealed FROM 2 FOR get_byte(sealed, 0)), 'UTF8') AS name FROM (
    SELECT contact AS sealed FROM lead
    UNION ALL SELECT reference FROM lead WHERE reference IS NOT NULL
    UNION ALL SELECT note FROM lead_event WHERE note IS NOT NULL) s
ORDER BY 1
"""

Row = tuple[UUID, bytes, bytes | None, bytes | None, bytes | None]


@dataclass(slots=True)
class Resealed:
    """What was done: leads looked at, those sealed anew, those with new digests, notes sealed anew; `unopened` are the
    leads of which something could not be opened, and stays as it was."""

    leads: int = 0
    sealed: int = 0
    digests: int = 0
    notes: int = 0
    unopened: list[UUID] = field(default_factory=list)
    last: UUID | None = None

    def add(self, more: "Resealed") -> None:
        self.leads += more.leads
        self.sealed += more.sealed
        self.digests += more.digests
        self.notes += more.notes
        self.unopened += more.unopened


async def reseal() -> Resealed:
    """Every lead, a few hundred at a time. Raises ContactDoorClosed where there is no key to seal with."""
    whole, after = Resealed(), _START
    while (part := await reseal_next(after=after)).last is not None:
        whole.add(part)
        after = part.last
    return whole


@act
async def reseal_next(work: Work, *, after: UUID, most: int = AT_ONCE) -> Resealed:
    """The next leads after this one, locked for the time of the act. `last` is None when there are none."""
    keys, done = contact_keys(), Resealed()
    await work.run(_RESEALING)
    leads = await work.rows(_LEADS, after, most)
    changed = [row for row in (_lead(keys, lead, done) for lead in leads) if row is not None]
    notes = await work.rows(_NOTES, [lead["id"] for lead in leads])
    resealed = [one for one in (_note(keys, note, done) for note in notes) if one is not None]
    if changed:
        await work.run(_SAVE_LEADS, *(list(column) for column in zip(*changed, strict=True)))
    if resealed:
        await work.run(_SAVE_NOTES, [one for one, _ in resealed], [note for _, note in resealed])
    done.leads, done.notes = len(leads), len(resealed)
    done.unopened = list(dict.fromkeys(done.unopened))
    done.last = leads[-1]["id"] if leads else None
    return done


async def keys_in_use() -> Sequence[str]:
    """The names of the keys with which anything is sealed."""
    return [row["name"] for row in await database.rows(_KEYS)]


def _lead(keys: ContactKeys, lead: asyncpg.Record, done: Resealed) -> Row | None:
    """The lead's row as it must be; None where it is so already, or cannot be opened."""
    lead_id, network_id = lead["id"], lead["network_id"]
    before = (bytes(lead["contact"]), _bytes(lead["reference"]), _bytes(lead["phone_key"]), _bytes(lead["email_key"]))
    try:
        contact = Contact.unpacked(keys.ring.open(before[0], f"lead.contact {lead_id}"))
        reference = None if before[1] is None else keys.ring.open(before[1], f"lead.text {lead_id}")
    except CannotOpen:
        done.unopened.append(lead_id)
        return None
    digests = keys.phone_key(network_id, contact.phone), keys.email_key(network_id, contact.email)
    fresh = all(one is None or keys.ring.sealed_now(one) for one in before[:2])
    done.sealed += not fresh
    done.digests += digests != before[2:]
    if fresh and digests == before[2:]:
        return None
    return lead_id, keys.seal(lead_id, contact), keys.seal_text(lead_id, reference), *digests


def _note(keys: ContactKeys, note: asyncpg.Record, done: Resealed) -> tuple[UUID, bytes | None] | None:
    if keys.ring.sealed_now(note["note"]):
        return None
    try:
        text = keys.ring.open(note["note"], f"lead.text {note['lead_id']}")
    except CannotOpen:
        done.unopened.append(note["lead_id"])
        return None
    return note["id"], keys.seal_text(note["lead_id"], text)


def _bytes(value: bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
