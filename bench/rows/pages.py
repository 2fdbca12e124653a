"""Reading pages over HTTP: the mall against the bare handlers, with the same statements and the same session check."""

import json
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench import load
from bench.data.world import World
from bench.load import Answered, Load, Prepared
from bench.measured import Plan, Row, alternately
from bench.pages import MeasuredPage, page
from bench.stage import Database, Running, Stage
from bench.trusted import by_hash

CLIENTS = 16
COLD = "catalog.cold"
EXPECTED = {
    "catalog": '"edges":[{',
    "detail": '"offer":{"id"',
    "search": '"offers":{"edges":[{',
    "history": '"lines":[{',
}


@contextmanager
def servers(stage: Stage, *, cold: bool = False) -> Iterator[tuple[Running, Running]]:
    """The API and the bare handlers; the one that is not asked is idle. `cold`: the API remembers no offer."""
    with (
        stage.forgetful_api() if cold else stage.api() as api,
        stage.limit("bench.limits.bare:application", "bare handlers") as bare,
    ):
        yield api, bare


def rows_of_page(
    name: str, stage: Stage, database: Database, world: World, plan: Plan, both: tuple[Running, Running]
) -> list[Row]:
    """Answers a second, and answers per second of the API's processor time."""
    api, limit = both
    asked = page("catalog" if name == COLD else name, world)

    def measure(server: Running, order: Load) -> tuple[Answered, float, float]:
        before, database_before = server.cpu_s, database.cpu_s
        answered = load.run(order, stage.cores.load)
        return answered, (server.cpu_s - before) / answered.sent, (database.cpu_s - database_before) / answered.sent

    ours, theirs = alternately(
        plan.rounds,
        lambda: measure(api, _load(asked, plan, api.port, "/graphql", graphql(asked))),
        lambda: measure(limit, _load(asked, plan, limit.port, f"/{asked.name}", bare(asked))),
    )
    note = f"ours {_note(ours)}; bare {_note(theirs)}"
    rate = Row.of(
        name, [one.per_second for one, _, _ in ours], [one.per_second for one, _, _ in theirs], "answers/s", note=note
    )
    per_cpu = Row.of(
        f"{name}.per_cpu_second",
        [1 / max(cpu, 1e-6) for _, cpu, _ in ours],
        [1 / max(cpu, 1e-6) for _, cpu, _ in theirs],
        "answers per API CPU s",
    )
    return [rate, per_cpu]


def graphql(asked: MeasuredPage) -> list[Prepared]:
    """The requests as a GraphQL client sends them: the document by its hash."""
    extensions = by_hash(asked.document)
    return [
        Prepared(one.member.token, json.dumps({"extensions": extensions, "variables": one.variables}))
        for one in asked.requests
    ]


def bare(asked: MeasuredPage) -> list[Prepared]:
    """The same for the bare handlers: the variables are all that they are told."""
    return [Prepared(one.member.token, json.dumps(one.variables)) for one in asked.requests]


def _load(asked: MeasuredPage, plan: Plan, port: int, path: str, requests: Sequence[Prepared]) -> Load:
    expected = EXPECTED[asked.name.split(".")[0]]
    return Load(port, path, requests, expected, CLIENTS, plan.warm_s, plan.seconds)


def _note(seen: Sequence[tuple[Answered, float, float]]) -> str:
    """What one answer costs in processor time, and how long it takes among sixteen."""
    api = statistics.median(cpu for _, cpu, _ in seen) * 1000
    database = statistics.median(cpu for _, _, cpu in seen) * 1000
    p50 = statistics.median(one[0].p50_ms for one in seen)
    p99 = statistics.median(one[0].p99_ms for one in seen)
    return f"{api:.2f} ms API + {database:.2f} ms PostgreSQL, p50 {p50:.0f} ms, p99 {p99:.0f} ms"
