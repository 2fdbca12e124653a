"""Who hears what on an open socket: everybody follows, everybody trades, and nothing of others arrives."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.live.follower import EVENTS, ORDER, Follower, Socket
from tests.live.processes import mall
from tests.live.trade import until_published
from tests.scenarios.audited import assert_clean, publish_outbox
from tests.scenarios.channels import MANAGERS, PARTIES, open_channels
from tests.scenarios.trade import ORDER as ORDER_FIELDS
from tests.scenarios.trade import place

pytestmark = pytest.mark.usefixtures("database")

SIDES = {
    "Iris>Guangdong": {"Iris", "Guangdong", MANAGERS[0]},
    "Iris>Shared": {"Iris", "Shared", MANAGERS[1]},
    "Guangdong>Foshan": {"Guangdong", "Foshan"},
    "Foshan>Corner": {"Foshan", "Corner"},
    "Onyx>Shared": {"Onyx", "Shared"},
}
ABOVE = {"Guangdong>Foshan": {"Iris"}, "Foshan>Corner": {"Iris"}}
NOTE = "for our own eyes"
STEPS = ["placed", "change_proposed", "change_accepted", "shipped"]
LAST = "LAST"  # the code of the price list that everybody saves at the end: what comes before it has arrived by then
INBOX = "{ viewer { notifications(first: 100) { edges { node { kind linkId } } } } }"
FOLLOWED = EVENTS.replace("priceList { id }", "priceList { id code }")


def last_is_heard(follower: Follower) -> bool:
    return any(one["event"].get("priceList", {}).get("code") == LAST for one in follower.seen)


def heard(follower: Follower, kind: str, field: str) -> set[str]:
    events = [one["event"] for one in follower.seen]
    return {one[field]["id"] for one in events if one["__typename"] == kind}


async def test_an_event_arrives_at_its_parties_and_nowhere_else(database: str, redis_url: str) -> None:
    channels = await open_channels()
    people = channels.people
    await publish_outbox()
    relations = {trade.relation_id: name for name, trade in channels.trades.items()}
    with mall(database, redis_url) as (api, _):
        async with AsyncExitStack() as stack:
            following: dict[str, Follower] = {}
            for name in (*PARTIES, *MANAGERS):
                follower = Follower(api.ws_url, str(people[name].token), FOLLOWED)
                following[name] = await stack.enter_async_context(follower)
            orders: dict[str, dict[str, Any]] = {}
            for name, trade in channels.trades.items():
                seller, buyer = people[trade.seller], people[trade.buyer]
                orders[name] = await place(buyer, seller, {"MANUAL": 2})
                moved = f"... on Order {{ {ORDER_FIELDS} }}"
                less = [{"lineId": orders[name]["lines"][0]["id"], "quantity": "1"}]
                await seller.does("noteOrder", "", orderId=orders[name]["id"], text=NOTE)
                await seller.does("tagOrder", "", orderId=orders[name]["id"], tags=[NOTE])
                await seller.does("proposeOrderChange", moved, orderId=orders[name]["id"], reason="less", lines=less)
                await buyer.does("acceptOrderChange", moved, orderId=orders[name]["id"])
                shipped = "... on ShipmentMoved { shipment { id } }"
                left = await seller.does("shipOrder", shipped, orderId=orders[name]["id"])
                orders[name]["shipment"] = left["shipment"]["id"]
            for name in PARTIES:
                await people[name].does(
                    "savePriceList",
                    "... on PriceList { id }",
                    networkId=channels.networks.get(name, channels.networks["Iris"]),
                    code=LAST,
                    name="Last",
                    currency="CNY",
                )
            for follower in following.values():
                await follower.until(last_is_heard)
        for name, follower in following.items():
            own = {one for one in SIDES if name in SIDES[one]}
            assert heard(follower, "OrderChanged", "order") == {orders[one]["id"] for one in own}, name
            assert heard(follower, "ShipmentProgressed", "shipment") == {orders[one]["shipment"] for one in own}, name
            steps = [
                (one["event"]["order"]["id"], one["event"]["what"])
                for one in follower.seen
                if one["event"]["__typename"] == "OrderChanged"
            ]
            for arrow in own:
                assert [what for order_id, what in steps if order_id == orders[arrow]["id"]] == STEPS, (name, arrow)
            assert NOTE not in str(follower.seen), name
            told = heard(follower, "AccountChanged", "relation")
            assert {relations[one] for one in told} == own, name
            below = {orders[one]["id"] for one in ABOVE if name in ABOVE[one]}
            assert heard(follower, "ChannelOrderChanged", "channelOrder") == below, name
            for one in follower.seen:
                if one["event"]["__typename"] == "ChannelOrderChanged":
                    assert one["event"]["channelOrder"]["totals"] is None
            assert len(heard(follower, "PricesChanged", "priceList")) == 1, name

        # Inboxes hold what one's own side has to know of it
        await until_published()
        for name in PARTIES:
            inbox = (await people[name].asks(INBOX))["notifications"]
            linked = [(edge["node"]["kind"], edge["node"]["linkId"]) for edge in inbox["edges"]]
            found = {(kind, order_id) for kind, order_id in linked if "CHANGE" in kind}
            assert found == {
                (f"ORDER_CHANGE_{'PROPOSED' if arrow.endswith(f'>{name}') else 'ACCEPTED'}", orders[arrow]["id"])
                for arrow in SIDES
                if name in arrow.split(">")
            }, name

        # An order of others cannot be followed, nor one that nobody has
        socket = await Socket.open(api.ws_url, str(people["Stranger"].token))
        for operation_id, order_id in (("1", orders["Iris>Shared"]["id"]), ("2", channels.networks["Iris"])):
            await socket.subscribe(ORDER, operation_id, id=order_id)
            message = await socket.next()
            errors = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
            assert [one["extensions"]["code"] for one in errors] == ["NOT_FOUND"]
            if message["type"] == "next":
                assert (await socket.next())["type"] == "complete"
        await socket.close()
    await assert_clean()
