"""Who subscribes to what: two members of each dealer, four documents."""

import json
import time
from collections.abc import Callable

from bench.data.world import Member, World
from bench.measured import CannotMeasure
from bench.pages import document
from bench.sockets import Client, Crowd
from bench.trusted import by_hash

PROTOCOL = "graphql-transport-ws"
DOCUMENTS = ("live_short", "live_list", "live_detail", "live_everything")
ROLES = 2
PATIENCE_S = 180.0


class NotAllHeard(CannotMeasure):
    """Some sockets did not get their message in time."""


def subscribers(world: World, sockets: int, companies: int | None = None) -> list[Client]:
    """So many sockets, spread evenly over companies, roles and documents. A group hears the same texts."""
    companies = companies or len(world.buyers)
    members = [one for pair in zip(world.buyers[:companies], world.approvers[:companies], strict=True) for one in pair]
    kinds = len(members) * len(DOCUMENTS)
    return [
        subscriber(members[number % kinds % len(members)], DOCUMENTS[number % kinds // len(members)], number % kinds)
        for number in range(sockets)
    ]


def subscriber(member: Member, name: str, group: int) -> Client:
    """One socket with one subscription."""
    init = {"type": "connection_init", "payload": {"authorization": f"Bearer {member.token}"}}
    subscribe = {"id": "1", "type": "subscribe", "payload": {"extensions": by_hash(document(name)), "variables": {}}}
    return Client("/graphql", (json.dumps(init), json.dumps(subscribe)), group)


def heard_by_all(people: Crowd, sockets: int, happen: Callable[[], float]) -> float:
    """Seconds from the moment that `happen` returns (of the wall clock) to the last socket's message."""
    people.expect(sockets)
    began = happen()
    told = people.arrived(PATIENCE_S)
    if told["received"] != sockets:
        raise NotAllHeard(
            f"{told['received']} of {sockets} sockets heard of it in {time.time() - began:.0f} s; "
            f"{told['lost']} were lost, the last: {told['why']}"
        )
    return float(told["last"]) - began
