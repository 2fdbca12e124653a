"""The small worlds that other tests build on."""

from app import database as db
from app.network.roles import Role
from tests.worlds import open_world, ship_to


async def test_a_world_of_three_levels(database: str) -> None:
    world = await open_world()
    await world.regions()
    dealer = await world.buyer(world.brand, "Dealer", region="44")
    sub = await world.buyer(dealer, "Sub-dealer", region="4406", funding="prepayment")
    outlet = await world.buyer(sub, "Outlet")
    clerk = await world.member(dealer, [Role.ORDER_CLERK])
    await ship_to(outlet, region="4406")
    found = await db.rows(
        "SELECT level, funding, region_id, currency FROM trade_relation WHERE network_id = $1 ORDER BY level",
        world.network_id,
    )
    assert [tuple(row) for row in found] == [
        (1, "credit", "44", "CNY"),
        (2, "prepayment", "4406", "CNY"),
        (3, "credit", None, "CNY"),
    ]
    assert clerk.company_id == dealer.company_id
    assert clerk.viewer.roles == {Role.ORDER_CLERK}
    assert world.relation(dealer, sub)
