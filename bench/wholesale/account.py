"""Settle: what stands in the mall, read back from it, against what stands in the file."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from bench.wholesale.client import Mall
from bench.wholesale.opening import Opened
from bench.wholesale.plan import Plan
from bench.wholesale.play import Played
from bench.wholesale.rows import pennies

LEAST_SHARE = Decimal("0.97")
PAGE = 100
SHOWN = 20

ORDERS = """
query ($first: Int, $after: String) { backoffice { __typename
    orders(first: $first, after: $after) {
        edges { node { id totals { gross { amount } cancelled { amount } } } }
        pageInfo { hasNextPage endCursor } } } }
"""


@dataclass(frozen=True, slots=True)
class InMall:
    """What the seller's own pages of orders come to."""

    orders: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """The end of a replay: `out` is what is written, `complaints` is why it is not good enough."""

    out: dict[str, Any]
    complaints: list[str]


async def read_back(mall: Mall, opened: Opened) -> InMall:
    """Every order of the seller, page by page: totals less what was cancelled."""
    count, value, after = 0, Decimal(0), None
    while True:
        page = (await mall.ask(opened.brand, ORDERS, first=PAGE, after=after))["orders"]
        for edge in page["edges"]:
            totals = edge["node"]["totals"]
            value += Decimal(totals["gross"]["amount"]) - Decimal(totals["cancelled"]["amount"])
            count += 1
        if not page["pageInfo"]["hasNextPage"]:
            return InMall(count, value)
        after = page["pageInfo"]["endCursor"]


def settle(made: Plan, played: Played, in_mall: InMall) -> Account:
    """Compare to the penny, and account for every row: applied, skipped for a reason of the list, or complained of."""
    skipped_rows = sum(one.rows for one in made.skipped.values())
    skipped_value = sum((one.value for one in made.skipped.values()), Decimal(0))
    # rows whose rest was skipped were applied in part; they count once, as skipped
    applied = len((played.applied - made.partly) - played.failed.keys())
    unaccounted = made.rows - applied - skipped_rows
    share = Decimal(applied) / made.priced if made.priced else Decimal(1)
    difference = made.value - in_mall.value - skipped_value
    complaints = [f"row {one.number} cannot be read: {one.why}" for one in made.unreadable]
    complaints += [f"row {number}: {why}" for number, why in sorted(played.failed.items())]
    if difference:
        complaints.append(f"the mall and the skipped rows differ from the file by {difference}")
    if unaccounted:
        complaints.append(f"{unaccounted} rows are not accounted for")
    if in_mall.orders != played.orders:
        complaints.append(f"the mall has {in_mall.orders} orders, {played.orders} were placed")
    if share < LEAST_SHARE:
        complaints.append(f"only {share:.2%} of the rows with a positive price were applied")
    out = {
        "rows": made.rows,
        "rows_applied": applied,
        "applied_share": round(float(share), 6),
        "orders": played.orders,
        "lines": played.lines,
        "cancelled_lines": len(played.cancelled_lines),
        "value_file": float(pennies(made.value)),
        "value_mall": float(pennies(in_mall.value)),
        "skipped": {
            reason.value: {"rows": one.rows, "value": float(pennies(one.value))} for reason, one in made.skipped.items()
        },
        "orders_per_s": round(played.orders / played.seconds, 2) if played.seconds else 0.0,
        "p50_ms": percentile(played.milliseconds, 50),
        "p99_ms": percentile(played.milliseconds, 99),
        "rows_unaccounted": unaccounted,
        "seconds": round(played.seconds, 2),
        "complaints": complaints[:SHOWN],
    }
    return Account(out, complaints)


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many percent of all are not above; 0 for none."""
    ordered = sorted(values)
    return round(ordered[max(ceil(len(ordered) * percent / 100) - 1, 0)], 2) if ordered else 0.0
