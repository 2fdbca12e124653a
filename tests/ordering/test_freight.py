"""What delivery costs, from the rule to the order."""

import pytest

from app import database
from app.kernel.refusal import BadRequest, Forbidden, NotFound
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering.asked import DeliveryMethod
from app.ordering.save_freight_rule import FreightTerms, save_freight_rule
from tests.ordering.market import Market, open_market
from tests.worlds import new_key, ship_to

pytestmark = pytest.mark.usefixtures("database")


async def rule(market: Market, region: str | None, **terms: int) -> None:
    await save_freight_rule(
        market.seller.viewer,
        client_key=new_key(),
        network_id=market.world.network_id,
        region_code=region,
        tax_class="vat900",
        terms=FreightTerms(**terms),
    )


async def test_freight_by_region_weight_and_volume_is_previewed_and_frozen_with_its_tax() -> None:
    market = await open_market()
    await market.sku("BOOK", rate_bp=900)
    paint = await market.sku("PAINT", price="10.00", weight_g=2_500, volume_cm3=4_000)
    await rule(market, None, base_minor=100_00)
    await rule(market, "44", base_minor=20_00, per_kg_minor=1_50, per_m3_minor=100_00, free_above_minor=500_00)
    door = await ship_to(market.buyer, region="4406")
    shown = await market.preview([(paint, "10")], ship_to_id=door)
    # 20.00 + 25 kg × 1.50 + 0.04 m³ × 100.00 = 61.50, with 9 % in it
    assert shown.judged.totals.freight.taxed.gross == 61_50
    assert shown.judged.totals.freight.free_from_minor == 500_00
    order_id = await market.place([(paint, "10")], ship_to_id=door)
    row = await database.row(
        "SELECT freight_gross_minor, freight_tax_minor, freight_tax_rate_bp, gross_minor FROM sales_order"
        " WHERE id = $1",
        order_id,
    )
    assert row is not None
    assert tuple(row) == (61_50, 61_50 - 56_42, 900, 161_50)


async def test_free_above_a_goods_value_and_nothing_for_who_fetches_or_pays_the_carrier() -> None:
    market = await open_market()
    await market.sku("BOOK", rate_bp=900)
    paint = await market.sku("PAINT", price="10.00")
    await rule(market, None, base_minor=30_00, free_above_minor=100_00)
    assert (await market.preview([(paint, "9")])).judged.totals.freight.taxed.gross == 30_00
    assert (await market.preview([(paint, "10")])).judged.totals.freight.taxed.gross == 0
    for method in (DeliveryMethod.PICKUP, DeliveryMethod.COLLECT):
        shown = await market.preview([(paint, "9")], delivery_method=method)
        assert shown.judged.totals.freight.taxed.gross == 0


async def test_a_rule_is_replaced_and_nobody_saves_one_elsewhere() -> None:
    market, other = await open_market(), await open_market()
    await market.sku("BOOK", rate_bp=900)
    await rule(market, "44", base_minor=1)
    await rule(market, "44", base_minor=2)
    rows = await database.rows("SELECT base_minor FROM freight_rule WHERE seller_id = $1", market.seller.company_id)
    assert [row["base_minor"] for row in rows] == [2]
    with pytest.raises(NotFound):
        await rule(market, "nowhere", base_minor=1)
    with pytest.raises(BadRequest) as refused:
        await rule(market, "44", base_minor=-1)
    assert (refused.value.field, "-100" in refused.value.message("zh")) == ("base", False)
    boss = market.seller
    scope = Scope(region_codes=("44",))
    market.seller = await market.world.member(boss, [Role.CHANNEL_MANAGER], scope=scope)
    with pytest.raises(Forbidden):  # it counts for everybody in the network
        await rule(market, "44", base_minor=5)
    market.seller = boss
    after = await database.rows("SELECT base_minor FROM freight_rule WHERE seller_id = $1", boss.company_id)
    assert after == rows
    market.world.network_id = other.world.network_id
    with pytest.raises(NotFound):
        await rule(market, "44", base_minor=3)
