"""All rows of live delivery."""

from bench.data.world import World
from bench.measured import Plan, Row
from bench.rows.live_fanout import row_of_fanout
from bench.rows.live_latency import rows_of_latency
from bench.rows.live_memory import row_of_memory
from bench.stage import Database, Stage


def rows_of_live(stage: Stage, postgres: Database, world: World, plan: Plan, most_sockets: int) -> list[Row]:
    """All rows of live delivery; no process opens more than `most_sockets`."""
    return [
        row_of_memory(stage, world, plan, min(most_sockets, 40 if plan.quick else 2_000)),
        row_of_fanout(stage, world, plan, min(most_sockets, 96 if plan.quick else 10_000)),
        *rows_of_latency(stage, postgres, world, plan, min(most_sockets, 60 if plan.quick else 5_000)),
    ]
