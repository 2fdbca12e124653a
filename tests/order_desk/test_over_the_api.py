"""The desk over GraphQL: an order confirmed with a change, refusals, lists, and notes that stay inside."""

from datetime import timedelta
from typing import Any

import pytest

from app.network.roles import Role
from tests.api import Api
from tests.ordering_lifecycle.orders import Goods, line_rows, open_shop
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

PROPOSE = """mutation($input: ProposeOrderChangeInput!) { proposeOrderChange(input: $input) { __typename
    ... on Order { status changes { status reason dearer roundOff { amount } proposedBy
        before { gross { amount } } after { gross { amount } freight { amount } }
        lines { skuCode before { quantity unitPrice { amount } } after { quantity unitPrice { amount } } } } }
    ... on PriceBeyondLimit { code message price { amount } lowest { amount } limitBp }
    ... on DiscountBeyondLimit { code message inAll { amount } limit { amount } }
    ... on ChangeMakesDearer { code before { amount } after { amount } } } }"""
ACCEPT = """mutation($input: AcceptOrderChangeInput!) { acceptOrderChange(input: $input) { __typename
    ... on Order { status totals { gross { amount } } timeline { edges { node { what side changeId } } }
        changes { status proposedBy decidedBy } lines { priceTrace { outcome unitPrice } } } } }"""
LIMIT = """mutation($input: SaveDeskLimitInput!) { saveDeskLimit(input: $input) { __typename
    ... on DeskLimit { role priceBp discount { amount } } } }"""
NOTE = """mutation($input: NoteOrderInput!) { noteOrder(input: $input) { __typename
    ... on DeskOrder { notes { text by } tags order { id } } } }"""
TAG = """mutation($input: TagOrderInput!) { tagOrder(input: $input) { __typename ... on DeskOrder { tags } } }"""
CONFIRM = """mutation($input: ConfirmOrdersInput!) { confirmOrders(input: $input) { confirmed
    results { orderId order { status } problem { __typename ... on Refused { code } } } } }"""
LIST = """query($filter: WorklistFilter) { backoffice { worklist(filter: $filter, first: 5) {
    edges { node { tags notes { text } order { id } } } pageInfo { hasNextPage } }
    worklistCounts(filter: $filter) { status count atLeast } } }"""


async def test_an_order_is_confirmed_with_a_change_that_its_buyer_accepts() -> None:
    api, shop = Api(), await open_shop()
    order_id = await shop.place([Goods("10", 100000)], freight=1000, expires_in=timedelta(days=1))
    (line,) = await line_rows(order_id)

    async def does(who: Any, document: str, **said: Any) -> Any:
        return await api.data(who, document, input={"clientKey": new_key(), **said})

    limit = await does(
        shop.seller, LIMIT, networkId=str(shop.world.network_id), role="ORDER_CLERK", priceBp=500, discount="10"
    )
    assert limit == {
        "__typename": "DeskLimit", "role": "ORDER_CLERK", "priceBp": 500, "discount": {"amount": "10.00"},
    }  # fmt: skip
    cheap = [{"lineId": str(line["id"]), "unitPrice": "90"}]
    said = await does(shop.clerk, PROPOSE, orderId=str(order_id), reason="sale", lines=cheap)
    assert (said["code"], said["price"], said["lowest"], said["limitBp"]) == (
        "PRICE_BEYOND_LIMIT", {"amount": "90.00"}, {"amount": "95.00"}, 500,
    )  # fmt: skip
    dearer = await does(shop.clerk, PROPOSE, orderId=str(order_id), reason="far", freight="20")
    assert dearer["__typename"] == "ChangeMakesDearer"
    lines = [{"lineId": str(line["id"]), "quantity": "8", "unitPrice": "99.5"}]
    proposed = await does(
        shop.clerk, PROPOSE, orderId=str(order_id), reason="two are short", lines=lines, roundOff="6", freight="5"
    )
    (change,) = proposed["changes"]
    assert (proposed["status"], change["status"], change["dearer"]) == ("CHANGE_PROPOSED", "PROPOSED", False)
    assert (change["before"], change["after"]) == (
        {"gross": {"amount": "1010.00"}},
        {"gross": {"amount": "795.00"}, "freight": {"amount": "5.00"}},
    )
    accepted = await does(shop.purchaser, ACCEPT, orderId=str(order_id))
    assert (accepted["status"], accepted["totals"]["gross"]) == ("CONFIRMED", {"amount": "795.00"})
    told = [edge["node"] for edge in accepted["timeline"]["edges"]]
    assert [(one["what"], one["side"], one["changeId"] is not None) for one in told] == [
        ("placed", "SYSTEM", False),  # by these tests themselves
        ("change_proposed", "SELLER", True),
        ("change_accepted", "BUYER", True),
    ]
    (decided,) = accepted["changes"]
    assert (decided["proposedBy"], decided["decidedBy"] is not None) == (None, True)
    assert accepted["lines"][0]["priceTrace"][0] == {"outcome": "MANUAL", "unitPrice": "99.5"}


