"""Sealing what a lead says of a person, and the digests by which duplicates are found."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from app.kernel.sealed import CannotOpen, KeyRing, KeyRingNotValid
from app.leads.contact import Contact
from app.leads.refusals import ContactDoorClosed
from app.settings import settings

logger = logging.getLogger("tributary.leads")


@dataclass(frozen=True, slots=True, repr=False)
class ContactKeys:
    """The ring of this process, for one network's leads."""

    ring: KeyRing

    def seal(self, lead_id: UUID, contact: Contact) -> bytes:
        return self.ring.seal(contact.packed(), f"lead.contact {lead_id}")

    def seal_text(self, lead_id: UUID, text: str | None) -> bytes | None:
        """A note, or a reference."""
        return None if text is None else self.ring.seal(text, f"lead.text {lead_id}")

    def phone_key(self, network_id: UUID, phone: str | None) -> bytes | None:
        return None if phone is None else self.ring.digest(f"{network_id} {phone}", "lead.phone")

    def email_key(self, network_id: UUID, email: str | None) -> bytes | None:
        return None if email is None else self.ring.digest(f"{network_id} {email}", "lead.email")

    def said(self, *said: object) -> str:
        """What was asked, as a client key may remember it: a bare hash of a phone number can be guessed."""
        return self.ring.digest(repr(said), "lead.request").hex()


def contact_keys() -> ContactKeys:
    """The keys. Raises ContactDoorClosed where there are none."""
    keys = _keys(settings().contact_keys)
    if keys is None:
        raise ContactDoorClosed
    return keys


def opened(lead_id: UUID, sealed: bytes) -> Contact | None:
    """Who a lead is; None where it cannot be opened, which is told to the log (without what it is about)."""
    text = _opened(lead_id, sealed, "lead.contact")
    return None if text is None else Contact.unpacked(text)


def opened_text(lead_id: UUID, sealed: bytes | None) -> str | None:
    """A sealed note or reference; None for none, and where it cannot be opened."""
    return None if sealed is None else _opened(lead_id, sealed, "lead.text")


def _opened(lead_id: UUID, sealed: bytes, purpose: str) -> str | None:
    try:
        return contact_keys().ring.open(sealed, f"{purpose} {lead_id}")
    except (ContactDoorClosed, CannotOpen) as error:
        logger.warning("lead %s stays sealed: %s", lead_id, error)
        return None


@lru_cache(maxsize=4)
def _keys(spelt: str) -> ContactKeys | None:
    try:
        ring = KeyRing.read(spelt)
    except KeyRingNotValid as error:
        logger.error("TRIBUTARY_CONTACT_KEYS cannot be used: %s", error)
        return None
    return None if ring is None else ContactKeys(ring)
