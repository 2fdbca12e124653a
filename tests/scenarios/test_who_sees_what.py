"""Who sees what: a table of pairs walked through the API. What is one's own is there; what is foreign is answered
exactly as what does not exist."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from app.kernel.ids import uuid7
from app.papers.press import press
from tests.scenarios.audited import assert_clean, publish_outbox
from tests.scenarios.channels import MANAGERS, PARTIES, Channels, open_channels
from tests.scenarios.people import Person
from workers.exports import write_what_waits

pytestmark = pytest.mark.usefixtures("database")

EVERYBODY = (*PARTIES, *MANAGERS)
FOR_GUANGDONG, FOR_SHARED = MANAGERS

ORDER = "query($id: ID!) { order(id: $id) { id totals { gross { amount } } changes { id reason } } }"
CHANNEL_ORDER = """query($id: ID!) { channelOrder(id: $id) { id totals { gross { amount } }
    lines { unitPrice { amount } gross { amount } } } }"""
RELATION = "query($id: ID!) { relation(id: $id) { id account { receivable { amount } } } }"
CUSTOMER = """query($id: ID!) { backoffice { customer(relationId: $id) { id account { receivable { amount } }
    thisMonth { turnover { amount } } latestOrders { id } members history { edges { node { what by } } } } } }"""
SHIPMENT = "query($id: ID!) { shipment(id: $id) { id } }"

# The two sides of a trade, and of Iris's members those whose scope it is in
SIDES = {
    "Iris>Guangdong": {"Iris", "Guangdong", FOR_GUANGDONG},
    "Iris>Shared": {"Iris", "Shared", FOR_SHARED},
    "Guangdong>Foshan": {"Guangdong", "Foshan"},
    "Foshan>Corner": {"Foshan", "Corner"},
    "Onyx>Shared": {"Onyx", "Shared"},
}
BELOW = {"Guangdong>Foshan": {"Iris"}, "Foshan>Corner": {"Iris"}}


@pytest.fixture(scope="module")
async def channels(database: str) -> Channels:
    return await open_channels()


async def answers_as_absent(person: Person, document: str, foreign: str) -> bool:
    """The answer to a foreign id is, but for the id, the answer to an id that nobody has."""
    absent = str(uuid4())
    said, other = [await person.answer(document, id=one) for one in (foreign, absent)]
    assert str(said).replace(foreign, "ID") == str(other).replace(absent, "ID")
    (error,) = said["errors"]
    return error["extensions"] == {"code": "NOT_FOUND"} and _holds_nothing(said["data"])


def _holds_nothing(value: Any) -> bool:
    return all(_holds_nothing(one) for one in value.values()) if isinstance(value, dict) else value is None


def documents(channels: Channels) -> Iterator[tuple[str, str, str, set[str]]]:
    """Every document by id: what it is, how it is asked, its id, and who may read it."""
    for name, trade in channels.trades.items():
        yield f"order {name}", ORDER, trade.order_id, SIDES[name]
        yield f"relation {name}", RELATION, trade.relation_id, SIDES[name]
        yield f"customer {name}", CUSTOMER, trade.relation_id, SIDES[name] - {trade.buyer}
        for shipment_id in trade.shipment_ids:
            yield f"shipment {name}", SHIPMENT, shipment_id, SIDES[name]
        brand = {"Iris", FOR_GUANGDONG, FOR_SHARED, "Onyx"}
        yield f"channel order {name}", CHANNEL_ORDER, trade.order_id, BELOW.get(name, set()) | (SIDES[name] & brand)


async def test_documents_by_id_are_their_parties_and_absent_for_all_others(channels: Channels) -> None:
    pairs = 0
    for what, document, one, readers in documents(channels):
        for name in EVERYBODY:
            person = channels.people[name]
            if name in readers:
                found = await person.asks(document, id=one)
                assert found.get("customer", found)["id"] == one, (what, name)
            else:
                assert await answers_as_absent(person, document, one), (what, name)
            pairs += 1
        for person in (channels.people["suspended clerk"], Person(channels.api, "nobody")):
            assert await person.code(document, id=one) == "UNAUTHENTICATED", what
    assert pairs == 5 * 6 * 9


CHANNEL = "query($id: ID!) { backoffice { channel(networkId: $id) { edges { node { id thisMonth { orders } } } } } }"


async def test_a_network_is_its_brands_and_absent_for_all_others(channels: Channels) -> None:
    in_scope = {FOR_GUANGDONG: {"Iris>Guangdong"}, FOR_SHARED: {"Iris>Shared"}}
    for brand, network_id in channels.networks.items():
        whole = {one for one in channels.trades if (one == "Onyx>Shared") is (brand == "Onyx")}
        for name in EVERYBODY:
            person = channels.people[name]
            if name == brand or (brand == "Iris" and name in MANAGERS):
                trades = set() if brand == "Stranger" else in_scope.get(name, whole)
                seen = await person.asks(CHANNEL, id=network_id)
                assert ids(seen["channel"]) == {channels.trades[one].relation_id for one in trades}, (brand, name)
            else:
                assert await answers_as_absent(person, CHANNEL, network_id), (brand, name)


LISTS = """{ backoffice {
    customers { edges { node { id } } } orders { edges { node { id } } } channelOrders { edges { node { id } } }
    products { edges { node { code networkId skus { code } } } } listings { edges { node { networkId sku { code } } } }
    categories { edges { node { networkId } } } taxClasses { edges { node { networkId code } } }
    priceLists { edges { node { id networkId } } } warehouses { edges { node { id networkId } } }
    stock { edges { node { sku { code } warehouse { id } } } } freightRules { edges { node { id } } } } }"""
OWN = """{ viewer { company { name } suppliers { edges { node { id } } } shipTos { edges { node { id } } }
    territories { edges { node { id } } } } }"""
STOREFRONT = """query($id: ID!) { storefront(sellerId: $id) { relation { id } cart { lines { skuCode } }
    orders { edges { node { id } } } offers { edges { node { sku { code } } } } categories { code }
    facets { count facets { kind values { value count } } } } }"""

STOREFRONTS = [
    f"query($id: ID!) {{ storefront(sellerId: $id) {{ {field} }} }}"
    for field in ("relation { id }", "cart { version }", "offers { edges { node { id } } }", "categories { code }",
                  "facets { count }", 'offer(sku: "WQ-20L") { id }')
]  # fmt: skip

PAST = "query($id: ID!) { storefront(sellerId: $id) { orders { edges { node { id } } } } }"


def nodes(connection: dict[str, Any]) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


def ids(connection: dict[str, Any]) -> set[str]:
    return {node["id"] for node in nodes(connection)}


async def test_lists_hold_ones_own_and_nothing_else(channels: Channels) -> None:
    trades = channels.trades.values()
    sells = {name: {one.name for one in trades if one.seller == name} for name in PARTIES}
    sells |= {FOR_GUANGDONG: {"Iris>Guangdong"}, FOR_SHARED: {"Iris>Shared"}}
    public, secret = {"WQ-20L", "MANUAL"}, {"SECRET-1L"}
    knows = {  # SKUs of their catalog: a brand's all, a dealer's what it is offered or offers
        "Iris": public | secret,
        "Onyx": public,
        "Guangdong": public,
        "Shared": public | secret,
        "Foshan": public,
        "Corner": public,
        "Stranger": public,
    } | dict.fromkeys(MANAGERS, public | secret)
    lists = {"Iris": public | secret, "Onyx": public, "Guangdong": public, "Foshan": public} | dict.fromkeys(
        MANAGERS, public | secret
    )
    names = {network_id: brand for brand, network_id in channels.networks.items()}
    in_networks = {"Onyx": {"Onyx"}, "Stranger": {"Stranger"}, "Shared": {"Iris", "Onyx"}}
    for name in EVERYBODY:
        seen = await channels.people[name].asks(LISTS)
        assert ids(seen["customers"]) == {channels.trades[one].relation_id for one in sells[name]}, name
        assert ids(seen["orders"]) == {channels.trades[one].order_id for one in sells[name]}, name
        below = {channels.trades[one].order_id for one in BELOW} if name == "Iris" else set()
        assert ids(seen["channelOrders"]) == below, name
        skus = {sku["code"] for product in nodes(seen["products"]) for sku in product["skus"]}
        assert skus == knows[name], name
        assert {one["sku"]["code"] for one in nodes(seen["listings"])} == lists.get(name, set()), name
        assert {one["sku"]["code"] for one in nodes(seen["stock"])} == lists.get(name, set()), name
        for what in ("products", "categories", "taxClasses"):
            networks = {names[one["networkId"]] for one in nodes(seen[what])}
            assert networks == in_networks.get(name, {"Iris"}), (name, what)
        shops = 1 if name in lists else 0
        assert (len(nodes(seen["priceLists"])), len(nodes(seen["warehouses"]))) == (shops, shops), name
        assert nodes(seen["freightRules"]) == []


async def test_what_one_buys_is_ones_own(channels: Channels) -> None:
    trades = channels.trades.values()
    addresses: set[str] = set()
    for name in PARTIES:
        seen = await channels.people[name].asks(OWN)
        bought = [one for one in trades if one.buyer == name]
        assert ids(seen["suppliers"]) == {one.relation_id for one in bought}, name
        assert len(ids(seen["shipTos"])) == len(bought)
        assert not ids(seen["shipTos"]) & addresses
        addresses |= ids(seen["shipTos"])
        assert nodes(seen["territories"]) == []
        for seller in PARTIES:
            seller_id = channels.people[seller].company_id
            dealt = next((one for one in bought if one.seller == seller), None)
            if dealt is None:
                for document in STOREFRONTS:
                    assert await answers_as_absent(channels.people[name], document, seller_id), (name, seller)
                for one in (seller_id, str(uuid4())):
                    assert await channels.people[name].asks(PAST, id=one) == {"orders": {"edges": []}}
                continue
            mall = await channels.people[name].asks(STOREFRONT, id=seller_id)
            assert (mall["relation"], ids(mall["orders"])) == ({"id": dealt.relation_id}, {dealt.order_id})
            secret = {"SECRET-1L"} if dealt.name == "Iris>Shared" else set()
            assert {one["sku"]["code"] for one in nodes(mall["offers"])} == {"WQ-20L", "MANUAL"} | secret
            assert mall["facets"]["count"] == 2 + len(secret)


BY_NUMBER = "query($number: String!) { backoffice { order(number: $number) { id } } }"
BY_NUMBER_BOUGHT = """query($seller: ID!, $number: String!) { storefront(sellerId: $seller) {
    order(number: $number) { id } orders(filter: {number: $number}) { edges { node { id } } } } }"""
FILTERED = """query($number: String!, $network: ID!, $buyer: ID!) { backoffice {
    orders(filter: {number: $number}) { edges { node { id } } }
    bought: orders(filter: {buyerId: $buyer}) { edges { node { id } } }
    channelOrders(filter: {number: $number}) { edges { node { id } } }
    products(networkId: $network) { edges { node { id } } } listings(networkId: $network) { edges { node { id } } }
    customers(networkId: $network) { edges { node { id } } } warehouses(networkId: $network) { edges { node { id } } }
    stock(networkId: $network) { edges { node { id } } } priceLists(networkId: $network) { edges { node { id } } }
    categories(networkId: $network) { edges { node { id } } }
    taxClasses(networkId: $network) { edges { node { id } } } } }"""


async def test_numbers_filters_and_lists_of_others_find_nothing(channels: Channels) -> None:
    for trade in channels.trades.values():
        for name in EVERYBODY:
            found = await channels.people[name].asks(BY_NUMBER, number=trade.number)
            sells = name in SIDES[trade.name] and name != trade.buyer
            assert found["order"] == ({"id": trade.order_id} if sells else None), (trade.name, name)
    shared, onyx, iris = channels.people["Shared"], channels.people["Onyx"], channels.people["Iris"]
    other = channels.trades["Iris>Shared"].number
    bought = await shared.asks(BY_NUMBER_BOUGHT, seller=onyx.company_id, number=other)
    assert bought == {"order": None, "orders": {"edges": []}}
    bought = await shared.asks(BY_NUMBER_BOUGHT, seller=iris.company_id, number=other)
    assert bought["order"] == {"id": channels.trades["Iris>Shared"].order_id}

    foreign = {
        "number": channels.trades["Guangdong>Foshan"].number,
        "network": channels.networks["Iris"],
        "buyer": channels.people["Foshan"].company_id,
    }
    for name in ("Onyx", "Stranger"):
        absent = {"number": "SO-0", "network": str(uuid4()), "buyer": str(uuid4())}
        found, nothing = [await channels.people[name].answer(FILTERED, **one) for one in (foreign, absent)]
        assert _blind(found, foreign) == _blind(nothing, absent), name

    lists = nodes((await iris.asks("{ backoffice { priceLists { edges { node { id } } } } }"))["priceLists"])
    for field in ("priceRows", "priceAssignments"):
        document = f"query($id: ID!) {{ backoffice {{ {field}(priceListId: $id) {{ edges {{ node {{ id }} }} }} }} }}"
        for name in ("Onyx", "Guangdong", "Shared"):
            for one in (lists[0]["id"], str(uuid4())):
                found = await channels.people[name].answer(document, id=one)
                assert found == {"data": {"backoffice": {field: {"edges": []}}}}, (field, name)


def _blind(answer: dict[str, Any], asked: dict[str, str]) -> str:
    said = str(answer)
    for value in asked.values():
        said = said.replace(value, "…")
    return said


SEARCH = """query($seller: ID!, $search: String) { storefront(sellerId: $seller) {
    offers(search: $search) { edges { node { sku { code } } } }
    facets(search: $search) { count facets { kind values { value count } } }
    offer(sku: "SECRET-1L") { sku { id } } } }"""
BY_ID = "query($seller: ID!, $sku: ID!) { storefront(sellerId: $seller) { offer(skuId: $sku) { sku { code } } } }"
PREVIEW = """query($input: OrderInput!) { previewOrder(input: $input) { lines { unitPrice { amount } sku { code } }
    problems { __typename code message lines ... on NotOffered { skuId } } } }"""


async def test_a_restricted_listing_is_nowhere_for_the_others(channels: Channels) -> None:
    seller = channels.people["Iris"].company_id
    shared, guangdong = channels.people["Shared"], channels.people["Guangdong"]
    for search, others in (("机密", set()), ("SECRET-1L", set()), ("SECR", set()), ("乳胶漆", {"WQ-20L", "MANUAL"})):
        found = await shared.asks(SEARCH, seller=seller, search=search)
        assert {one["sku"]["code"] for one in nodes(found["offers"])} == {"SECRET-1L"} | others, search
        assert found["facets"]["count"] == 1 + len(others)
        assert "机密乳胶漆" in _facet_values(found)
        hidden = await guangdong.asks(SEARCH, seller=seller, search=search)
        assert {one["sku"]["code"] for one in nodes(hidden["offers"])} == others, search
        assert hidden["facets"]["count"] == len(others)
        assert "机密乳胶漆" not in _facet_values(hidden)
        assert hidden["offer"] is None
    sku_id = found["offer"]["sku"]["id"]
    assert (await shared.asks(BY_ID, seller=seller, sku=sku_id))["offer"] == {"sku": {"code": "SECRET-1L"}}
    said = []
    for one in (sku_id, str(uuid7())):
        assert (await guangdong.asks(BY_ID, seller=seller, sku=one))["offer"] is None
        order = {"sellerId": seller, "lines": [{"skuId": one, "quantity": "1"}]}
        preview = await guangdong.asks(PREVIEW, input=order)
        assert preview["problems"][0]["__typename"] == "NotOffered"
        assert preview["lines"] == [{"unitPrice": None, "sku": None}]
        said.append(str(preview).replace(one, "ID"))
    assert said[0] == said[1]


def _facet_values(found: dict[str, Any]) -> set[str]:
    return {value["value"] for facet in found["facets"]["facets"] for value in facet["values"]}


async def test_the_brand_sees_money_only_while_a_relation_grants_it(channels: Channels) -> None:
    iris, guangdong = channels.people["Iris"], channels.people["Guangdong"]
    granting, keeping = channels.trades["Guangdong>Foshan"], channels.trades["Foshan>Corner"]

    async def seen(order_id: str) -> set[str | None]:
        order = await iris.asks(CHANNEL_ORDER, id=order_id)
        money = [order["totals"] and order["totals"]["gross"]]
        money += [one for line in order["lines"] for one in (line["unitPrice"], line["gross"])]
        listed = await iris.asks(
            "{ backoffice { channelOrders { edges { node { id totals { gross { amount } } } } } } }"
        )
        (in_list,) = (one["totals"] for one in nodes(listed["channelOrders"]) if one["id"] == order_id)
        return {one and one["amount"] for one in [*money, in_list and in_list["gross"]]}

    async def grants(granted: bool) -> None:
        changed = await guangdong.does(
            "changeRelation",
            "... on TradeRelation { terms { grantsMoneyToBrand } }",
            relationId=granting.relation_id,
            terms={"grantsMoneyToBrand": granted},
        )
        assert changed["terms"] == {"grantsMoneyToBrand": granted}

    assert await seen(granting.order_id) == {None}
    await grants(True)
    amounts = {"832.70", "200.00", "800.00", "10.90", "32.70"}
    assert await seen(granting.order_id) == amounts
    assert await seen(keeping.order_id) == {None}
    assert await answers_as_absent(iris, RELATION, granting.relation_id)
    await grants(False)
    assert await seen(granting.order_id) == {None}


SALES_ORDER = "query($id: ID!) { salesOrderPaper(orderId: $id) { url } }"
DELIVERY_NOTE = "query($id: ID!) { deliveryNotePaper(shipmentId: $id) { url } }"
PRICED_NOTE = "query($id: ID!) { deliveryNotePaper(shipmentId: $id, withPrices: true) { url } }"
EXPORT = "query($id: ID!) { export(id: $id) { status url } }"


async def test_papers_are_for_the_parties_of_their_order(channels: Channels) -> None:
    try:
        for trade in channels.trades.values():
            (shipment_id, *_) = trade.shipment_ids
            papers = ((SALES_ORDER, trade.order_id), (DELIVERY_NOTE, shipment_id), (PRICED_NOTE, shipment_id))
            for (document, one), name in product(papers, EVERYBODY):
                person = channels.people[name]
                if name not in SIDES[trade.name]:
                    assert await answers_as_absent(person, document, one), (trade.name, name)
                    continue
                file = await channels.api.get((await person.asks(document, id=one))["url"])
                assert (file.status_code, file.content[:5]) == (200, b"%PDF-"), (trade.name, name)
            for person in (channels.people["suspended clerk"], Person(channels.api, "nobody")):
                for document, one in papers:
                    assert await person.code(document, id=one) == "UNAUTHENTICATED"
    finally:
        await press.close()


async def test_an_exported_list_holds_ones_own_and_is_its_members_alone(channels: Channels) -> None:
    for of, bought in (({"worklist": {}}, False), ({"orders": {"side": "BUYING"}}, True)):
        exports = {}
        for name in EVERYBODY:
            started = await channels.people[name].does("startExport", "... on Export { id }", of=of)
            exports[name] = started["id"]
        await write_what_waits()
        for name, export_id in exports.items():
            export = await channels.people[name].asks(EXPORT, id=export_id)
            file = await channels.api.get(export["url"])
            (page,) = load_workbook(BytesIO(file.content)).worksheets
            numbers = {row[0] for row in page.iter_rows(min_row=2, values_only=True) if str(row[0]).startswith("SO")}
            trades = channels.trades.values()
            own = {one.number for one in trades if name in SIDES[one.name] and (one.buyer == name) is bought}
            assert numbers == own, (name, of)
            for other in EVERYBODY:
                if other != name:
                    assert await answers_as_absent(channels.people[other], EXPORT, export_id), (name, other)


SINCE = """query($after: Cursor) { eventsSince(after: $after, first: 100) { ... on EventPage { cursor hasMore nodes {
    event { __typename ... on OrderChanged { order { id } } ... on ChannelOrderChanged { channelOrder { id } }
        ... on ShipmentProgressed { shipment { id } } ... on AccountChanged { relation { id } }
        ... on RelationChanged { relation { id } } ... on ListingChanged { listing { sku { code } } }
        ... on PricesChanged { priceList { id } } ... on StockChanged { stock { warehouse { id } } } } } } } }"""


async def told_since_the_beginning(person: Person) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    cursor, more = "e0", True
    while more:
        page = await person.asks(SINCE, after=cursor)
        events += [one["event"] for one in page["nodes"]]
        cursor, more = page["cursor"], page["hasMore"]
    return events


def about(events: Iterable[dict[str, Any]], kind: str, field: str) -> set[str]:
    return {one[field]["id"] for one in events if one["__typename"] == kind}


async def test_events_are_told_to_their_parties_alone(channels: Channels) -> None:
    await publish_outbox()
    for name in EVERYBODY:
        events = await told_since_the_beginning(channels.people[name])
        own = [trade for trade in channels.trades.values() if name in SIDES[trade.name]]
        assert about(events, "OrderChanged", "order") == {one.order_id for one in own}, name
        assert about(events, "ShipmentProgressed", "shipment") == {
            shipment_id for one in own for shipment_id in one.shipment_ids
        }, name
        for kind in ("AccountChanged", "RelationChanged"):
            assert about(events, kind, "relation") == {one.relation_id for one in own}, (name, kind)
        below = {channels.trades[one].order_id for one in BELOW} if name == "Iris" else set()
        assert about(events, "ChannelOrderChanged", "channelOrder") == below, name
        listed = {one["listing"]["sku"]["code"] for one in events if one["__typename"] == "ListingChanged"}
        assert ("SECRET-1L" in listed) is (name in ("Iris", *MANAGERS)), name
        shops = name in ("Iris", "Onyx", "Guangdong", "Foshan", *MANAGERS)
        kinds = {one["__typename"] for one in events}
        assert (kinds >= {"PricesChanged", "StockChanged", "ListingChanged"}) is shops, (name, kinds)
    for person in (channels.people["suspended clerk"], Person(channels.api, "nobody")):
        assert await person.code(SINCE, after="e0") == "UNAUTHENTICATED"
    await assert_clean()
