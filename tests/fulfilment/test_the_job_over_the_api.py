"""From the confirmation to the doorstep through the public API: what each side sees, may do, and is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLUnionType

from app.kernel import clock
from app.network.roles import Role
from schema.build import build_schema
from tests.api import Api
from tests.ordering.market import Market, open_market
from tests.ordering_lifecycle.books import wrong_books
from tests.worlds import Party, new_key, open_world

ORDER = """... on Order { id status version paymentStatus fulfilmentStatus allowedActions
    totals { gross { amount } cancelled { amount } discount { amount } }
    lines { id sku { code } ordered cancelled allocated shipped delivered gross { amount } net { amount } tax { amount }
        discounts { kind reason amount { amount } } }
    cancellationRequest { reason lines { orderLineId quantity } }
    shipments { edges { node { number status allowedActions } } } }"""
REFUSED = """... on MoveNotAllowed { code message statusNow asked allowed }
    ... on ChangedMeanwhile { code expectedVersion version } ... on KeyReused { code key }"""
SHORT = "... on MoreThanOpen { code message short { lineId skuCode unit asked open } }"
EXPIRED = "... on OrderExpired { code message number expiredAt }"
MOVED = f"""... on ShipmentMoved {{ shipment {{ id orderId number status carrier trackingNumber version
    amount {{ amount currency }} allowedActions lines {{ orderLineId skuCode quantity unit }}
    tracking {{ edges {{ node {{ code text place at }} }} pageInfo {{ hasNextPage }} }} }}
    order {{ {ORDER.removeprefix("... on Order { ").rstrip(" }")} }} }} }} }} }}"""


def mutation(name: str, *members: str) -> str:
    kind = name[0].upper() + name[1:]
    return f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename {' '.join(members)} }} }}"


CONFIRM = mutation("confirmOrder", ORDER, REFUSED, EXPIRED)
REJECT = mutation("rejectOrder", ORDER, REFUSED, EXPIRED)
CANCEL = mutation("cancelOrder", ORDER, REFUSED, EXPIRED, SHORT)
REQUEST = mutation("requestCancellation", ORDER, REFUSED, SHORT)
DECIDE = mutation("decideCancellation", ORDER, REFUSED)
DISCOUNT = mutation(
    "grantDiscount", ORDER, REFUSED, EXPIRED, "... on DiscountTooLarge { code discount { amount } most { amount } }"
)
SHIP = mutation("shipOrder", MOVED, REFUSED, SHORT)
TRACK = mutation("recordTracking", MOVED, "... on KeyReused { code }")
DELIVER = mutation(
    "confirmDelivery", MOVED, "... on MoveNotAllowed { document statusNow allowed }", "... on KeyReused { code }"
)
READ = f"query($id: ID!) {{ order(id: $id) {{ {ORDER.removeprefix('... on Order { ')} }}"


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


async def two_lines(*, levels: int = 1, **terms: Any) -> tuple[Market, str]:
    """A submitted order: 10 at 100.00 with 13 %, 5 at 109.00 with 9 %, in cartons of 12."""
    market = await open_market(levels=levels, **terms)
    paint = await market.sku("PAINT", price="100.00", stock="10", rate_bp=1300)
    brush = await market.sku("BRUSH", price="10.00", stock="60", rate_bp=900, unit="carton", units={"carton": "12"})
    order_id = await market.place([(paint, "10"), (brush, "5")])
    return market, str(order_id)


async def act(api: Api, party: Party, document: str, **said: Any) -> Any:
    return await api.data(party, document, input={"clientKey": new_key(), **said})


async def test_the_main_job(api: Api) -> None:
    market, order_id = await two_lines(levels=2)
    clerk = await market.world.member(market.seller, [Role.ORDER_CLERK])
    storeman = await market.world.member(market.seller, [Role.WAREHOUSE])
    seen = await api.data(clerk, READ, id=order_id)
    assert (seen["status"], seen["allowedActions"]) == (
        "SUBMITTED",
        ["CONFIRM", "REJECT", "GRANT_DISCOUNT", "PROPOSE_CHANGE"],
    )
    gross = {line["sku"]["code"]: line["gross"]["amount"] for line in seen["lines"]}
    assert gross == {"PAINT": "1000.00", "BRUSH": "600.00"}

    cheaper = await act(api, clerk, DISCOUNT, orderId=order_id, amount="100.00", reason="opening", expectedVersion=1)
    assert cheaper["totals"] == {
        "gross": {"amount": "1500.00"},
        "cancelled": {"amount": "0.00"},
        "discount": {"amount": "100.00"},
    }
    shares = [line["discounts"] for line in cheaper["lines"]]
    assert [[one["amount"]["amount"] for one in of_line] for of_line in shares] == [["62.50"], ["37.50"]]
    assert [(line["net"]["amount"], line["tax"]["amount"]) for line in cheaper["lines"]] == [
        ("829.65", "107.85"),
        ("516.06", "46.44"),
    ]
    stale = await act(api, clerk, CONFIRM, orderId=order_id, expectedVersion=1)
    assert stale == {"__typename": "ChangedMeanwhile", "code": "CHANGED_MEANWHILE", "expectedVersion": 1, "version": 2}
    confirmed = await act(api, clerk, CONFIRM, orderId=order_id, expectedVersion=2)
    assert (confirmed["status"], confirmed["fulfilmentStatus"], confirmed["version"]) == ("CONFIRMED", "ALLOCATED", 3)
    assert confirmed["allowedActions"] == ["CANCEL"]
    again = await act(api, clerk, CONFIRM, orderId=order_id)
    assert (again["__typename"], again["statusNow"], again["allowed"]) == ("MoveNotAllowed", "CONFIRMED", ["CANCEL"])

    paint, brush = (line["id"] for line in confirmed["lines"])
    first = await act(
        api,
        storeman,
        SHIP,
        orderId=order_id,
        lines=[{"lineId": paint, "quantity": "4"}],
        carrier="SF",
        trackingNumber="SF1",
    )
    shipment, order = first["shipment"], first["order"]
    assert (shipment["status"], shipment["carrier"], shipment["trackingNumber"]) == ("SHIPPED", "SF", "SF1")
    assert shipment["amount"] == {"amount": "375.00", "currency": "CNY"}
    assert shipment["lines"] == [{"orderLineId": paint, "skuCode": "PAINT", "quantity": "4", "unit": "piece"}]
    assert (order["status"], order["fulfilmentStatus"]) == ("FULFILLING", "PARTIAL")
    over = await act(api, storeman, SHIP, orderId=order_id, lines=[{"lineId": paint, "quantity": "7"}])
    assert over["short"] == [
        {"lineId": paint, "skuCode": "PAINT", "unit": "piece", "asked": "7", "open": "6"},
    ]
    at = clock.now().isoformat().replace("+00:00", "Z")
    tracked = await act(
        api,
        storeman,
        TRACK,
        shipmentId=shipment["id"],
        events=[{"code": "PICKED_UP", "text": "已揽收", "place": "佛山", "at": at}],
    )
    assert [edge["node"]["text"] for edge in tracked["shipment"]["tracking"]["edges"]] == ["已揽收"]
    assert tracked["shipment"]["status"] == "IN_TRANSIT"

    asked = await act(
        api,
        market.buyer,
        REQUEST,
        orderId=order_id,
        lines=[{"lineId": brush, "quantity": "2"}],
        reason="no room",
    )
    assert asked["status"] == "CANCEL_REQUESTED"
    assert asked["cancellationRequest"] == {
        "reason": "no room",
        "lines": [{"orderLineId": brush, "quantity": "2"}],
    }
    decided = await act(api, clerk, DECIDE, orderId=order_id, accept=True)
    assert (decided["status"], decided["totals"]["cancelled"]["amount"]) == ("FULFILLING", "225.00")
    assert decided["cancellationRequest"] is None

    rest = await act(api, storeman, SHIP, orderId=order_id)
    assert rest["order"]["fulfilmentStatus"] == "SHIPPED"
    for one in (first, rest):
        done = await act(api, market.buyer, DELIVER, shipmentId=one["shipment"]["id"])
        assert done["shipment"]["status"] == "DELIVERED"
    assert (done["order"]["status"], done["order"]["allowedActions"]) == ("COMPLETED", [])
    twice = await act(api, storeman, DELIVER, shipmentId=shipment["id"])
    assert twice == {
        "__typename": "MoveNotAllowed",
        "document": "SHIPMENT",
        "statusNow": "DELIVERED",
        "allowed": ["RECORD_TRACKING"],
    }
    read = await api.data(market.buyer, READ, id=order_id)
    numbers = [edge["node"] for edge in read["shipments"]["edges"]]
    assert [one["number"][-2:] for one in numbers] == ["-1", "-2"]
    assert [one["allowedActions"] for one in numbers] == [[], []]
    assert await wrong_books() == []


async def test_reject_cancel_and_too_large_a_discount(api: Api) -> None:
    market, order_id = await two_lines()
    too_much = await act(api, market.seller, DISCOUNT, orderId=order_id, amount="1600.01", reason="all")
    assert too_much == {
        "__typename": "DiscountTooLarge",
        "code": "DISCOUNT_TOO_LARGE",
        "discount": {"amount": "1600.01"},
        "most": {"amount": "1600.00"},
    }
    lines = (await api.data(market.buyer, READ, id=order_id))["lines"]
    less = await act(
        api,
        market.buyer,
        CANCEL,
        orderId=order_id,
        lines=[{"lineId": lines[0]["id"], "quantity": "9"}],
        reason="too much",
    )
    assert (less["status"], less["totals"]["cancelled"]["amount"]) == ("SUBMITTED", "900.00")
    gone = await act(api, market.seller, REJECT, orderId=order_id, reason="closed")
    assert (gone["status"], gone["allowedActions"], gone["version"]) == ("REJECTED", [], 3)
    assert await wrong_books() == []


async def test_an_order_whose_time_is_over(api: Api) -> None:
    market, order_id = await two_lines(reservation_minutes=30)
    with clock.travel(timedelta(minutes=10)):
        assert (await api.data(market.seller, READ, id=order_id))["allowedActions"] != []
    # the access token outlives half an hour
    with clock.travel(timedelta(minutes=31)):
        party = await market.world.member(market.seller, [Role.ORDER_CLERK])
        assert (await api.data(party, READ, id=order_id))["allowedActions"] == []
        late = await act(api, party, CONFIRM, orderId=order_id)
        assert (late["__typename"], late["code"]) == ("OrderExpired", "ORDER_EXPIRED")
        assert (await api.data(party, READ, id=order_id))["status"] == "EXPIRED"
    assert await wrong_books() == []


async def test_strangers_and_roles(api: Api) -> None:
    market, order_id = await two_lines(levels=2)
    stranger = (await open_world()).brand
    sibling = await market.world.buyer(market.seller, "Sibling")
    confirmed = await act(api, market.seller, CONFIRM, orderId=order_id)
    shipped = await act(api, market.seller, SHIP, orderId=order_id)
    shipment_id = shipped["shipment"]["id"]
    said: dict[str, dict[str, Any]] = {
        CONFIRM: {"orderId": order_id},
        REJECT: {"orderId": order_id, "reason": "x"},
        CANCEL: {"orderId": order_id, "reason": "x"},
        REQUEST: {"orderId": order_id, "reason": "x"},
        DECIDE: {"orderId": order_id, "accept": True},
        DISCOUNT: {"orderId": order_id, "amount": "1", "reason": "x"},
        SHIP: {"orderId": order_id},
        TRACK: {
            "shipmentId": shipment_id,
            "events": [{"code": "ARRIVED", "text": "x", "at": "2026-01-01T00:00:00Z"}],
        },
        DELIVER: {"shipmentId": shipment_id},
    }
    finance = await market.world.member(market.seller, [Role.FINANCE])
    for document, input in said.items():
        for foreign in (stranger, sibling, market.world.brand):
            assert await api.code(foreign, document, input={"clientKey": new_key(), **input}) == "NOT_FOUND"
        assert await api.code(finance, document, input={"clientKey": new_key(), **input}) == "FORBIDDEN"
        assert await api.code(None, document, input={"clientKey": new_key(), **input}) == "UNAUTHENTICATED"
        nobody = {key: "no id" if key.endswith("Id") else value for key, value in input.items()}
        assert await api.code(market.seller, document, input={"clientKey": new_key(), **nobody}) == "NOT_FOUND"
    for foreign in (stranger, sibling, market.world.brand):
        assert await api.code(foreign, "query($id: ID!) { shipment(id: $id) { id } }", id=shipment_id) == "NOT_FOUND"
    assert UUID(shipment_id)
    assert confirmed["version"] == 2
    assert (await api.data(market.seller, READ, id=order_id))["version"] == 3


async def test_nonsense_is_the_clients_mistake(api: Api) -> None:
    market, order_id = await two_lines()
    [line, _] = [one["id"] for one in (await api.data(market.buyer, READ, id=order_id))["lines"]]
    wrong: list[list[dict[str, str]]] = [
        [],
        [{"lineId": line, "quantity": "0"}],
        [{"lineId": line, "quantity": "-1"}],
        [{"lineId": line, "quantity": "1"}, {"lineId": line, "quantity": "1"}],
        [{"lineId": line, "quantity": "99999999999999999"}],
    ]
    for lines in wrong:
        said = {"clientKey": new_key(), "orderId": order_id, "lines": lines, "reason": "x"}
        assert await api.code(market.buyer, CANCEL, input=said) == "BAD_REQUEST"
    for reason in ("", " ", "x" * 401):
        said = {"clientKey": new_key(), "orderId": order_id, "reason": reason}
        assert await api.code(market.buyer, CANCEL, input=said) == "BAD_REQUEST"
    for key in ("", "k" * 5000):
        answer = await api.ask(market.buyer, CANCEL, input={"clientKey": key, "orderId": order_id, "reason": "x"})
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST", key
    done = await act(api, market.buyer, CANCEL, orderId=order_id, reason="😀" * 400)
    assert done["status"] == "CANCELLED"


async def test_a_list_of_orders_with_everything_is_a_constant_number_of_statements(api: Api, counted: Any) -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="1.00", stock="100")

    async def order() -> None:
        order_id = str(await market.place([(paint, "2")]))
        line = (await act(api, market.seller, CONFIRM, orderId=order_id))["lines"][0]["id"]
        for _ in range(2):
            await act(api, market.seller, SHIP, orderId=order_id, lines=[{"lineId": line, "quantity": "1"}])

    document = """{ backoffice { orders(first: 5) { edges { node { id allowedActions cancellationRequest { id }
        shipments(first: 5) { edges { node { number lines { quantity }
            tracking(first: 5) { edges { node { code } } } } } } } } } } }"""
    await order()
    async with counted() as few:
        await api.data(market.seller, document)
    for _ in range(3):
        await order()
    async with counted() as many:
        answer = await api.data(market.seller, document)
    assert len(answer["orders"]["edges"]) == 4
    assert len(few) == len(many) == 6  # viewer, orders, requests, shipments, their lines, their tracking


def test_a_client_may_name_the_same_field_of_every_member_of_a_result() -> None:
    """GraphQL refuses a document that asks two members of a union for one field of different types."""
    for name in (
        "DecideOrderResult",
        "CancelOrderResult",
        "RequestCancellationResult",
        "DecideCancellationResult",
        "GrantDiscountResult",
        "ShipOrderResult",
        "RecordTrackingResult",
        "ConfirmDeliveryResult",
    ):
        union = build_schema()._schema.type_map[name]
        assert isinstance(union, GraphQLUnionType)
        types: dict[str, set[str]] = {}
        for member in union.types:
            for field, definition in member.fields.items():
                types.setdefault(field, set()).add(str(definition.type))
        assert {field: kinds for field, kinds in types.items() if len(kinds) > 1} == {}, name
