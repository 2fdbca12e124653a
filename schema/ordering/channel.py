"""Orders on the wire as the brand above them sees them."""

import decimal
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from app.catalog.rules import localised
from app.ordering import channel
from app.ordering.asked import DeliveryMethod
from app.ordering.lifecycle import OrderStatus
from app.ordering.statuses import FulfilmentStatus
from schema.context import Info
from schema.money import Money, UnitPrice
from schema.network.types import Company
from schema.ordering.types import OrderTotals
from schema.scalars import Cursor
from schema.units import named_unit

Row = Mapping[str, Any]


@strawberry.type(description="A line of an order below my brand. Money only where the relation grants it.")
class ChannelOrderLine:
    """One row of `sales_order_line`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    sku_code: str = strawberry.field(description="The SKU's code when the order was placed.")
    name: str = strawberry.field(description="The SKU's name when the order was placed, in the reader's language.")
    unit: str = strawberry.field(description="All quantities here are in it.")
    unit_name: str = named_unit()
    ordered: decimal.Decimal = strawberry.field(description="What was ordered.")
    cancelled: decimal.Decimal = strawberry.field(description="What of it was cancelled.")
    allocated: decimal.Decimal = strawberry.field(description="What of it stock is set aside for.")
    shipped: decimal.Decimal = strawberry.field(description="What of it left.")
    delivered: decimal.Decimal = strawberry.field(description="What of it arrived.")
    returned: decimal.Decimal = strawberry.field(description="What of it came back.")
    unit_price: UnitPrice | None = strawberry.field(description="Null unless the relation grants money to the brand.")
    gross: Money | None = strawberry.field(description="Null unless the relation grants money to the brand.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "ChannelOrderLine":
        currency, price = row["currency"], row["unit_price"]
        included = row["tax_mode"] == "included"
        return cls(
            id=strawberry.ID(str(row["id"])),
            sku_id=strawberry.ID(str(row["sku_id"])),
            sku_code=row["sku_code"],
            name=localised(row["name_zh"], row["name_en"], locale),
            unit=row["unit"],
            ordered=row["ordered"],
            cancelled=row["cancelled"],
            allocated=row["allocated"],
            shipped=row["shipped"],
            delivered=row["delivered"],
            returned=row["returned"],
            unit_price=UnitPrice.maybe(price, currency, row["unit"], tax_included=included),
            gross=Money.maybe(row["gross_minor"], currency),
        )


@strawberry.type(description="An order below my brand: parties, lines, quantities, statuses, dates.")
class ChannelOrder:
    """One row of `sales_order`, without its money."""

    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    number: str = strawberry.field(description="Its number, unique with its seller.")
    seller: Company = strawberry.field(description="Who sells.")
    buyer: Company = strawberry.field(description="Who buys.")
    status: OrderStatus = strawberry.field(description="What was decided.")
    fulfilment_status: FulfilmentStatus = strawberry.field(description="How far the goods are on their way.")
    version: int = strawberry.field(description="Rises with every change.")
    delivery_method: DeliveryMethod = strawberry.field(description="How the goods reach the buyer.")
    requested_on: date | None = strawberry.field(description="The day the buyer wants them.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    confirmed_at: datetime | None = strawberry.field(description="When the seller confirmed it.")
    closed_at: datetime | None = strawberry.field(description="When nothing was left to do.")
    totals: OrderTotals | None = strawberry.field(description="Null unless the relation grants money to the brand.")
    cursor: Cursor = strawberry.field(description="Subscribe from here and miss nothing after this answer.")

    @strawberry.field(description="Its lines, as they were asked for; at most 1,000.")
    async def lines(self, info: Info) -> list[ChannelOrderLine]:
        rows = await info.context.loader(channel.channel_lines_by_orders).load(self.key)
        return [ChannelOrderLine.of(row, info.context.locale) for row in rows or ()]

    @classmethod
    def of(cls, row: Row) -> "ChannelOrder":
        return cls(
            key=row["id"],
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            number=row["number"],
            seller=Company.of(row, "seller"),
            buyer=Company.of(row, "buyer"),
            status=OrderStatus(row["status"]),
            fulfilment_status=FulfilmentStatus(row["fulfilment_status"]),
            version=row["version"],
            delivery_method=DeliveryMethod(row["delivery_method"]),
            requested_on=row["requested_on"],
            placed_at=row["placed_at"],
            confirmed_at=row["confirmed_at"],
            closed_at=row["closed_at"],
            totals=OrderTotals(row=row) if row["money"] else None,
            cursor=Cursor(row["cursor"]),
        )
