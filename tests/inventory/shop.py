"""A shop for tests of stock: a brand with SKUs in three warehouses, and orders to promise them to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.inventory.adjust_stock import adjust_stock
from app.inventory.inputs import StockInput
from app.inventory.lock import lock_stock
from app.inventory.reserve import reserve
from app.inventory.rules import Split, split, spread
from app.inventory.save_warehouse import WarehouseInput, save_warehouse
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from tests.catalog.goods import save_goods
from tests.worlds import Party, World, new_key, open_world

WAREHOUSES = ("W1", "W2", "W3")

STOCK_ALONE = pytest.mark.unaudited(
    "line_is_promised_what_is_open",
    "line_knows_its_allocation",
    "promise_stands_as_its_order",
    "timeline_reaches_version",
)
"""Steps of stock are called without the acts of ordering, which write lines and timelines: the rest is audited."""

_ORDER = """
INSERT INTO sales_order (id, network_id, number, relation_id, seller_id, buyer_id, placed_by, currency, tax_mode,
                         funding, goods_gross_minor, net_minor, tax_minor, gross_minor, placed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'CNY', 'included', 'credit', 0, 0, 0, 0, $8)
"""
_LINES = """
INSERT INTO sales_order_line (id, order_id, seller_id, position, sku_id, sku_code, name_zh, name_en, unit, factor,
                              unit_price, tax_class, tax_rate_bp, gross_minor, net_minor, tax_minor, ordered)
SELECT l.id, o.id, o.seller_id, l.n, l.sku_id, 'S', '', '', '桶', 1, 0, 'standard', 1300, 0, 0, 0, l.quantity
FROM unnest($2::uuid[], $3::uuid[], $4::numeric[]) WITH ORDINALITY AS l(id, sku_id, quantity, n), sales_order o
WHERE o.id = $1
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """A brand, its dealer, its SKUs and its warehouses."""

    world: World
    dealer: Party
    skus: Mapping[str, UUID]

    @property
    def brand(self) -> Party:
        return self.world.brand

    async def stock(self, **on_hand: Mapping[str, int]) -> None:
        """Count stock: `await shop.stock(W1={"A": 5})`."""
        items = [
            StockInput(warehouse, sku, on_hand=Decimal(n))
            for warehouse, one in on_hand.items()
            for sku, n in one.items()
        ]
        await adjust_stock(self.brand.viewer, network_id=self.world.network_id, items=items, client_key=new_key())

    async def levels(self) -> dict[str, tuple[int, int, int]]:
        """(on hand, reserved, allocated) by "warehouse/SKU", of what was ever counted."""
        rows = await database.rows(
            "SELECT w.code AS warehouse, k.code AS sku, s.on_hand, s.reserved, s.allocated FROM stock_level s"
            " JOIN warehouse w ON w.id = s.warehouse_id JOIN sku k ON k.id = s.sku_id"
            " WHERE s.network_id = $1 ORDER BY 1, 2",
            self.world.network_id,
        )
        return {
            f"{row['warehouse']}/{row['sku']}": (int(row["on_hand"]), int(row["reserved"]), int(row["allocated"]))
            for row in rows
        }

    async def promised(self, order_id: UUID) -> list[tuple[UUID, Decimal, str]]:
        """(line, quantity, stage) of what is still promised to an order, oldest first."""
        rows = await database.rows(
            "SELECT order_line_id, quantity, stage FROM reservation WHERE order_id = $1 AND quantity > 0 ORDER BY id",
            order_id,
        )
        return [(row["order_line_id"], row["quantity"], row["stage"]) for row in rows]

    async def order(
        self, *lines: tuple[str, int], minutes: int | None = None, region: str | None = None
    ) -> tuple[UUID, list[UUID], Split]:
        """Place an order as ordering does: write it, lock, split, reserve. Nothing is written when it is short."""
        order_id = uuid7()
        line_ids = [uuid7() for _ in lines]
        answer = await place(self, order_id, line_ids, lines, minutes, region)
        return order_id, line_ids, answer


class Short(Exception):
    """Some of it is not there."""

    def __init__(self, answer: Split) -> None:
        super().__init__("short")
        self.answer = answer


@act
async def _place(
    work: Work,
    shop: Shop,
    order_id: UUID,
    line_ids: Sequence[UUID],
    lines: Sequence[tuple[str, int]],
    minutes: int | None,
    region: str | None,
) -> Split:
    network_id = shop.world.network_id
    asked = [
        (line_id, shop.skus[sku], Decimal(quantity)) for line_id, (sku, quantity) in zip(line_ids, lines, strict=True)
    ]
    wanted: dict[UUID, Decimal] = {}
    for _, sku_id, quantity in asked:
        wanted[sku_id] = wanted.get(sku_id, Decimal(0)) + quantity
    await work.run(
        _ORDER,
        order_id,
        network_id,
        str(order_id),
        shop.world.relation(shop.brand, shop.dealer),
        shop.brand.company_id,
        shop.dealer.company_id,
        shop.dealer.viewer.membership_id,
        work.now,
    )
    await work.run(
        _LINES, order_id, list(line_ids), [sku_id for _, sku_id, _ in asked], [quantity for *_, quantity in asked]
    )
    rows = await lock_stock(work, network_id=network_id, seller_id=shop.brand.company_id, sku_ids=list(wanted))
    answer = split(rows, wanted, region)
    if answer.shortages:
        raise Short(answer)
    expires_at: datetime | None = work.now + timedelta(minutes=minutes) if minutes else None
    picks = spread(answer.picks, asked)
    await work.write(reserve(network_id=network_id, order_id=order_id, picks=picks, expires_at=expires_at))
    return answer


async def place(
    shop: Shop,
    order_id: UUID,
    line_ids: Sequence[UUID],
    lines: Sequence[tuple[str, int]],
    minutes: int | None = None,
    region: str | None = None,
) -> Split:
    """The answer of the split; nothing is kept of an order that is short."""
    try:
        return await _place(shop, order_id, line_ids, lines, minutes, region)
    except Short as short:
        return short.answer


async def open_shop(*codes: str) -> Shop:
    """A shop with three warehouses that serve everywhere, W1 before W2 before W3."""
    world = await open_world()
    skus = await save_goods(world, *codes)
    for priority, code in enumerate(WAREHOUSES):
        await save_warehouse(
            world.brand.viewer,
            network_id=world.network_id,
            warehouse=WarehouseInput(code, f"Warehouse {code}", priority=priority),
            client_key=new_key(),
        )
    return Shop(world, await world.buyer(world.brand), skus)


async def cached_is_recomputed() -> None:
    """What the stock rows say equals what reservations and moves add up to, everywhere in the database."""
    wrong = await database.rows(
        """
        SELECT s.id FROM stock_level s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.quantity) FILTER (WHERE r.stage = 'reserved'), 0) AS reserved,
                   coalesce(sum(r.quantity) FILTER (WHERE r.stage = 'allocated'), 0) AS allocated
            FROM reservation r WHERE r.warehouse_id = s.warehouse_id AND r.sku_id = s.sku_id) promised
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(m.quantity), 0) AS on_hand FROM stock_move m
            WHERE m.warehouse_id = s.warehouse_id AND m.sku_id = s.sku_id) moved
        WHERE (s.reserved, s.allocated, s.on_hand) <> (promised.reserved, promised.allocated, moved.on_hand)
        """
    )
    assert wrong == []
