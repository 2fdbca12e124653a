"""Fragments of SQL about customers: figures `f` of a relation, and `n`, the network they belong to as of now.

Parameters of every statement: `$1` the seller, `$2` the moment.
"""

from typing import Final

from app.insight.rules import Lagging
from app.leads.sql import fared
from app.ordering.sql import open_orders


def _here(which: str) -> str:
    """Months begin where the network's days begin. The networks that a company has to do with are few."""
    return f"""here AS MATERIALIZED (
    SELECT n.id, n.time_zone, month_there($2, n.time_zone) AS month FROM network n WHERE {which}
)"""


HERE: Final = _here("EXISTS (SELECT FROM trade_relation r WHERE r.network_id = n.id AND r.seller_id = $1)")
HERE_AS_BRAND: Final = _here("n.brand_id = $1")

CUSTOMERS: Final = """
FROM customer_figures f
JOIN here n ON n.id = f.network_id
"""
RELATION_OF: Final = "JOIN trade_relation r ON r.id = f.relation_id\n"


def turnover(ago: int) -> str:
    """The turnover so many months before the running one, in minor units."""
    return f"coalesce(f.turnover_minor[{ago} + 1 + f.month - n.month], 0)"


def orders(ago: int) -> str:
    """How many orders were placed so many months before the running one."""
    return f"coalesce(f.orders[{ago} + 1 + f.month - n.month], 0)"


# What is past due at the moment
OVERDUE: Final = """CASE WHEN f.overdue_from <= $2 THEN (
        SELECT sum(unpaid.minor) FROM unnest(f.unpaid_due, f.unpaid_minor) AS unpaid(due, minor)
        WHERE unpaid.due <= $2)::bigint
    ELSE 0 END"""


def inside(region: str) -> str:
    """Predicate: the relation belongs to this region, or to one inside of it."""
    return f"""r.region_id IN (SELECT inner_region.code FROM region outer_region
        JOIN region inner_region ON starts_with(inner_region.path, outer_region.path)
        WHERE outer_region.code = {region})"""


def called(lower: str, upper: str) -> str:
    """An expression `called` of the relations whose buyer has this in its name, or the seller in its code for it; or
    whose buyer has it for its registration code."""
    return f"""called AS MATERIALIZED (
    SELECT r.id FROM trade_relation r JOIN company b ON b.id = r.buyer_id
    WHERE r.seller_id = $1 AND (strpos(lower(b.name), {lower}) > 0 OR strpos(lower(r.customer_code), {lower}) > 0
        OR b.registration_code = {upper})
)"""


def silent(days: str) -> str:
    """Predicate: neither an order nor the opening today or in the days before, so many in all."""
    return f"""f.silent_since < (date_trunc('day', $2::timestamptz AT TIME ZONE n.time_zone)
        - make_interval(days => {days}::int - 1)) AT TIME ZONE n.time_zone"""


def lagging(wanted: Lagging) -> str:
    """Predicate over figures and relation `r`: it lags by `Lagging.holds`. Written out month by month: an array is
    indexed far faster than it is unnested."""
    run = ", ".join(turnover(ago) for ago in range(1, wanted.months + 1))
    base = " + ".join(turnover(wanted.months + ago) for ago in range(1, wanted.base_months + 1))
    known = f"n.month - month_there(r.created_at, n.time_zone) - {wanted.months}"
    return f"""({base} > 0 AND greatest({run}) * least({wanted.base_months}, {known}) * 10000::numeric
        < {wanted.below_bp} * ({base}))"""


COUNTED: Final = f"""
    n.month, {orders(0)} AS this_orders, {orders(1)} AS last_orders, f.silent_since,
    o.id AS last_id, o.number AS last_number, o.placed_at AS last_at"""

FIGURES: Final = f"""{COUNTED}, {turnover(0)} AS this_minor, {turnover(1)} AS last_minor,
    f.month AS newest_month, f.orders, f.turnover_minor, open_orders.*"""

# Beside the page `l` and its relations `c`
FIGURES_OF: Final = f"""
JOIN customer_figures f ON f.relation_id = c.id
JOIN here n ON n.id = c.network_id
LEFT JOIN sales_order o ON o.id = f.last_order_id
CROSS JOIN LATERAL ({open_orders("c.id", "$2")}) open_orders"""

# Only a brand hands out leads
LEADS: Final = f"CROSS JOIN LATERAL ({fared('c.network_id', 'c.buyer_id', '$2')}) leads"
