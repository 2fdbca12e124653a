"""Prices of a list, set: at most 1,000 rows in constant round trips."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from app.catalog.refusals import ItemProblem, NamedTwice, UnitUnknown, UnknownCode, ValueNotAllowed
from app.catalog.rules import Problem, break_problem
from app.catalog.sql import within_reach
from app.catalog.standing import refuse_if_any, require_size
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.money import UNIT_PRICE_DECIMALS
from app.kernel.quantity import EXPECTED, parse_quantity
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said, later_than
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.pricing.inputs import PriceInput, PricesSaved
from app.pricing.standing import lock_list, raise_version

MOST_PRICES: Final = 1_000
MOST_PRICE: Final = Decimal(10) ** 12
"""Below what a unit price may be, so that the price of a converted unit has room."""

_SKUS = f"""
SELECT s.id, s.code, s.base_unit, l.unit AS listed_unit, l.multiple,
       ARRAY(SELECT u.unit::text FROM sku_unit u WHERE u.sku_id = s.id ORDER BY u.factor) AS units
FROM sku s LEFT JOIN listing l ON l.network_id = s.network_id AND l.seller_id = $2 AND l.sku_id = s.id
WHERE s.network_id = $1 AND s.code = ANY($3::text[]) AND {within_reach("s", "$2")}
"""
# A row without a date is new only where the price that holds now is another one.
_SET = """
INSERT INTO price_row (id, price_list_id, sku_id, unit, min_quantity, unit_price, valid_from, valid_to)
SELECT a.id, $1, a.sku_id, a.unit, a.min_quantity, a.unit_price, coalesce(a.valid_from, $2), a.valid_to
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::numeric[], $7::numeric[], $8::timestamptz[], $9::timestamptz[])
    AS a(id, sku_id, unit, min_quantity, unit_price, valid_from, valid_to)
WHERE a.valid_from IS NOT NULL OR NOT EXISTS (
    SELECT FROM (SELECT r.unit_price, r.valid_to FROM price_row r
                 WHERE r.price_list_id = $1 AND r.sku_id = a.sku_id AND r.unit = a.unit
                   AND r.min_quantity = a.min_quantity AND r.valid_from <= $2
                   AND (r.valid_to IS NULL OR r.valid_to > $2)
                 ORDER BY r.valid_from DESC LIMIT 1) holds
    WHERE (holds.unit_price, holds.valid_to) IS NOT DISTINCT FROM (a.unit_price, a.valid_to))
ORDER BY a.sku_id, a.unit, a.min_quantity
ON CONFLICT (price_list_id, sku_id, unit, min_quantity, valid_from) DO UPDATE
    SET unit_price = excluded.unit_price, valid_to = excluded.valid_to
WHERE (price_row.unit_price, price_row.valid_to) IS DISTINCT FROM (excluded.unit_price, excluded.valid_to)
RETURNING xmax = 0 AS is_new
"""


@act
async def set_prices(
    work: Work, viewer: Viewer, *, price_list_id: UUID, items: Sequence[PriceInput], client_key: str
) -> PricesSaved:
    """Save the rows by (SKU, unit, minimum, start): all of them or none. Others stay; the same again changes nothing.

    Raises ItemsRefused with every problem, MoveNotAllowed for an ended list, NotFound for another company's list,
    Forbidden outside a channel manager's scope, BadRequest for no or too many rows.
    """
    viewer.require(Permission.PRICE_MANAGE)
    said = {"list": price_list_id, "items": list(items)}
    if await viewer.same_request(work, "setPrices", client_key, said, price_list_id):
        return PricesSaved(price_list_id, 0, 0, len(items))
    locked = await lock_list(work, viewer, price_list_id, "set_prices")
    require_size(items, MOST_PRICES)
    found = await work.rows(_SKUS, locked["network_id"], viewer.company_id, sorted({one.sku for one in items}))
    skus = {row["code"]: row for row in found}
    refuse_if_any(_problems(items, skus, work.now), len(items))
    written = await work.rows(
        _SET,
        price_list_id,
        work.now,
        [uuid7() for _ in items],
        [skus[one.sku]["id"] for one in items],
        [one.unit or skus[one.sku]["base_unit"] for one in items],
        [one.min_quantity for one in items],
        [one.unit_price for one in items],
        [one.valid_from for one in items],
        [one.valid_to for one in items],
    )
    if written:
        await raise_version(work, viewer, locked, "set_prices", "prices_set")
    created = sum(row["is_new"] for row in written)
    return PricesSaved(price_list_id, created, len(written) - created, len(items) - len(written))


def _problems(items: Sequence[PriceInput], skus: dict[str, asyncpg.Record], now: datetime) -> list[ItemProblem]:
    problems: list[ItemProblem] = []
    seen: set[tuple[object, ...]] = set()
    for position, one in enumerate(items):
        problems += [ItemProblem(position, field, why) for field, why in _own_problems(one, now)]
        sku = skus.get(one.sku)
        if sku is None:
            problems.append(ItemProblem(position, "sku", UnknownCode(what="SKU", unknown=one.sku)))
            continue
        unit = one.unit or sku["base_unit"]
        if unit not in sku["units"] and unit != sku["base_unit"]:
            problems.append(ItemProblem(position, "unit", UnitUnknown(unit=unit, known=list(sku["units"]))))
        key = (one.sku, unit, one.min_quantity, one.valid_from)
        if key in seen:
            problems.append(ItemProblem(position, "sku", NamedTwice(named=f"{one.sku}, {unit}, {one.min_quantity}")))
        seen.add(key)
        multiple = sku["multiple"] if unit == sku["listed_unit"] else None
        if _is_quantity(one.min_quantity) and (why := break_problem(one.min_quantity, multiple)) is not None:
            problems.append(ItemProblem(position, "minQuantity", why))
    return problems


def _own_problems(one: PriceInput, now: datetime) -> Iterator[Problem]:
    """What is wrong with a row as it stands."""
    if not _is_quantity(one.min_quantity):
        yield "minQuantity", ValueNotAllowed(value=one.min_quantity, expected=EXPECTED)
    if (one.unit_price is None) != one.on_request:
        yield (
            "unitPrice",
            ValueNotAllowed(
                value=one.unit_price,
                expected=Said("a price, or none and onRequest", "价格，或不填价格并设置 onRequest"),
            ),
        )
    elif one.unit_price is not None and not _is_price(one.unit_price):
        expected = Said(
            f"a price from 0 to below {MOST_PRICE} with at most {UNIT_PRICE_DECIMALS} decimals",
            f" 0 到 {MOST_PRICE}（不含）之间、最多 {UNIT_PRICE_DECIMALS} 位小数的价格",
        )
        yield "unitPrice", ValueNotAllowed(value=one.unit_price, expected=expected)
    start = one.valid_from or now
    if one.valid_to is not None and one.valid_to <= start:
        yield "validTo", ValueNotAllowed(value=one.valid_to, expected=later_than(start.isoformat()))


def _is_quantity(quantity: Decimal) -> bool:
    try:
        parse_quantity(quantity)
    except BadRequest:
        return False
    return True


def _is_price(price: Decimal) -> bool:
    if not price.is_finite() or not 0 <= price < MOST_PRICE:
        return False
    _, bottom = price.as_integer_ratio()
    return 10**UNIT_PRICE_DECIMALS % bottom == 0
