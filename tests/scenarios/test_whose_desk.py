"""Whose desk it is: notes, tags, limits and worklists are the seller's alone, in the scope of who looks.

A change is its two parties', who do not read which member of the other side it was. Everybody else is answered as if
there were nothing.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.scenarios.audited import assert_clean, publish_outbox
from tests.scenarios.channels import MANAGERS, PARTIES, Channels, open_channels
from tests.scenarios.people import Person, mutation
from tests.scenarios.test_who_sees_what import SIDES, nodes, told_since_the_beginning
from tests.scenarios.trade import place
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

CLERK = "clerk for Shared"
EVERYBODY = (*PARTIES, *MANAGERS, CLERK)
NOTE, TAG, REASON = "Ring twice, they owe us a favour", "内部急单", "Two pails are broken"

DESK = """query($tag: String!, $number: String!, $buyer: ID!) { backoffice {
    worklist(first: 100) { edges { node { tags notes { text by } order { id number } } } }
    tagged: worklist(filter: {tag: $tag}) { edges { node { order { id } } } }
    numbered: worklist(filter: {numberPrefix: $number}) { edges { node { order { id } } } }
    bought: worklist(filter: {buyerId: $buyer}) { edges { node { order { id } } } }
    counts: worklistCounts(filter: {tag: $tag}) { count atLeast }
    all: worklistCounts { count atLeast }
    deskLimits { priceBp } } }"""
CHANGES = """query($id: ID!) { order(id: $id) { id
    changes { id status reason proposedBy decidedBy before { gross { amount } } lines { after { quantity } } }
    timeline { edges { node { what side by changeId reason } } } } }"""
ALL_OF_IT = """query($id: ID!) { order(id: $id) { id number remarks allowedActions
    changes { reason answer proposedBy decidedBy } timeline { edges { node { what by reason } } }
    lines { discounts { reason } } } }"""


class Desks:
    """The channels, with an order on every desk: noted, tagged, and with a change that waits; by arrow."""

    def __init__(self, channels: Channels) -> None:
        self.channels = channels
        self.orders: dict[str, dict[str, Any]] = {}

    async def fill(self) -> None:
        people = self.channels.people
        shared = self.channels.trades["Iris>Shared"].relation_id
        await self.channels.member(
            "Iris", CLERK, roles=["CHANNEL_MANAGER", "ORDER_CLERK"], scope={"relationIds": [shared]}
        )
        for name, trade in self.channels.trades.items():
            seller, buyer = people[trade.seller], people[trade.buyer]
            order = self.orders[name] = await place(buyer, seller, {"MANUAL": 5})
            noted = await seller.does(
                "noteOrder", "... on DeskOrder { tags }", orderId=order["id"], text=f"{NOTE} {name}"
            )
            assert noted["__typename"] == "DeskOrder", noted
            await seller.does("tagOrder", "... on DeskOrder { tags }", orderId=order["id"], tags=[TAG, f"{TAG} {name}"])
            lines = [{"lineId": order["lines"][0]["id"], "quantity": "3"}]
            changed = await seller.does(
                "proposeOrderChange", "... on Order { status }", orderId=order["id"], reason=REASON, lines=lines
            )
            assert changed["status"] == "CHANGE_PROPOSED", changed
        for n, name in enumerate(("Iris", "Onyx", "Guangdong", "Foshan", "Shared")):
            network_id = self.channels.networks.get(name, self.channels.networks["Iris"])
            saved = await people[name].does(
                "saveDeskLimit",
                "... on DeskLimit { id }",
                networkId=network_id,
                role="ORDER_CLERK",
                priceBp=100 + n,
            )
            assert saved["__typename"] == "DeskLimit", saved

    def sells(self, name: str) -> set[str]:
        """The arrows on this desk, in the scope of who looks."""
        if name == CLERK:
            return {"Iris>Shared"}
        return {one for one, sides in SIDES.items() if name in sides and not one.endswith(f">{name}")}


@pytest.fixture(scope="module")
async def desks(database: str) -> Desks:
    filled = Desks(await open_channels())
    await filled.fill()
    return filled


async def test_a_worklist_holds_what_one_sells_and_its_notes_and_tags_are_ones_own(desks: Desks) -> None:
    channels, limits = desks.channels, {"Iris": 100, "Onyx": 101, "Guangdong": 102, "Foshan": 103, "Shared": 104}
    foreign = desks.orders["Foshan>Corner"]
    for name in EVERYBODY:
        buyer_id = channels.people["Corner"].company_id
        seen = await channels.people[name].asks(DESK, tag=TAG, number=foreign["number"], buyer=buyer_id)
        mine = desks.sells(name)
        old = {channels.trades[one].order_id for one in mine}
        new = {desks.orders[one]["id"] for one in mine}
        found = {one["order"]["id"]: one for one in nodes(seen["worklist"])}
        assert set(found) == old | new, name
        for arrow in mine:
            one = found[desks.orders[arrow]["id"]]
            assert one["tags"] == [TAG, f"{TAG} {arrow}"]
            assert [note["text"] for note in one["notes"]] == [f"{NOTE} {arrow}"]
        assert {one["order"]["id"] for one in nodes(seen["tagged"])} == new, name
        sees = {foreign["id"]} if "Foshan>Corner" in mine else set()
        assert {one["order"]["id"] for one in nodes(seen["numbered"])} == sees, name  # a sub-dealer's is on no other's
        corner = {foreign["id"], channels.trades["Foshan>Corner"].order_id} if sees else set()
        assert {one["order"]["id"] for one in nodes(seen["bought"])} == corner, name
        assert (sum(one["count"] for one in seen["counts"]), sum(one["count"] for one in seen["all"])) == (
            len(new),
            len(old | new),
        ), name
        company = "Iris" if name in (*MANAGERS, CLERK) else name
        assert [one["priceBp"] for one in seen["deskLimits"]] == ([limits[company]] if company in limits else []), name


def acts(order: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything the desk and its buyer do with an order by its id."""
    lines = [{"lineId": order["lines"][0]["id"], "quantity": "1"}]
    yield "noteOrder", {"text": "x"}
    yield "tagOrder", {"tags": ["x"]}
    yield "proposeOrderChange", {"reason": "x", "lines": lines}
    yield "withdrawOrderChange", {}
    yield "acceptOrderChange", {}
    yield "refuseOrderChange", {}


