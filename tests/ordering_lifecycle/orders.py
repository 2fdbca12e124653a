"""Placed orders for tests of what becomes of an order: written with the steps that placing uses, at any price.

shop = await open_shop(funding="prepayment")
order_id = await shop.place([Goods("10", 113000), Goods("7", 54500, rate_bp=900)], freight=1000)
assert await wrong_books() == []
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg

from app import database
from app.inventory.lock import lock_stock
from app.inventory.reserve import reserve
from app.inventory.rules import LinePick
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.money import UnitPrice
from app.kernel.tax import TaxMode, line_tax
from app.ledger.accounts import lock_accounts
from app.ledger.hold import hold
from app.ledger.post import Transfer, TransferKind, post
from app.ledger.rules import AccountKind, Funding
from app.network.roles import Role
from app.ordering.events import tell_order
from app.ordering.value import Freight, LineValue, totals
from tests.worlds import Party, World, open_world

PREPAID = 10**12


@dataclass(frozen=True, slots=True)
class Goods:
    """One line: a quantity, its value in the price's own tax mode in minor units, and what it is."""

    quantity: str
    value_minor: int
    rate_bp: int = 1300
    factor: str = "1"
    stocked: bool = True

    @property
    def unit_price(self) -> Decimal:
        """What one costs when the whole is worth `value_minor`; below 100 units the four decimals are enough."""
        quantity = Decimal(self.quantity)
        price = (Decimal(self.value_minor) / 100 / quantity).quantize(Decimal("0.0001"))
        assert UnitPrice(price, "CNY", "piece", True).gross_for(quantity).minor == self.value_minor
        return price


@dataclass(slots=True)
class Shop:
    """A seller with warehouses and clerks, and one of its buyers."""

    world: World
    seller: Party
    buyer: Party
    funding: Funding
    tax_mode: TaxMode
    clerk: Party
    storeman: Party
    purchaser: Party
    warehouses: list[UUID] = field(default_factory=list)

    @property
    def relation_id(self) -> UUID:
        return self.world.relation(self.seller, self.buyer)

    async def place(
        self,
        goods: Sequence[Goods],
        *,
        freight: int = 0,
        expires_in: timedelta | None = None,
        stock: str | None = None,
    ) -> UUID:
        """A submitted order with its hold and its reservations. Each line has an SKU of its own, in stock for exactly
        what is ordered (or `stock` base units), spread over the warehouses."""
        return await _place(self, list(goods), freight, expires_in, stock)


async def open_shop(
    *,
    funding: str = "credit",
    tax_mode: str = "included",
    warehouses: int = 1,
    levels: int = 1,
) -> Shop:
    """A brand selling to a dealer, or with two levels a dealer selling to its sub-dealer."""
    world = await open_world()
    seller = world.brand
    for _ in range(levels - 1):
        seller = await world.buyer(seller, "Dealer")
    buyer = await world.buyer(seller, "Outlet", funding=funding, tax_mode=tax_mode)
    shop = Shop(
        world,
        seller,
        buyer,
        Funding(funding),
        TaxMode(tax_mode),
        clerk=await world.member(seller, [Role.ORDER_CLERK]),
        storeman=await world.member(seller, [Role.WAREHOUSE]),
        purchaser=await world.member(buyer, [Role.BUYER]),
    )
    for number in range(warehouses):
        row = await database.row(
            "INSERT INTO warehouse (id, network_id, company_id, code, name, priority) VALUES ($1, $2, $3, $4, $4, $5)"
            " RETURNING id",
            uuid7(),
            world.network_id,
            seller.company_id,
            f"W{number + 1}",
            number,
        )
        assert row is not None
        shop.warehouses.append(row["id"])
    if shop.funding is Funding.PREPAYMENT:
        await _pay_in(shop.relation_id)
    return shop


@act
async def _pay_in(work: Work, relation_id: UUID) -> None:
    accounts = await lock_accounts(work, relation_id)
    entries = [(AccountKind.CLEARING, PREPAID), (AccountKind.PREPAYMENT, -PREPAID)]
    await post(work, accounts, Transfer(TransferKind.RECEIPT, uuid7()), entries)


