"""Memory of an idle subscriber, against a bare accepted socket on the same server."""

import time
from collections.abc import Sequence

from bench.data.world import World
from bench.measured import Plan, Row
from bench.rows.subscribers import PROTOCOL, subscribers
from bench.sockets import Client, crowd
from bench.stage import Running, Stage

SETTLE_S = 2.0
MOST_ROUNDS = 3


def row_of_memory(stage: Stage, world: World, plan: Plan, sockets: int) -> Row:
    """A new server for each figure."""
    bare = [Client("/", (), 0)] * sockets
    ours, theirs = [], []
    for _ in range(min(plan.rounds, MOST_ROUNDS)):
        with stage.api(fresh=True) as api:
            ours.append(_kilobytes_each(stage, api, subscribers(world, sockets), plan))
        with stage.limit("bench.limits.accepted:application", "accepted sockets") as accepted:
            theirs.append(_kilobytes_each(stage, accepted, bare, plan))
    return Row.of("live.memory", ours, theirs, "KB per idle socket", better="lower", note=f"{sockets} sockets")


def _kilobytes_each(stage: Stage, server: Running, clients: Sequence[Client], plan: Plan) -> float:
    """What the later three quarters add; the first warm the server up."""
    first = len(clients) // 4
    settle = 0.2 if plan.quick else SETTLE_S
    with crowd(stage.cores.load) as these, crowd(stage.cores.load) as those:
        these.open(server.port, clients[:first], PROTOCOL)
        time.sleep(settle)
        before = server.memory_kb
        those.open(server.port, clients[first:], PROTOCOL)
        time.sleep(settle)
        return max(server.memory_kb - before, 1.0) / (len(clients) - first)
