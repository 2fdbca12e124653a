"""Facts of the network."""

from typing import ClassVar
from uuid import UUID

from app.kernel.outbox import Fact

NO_NETWORK = UUID(int=0)
"""The network of facts about a company as such, such as its members."""


class RelationChanged(Fact):
    """`what`: opened, terms_changed, suspended, resumed, ended, level_changed, ship_to_approved.
    Audience: both sides."""

    kind: ClassVar[str] = "relation"
    __slots__ = ()


class MembershipChanged(Fact):
    """`what`: joined, changed, suspended, resumed. Audience: the company. Open sockets of the member end with 4403."""

    kind: ClassVar[str] = "membership"
    __slots__ = ()
