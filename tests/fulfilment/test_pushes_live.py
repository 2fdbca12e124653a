"""A carrier's push, through real processes: the dealer's socket hears of it at once, and the order shows it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import httpx

from app import database as db
from tests.fulfilment.kuaidi import FORM, SALT, form, param, sign
from tests.fulfilment.parcels import Depot, open_depot, story
from tests.live.follower import Socket
from tests.live.processes import Valkey, mall
from tests.live.trade import until_published
from tests.worlds import new_key

HEARD = """subscription { events(topics: [SHIPMENTS]) { __typename ... on CaughtUp { cursor }
    ... on EventEnvelope { event { ... on ShipmentProgressed { what shipment { id status
        packages { trackingNumber status } tracking { edges { node { code text } } } } } } } } }"""
ORDER = """query($id: ID!) { order(id: $id) { timeline { edges { node { what } } }
    shipments { edges { node { id status tracking { edges { node { code } } } } } } } }"""


async def shown(depot: Depot, order_id: str) -> tuple[list[str], str, list[str]]:
    """What the dealer's order says: its own timeline, where its shipment is, and what was said of that."""
    order = await depot.api.data(depot.market.buyer, ORDER, id=order_id)
    [shipment] = [edge["node"] for edge in order["shipments"]["edges"]]
    what = [edge["node"]["what"] for edge in order["timeline"]["edges"]]
    return what, shipment["status"], [edge["node"]["code"] for edge in shipment["tracking"]["edges"]]


async def test_the_dealer_hears_at_once(database: str) -> None:
    depot, number = await open_depot(), new_key().upper()
    with (
        TemporaryDirectory(prefix="tributary-valkey-") as folder,
        Valkey(Path(folder)) as valkey,
        mall(database, valkey.url, TRIBUTARY_KUAIDI100_SALT=SALT) as (api, _),
    ):
        socket = await Socket.open(api.ws_url, depot.market.buyer.token)
        await socket.subscribe(HEARD)
        assert (await socket.told())["__typename"] == "CaughtUp"
        shipment = await depot.shipped({"carrier": "顺丰", "trackingNumber": number})
        assert (await socket.told())["event"]["what"] == "shipped"
        history = story("picked_up", "in_transit", "out_for_delivery", "arrived")
        async with httpx.AsyncClient(base_url=api.url, headers=FORM, trust_env=False) as carrier:
            for said, status in ((history[1:3], "OUT_FOR_DELIVERY"), (history[:1], None), (history, "ARRIVED")):
                text = param("shunfeng", number, said)
                forged = form(param("shunfeng", number, story("returned")), sign(text, "guessed"))
                assert (await carrier.post("/webhooks/carriers/kuaidi100", content=forged)).status_code == 403
                assert (await carrier.post("/webhooks/carriers/kuaidi100", content=form(text))).status_code == 200
                heard = (await socket.told())["event"]
                there = heard["shipment"]
                assert (heard["what"], there["id"]) == ("tracked", shipment["id"])
                assert there["status"] == (status or "OUT_FOR_DELIVERY")  # old news do not move it back
        codes = ["ARRIVED", "OUT_FOR_DELIVERY", "IN_TRANSIT", "PICKED_UP"]
        assert [edge["node"]["code"] for edge in there["tracking"]["edges"]] == codes
        assert there["packages"] == [{"trackingNumber": number, "status": "ARRIVED"}]
        await until_published()
        await socket.close()
    [row] = await db.rows("SELECT order_id FROM shipment WHERE id = $1", UUID(shipment["id"]))
    assert await shown(depot, str(row["order_id"])) == (["placed", "confirmed", "shipped"], "ARRIVED", codes)
