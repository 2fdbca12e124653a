"""What communication tells."""

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.outbox import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxChanged(Fact):
    """A member's inbox has something new, or something in it was read; `what` is told or read.

    The subject is the newest notification it is about. Heard by that member alone: the audience is the membership, no
    company, so nobody else is woken and nobody else can read it.
    """

    kind: ClassVar[str] = "notification"
