"""One thing that must always hold, as a statement that finds what breaks it."""

from dataclasses import dataclass
from typing import Final

MOST_MOVED = 5_000
"""Of so many of the newest facts the orders are looked at in a round of the clock."""

_MOVED = f"""moved AS MATERIALIZED (
    SELECT DISTINCT subject_id AS id FROM event
    WHERE kind = 'order' AND delivery_no > (SELECT last_no - {MOST_MOVED} FROM publisher WHERE id = 1))"""


def _only(**conditions: str) -> str:
    """Each of these tables, by its own name, with no other rows than those."""
    hidden = (f"{table} AS (SELECT * FROM {table} WHERE {condition})" for table, condition in conditions.items())
    return f"WITH {', '.join([_MOVED, *hidden])} "


_OF_ORDER = "order_id IN (SELECT id FROM moved)"
_OF_LINE = "order_line_id IN (SELECT id FROM sales_order_line)"
_OF_RELATION = "relation_id IN (SELECT o.relation_id FROM sales_order o JOIN moved m ON m.id = o.id)"

OF_ORDERS: Final = _only(
    sales_order="id IN (SELECT id FROM moved)",
    sales_order_line=_OF_ORDER,
    sales_order_event=_OF_ORDER,
    cancellation_request=_OF_ORDER,
    shipment=_OF_ORDER,
    reservation=_OF_ORDER,
    ledger_hold=_OF_ORDER,
    sales_order_line_discount=_OF_LINE,
    cancellation=_OF_LINE,
    shipment_line=_OF_LINE,
)
"""In front of a check of single orders: the mall as if there were no others than those that moved lately."""

OF_RELATIONS: Final = _only(
    ledger_account=_OF_RELATION,
    sales_order=_OF_RELATION,
    order_tally=_OF_RELATION,
    order_tally_move=_OF_RELATION,
    ledger_transfer=_OF_RELATION,
    ledger_entry="account_id IN (SELECT id FROM ledger_account)",
    ledger_hold="account_id IN (SELECT id FROM ledger_account)",
)
"""In front of a check of accounts or tallies: the same of the relations whose orders moved lately."""


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant. `sql` returns (subject, found, expected) for each breach.

    `lately` may stand in front of it where what it says of a row depends on that row's order or relation only: a round
    of the clock then costs the same however long the mall has been open.
    """

    name: str
    says: str
    sql: str
    lately: str = ""


def half_up(top: str, bottom: str) -> str:
    """SQL for top / bottom rounded half up, exact at any size; neither is negative. A plain division of numerics keeps
    sixteen digits, and rounds what it had rounded already."""
    return f"div(2 * ({top})::numeric + ({bottom}), 2 * ({bottom}))"
