"""Orders with names, specifications, a discount and an address, for papers and lists to show."""

from decimal import Decimal
from uuid import UUID

from app import database
from app.fulfilment.ship import ship_order
from app.ordering.confirm import confirm_order
from app.ordering.grant_discount import grant_discount
from tests.ordering.market import Market
from tests.worlds import new_key, ship_to

NOTE = "请于上午送货，谢谢。"


async def named_order(market: Market, *, lines: int = 2, discount: str | None = "41.00") -> UUID:
    """Exterior paint in cartons of four pieces at 102.05: two cartons of the first SKU, three of the second …"""
    asked = []
    for n in range(lines):
        code = f"WQ-{str(market.relation_id)[-4:]}-{n}"
        sku = await market.sku(code, price="102.05", stock="100000", unit="carton", units={"carton": "4"})
        asked.append((sku, str(n % 8 + 2)))
    network_id = market.world.network_id
    await database.rows(
        "UPDATE sku SET name_zh = '外墙乳胶漆', name_en = 'Exterior emulsion' WHERE network_id = $1", network_id
    )
    await database.rows(
        """UPDATE product SET attributes = '{"finish": "哑光 matt"}' WHERE network_id = $1""", network_id
    )
    address = await ship_to(market.buyer, region="4406", name="佛山收货点")
    order_id = await market.place(asked, ship_to_id=address, remarks=NOTE, buyer_reference="PO-2026-7")
    if discount is not None:
        await grant_discount(
            market.seller.viewer,
            order_id=order_id,
            amount=Decimal(discount),
            reason="抹零",
            client_key=new_key(),
        )
    return order_id


async def shipped(market: Market, order_id: UUID) -> UUID:
    """The shipment of all of it."""
    await confirm_order(market.seller.viewer, order_id=order_id, client_key=new_key())
    return await ship_order(
        market.seller.viewer,
        order_id=order_id,
        lines=None,
        carrier="顺丰",
        tracking_number="SF1234567890",
        client_key=new_key(),
    )


async def number_of(order_id: UUID) -> str:
    """The order's number."""
    found = await database.row("SELECT number FROM sales_order WHERE id = $1", order_id)
    assert found is not None
    number: str = found["number"]
    return number