async def test_notes_and_tags_are_found_by_the_seller_and_by_nobody_else() -> None:
    api, shop = Api(), await open_shop(levels=2)
    order_id = str(await shop.place([Goods("1", 100)]))
    said = {"clientKey": new_key(), "orderId": order_id}
    noted = await api.data(shop.clerk, NOTE, input={**said, "text": "ask for the plate"})
    assert noted["notes"][0]["text"] == "ask for the plate"
    await api.data(shop.clerk, TAG, input={**said, "tags": ["急单"]})
    seen = await api.data(shop.clerk, LIST, filter={"tag": "急单"})
    (edge,) = seen["worklist"]["edges"]
    assert edge["node"] == {
        "tags": ["急单"], "notes": [{"text": "ask for the plate"}], "order": {"id": order_id},
    }  # fmt: skip
    assert {one["status"]: one["count"] for one in seen["worklistCounts"]}["SUBMITTED"] == 1
    brand, approver = shop.world.brand, await shop.world.member(shop.buyer, [Role.ADMIN])
    for other in (brand, approver):
        foreign = await api.data(other, LIST, filter={"tag": "急单"})
        assert foreign["worklist"]["edges"] == []
        assert sum(one["count"] for one in foreign["worklistCounts"]) == 0
        assert await api.code(other, NOTE, input={**said, "clientKey": new_key(), "text": "x"}) == "NOT_FOUND"
    ids = [order_id, str(shop.relation_id)]
    confirmed = await api.data(shop.clerk, CONFIRM, input={"clientKey": new_key(), "orderIds": ids})
    assert confirmed == {
        "confirmed": 1,
        "results": [
            {"orderId": order_id, "order": {"status": "CONFIRMED"}, "problem": None},
            {
                "orderId": str(shop.relation_id),
                "order": None,
                "problem": {"__typename": "OrderNotFound", "code": "NOT_FOUND"},
            },
        ],
    }


async def test_what_would_end_before_it_begins_is_said_so() -> None:
    api, shop = Api(), await open_shop()
    day = "2026-11-21T00:00:00Z"
    for asked, field in (
        ({"placedFrom": day, "placedBefore": day}, "placedBefore"),
        ({"currency": "CNY", "grossFrom": "2", "grossTo": "1.99"}, "grossTo"),
    ):
        said = await api.ask(shop.clerk, LIST, filter=asked)
        assert [(one["extensions"]["code"], one["extensions"]["field"]) for one in said["errors"]][:1] == [
            ("BAD_REQUEST", field)
        ]
    same = await api.data(shop.clerk, LIST, filter={"currency": "CNY", "grossFrom": "2", "grossTo": "2.00"})
    assert same["worklist"]["edges"] == []