@act
async def _place(
    work: Work, shop: Shop, goods: list[Goods], freight_minor: int, expires_in: timedelta | None, stock: str | None
) -> UUID:
    network_id = shop.world.network_id
    order_id = uuid7()
    expires_at = None if expires_in is None else work.now + expires_in
    taxed = [line_tax(one.value_minor, one.rate_bp, shop.tax_mode) for one in goods]
    values = [
        LineValue(ordered=Decimal(one.quantity), gross_minor=tax.gross, tax_minor=tax.tax, tax_rate_bp=one.rate_bp)
        for one, tax in zip(goods, taxed, strict=True)
    ]
    freight = Freight(gross_minor=freight_minor, tax_minor=line_tax(freight_minor, 900, TaxMode.INCLUDED).tax)
    value = totals(values, freight)
    skus = await _make_skus(work, network_id, goods)
    await work.run(
        """
        INSERT INTO sales_order (id, network_id, number, relation_id, seller_id, buyer_id, placed_by, currency,
            tax_mode, funding, goods_gross_minor, freight_gross_minor, freight_tax_minor, freight_tax_rate_bp,
            net_minor, tax_minor, gross_minor, reservation_expires_at, placed_at, payment_status)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'CNY', $8, $9, $10, $11, $12, 900, $13, $14, $15, $16, $17, $18)
        """,
        order_id,
        network_id,
        f"T-{order_id.hex[-12:]}",
        shop.relation_id,
        shop.seller.company_id,
        shop.buyer.company_id,
        shop.purchaser.viewer.membership_id,
        shop.tax_mode.value,
        shop.funding.value,
        value.goods_gross_minor,
        freight.gross_minor,
        freight.tax_minor,
        value.net_minor,
        value.tax_minor,
        value.gross_minor,
        expires_at,
        work.now,
        "unpaid" if shop.funding is Funding.CREDIT else "paid",
    )
    lines = [uuid7() for _ in goods]
    await work.connection.executemany(
        """
        INSERT INTO sales_order_line (id, order_id, position, sku_id, sku_code, name_zh, name_en, stocked, unit, factor,
            unit_price, tax_class, tax_rate_bp, gross_minor, net_minor, tax_minor, ordered, seller_id)
        VALUES ($1, $2, $3, $4, $5, '漆', 'Paint', $6, 'piece', $7, $8, 'standard', $9, $10, $11, $12, $13, $14)
        """,
        [
            (
                lines[n],
                order_id,
                n,
                skus[n],
                f"SKU-{n}",
                one.stocked,
                Decimal(one.factor),
                one.unit_price,
                one.rate_bp,
                taxed[n].gross,
                taxed[n].net,
                taxed[n].tax,
                Decimal(one.quantity),
                shop.seller.company_id,
            )
            for n, one in enumerate(goods)
        ],
    )
    await work.run(
        "INSERT INTO sales_order_event (id, order_id, version, what, at) VALUES ($1, $2, 1, 'placed', $3)",
        uuid7(),
        order_id,
        work.now,
    )
    tell_order(
        work,
        network_id=network_id,
        brand_id=shop.world.brand.company_id,
        seller_id=shop.seller.company_id,
        buyer_id=shop.buyer.company_id,
        order_id=order_id,
        version=1,
        what="placed",
        payload=None if expires_at is None else {"reservationExpiresAt": expires_at.isoformat()},
    )
    accounts = await lock_accounts(work, shop.relation_id)
    await work.write(hold(work, accounts, order_id=order_id, funding=shop.funding, amount_minor=value.gross_minor))
    await _promise(work, shop, order_id, goods, lines, skus, expires_at, stock)
    return order_id


async def _promise(
    work: Work,
    shop: Shop,
    order_id: UUID,
    goods: list[Goods],
    lines: list[UUID],
    skus: list[UUID],
    expires_at: datetime | None,
    stock: str | None,
) -> None:
    picks = []
    for n, one in enumerate(goods):
        if not one.stocked:
            continue
        left = Decimal(one.quantity) * Decimal(one.factor)
        homes = shop.warehouses[: 1 + n % len(shop.warehouses)]
        for warehouse_id in homes:
            last = warehouse_id == homes[-1]
            part = left if last else (left / len(homes)).quantize(Decimal("0.000001"))
            left -= part
            picks.append(LinePick(lines[n], warehouse_id, skus[n], part))
    await work.connection.executemany(
        "INSERT INTO stock_level (id, network_id, warehouse_id, sku_id, on_hand) VALUES ($1, $2, $3, $4, $5)",
        [
            (uuid7(), shop.world.network_id, pick.warehouse_id, pick.sku_id, Decimal(stock or pick.quantity))
            for pick in picks
        ],
    )
    await work.connection.executemany(
        "INSERT INTO stock_move (id, network_id, warehouse_id, sku_id, quantity, reason, document_id)"
        " VALUES ($1, $2, $3, $4, $5, 'receipt', $6)",
        [
            (uuid7(), shop.world.network_id, pick.warehouse_id, pick.sku_id, Decimal(stock or pick.quantity), uuid7())
            for pick in picks
        ],
    )
    await lock_stock(work, network_id=shop.world.network_id, seller_id=shop.seller.company_id, sku_ids=skus)
    promise = reserve(network_id=shop.world.network_id, order_id=order_id, picks=picks, expires_at=expires_at)
    await work.write(promise)


