"""What may follow what: trade relations and members."""

from enum import StrEnum

from app.kernel.lifecycle import Lifecycle, Move


class RelationStatus(StrEnum):
    """SUSPENDED and ENDED take no new orders; what is open may still be paid, signed and returned."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


_S = RelationStatus

RELATION: Lifecycle[RelationStatus] = Lifecycle(
    "relation",
    initial=_S.ACTIVE,
    moves={
        "suspend": Move(from_=_S.ACTIVE, to=_S.SUSPENDED),
        "resume": Move(from_=_S.SUSPENDED, to=_S.ACTIVE),
        "end": Move(from_=(_S.ACTIVE, _S.SUSPENDED), to=_S.ENDED),
        "reopen": Move(from_=_S.ENDED, to=_S.ACTIVE),
    },
    states=RelationStatus,
)


class MemberStatus(StrEnum):
    """A suspended member can do nothing for the company, from the next request on."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


MEMBER: Lifecycle[MemberStatus] = Lifecycle(
    "member",
    initial=MemberStatus.ACTIVE,
    moves={
        "suspend": Move(from_=MemberStatus.ACTIVE, to=MemberStatus.SUSPENDED),
        "resume": Move(from_=MemberStatus.SUSPENDED, to=MemberStatus.ACTIVE),
    },
    states=MemberStatus,
)
