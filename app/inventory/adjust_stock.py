"""What lies in the seller's warehouses, counted or received: at most 1,000 places in constant round trips."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app.catalog.inputs import Saved
from app.catalog.refusals import ItemProblem, UnknownCode, ValueNotAllowed
from app.catalog.rules import named_twice
from app.catalog.sql import within_reach
from app.catalog.standing import refuse_if_any, require_member, require_size
from app.inventory.events import StockAdjusted
from app.inventory.inputs import StockInput
from app.inventory.lock import lock_places
from app.inventory.rules import Adjustment, StockCount, adjusted
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.quantity import EXPECTED, parse_quantity
from app.kernel.refusal import BadRequest, Refusal
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_PLACES: Final = 1000

_CODES = f"""
SELECT 'warehouse' AS what, w.code, w.id, true AS stocked FROM warehouse w
WHERE w.network_id = $1 AND w.company_id = $2 AND w.code = ANY($3::text[])
UNION ALL
SELECT 'sku', s.code, s.id, s.stocked FROM sku s
WHERE s.network_id = $1 AND s.code = ANY($4::text[]) AND {within_reach("s", "$2")}
"""
_OPEN_PLACES = """
INSERT INTO stock_level (id, network_id, warehouse_id, sku_id, on_hand, reserved, allocated, held)
SELECT p.id, $1, p.warehouse_id, p.sku_id, 0, 0, 0, 0
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS p(id, warehouse_id, sku_id)
WHERE NOT EXISTS (SELECT 1 FROM stock_level s WHERE s.warehouse_id = p.warehouse_id AND s.sku_id = p.sku_id)
ORDER BY p.sku_id, p.warehouse_id
ON CONFLICT (sku_id, warehouse_id) DO NOTHING
"""
_WRITE = """
WITH counted AS (
    SELECT * FROM unnest($1::uuid[], $2::numeric[], $3::numeric[], $4::numeric[], $5::text[], $6::uuid[])
        AS c(id, on_hand, held, moved, reason, move_id)
), written AS (
    UPDATE stock_level s SET on_hand = c.on_hand, held = c.held FROM counted c WHERE s.id = c.id
    RETURNING s.network_id, s.warehouse_id, s.sku_id, c.moved, c.reason, c.move_id
)
INSERT INTO stock_move (id, network_id, warehouse_id, sku_id, quantity, reason, document_id, seq, at)
SELECT w.move_id, w.network_id, w.warehouse_id, w.sku_id, w.moved, w.reason, $7, 0, $8
FROM written w WHERE w.moved <> 0
"""

Change = tuple[StockInput, asyncpg.Record, Adjustment]


@act
async def adjust_stock(
    work: Work, viewer: Viewer, *, network_id: UUID, items: Sequence[StockInput], client_key: str
) -> Saved:
    """Set or change what is on hand, place by place: all of them or none. Every change leaves a stock move.

    Returns "warehouse/SKU" by what happened; counting the same again changes nothing. Raises ItemsRefused with every
    problem: unknown codes, services, a count below what is promised or held. The whole of it has one document id.
    """
    viewer.require(Permission.STOCK_MANAGE)
    said = {"network": network_id, "items": list(items)}
    document_id = uuid7()
    names = [f"{one.warehouse}/{one.sku}" for one in items]
    if earlier := await viewer.same_request(work, "adjustStock", client_key, said, document_id):
        return Saved(earlier, unchanged=tuple(names))
    await require_member(work, viewer, network_id)
    require_size(items, MOST_PLACES)
    warehouses, skus = await _read_codes(work, viewer, network_id, items)
    problems = [ItemProblem(n, "sku", again) for n, again in named_twice(names)]
    for position, one in enumerate(items):
        problems += [ItemProblem(position, name, why) for name, why in _problems(one, warehouses, skus)]
    refuse_if_any(problems, len(items))
    places = [(warehouses[one.warehouse]["id"], skus[one.sku]["id"]) for one in items]
    await work.run(_OPEN_PLACES, network_id, [uuid7() for _ in places], *map(list, zip(*places, strict=True)))
    levels = {(row["warehouse_id"], row["sku_id"]): row for row in await lock_places(work, places)}
    changes: list[Change] = []
    for position, (one, place) in enumerate(zip(items, places, strict=True)):
        level = levels[place]
        outcome = adjusted(StockCount(level["on_hand"], level["promised"], level["held"]), one)
        if isinstance(outcome, Refusal):
            problems.append(ItemProblem(position, "onHand" if one.delta is None else "delta", outcome))
        elif outcome.moved or outcome.held != level["held"]:
            changes.append((one, level, outcome))
    refuse_if_any(problems, len(items))
    await _write(work, viewer, network_id, document_id, changes)
    changed = {f"{one.warehouse}/{one.sku}" for one, _, _ in changes}
    return Saved(
        document_id,
        changed=tuple(name for name in names if name in changed),
        unchanged=tuple(name for name in names if name not in changed),
    )


async def _read_codes(
    work: Work, viewer: Viewer, network_id: UUID, items: Sequence[StockInput]
) -> tuple[dict[str, asyncpg.Record], dict[str, asyncpg.Record]]:
    found = await work.rows(
        _CODES,
        network_id,
        viewer.company_id,
        list({one.warehouse for one in items}),
        list({one.sku for one in items}),
    )
    warehouses = {row["code"]: row for row in found if row["what"] == "warehouse"}
    return warehouses, {row["code"]: row for row in found if row["what"] == "sku"}


def _problems(
    one: StockInput, warehouses: Mapping[str, asyncpg.Record], skus: Mapping[str, asyncpg.Record]
) -> list[tuple[str, Refusal]]:
    wrong: list[tuple[str, Refusal]] = []
    if one.warehouse not in warehouses:
        wrong.append(("warehouse", UnknownCode(what="warehouse", unknown=one.warehouse)))
    if one.sku not in skus:
        wrong.append(("sku", UnknownCode(what="SKU", unknown=one.sku)))
    elif not skus[one.sku]["stocked"]:
        wrong.append(
            (
                "sku",
                ValueNotAllowed(
                    value=one.sku,
                    expected=Said("a SKU with stock; this one is a service", "有库存的 SKU（该 SKU 为服务）"),
                ),
            )
        )
    if one.on_hand is not None and one.delta is not None:
        wrong.append(
            (
                "delta",
                ValueNotAllowed(
                    value=one.delta, expected=Said("left out where onHand is given", "空（已填写 onHand 时不填）")
                ),
            )
        )
    if one.on_hand is None and one.delta is None and one.held is None:
        wrong.append(
            ("onHand", ValueNotAllowed(value="", expected=Said("onHand, delta or held", " onHand、delta 或 held 之一")))
        )
    amounts = (("onHand", one.on_hand), ("delta", one.delta and abs(one.delta)), ("held", one.held))
    for name, amount in amounts:
        try:
            parse_quantity(amount or 0)
        except BadRequest:
            wrong.append((name, ValueNotAllowed(value=amount, expected=EXPECTED)))
    return wrong


async def _write(work: Work, viewer: Viewer, network_id: UUID, document_id: UUID, changes: Sequence[Change]) -> None:
    if not changes:
        return
    await work.run(
        _WRITE,
        [level["id"] for _, level, _ in changes],
        [outcome.on_hand for _, _, outcome in changes],
        [outcome.held for _, _, outcome in changes],
        [outcome.moved for _, _, outcome in changes],
        [one.reason.value for one, _, _ in changes],
        [uuid7() for _ in changes],
        document_id,
        work.now,
    )
    for one, level, outcome in changes:
        work.tell(
            StockAdjusted(
                network_id=network_id,
                subject_id=level["id"],
                version=0,
                what=one.reason.value if outcome.moved else "held",
                audience=(viewer.company_id,),
                payload={"warehouseId": str(level["warehouse_id"]), "skuId": str(level["sku_id"])},
            )
        )
