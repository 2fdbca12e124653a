"""The order of docs/money.md, traded on a running demo: what it shows after every step."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from tests.docs.demo import Demo
from tests.docs.running import Play

BUYER, DESK, STORE, FINANCE = (
    "dealer@zhemei.example",
    "clerk@huacai.example",
    "warehouse@huacai.example",
    "finance@huacai.example",
)
LINES = (("WQ-500-5L", "19"), ("TS-200", "3"))

SUPPLIER = """
{ viewer { suppliers(first: 1) { edges { node {
  id seller { id } shipTos(first: 1) { edges { node { id } } }
  account { receivable { amount } credit { exposure { amount } available { amount } parts { kind amount { amount } } } }
} } } } }
"""
OFFER = "query ($seller: ID!, $sku: String!) { storefront(sellerId: $seller) { offer(sku: $sku) { sku { id } } } }"
ORDER = """
fragment All on Order {
  id totals { goods { amount } discount { amount } freight { amount } net { amount } tax { amount } gross { amount } }
  lines { id skuCode taxRateBp gross { amount } net { amount } tax { amount } discounts { amount { amount } } }
}
"""
PREVIEW = (
    "query ($order: OrderInput!) { previewOrder(input: $order) { totals { gross { amount } } problems { code } } }"
)
SHIPMENT = "... on ShipmentMoved { shipment { amount { amount } } } ... on Refused { message }"


@dataclass(slots=True)
class Walk:
    """What was seen: the order before and after the discount, and the account after every step."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    account: list[tuple[str, list[str]]] = field(default_factory=list)
    shipped: list[str] = field(default_factory=list)


class Trade:
    """Four people of the story and one order."""

    def __init__(self, demo: Demo, play: Play) -> None:
        self.demo, self.play = demo, play
        self.seen = Walk()
        self.keys = 0

    def ask(self, login: str, document: str, **variables: Any) -> Any:
        """The value of the only root field."""
        headers = {"authorization": f"Bearer {self.play.token(login)}"}
        said = {"query": document, "variables": variables}
        answer = httpx.post(self.demo.url, json=said, headers=headers, trust_env=False, timeout=30).json()
        assert "errors" not in answer, answer["errors"]
        (value,) = answer["data"].values()
        return value

    def act(self, login: str, verb: str, selection: str, **said: Any) -> Any:
        self.keys += 1
        kind = f"{verb[0].upper()}{verb[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {verb}(input: $input) {{ {selection} }} }}"
        if "...All" in selection:
            document += ORDER
        answer = self.ask(login, document, input={"clientKey": f"walk {self.keys}", **said})
        assert "message" not in answer, answer
        return answer

    def supplier(self) -> dict[str, Any]:
        supplier: dict[str, Any] = self.ask(BUYER, SUPPLIER)["suppliers"]["edges"][0]["node"]
        return supplier

    def note(self, step: str) -> None:
        """Where Zhemei stands with Huacai now: pending, open, receivable, exposure, available."""
        credit = self.supplier()["account"]["credit"]
        parts = {one["kind"]: one["amount"]["amount"] for one in credit["parts"]}
        assert parts["SHIPPED"] == "0.00"
        row = [parts["PENDING"], parts["OPEN"], parts["RECEIVABLE"]]
        self.seen.account.append((step, [*row, credit["exposure"]["amount"], credit["available"]["amount"]]))

    def play_out(self) -> Walk:
        """The whole page."""
        supplier = self.supplier()
        seller, ship_to = supplier["seller"]["id"], supplier["shipTos"]["edges"][0]["node"]["id"]
        skus = [self.ask(BUYER, OFFER, seller=seller, sku=code)["offer"]["sku"]["id"] for code, _ in LINES]
        lines = [{"skuId": sku, "quantity": quantity} for sku, (_, quantity) in zip(skus, LINES, strict=True)]
        order = {"sellerId": seller, "shipToId": ship_to, "lines": lines}
        self.note("before")
        total = self.ask(BUYER, PREVIEW, order=order)["totals"]["gross"]["amount"]
        either = "...All ... on Refused { message }"
        self.seen.before = self.act(BUYER, "placeOrder", either, order=order, expectedTotal=total)
        said = {"orderId": self.seen.before["id"]}
        self.note("placed")
        self.seen.after = self.act(DESK, "grantDiscount", either, amount="100.00", reason="opening offer", **said)
        self.note("100.00 off granted")
        self.act(DESK, "confirmOrder", either, **said)
        self.note("confirmed")
        paint, book = (line["id"] for line in self.seen.after["lines"])
        self.ship(lines=[{"lineId": paint, "quantity": "7"}], **said)
        self.note("7 of 19 paint shipped")
        self.act(DESK, "cancelOrder", either, lines=[{"lineId": book, "quantity": "1"}], reason="damaged", **said)
        self.note("1 of 3 books cancelled by the seller")
        self.ship(**said)
        self.note("the rest shipped")
        owed = Decimal(self.supplier()["account"]["receivable"]["amount"])
        self.receive(supplier["id"], "1000.00")
        self.note("1,000.00 paid")
        self.receive(supplier["id"], str(owed - 1000))
        self.note("the rest paid")
        return self.seen

    def ship(self, **said: Any) -> None:
        shipped = self.act(STORE, "shipOrder", SHIPMENT, **said)
        self.seen.shipped.append(shipped["shipment"]["amount"]["amount"])

    def receive(self, relation: str, amount: str) -> None:
        selection = "... on Receipt { id } ... on Refused { message }"
        said = {"relationId": relation, "amount": amount, "method": "TRANSFER", "reference": "bank"}
        self.act(FINANCE, "recordReceipt", selection, **said)
