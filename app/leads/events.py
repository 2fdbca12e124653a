"""What leads tell."""

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.outbox import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChanged(Fact):
    """A lead came or moved. `what`: offered, accepted, rejected, recalled, due_soon, pooled, followed, stagnant, won,
    lost, duplicate, repeated, discarded.

    Audience: the brand, and the dealer that this change concerns. The payload holds `brandId`; `regionCode` where one
    is known; `dealerId` where a dealer is concerned; `by` where a member did it; `assignmentId`, `deadlineAt` and
    `warnAt` of an offer; `percent` of due_soon; `outcome` of recalled (lapsed, withdrawn, taken_back); `reason` of
    pooled. Nothing about the person.
    """

    kind: ClassVar[str] = "lead"
