"""`placeOrder` answers with the statement that writes the order: the same, field by field, as reading it again."""

from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type

from app import database
from app.kernel.money import Money
from app.ordering.asked import AskedLine, DeliveryMethod
from app.ordering.place import place_order
from app.ordering.queries import order_by_id
from schema.build import build_schema
from tests.api import Api
from tests.ordering.market import Market, open_market
from tests.worlds import new_key, ship_to

pytestmark = pytest.mark.usefixtures("database")

DEEPEST = 4


def everything(kind: GraphQLObjectType, deep: int = 0) -> str:
    """A selection of every field of a type and of what hangs on it, arguments left out."""
    found = [_selected(name, field, deep) for name, field in kind.fields.items()]
    return " ".join(one for one in found if one)


def _selected(name: str, field: GraphQLField, deep: int) -> str:
    kind = get_named_type(field.type)
    if not isinstance(kind, GraphQLObjectType):
        return name
    below = everything(kind, deep + 1) if deep < DEEPEST else ""
    return f"{name} {{ {below} }}" if below else ""


async def everything_sold(**terms: Any) -> tuple[Market, list[AskedLine]]:
    """Stock in two warehouses, a unit of more, a service, breaks; three lines."""
    market = await open_market(warehouses=2, **terms)
    paint = await market.sku("PAINT", price="11.3333", stock=["3", "40"], breaks={"10": "9.99"}, units={"box": "6"})
    brush, mixing = await market.sku("BRUSH", price="0.07"), await market.sku("MIXING", price="80", stock=None)
    lines = [AskedLine(paint, quantity("2"), "box"), AskedLine(brush, quantity("7")), AskedLine(mixing, quantity("1"))]
    return market, lines


def quantity(text: str) -> Any:
    return Money.parse(text, "CNY").decimal


ORDERS: list[dict[str, Any]] = [
    {},
    {"buyer_reference": "PO-7", "remarks": "请放门口", "delivery_method": DeliveryMethod.COLLECT},
    {"delivery_method": DeliveryMethod.PICKUP, "picker_name": "王五", "plate_number": "粤A12345"},
]


@pytest.mark.parametrize("more", ORDERS)
@pytest.mark.parametrize("terms", [{}, {"tax_mode": "excluded", "reservation_minutes": 30, "net_days": 45}])
async def test_the_row_of_the_answer_is_the_row_of_a_read(more: dict[str, Any], terms: dict[str, Any]) -> None:
    market, lines = await everything_sold(**terms)
    if not more:
        more = {"ship_to_id": await ship_to(market.buyer, region="4406", name="Foshan yard")}
    order = market.asked(lines, **more)
    placed = dict(
        await place_order(
            market.buyer.viewer,
            client_key=new_key(),
            order=order,
            expected_total=Money(0, "CNY").decimal,
            accept_price_changes=True,
        )
    )
    read = dict(await order_by_id(market.buyer.viewer, placed["id"]))
    assert read.pop("reader_id") == market.buyer.company_id  # of a statement that reads for many
    assert {name: placed[name] for name in read} == read
    assert {name for name in placed if name not in read} == {"written_0"}  # how many promises the statement counted


async def test_every_field_of_the_answer_is_that_of_a_read() -> None:
    schema = build_schema()._schema
    order = schema.type_map["Order"]
    assert isinstance(order, GraphQLObjectType)
    whole = everything(order)
    for part in ("lines {", "timeline {", "shipments {", "priceTrace {", "allowedActions", "sku {", "discounts {"):
        assert part in whole
    market, lines = await everything_sold()
    door = await ship_to(market.buyer, region="4406", name="Foshan yard")
    said = {
        "clientKey": new_key(),
        "order": {
            "sellerId": str(market.seller.company_id),
            "lines": [{"skuId": str(line.sku_id), "quantity": str(line.quantity), "unit": line.unit} for line in lines],
            "shipToId": str(door),
            "buyerReference": "PO-8",
        },
        "expectedTotal": "0",
        "acceptPriceChanges": True,
    }
    place = f"mutation($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ ... on Order {{ {whole} }} }} }}"
    api = Api()
    placed = await api.data(market.buyer, place, i=said)
    read = await api.data(market.buyer, f"query($id: ID!) {{ order(id: $id) {{ {whole} }} }}", id=placed["id"])
    assert placed == read
    assert len(placed["lines"]) == 3
    assert placed["number"].startswith("SO-")
    again = await api.data(market.buyer, place, i=said)
    assert again == read  # the same request is answered by a read


async def test_a_list_reads_of_its_lines_what_is_asked_for_and_shows_the_same() -> None:
    schema = build_schema()._schema
    line = schema.type_map["OrderLine"]
    assert isinstance(line, GraphQLObjectType)
    market, lines = await everything_sold()
    api, order_id = Api(), await market.place(lines)
    read = f"query($id: ID!) {{ order(id: $id) {{ lines {{ {everything(line, DEEPEST - 1)} }} }} }}"
    whole = (await api.data(market.buyer, read, id=str(order_id)))["lines"]
    listed = """query {{ backoffice {{ orders(first: 1) {{ edges {{ node {{ ...Of }} }} }} }} }}
        fragment Of on Order {{ ... on Order {{ lines {{ {0} }} }} }}"""
    for name, field in line.fields.items():
        answer = await api.data(market.seller, listed.format(_selected(name, field, DEEPEST - 1)))
        (edge,) = answer["orders"]["edges"]
        if name != "sku":  # its seller sees more of it than its buyer
            assert edge["node"]["lines"] == [{name: one[name]} for one in whole], name


async def test_a_number_of_more_than_six_digits_is_whole() -> None:
    market = await open_market()
    paint = await market.sku("PAINT")
    numbers = []
    for last in (41, 999_998, 999_999):
        await database.row("SELECT setval('order_number', $1)", last)
        row = await order_by_id(market.buyer.viewer, await market.place([(paint, "1")]))
        numbers.append(row["number"])
    assert numbers == ["SO-000042", "SO-999999", "SO-1000000"]
