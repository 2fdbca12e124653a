"""A seller with SKUs, prices and stock, and a buyer with credit: enough to preview and place.

market = await open_market()
paint = await market.sku("PAINT", price="10.00", stock="100")
order_id = await market.place([(paint, "5")])
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app import database
from app.kernel.ids import uuid7
from app.kernel.money import Money
from app.ledger.set_credit_line import set_credit_line
from app.ordering.asked import AskedLine, AskedOrder
from app.ordering.place import place_order
from app.ordering.preview import Preview, preview_order
from tests.worlds import Party, World, new_key, open_world

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Market:
    """One seller, one buyer, and what is for sale between them."""

    world: World
    seller: Party
    buyer: Party
    currency: str
    price_list: UUID
    category: UUID
    warehouses: list[UUID]
    tax_classes: dict[int, UUID] = field(default_factory=dict)

    @property
    def relation_id(self) -> UUID:
        return self.world.relation(self.seller, self.buyer)

    async def sku(
        self,
        code: str,
        *,
        price: str | None = "10.00",
        stock: str | Sequence[str] | None = "1000",
        rate_bp: int = 1300,
        unit: str = "piece",
        units: Mapping[str, str] | None = None,
        rule: tuple[str | None, str | None, str | None] = (None, None, None),
        weight_g: int = 0,
        volume_cm3: int = 0,
        breaks: Mapping[str, str] | None = None,
        listed: bool = True,
    ) -> UUID:
        """A SKU with base unit `piece`, listed in `unit`; stock None is a service. `stock` may name one quantity per
        warehouse. `breaks`: from a quantity of the base unit on, another price."""
        network_id, sku_id, product_id = self.world.network_id, uuid7(), uuid7()
        tax_class = await self._tax_class(rate_bp)
        await database.rows(
            "INSERT INTO product (id, network_id, category_id, code, name_zh, name_en) VALUES ($1, $2, $3, $4, $5, $5)",
            product_id,
            network_id,
            self.category,
            code,
            f"商品{code}",
        )
        await database.rows(
            "INSERT INTO sku (id, network_id, product_id, code, name_zh, name_en, base_unit, tax_class_id, stocked)"
            " VALUES ($1, $2, $3, $4, $5, $5, 'piece', $6, $7)",
            sku_id,
            network_id,
            product_id,
            code,
            f"商品{code}",
            tax_class,
            stock is not None,
        )
        for name, factor in {"piece": "1", **(units or {})}.items():
            await database.rows(
                "INSERT INTO sku_unit (id, sku_id, unit, factor, weight_g, volume_cm3) VALUES ($1, $2, $3, $4, $5, $6)",
                uuid7(),
                sku_id,
                name,
                Decimal(factor),
                int(weight_g * Decimal(factor)),
                int(volume_cm3 * Decimal(factor)),
            )
        if listed:
            minimum, multiple, maximum = (None if limit is None else Decimal(limit) for limit in rule)
            await database.rows(
                "INSERT INTO listing (id, network_id, seller_id, sku_id, unit, minimum, multiple, maximum)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                uuid7(),
                network_id,
                self.seller.company_id,
                sku_id,
                unit,
                minimum,
                multiple,
                maximum,
            )
        for quantity, amount in ({} if price is None else {"0": price, **(breaks or {})}).items():
            await self.set_price(sku_id, amount, from_quantity=quantity)
        if stock is not None:
            for warehouse_id, quantity in zip(
                self.warehouses, [stock] if isinstance(stock, str) else stock, strict=False
            ):
                await self.put_stock(warehouse_id, sku_id, quantity)
        return sku_id

    async def set_price(self, sku_id: UUID, price: str, *, from_quantity: str = "0") -> None:
        """From now on this price per piece."""
        found = await database.row("SELECT count(*) AS n FROM price_row WHERE sku_id = $1", sku_id)
        assert found is not None
        valid_from = LONG_AGO if from_quantity != "0" or not found["n"] else datetime.now(UTC)
        await database.rows(
            "INSERT INTO price_row (id, price_list_id, sku_id, unit, min_quantity, unit_price, valid_from)"
            " VALUES ($1, $2, $3, 'piece', $4, $5, $6)",
            uuid7(),
            self.price_list,
            sku_id,
            Decimal(from_quantity),
            Decimal(price),
            valid_from,
        )

    async def warehouse_code(self) -> str:
        found = await database.row("SELECT code FROM warehouse WHERE id = $1", self.warehouses[0])
        assert found is not None
        code: str = found["code"]
        return code

    async def put_stock(self, warehouse_id: UUID, sku_id: UUID, quantity: str) -> None:
        await database.rows(
            "INSERT INTO stock_level (id, network_id, warehouse_id, sku_id, on_hand) VALUES ($1, $2, $3, $4, $5)",
            uuid7(),
            self.world.network_id,
            warehouse_id,
            sku_id,
            Decimal(quantity),
        )
        if Decimal(quantity):
            await database.rows(
                "INSERT INTO stock_move (id, network_id, warehouse_id, sku_id, quantity, reason, document_id)"
                " VALUES ($1::uuid, $2, $3, $4, $5, 'receipt', $1::uuid)",
                uuid7(),
                self.world.network_id,
                warehouse_id,
                sku_id,
                Decimal(quantity),
            )

    async def _tax_class(self, rate_bp: int) -> UUID:
        if rate_bp not in self.tax_classes:
            class_id = uuid7()
            await database.rows(
                "INSERT INTO tax_class (id, network_id, code, name_zh, name_en) VALUES ($1, $2, $3, 'VAT', 'VAT')",
                class_id,
                self.world.network_id,
                f"vat{rate_bp}",
            )
            await database.rows(
                "INSERT INTO tax_rate (id, tax_class_id, rate_bp, valid_from) VALUES ($1, $2, $3, $4)",
                uuid7(),
                class_id,
                rate_bp,
                LONG_AGO,
            )
            self.tax_classes[rate_bp] = class_id
        return self.tax_classes[rate_bp]

    def asked(self, lines: Sequence[tuple[UUID, str] | AskedLine], **more: object) -> AskedOrder:
        """An order of this buyer with this seller; `more` are fields of AskedOrder."""
        asked = [one if isinstance(one, AskedLine) else AskedLine(one[0], Decimal(one[1])) for one in lines]
        return AskedOrder(self.seller.company_id, tuple(asked), **more)  # type: ignore[arg-type]

    async def preview(self, lines: Sequence[tuple[UUID, str] | AskedLine], **more: object) -> Preview:
        return await preview_order(self.buyer.viewer, self.asked(lines, **more))

    async def place(self, lines: Sequence[tuple[UUID, str] | AskedLine], **more: object) -> UUID:
        """Place at the total that the preview shows."""
        order = self.asked(lines, **more)
        shown = await preview_order(self.buyer.viewer, order)
        placed = await place_order(
            self.buyer.viewer,
            client_key=new_key(),
            order=order,
            expected_total=Money(shown.judged.totals.gross_minor, self.currency).decimal,
        )
        return UUID(str(placed["id"]))

    async def credit(self, limit_minor: int | None, **more: object) -> None:
        await set_credit_line(
            self.seller.viewer,
            client_key=new_key(),
            relation_id=self.relation_id,
            limit_minor=limit_minor,
            **more,  # type: ignore[arg-type]
        )


async def open_market(
    *, levels: int = 1, warehouses: int = 1, credit: int | None = None, currency: str = "CNY", **terms: object
) -> Market:
    """A brand and a dealer, or with two levels a dealer and its sub-dealer. Credit without limit unless said so."""
    world = await open_world(currency=currency)
    await world.regions()
    seller = world.brand
    for _ in range(levels - 1):
        seller = await world.buyer(seller, "Dealer")
    buyer = await world.buyer(seller, "Outlet", **terms)  # type: ignore[arg-type]
    return await market_between(world, seller, buyer, warehouses=warehouses, credit=credit)


async def market_between(
    world: World, seller: Party, buyer: Party, *, warehouses: int = 1, credit: int | None = None
) -> Market:
    """What a seller needs to sell to one of its buyers."""
    category, price_list, homes = uuid7(), uuid7(), [uuid7() for _ in range(warehouses)]
    network_id = world.network_id
    relation = await database.row(
        "SELECT currency, tax_mode FROM trade_relation WHERE id = $1", world.relation(seller, buyer)
    )
    assert relation is not None
    await database.rows(
        "INSERT INTO category (id, network_id, code, path, name_zh, name_en)"
        " VALUES ($1::uuid, $2, $1::uuid::text, $1::uuid::text, '漆', 'Paint')",
        category,
        network_id,
    )
    await database.rows(
        "INSERT INTO price_list (id, network_id, seller_id, code, name, currency, tax_included)"
        " VALUES ($1, $2, $3, $4, 'Standard', $5, $6)",
        price_list,
        network_id,
        seller.company_id,
        str(price_list),
        relation["currency"],
        relation["tax_mode"] == "included",
    )
    await database.rows(
        "INSERT INTO price_assignment (id, network_id, seller_id, price_list_id, scope)"
        " VALUES ($1, $2, $3, $4, 'everybody')",
        uuid7(),
        network_id,
        seller.company_id,
        price_list,
    )
    for number, warehouse_id in enumerate(homes):
        await database.rows(
            "INSERT INTO warehouse (id, network_id, company_id, code, name, priority) VALUES ($1, $2, $3, $4, 'W', $5)",
            warehouse_id,
            network_id,
            seller.company_id,
            f"W{number + 1}-{str(warehouse_id)[-6:]}",
            number,
        )
    market = Market(world, seller, buyer, relation["currency"], price_list, category, homes)
    await market.credit(credit)
    return market
