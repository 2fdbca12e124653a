"""Executing the fields of a catalog page: compiled against graphql-core as it comes, without SQL."""

import json
import subprocess
import sys

from bench.cores import on
from bench.measured import Plan, Row
from bench.stage import DidNotStart, Stage

PATIENCE_S = 120.0


def rows_of_execution(stage: Stage, plan: Plan) -> list[Row]:
    """Executions a second on the API's core, in a process of their own."""
    seconds = min(plan.seconds, 1.0) / (4 if plan.quick else 1)
    with on(stage.cores.api):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "bench.limits.plain"],
            input=json.dumps({"rounds": plan.rounds, "seconds": seconds}),
            capture_output=True,
            text=True,
            env=stage.environment,
            timeout=PATIENCE_S + 8 * plan.rounds * plan.seconds,
            check=False,
        )
    if done.returncode != 0:
        raise DidNotStart(done.stderr[-2000:])
    return [
        Row.of(name, ours, plain, "executions/s", note=_note(ours, plain))
        for name, (ours, plain) in json.loads(done.stdout).items()
    ]


def _note(ours: list[float], plain: list[float]) -> str:
    return f"ours {1000 / max(ours):.3f} ms, plain {1000 / max(plain):.3f} ms at best"
