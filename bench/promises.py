"""What each row is to show: the ratio that is promised, ours divided by the comparator's.

A row that is not named promises nothing; it is there to say where the others come from.
"""

from bench.measured import Row

PROMISES = {
    "catalog": 0.70,
    "detail": 0.60,
    "search.zh": 0.70,
    "search.en": 0.70,
    "history": 0.60,
    "execution": 8.0,
    "order.round_trips": 1.0,
    "live.memory": 1.3,
    "live.fanout": 0.5,
    "live.latency_p99": 1.0,
    "leads.latency_p99": 1.0,
    "start": 1.0,
    "start.memory": 1.0,
}


def kept(row: Row) -> bool | None:
    """Whether the row shows what was promised; None where nothing was."""
    promise = PROMISES.get(row.name)
    if promise is None:
        return None
    return row.ratio_median >= promise if row.better == "higher" else row.ratio_median <= promise
