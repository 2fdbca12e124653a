"""Who takes part in the tour, what they have in hand, and what several steps do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from app.tour import documents
from app.tour.client import Ear, Person, expect, new_key

Play = Callable[["Stage"], Awaitable[str]]


class Step(NamedTuple):
    """What somebody does, in words, and the doing, which returns what was seen; several lines where there is more."""

    title: str
    play: Play


@dataclass(slots=True)
class Stage:
    """Who takes part, and what they have in hand."""

    people: dict[str, Person]
    carrier_salt: str
    begun: datetime
    ears: dict[str, Ear] = field(default_factory=dict)
    inboxes: dict[str, Ear] = field(default_factory=dict)
    seller: str = ""
    relation: str = ""
    network: str = ""
    waiting: dict[str, int] = field(default_factory=dict)
    ship_to: str = ""
    offers: list[dict[str, Any]] = field(default_factory=list)
    order: dict[str, Any] = field(default_factory=dict)
    shipped: list[dict[str, Any]] = field(default_factory=list)
    below: dict[str, Any] = field(default_factory=dict)
    cancelled: dict[str, Any] = field(default_factory=dict)
    lead: dict[str, Any] = field(default_factory=dict)
    order_of_lead: dict[str, Any] = field(default_factory=dict)


def step(title: str) -> Callable[[Play], Step]:
    """A step of the tour."""
    return lambda play: Step(title, play)


async def leave(stage: Stage) -> None:
    """Everybody hangs up."""
    await asyncio.gather(*(ear.close() for ear in (*stage.ears.values(), *stage.inboxes.values())))


async def suppliers(person: Person) -> list[dict[str, Any]]:
    found = (await person.ask(documents.SUPPLIERS))["viewer"]["suppliers"]["edges"]
    expect(found, f"{person.company} has no supplier")
    return [edge["node"] for edge in found]


async def credit_of(person: Person, seller: str) -> dict[str, Any]:
    supplier = next(one for one in await suppliers(person) if one["seller"]["id"] == seller)
    credit: dict[str, Any] = supplier["account"]["credit"]
    return credit


async def offer_by_search(person: Person, seller: str, search_for: str) -> dict[str, Any]:
    found = (await person.ask(documents.SEARCH, seller=seller, search=search_for))["storefront"]["offers"]["edges"]
    expect(found, f"{person.company} finds no {search_for}")
    offer: dict[str, Any] = found[0]["node"]
    return offer


async def order_something(person: Person, seller: str) -> dict[str, Any]:
    """A small order of whatever is there, above the order minimum."""
    supplier = next(one for one in await suppliers(person) if one["seller"]["id"] == seller)
    ship_to = supplier["shipTos"]["edges"][0]["node"]["id"]
    found = (await person.ask(documents.SEARCH, seller=seller, search="乳胶漆"))["storefront"]["offers"]["edges"]
    there = [edge["node"] for edge in found if Decimal(edge["node"]["availability"]["quantity"] or "0") >= 24]
    lines = [{"skuId": one["sku"]["id"], "quantity": "24"} for one in there[:3]]
    asked = {"sellerId": seller, "shipToId": ship_to, "lines": lines}
    preview = (await person.ask(documents.PREVIEW, input=asked))["previewOrder"]
    expect(not preview["problems"], f"{person.company} cannot order: {preview['problems']}")
    total = preview["totals"]["gross"]["amount"]
    placed = await person.act(documents.PLACE, {"clientKey": new_key(), "order": asked, "expectedTotal": total})
    expect(placed["__typename"] == "Order", f"refused: {placed}")
    return placed


async def read_order(person: Person, stage: Stage) -> dict[str, Any]:
    order: dict[str, Any] = (await person.ask(documents.ORDER, id=stage.order["id"]))["order"]
    return order


def money(amount: dict[str, str]) -> str:
    return f"{amount['amount']} {amount['currency']}"
