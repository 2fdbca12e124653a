"""Orders of five lines that were placed, delivered and closed long ago: what the list of orders reads."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from app.kernel.ids import uuid7
from bench.data.goods import SINCE, UNIT
from bench.data.sizes import Size
from bench.data.trade import CURRENCY, Row, Trade

LINES = 5
QUANTITY = Decimal(4)
PRICE_MINOR = 2350
GROSS = 4 * PRICE_MINOR
NET = round(GROSS / 1.13)

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
    *("delivered", "shipped_minor"),
)


def orders(made: Trade, size: Size, skus: list[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """Each order with its lines, dealer after dealer in turn, so that ids rise as placed orders' do."""
    place = 0
    for turn in range(size.orders_per_dealer):
        for dealer in made.dealers:
            order_id = uuid7()
            at = SINCE + timedelta(minutes=place)
            sums = [LINES * amount for amount in (GROSS, NET, GROSS - NET, GROSS, GROSS)]
            order = (
                *(order_id, made.network, f"OLD-{place:07d}", dealer.relation, made.brand, dealer.company),
                *(dealer.membership, "completed", "paid", "delivered", 4, CURRENCY, "included", "credit"),
                *(*sums, at, at, at + timedelta(days=turn % 5 + 1)),
            )
            yield order, [_line(order_id, made.brand, n, skus[(place * 7 + n * 13) % len(skus)]) for n in range(LINES)]
            place += 1


def _line(order_id: UUID, seller_id: UUID, position: int, sku: Row) -> Row:
    sku_id, _, _, code, name_zh, name_en = sku[:6]
    return (
        *(uuid7(), order_id, seller_id, position, sku_id, code, name_zh, name_en, UNIT),
        *(Decimal(1), Decimal(PRICE_MINOR) / 100),
        *("standard", 1300, GROSS, NET, GROSS - NET, QUANTITY, QUANTITY, QUANTITY, GROSS),
    )
