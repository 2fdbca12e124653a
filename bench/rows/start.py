"""How long the API takes to its first answer, and what it holds while nobody asks."""

import time
from statistics import median

from bench.measured import Plan, Row
from bench.stage import Stage

MOST_ROUNDS = 3
SETTLE_S = 1.0
PROMISED_S = 2.0
PROMISED_MB = 150.0


def rows_of_start(stage: Stage, plan: Plan) -> list[Row]:
    """A new process for each figure; the comparator is what was promised."""
    seconds, megabytes, busy = [], [], []
    for _ in range(min(plan.rounds, MOST_ROUNDS)):
        with stage.api(fresh=True) as api:
            busy.append(api.cpu_s)
            time.sleep(0 if plan.quick else SETTLE_S)
            seconds.append(api.started_s)
            megabytes.append(api.memory_kb / 1024)
    note = f"{median(busy):.2f} s of processor time, which stands still when the machine is busy"
    promised = [PROMISED_S] * len(seconds)
    return [
        Row.of("start", seconds, promised, "s to the first answer (promise)", better="lower", note=note),
        Row.of("start.memory", megabytes, [PROMISED_MB] * len(megabytes), "MB idle (promise)", better="lower"),
    ]
