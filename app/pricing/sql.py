"""Fragments of SQL about prices, composed into the one statement of an upper domain.

They expect a common table expression `rel` of one row: relation_id, network_id, seller_id, level, region_path, moment.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import orjson
from asyncpg.pgproto.pgproto import UUID  # a uuid.UUID that is read and written in C: a page of offers has hundreds

from app.pricing.rules import AssignedList, Candidate, CandidateRow, Scope

LISTS_KEPT: Final = 512  # about 1 KB for each list in them

# The active lists assigned to the relation and valid now, each by its best scope. A CTE, to be put after `rel`.
ASSIGNED = """assigned AS MATERIALIZED (
    SELECT DISTINCT ON (pl.id) pl.id, pl.code, pl.name, pa.scope, pl.priority, pl.currency, pl.tax_included,
           pl.valid_from, pl.valid_to, pa.depth
    FROM rel CROSS JOIN LATERAL (
        SELECT one.price_list_id, one.scope, 0 AS place, 0 AS depth
        FROM price_assignment one WHERE one.relation_id = rel.relation_id
        UNION ALL
        SELECT many.price_list_id, many.scope, CASE many.scope WHEN 'level' THEN 1 WHEN 'region' THEN 2 ELSE 3 END,
               coalesce(length(pg.path), 0)
        FROM price_assignment many LEFT JOIN region pg ON pg.code = many.region_id
        WHERE many.relation_id IS NULL AND many.network_id = rel.network_id AND many.seller_id = rel.seller_id
          AND (many.scope = 'everybody' OR (many.scope = 'level' AND many.level = rel.level)
               OR (many.scope = 'region' AND starts_with(rel.region_path, pg.path)))
    ) pa JOIN price_list pl ON pl.id = pa.price_list_id
    WHERE pl.network_id = rel.network_id AND pl.seller_id = rel.seller_id AND pl.status = 'active'
      AND (pl.valid_from IS NULL OR pl.valid_from <= rel.moment) AND (pl.valid_to IS NULL OR pl.valid_to > rel.moment)
    ORDER BY pl.id, pa.place, pa.depth DESC
)"""

# All assigned lists, once per statement, as JSON; `read_lists` reads it. (The driver would have to ask the server about
# arrays of rows, three statements on each new connection.)
LISTS = """(SELECT json_agg(json_build_array(pl.id, pl.code, pl.name, pl.scope, pl.priority, pl.currency,
    pl.tax_included, pl.valid_from, pl.valid_to, pl.depth)) FROM assigned pl)"""

# The rows of one SKU in them that are valid now, of each unit and minimum the one that started last, as JSON.
# A scalar subquery: CANDIDATES.format(sku="l.sku_id"); `read_candidates` reads it.
CANDIDATES = """(SELECT json_agg(json_build_array(cr.price_list_id, cr.id, cr.unit, cr.min_quantity::text,
    cr.unit_price::text, cr.valid_from, cr.valid_to))
    FROM (SELECT DISTINCT ON (pr.price_list_id, pr.unit, pr.min_quantity) pr.*
          FROM price_row pr
          WHERE pr.sku_id = {sku} AND pr.price_list_id = ANY(ARRAY(SELECT pl.id FROM assigned pl))
            AND pr.valid_from <= (SELECT moment FROM rel)
            AND (pr.valid_to IS NULL OR pr.valid_to > (SELECT moment FROM rel))
          ORDER BY pr.price_list_id, pr.unit, pr.min_quantity, pr.valid_from DESC) cr)"""


@lru_cache(maxsize=LISTS_KEPT)
def read_lists(found: str | None) -> tuple[AssignedList, ...]:
    """The value of `LISTS`, remembered: it is the same for all SKUs, and for all buyers with the same lists."""
    return tuple(
        AssignedList(
            UUID(id_),
            code,
            name,
            Scope(scope),
            priority,
            currency,
            tax_included,
            _moment(valid_from),
            _moment(valid_to),
            depth,
        )
        for id_, code, name, scope, priority, currency, tax_included, valid_from, valid_to, depth in _read(found)
    )


def read_candidates(lists: Sequence[AssignedList], found: str | None) -> tuple[Candidate, ...]:
    """The value of `CANDIDATES` for one SKU, beside every assigned list: those without a row for it are named too."""
    rows: dict[str, list[CandidateRow]] = {}
    for list_id, id_, unit, minimum, price, valid_from, valid_to in _read(found):
        row = CandidateRow(
            UUID(id_),
            unit,
            Decimal(minimum),
            None if price is None else Decimal(price),
            datetime.fromisoformat(valid_from),
            _moment(valid_to),
        )
        rows.setdefault(list_id, []).append(row)
    return tuple(Candidate(one, tuple(rows.get(str(one.list_id), ()))) for one in lists)


def _read(found: str | None) -> list[Any]:
    return orjson.loads(found) if found else []


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
