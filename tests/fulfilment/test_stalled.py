"""Shipments of which nothing is heard: the alert, once, and the seller's list to work through."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app import database
from app.fulfilment import queries
from app.fulfilment.raise_alerts import raise_alerts
from app.kernel import clock
from app.network.roles import Role
from app.network.rules import Scope
from tests.fulfilment.parcels import RULE, SIGN, TRACK, Depot, ago, open_depot, story, taken_in
from tests.ordering_lifecycle.orders import everything, facts
from tests.worlds import new_key, open_world

HOUR = timedelta(hours=1)


@pytest.fixture
async def depot(database: str) -> Depot:
    return await open_depot()


async def told(shipment: Any) -> list[str]:
    return [one[0] for one in await facts(shipment["id"], "shipment")]


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def say(depot: Depot, shipment: Any, code: str, hours: float) -> Any:
    event = {"code": code, "text": f"{code} {hours}", "at": ago(hours).isoformat()}
    return (await depot.act(depot.storeman, TRACK, shipmentId=shipment["id"], events=[event]))["shipment"]


async def test_silence_raises_one_alert_and_the_next_news_clear_it(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    left = when(shipment["stallsAt"]) - 72 * HOUR
    assert abs(left - clock.now()) < timedelta(minutes=1)
    assert await depot.worklist(stalled=True) == []
    with clock.travel(73 * HOUR):
        watcher = await depot.market.world.member(depot.market.seller, [Role.WAREHOUSE])
        assert (await depot.read(shipment, watcher))["stalled"]  # before any worker looked
        depot.storeman = watcher
        assert await depot.worklist(stalled=True) == [shipment["id"]]
        assert await depot.worklist(stalled=False) == []
        assert await raise_alerts() == 1
        assert await raise_alerts() == 0
        assert await told(shipment) == ["shipped", "stalled"]
        sides = {depot.market.seller.company_id, depot.market.buyer.company_id}
        assert (await facts(shipment["id"], "shipment"))[1] == ("stalled", 2, sides)
        await depot.push(number, [("in_transit", "seen again", ago(-72))])
        await taken_in()
        seen = await depot.read(shipment, watcher)
        assert (seen["stalled"], seen["status"]) == (False, "IN_TRANSIT")
        assert await depot.worklist(stalled=True) == []
        assert await raise_alerts() == 0
    with clock.travel(150 * HOUR):
        assert await raise_alerts() == 1
    assert await told(shipment) == ["shipped", "stalled", "tracked", "stalled"]


async def test_one_that_cannot_be_told_of_keeps_no_other_waiting(
    depot: Depot, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = [await depot.shipped() for _ in range(2)]
    await database.rows(
        f"""CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.id = '{broken["id"]}' THEN RAISE 'broken'; END IF; RETURN NEW; END $$"""
    )
    await database.rows("CREATE TRIGGER broken BEFORE UPDATE ON shipment FOR EACH ROW EXECUTE FUNCTION broken()")
    try:
        with clock.travel(73 * HOUR):
            await raise_alerts()
    finally:
        await database.rows("DROP FUNCTION broken CASCADE")
    assert (await told(broken), await told(other)) == (["shipped"], ["shipped", "stalled"])
    assert f"shipment {broken['id']} is stalled" in caplog.text
    with clock.travel(73 * HOUR):
        assert await raise_alerts() == 1  # it waits for its turn
    assert await told(broken) == ["shipped", "stalled"]


async def test_trouble_is_an_alert_at_once(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    await depot.push(number, story("picked_up", "exception"))
    await taken_in()
    seen = await depot.read(shipment)
    assert (seen["status"], seen["stalled"]) == ("EXCEPTION", True)
    assert await told(shipment) == ["shipped", "tracked", "stalled"]
    assert await raise_alerts() == 0
    await say(depot, shipment, "IN_TRANSIT", 0.1)
    assert (await depot.read(shipment))["stalled"] is False
    returned = await say(depot, shipment, "RETURNED", 0)
    assert (returned["status"], returned["stalled"]) == ("RETURNED_TO_SENDER", True)
    assert await told(shipment) == ["shipped", "tracked", "stalled", "tracked", "tracked", "stalled"]


async def test_arrived_or_signed_is_not_stalled(depot: Depot) -> None:
    there, signed = [await depot.shipped() for _ in range(2)]
    assert (await say(depot, there, "ARRIVED", 1))["stallsAt"] is None
    done = await depot.act(depot.market.buyer, SIGN, shipmentId=signed["id"])
    assert done["shipment"]["stallsAt"] is None
    with clock.travel(500 * HOUR):
        assert await raise_alerts() == 0


async def test_each_carrier_has_its_patience(depot: Depot) -> None:
    await depot.rule(stalledAfterHours=24)
    assert await depot.rule(carrier="德邦", stalledAfterHours=None) == {
        "__typename": "LogisticsRule",
        "carrierCode": "debangwuliu",
        "stalledAfterHours": None,
        "autoSignDays": None,
    }
    quick, slow, both = [
        await depot.shipped(*packages)
        for packages in (
            [{"carrier": "sf"}],
            [{"carrier": "debangwuliu"}],
            [{"carrier": "debangwuliu"}, {"carrier": "our own truck"}],
        )
    ]
    assert slow["stallsAt"] is None
    for one in (quick, both):
        assert abs(when(one["stallsAt"]) - clock.now() - 24 * HOUR) < timedelta(minutes=1)
    with clock.travel(25 * HOUR):
        assert await raise_alerts() == 2
        depot.storeman = await depot.market.world.member(depot.market.seller, [Role.WAREHOUSE])
        await depot.rule(stalledAfterHours=100)
        assert await depot.worklist(stalled=True) == []
        await depot.rule(stalledAfterHours=0)
        assert await depot.worklist(stalled=True) == [both["id"], quick["id"]]
        assert await raise_alerts() == 2
    rules = "{ backoffice { logisticsRules { edges { node { carrierCode stalledAfterHours } } } } }"
    found = await depot.api.data(depot.clerk, rules)
    assert [edge["node"] for edge in found["logisticsRules"]["edges"]] == [
        {"carrierCode": None, "stalledAfterHours": 0},
        {"carrierCode": "debangwuliu", "stalledAfterHours": None},
    ]


async def test_rules_are_the_sellers_own(depot: Depot) -> None:
    network = str(depot.market.world.network_id)
    manager = await depot.market.world.member(
        depot.market.seller,
        [Role.WAREHOUSE, Role.CHANNEL_MANAGER],
        scope=Scope(relation_ids=(depot.market.relation_id,)),
    )
    stranger = (await open_world()).brand
    before = await everything()
    for party, said, code in (
        (depot.storeman, {"stalledAfterHours": -1}, "BAD_REQUEST"),
        (depot.storeman, {"stalledAfterHours": 8761}, "BAD_REQUEST"),
        (depot.storeman, {"autoSignDays": 366}, "BAD_REQUEST"),
        (depot.storeman, {"carrier": "自有车队"}, "BAD_REQUEST"),
        (depot.clerk, {}, "FORBIDDEN"),
        (manager, {}, "FORBIDDEN"),
        (stranger, {}, "NOT_FOUND"),
    ):
        asked = {"clientKey": new_key(), "networkId": network, **said}
        assert await depot.api.code(party, RULE, input=asked) == code, said
    assert await everything() == before


async def test_the_worklist_narrows(depot: Depot) -> None:
    number = new_key()
    one = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    two = await depot.shipped()
    await say(depot, two, "OUT_FOR_DELIVERY", 1)
    assert await depot.worklist() == [two["id"], one["id"]]
    assert await depot.worklist(number=number) == [one["id"]]
    assert await depot.worklist(statuses=["OUT_FOR_DELIVERY", "ARRIVED"]) == [two["id"]]
    depot.storeman = depot.market.buyer
    assert await depot.worklist() == []  # what a company buys is not what it ships


async def test_the_list_of_the_stalled_is_read_from_its_own_index(depot: Depot) -> None:
    """Of a seller's many shipments only those that may stall are looked at."""
    sql = queries._OF_SELLER.replace("{stalled}", queries._STALLED[True])
    params = [depot.market.seller.company_id, None, None, None, clock.now(), None, None, None, 20]
    async with database.pool().acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        await connection.execute("SET LOCAL enable_sort = off")
        plan = await connection.fetch(f"EXPLAIN {sql}", *params)
    assert any("shipment_seller_stalling" in row[0] for row in plan), "\n".join(row[0] for row in plan)