async def answers_as_absent(person: Person, name: str, order_id: str, said: dict[str, Any]) -> None:
    absent = str(uuid4())
    found, other = [
        await person.answer(mutation(name, ""), input={"clientKey": new_key(), "orderId": one, **said})
        for one in (order_id, absent)
    ]
    assert str(found).replace(order_id, "ID") == str(other).replace(absent, "ID"), (person.name, name)
    (error,) = found["errors"]
    assert error["extensions"] in ({"code": "NOT_FOUND"}, {"code": "FORBIDDEN"}), (person.name, name, error)


async def test_nobody_acts_on_a_desk_that_is_anothers(desks: Desks) -> None:
    refused = 0
    for arrow, order in desks.orders.items():
        seller, buyer = arrow.split(">")
        parties = {seller, buyer} | ({CLERK} if arrow == "Iris>Shared" else set())
        for name in EVERYBODY:
            for what, said in acts(order):
                if name not in parties or (name == buyer and what in ("noteOrder", "tagOrder")):
                    await answers_as_absent(desks.channels.people[name], what, order["id"], said)
                    refused += 1
        batch = {"clientKey": new_key(), "orderIds": [order["id"], str(uuid4())]}
        for name in {*PARTIES, CLERK} - parties:
            document = mutation("confirmOrders", "").replace(
                "{ __typename  ... on Refused { code message } }",
                "{ results { order { id } problem { ... on Refused { code } } } }",
            )
            answer = await desks.channels.people[name].asks(document, input=batch)
            assert answer["results"] == [{"order": None, "problem": {"code": "NOT_FOUND"}}] * 2, name
    assert refused == 5 * (8 * 6 + 2) - 6
    for arrow, order in desks.orders.items():
        seen = await desks.channels.people[arrow.split(">")[0]].asks(CHANGES, id=order["id"])
        assert [one["status"] for one in seen["changes"]] == ["PROPOSED"]


async def test_a_change_is_its_parties_and_hides_who_of_the_other_side_it_was(desks: Desks) -> None:
    for arrow, order in desks.orders.items():
        seller, buyer = arrow.split(">")
        readers = SIDES[arrow] | ({CLERK} if arrow == "Iris>Shared" else set())
        for name in EVERYBODY:
            person = desks.channels.people[name]
            if name not in readers:
                assert await person.code(CHANGES, id=order["id"]) == "NOT_FOUND", (arrow, name)
                continue
            seen = await person.asks(CHANGES, id=order["id"])
            (change,) = seen["changes"]
            assert (change["status"], change["reason"]) == ("PROPOSED", REASON)
            assert (change["proposedBy"] is None) is (name == buyer), (arrow, name)
            placed, proposed = nodes(seen["timeline"])
            assert (placed["side"], proposed["side"]) == ("BUYER", "SELLER")
            assert (proposed["changeId"], proposed["by"] is None) == (change["id"], name == buyer)
            assert (placed["by"] is None) is (name != buyer)
        accepted = await desks.channels.people[buyer].does(
            "acceptOrderChange", "... on Order { changes { decidedBy proposedBy } }", orderId=order["id"]
        )
        assert accepted["changes"] == [{"decidedBy": f"{buyer} owner", "proposedBy": None}], accepted
        (change,) = (await desks.channels.people[seller].asks(CHANGES, id=order["id"]))["changes"]
        assert (change["decidedBy"], change["proposedBy"] is None) == (None, False)
        said = str(await desks.channels.people[buyer].asks(ALL_OF_IT, id=order["id"]))
        assert NOTE not in said
        assert TAG not in said


async def test_notes_and_tags_are_no_events_and_changes_hold_neither(desks: Desks) -> None:
    await publish_outbox()
    for name in EVERYBODY:
        told = str(await told_since_the_beginning(desks.channels.people[name]))
        for secret in (NOTE, TAG, REASON):
            assert secret not in told, name
    await assert_clean()
