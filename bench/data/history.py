"""Orders of five lines that were placed, delivered and closed long ago: what the list of orders reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.kernel.ids import uuid7
from bench.data.goods import SINCE, UNIT
from bench.data.sizes import Size
from bench.data.trade import CURRENCY, Dealer, Row, Trade

LINES = 5
QUANTITY = Decimal(4)
PRICE_MINOR = 2350
GROSS = 4 * PRICE_MINOR
NET = round(GROSS / 1.13)
TAX = GROSS - NET
VERSIONS = 4
"""Placed, confirmed, shipped, delivered."""

ORDER = (
    *("id", "network_id", "number", "relation_id", "seller_id", "buyer_id", "placed_by", "status", "payment_status"),
    *("fulfilment_status", "version", "currency", "tax_mode", "funding", "goods_gross_minor", "net_minor"),
    *("tax_minor", "gross_minor", "shipped_minor", "placed_at", "confirmed_at", "closed_at"),
)
LINE = (
    *(
        "id",
        "order_id",
        "seller_id",
        "position",
        "sku_id",
        "sku_code",
        "name_zh",
        "name_en",
        "unit",
        "factor",
        "unit_price",
    ),
    *("tax_class", "tax_rate_bp", "gross_minor", "net_minor", "tax_minor", "ordered", "shipped"),
    *("delivered", "shipped_minor", "shipped_tax_minor"),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """An order: whose it is, when what became of it, and its lines with their SKUs."""

    id: UUID
    number: str
    dealer: Dealer
    placed_at: datetime
    closed_at: datetime
    lines: list[tuple[UUID, Row]]


def orders(made: Trade, size: Size, skus: list[Row]) -> Iterator[Placed]:
    """Each order with its lines, dealer after dealer in turn, so that ids rise as placed orders' do."""
    place = 0
    for turn in range(size.orders_per_dealer):
        for dealer in made.dealers:
            order_id, at = uuid7(), SINCE + timedelta(minutes=place)
            lines = [(uuid7(), skus[(place * 7 + n * 13) % len(skus)]) for n in range(LINES)]
            yield Placed(order_id, f"OLD-{place:07d}", dealer, at, at + timedelta(days=turn % 5 + 1), lines)
            place += 1


def order_row(made: Trade, one: Placed) -> Row:
    """Of `sales_order`."""
    sums = [LINES * amount for amount in (GROSS, NET, TAX, GROSS, GROSS)]
    return (
        *(one.id, made.network, one.number, one.dealer.relation, made.brand, one.dealer.company),
        *(one.dealer.membership, "completed", "unpaid", "delivered", VERSIONS, CURRENCY, "included", "credit"),
        *(*sums, one.placed_at, one.placed_at, one.closed_at),
    )


def line_rows(made: Trade, one: Placed) -> Iterator[Row]:
    """Of `sales_order_line`."""
    for position, (line_id, sku) in enumerate(one.lines):
        sku_id, _, _, code, name_zh, name_en = sku[:6]
        yield (
            *(line_id, one.id, made.brand, position, sku_id, code, name_zh, name_en, UNIT),
            *(Decimal(1), Decimal(PRICE_MINOR) / 100),
            *("standard", 1300, GROSS, NET, TAX, QUANTITY, QUANTITY, QUANTITY, GROSS, TAX),
        )