async def _make_skus(work: Work, network_id: UUID, goods: list[Goods]) -> list[UUID]:
    row = await work.row(
        """
        WITH class AS (
            INSERT INTO tax_class (id, network_id, code, name_zh, name_en)
            VALUES ($1::uuid, $2::uuid, $1::uuid::text, '标准', 'Standard')
        ), shelf AS (
            INSERT INTO category (id, network_id, code, path, name_zh, name_en)
            VALUES ($3::uuid, $2::uuid, $3::uuid::text, $3::uuid::text, '漆', 'Paint')
        )
        INSERT INTO product (id, network_id, category_id, code, name_zh, name_en)
        VALUES ($4::uuid, $2::uuid, $3::uuid, $4::uuid::text, '漆', 'Paint') RETURNING id
        """,
        tax_class := uuid7(),
        network_id,
        uuid7(),
        uuid7(),
    )
    assert row is not None
    skus = [uuid7() for _ in goods]
    await work.connection.executemany(
        "INSERT INTO sku (id, network_id, product_id, code, name_zh, name_en, base_unit, tax_class_id, stocked)"
        " VALUES ($1, $2, $3, $4, '漆', 'Paint', 'piece', $5, $6)",
        [(sku, network_id, row["id"], str(sku), tax_class, one.stocked) for sku, one in zip(skus, goods, strict=True)],
    )
    return skus


@act
async def lock_stock_of(work: Work, shop: Shop, order_id: UUID) -> None:
    """What an order for the same SKUs does first: expired reservations give their stock back."""
    rows = await work.rows("SELECT sku_id FROM sales_order_line WHERE order_id = $1", order_id)
    skus = [row["sku_id"] for row in rows]
    await lock_stock(work, network_id=shop.world.network_id, seller_id=shop.seller.company_id, sku_ids=skus)


async def order_row(order_id: UUID) -> asyncpg.Record:
    """The order as it stands."""
    row = await database.row("SELECT * FROM sales_order WHERE id = $1", order_id)
    assert row is not None
    return row


async def line_rows(order_id: UUID) -> Sequence[asyncpg.Record]:
    """Its lines, in order."""
    return await database.rows("SELECT * FROM sales_order_line WHERE order_id = $1 ORDER BY position", order_id)


async def timeline(order_id: UUID) -> list[str]:
    """What happened, in order."""
    rows = await database.rows("SELECT what FROM sales_order_event WHERE order_id = $1 ORDER BY version", order_id)
    return [row["what"] for row in rows]


async def facts(subject_id: UUID, kind: str) -> list[tuple[str, int, set[UUID]]]:
    """What was told of a subject since it was placed: (what, version, audience)."""
    rows = await database.rows(
        "SELECT what, version, audience FROM outbox WHERE subject_id = $1 AND kind = $2 AND what <> 'placed'"
        " ORDER BY id",
        subject_id,
        kind,
    )
    return [(row["what"], row["version"], set(row["audience"])) for row in rows]


async def balances(relation_id: UUID) -> dict[str, tuple[int, int]]:
    """Account kind → (balance, held), in minor units; those of nothing are left out."""
    rows = await database.rows(
        "SELECT kind, balance_minor, held_minor FROM ledger_account WHERE relation_id = $1", relation_id
    )
    found = {row["kind"]: (row["balance_minor"], row["held_minor"]) for row in rows}
    return {kind: both for kind, both in found.items() if both != (0, 0)}


async def everything() -> str:
    """A digest of all that acts of an order may write: equal before and after means that nothing changed."""
    tables = (
        "sales_order",
        "sales_order_line",
        "sales_order_event",
        "sales_order_line_discount",
        "cancellation",
        "cancellation_request",
        "ledger_account",
        "ledger_hold",
        "ledger_transfer",
        "ledger_entry",
        "stock_level",
        "reservation",
        "stock_move",
        "shipment",
        "shipment_line",
        "shipment_package",
        "shipment_package_change",
        "waybill",
        "tracking_event",
        "logistics_rule",
        "outbox",
        "client_key",
    )
    parts = " || ".join(
        f"(SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {t} t)" for t in tables
    )
    row = await database.row(f"SELECT {parts} AS digest")
    assert row is not None
    digest: str = row["digest"]
    return digest
