"""The delivery note (送货单): what is in a shipment, for whoever carries, counts and signs. It knows prices only where
they are wished for, and then their reader may see money."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.kernel.money import Money, UnitPrice
from app.papers import wording
from app.papers.capitals import in_capitals
from app.papers.content import NOTHING, Reader, delivery, number, parties, quantity_total, spec
from app.papers.paper import Box, Heading, Paper, Total
from app.papers.read import ShipmentFacts

Row = Mapping[str, Any]


def delivery_note(facts: ShipmentFacts, reader: Reader, *, priced: bool) -> Paper:
    """The shipment with a column for what was received, which is empty until it was signed for, and fields to sign."""
    order, say = facts.of.order, reader.say
    prices = _prices(facts) if priced else None
    remarks = [Box(say(wording.REMARKS), (order["remarks"],))] if order["remarks"] else []
    return Paper(
        title=say(wording.DELIVERY_NOTE),
        subtitle=facts.shipment["number"],
        language=reader.language,
        author=order["seller_name"],
        landscape=False,
        facts=_facts(facts, reader),
        boxes=parties(facts.of, reader),
        headings=_headings(order, reader, priced=priced),
        rows=tuple(_line(facts, place, line, reader, prices) for place, line in enumerate(facts.lines, 1)),
        totals=(
            Total(say(wording.LINES_TOTAL), str(len(facts.lines))),
            quantity_total(facts.lines, "quantity", reader),
            *(_value(facts, reader) if priced else ()),
        ),
        page_of=say(wording.PAGE_OF),
        footer=reader.footer(),
        lacking=say(wording.LACKING),
        remarks=(*remarks, Box(say(wording.CHECK_ON_ARRIVAL), ())),
        signatures=(
            say(wording.PREPARED_BY),
            say(wording.CARRIED_BY),
            say(wording.RECEIVED_BY),
            say(wording.RECEIVED_ON),
        ),
    )


def _headings(order: Row, reader: Reader, *, priced: bool) -> tuple[Heading, ...]:
    say = reader.say
    price = wording.PRICE_WITH_TAX if order["tax_mode"] == "included" else wording.PRICE_WITHOUT_TAX
    return (
        Heading(say(wording.POSITION), 26, "center"),
        Heading(say(wording.SKU), 82),
        Heading(say(wording.NAME), 150 if priced else 168),
        Heading(say(wording.SPEC), 94),
        Heading(say(wording.UNIT), 38, "center"),
        Heading(say(wording.QUANTITY), 58, "right"),
        *((Heading(say(price), 62, "right"),) if priced else ()),
        Heading(say(wording.SIGNED), 60, "right"),
    )


def _facts(facts: ShipmentFacts, reader: Reader) -> tuple[tuple[str, str], ...]:
    shipment, order, say = facts.shipment, facts.of.order, reader.say
    carriers = dict.fromkeys(one["carrier"] for one in facts.packages if one["carrier"])
    numbers = [one["tracking_number"] for one in facts.packages if one["tracking_number"]]
    weights = [one["weight_g"] for one in facts.packages]
    known = [
        (say(wording.SHIPMENT_NUMBER), shipment["number"]),
        (say(wording.NUMBER), order["number"]),
        (say(wording.REFERENCE), order["buyer_reference"] or NOTHING),
        (say(wording.SHIPPED_AT), reader.day(shipment["shipped_at"])),
        (say(wording.DELIVERY), delivery(order, reader)),
        (say(wording.REQUESTED_ON), reader.day(order["requested_on"])),
        (say(wording.CARRIER), ", ".join(carriers) or NOTHING),
        (say(wording.TRACKING), ", ".join(numbers) or NOTHING),
        (say(wording.PACKAGES), _packages(facts.packages, reader)),
    ]
    if all(weights):
        known.append((say(wording.WEIGHT), f"{number(Decimal(sum(weights)) / 1000)} kg"))
    return tuple(known)


def _packages(packages: Sequence[Row], reader: Reader) -> str:
    pieces = [one["pieces"] for one in packages]
    if not all(pieces):
        return str(len(packages))
    return reader.say(wording.PIECES, packages=len(packages), pieces=sum(pieces))


def _line(
    facts: ShipmentFacts, place: int, line: Row, reader: Reader, prices: Mapping[Any, str] | None
) -> tuple[str, ...]:
    return (
        str(place),
        line["sku_code"],
        reader.name(line),
        spec(facts.of, line, reader),
        reader.unit(line["unit"]),
        number(line["quantity"]),
        *(() if prices is None else (prices[line["order_line_id"]],)),
        "" if facts.shipment["delivered_at"] is None else number(line["delivered"]),
    )


def _prices(facts: ShipmentFacts) -> dict[Any, str]:
    return {
        line["id"]: str(UnitPrice(line["unit_price"], line["currency"], line["unit"], line["tax_mode"] == "included"))
        for line in facts.of.lines
    }


def _value(facts: ShipmentFacts, reader: Reader) -> tuple[Total, ...]:
    """What was posted for the shipment; no line has a part of its own, so that parts and whole cannot differ."""
    minor, currency = facts.shipment["amount_minor"], facts.shipment["currency"]
    value = Total(reader.say(wording.SHIPMENT_VALUE), reader.say(Money(minor, currency).shown()), strong=True)
    if currency != "CNY":
        return (value,)
    return value, Total(reader.say(wording.CAPITALS), in_capitals(minor), strong=True)
