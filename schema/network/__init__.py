"""The network on the wire: who I am, who trades with whom, members, sessions, places.

types.py      networks, companies, relations, regions, ship-to addresses, territories
refusals.py   the network's refusals
sessions.py   log-ins, invitations accepted
members.py    members and invitations
relations.py  networks and relations, opened and changed
places.py     regions, addresses and territories, saved
viewer.py     Query fields, and those of Backoffice
"""

import strawberry

from app.kernel.refusal import Refusal
from schema import refusals as common
from schema.network.members import MemberMutations
from schema.network.places import PlaceMutations
from schema.network.refusals import REFUSALS as OWN
from schema.network.relations import RelationMutations
from schema.network.sessions import SessionMutations
from schema.network.viewer import BackofficeNetwork, NetworkQueries

REFUSALS: dict[type[Refusal], type] = {**common.REFUSALS, **OWN}


@strawberry.type
class Queries(NetworkQueries):
    """Root fields of the network."""


@strawberry.type
class Mutations(SessionMutations, MemberMutations, RelationMutations, PlaceMutations):
    """Mutations of the network."""


__all__ = ["REFUSALS", "BackofficeNetwork", "Mutations", "Queries"]
