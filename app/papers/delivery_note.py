"""The delivery note (送货单): what is in a shipment, for whoever carries, counts and signs. It knows no prices."""

from app.papers import wording
from app.papers.content import NOTHING, Reader, by_unit, delivery, number, parties, spec
from app.papers.paper import Box, Heading, Paper, Total
from app.papers.read import ShipmentFacts


def delivery_note(facts: ShipmentFacts, reader: Reader) -> Paper:
    """The shipment with an empty column for what was received, and fields to sign."""
    shipment, order, say = facts.shipment, facts.of.order, reader.say
    rows = tuple(
        (
            str(place),
            line["sku_code"],
            reader.name(line),
            spec(facts.of, line, reader),
            reader.unit(line["unit"]),
            number(line["quantity"]),
            "",
        )
        for place, line in enumerate(facts.lines, 1)
    )
    remarks = [Box(say(wording.REMARKS), (order["remarks"],))] if order["remarks"] else []
    return Paper(
        title=say(wording.DELIVERY_NOTE),
        subtitle=shipment["number"],
        language=reader.language,
        author=order["seller_name"],
        landscape=False,
        facts=(
            (say(wording.SHIPMENT_NUMBER), shipment["number"]),
            (say(wording.NUMBER), order["number"]),
            (say(wording.SHIPPED_AT), reader.day(shipment["shipped_at"])),
            (say(wording.CARRIER), shipment["carrier"] or NOTHING),
            (say(wording.TRACKING), shipment["tracking_number"] or NOTHING),
            (say(wording.DELIVERY), delivery(order, reader)),
        ),
        boxes=parties(facts.of, reader),
        headings=(
            Heading(say(wording.POSITION), 26, "center"),
            Heading(say(wording.SKU), 82),
            Heading(say(wording.NAME), 168),
            Heading(say(wording.SPEC), 94),
            Heading(say(wording.UNIT), 38, "center"),
            Heading(say(wording.QUANTITY), 58, "right"),
            Heading(say(wording.SIGNED), 60, "right"),
        ),
        rows=rows,
        totals=(
            Total(say(wording.LINES_TOTAL), str(len(rows))),
            Total(
                say(wording.QUANTITY_TOTAL),
                by_unit([(line["quantity"], line["unit"]) for line in facts.lines], reader),
                strong=True,
            ),
        ),
        page_of=say(wording.PAGE_OF),
        footer=reader.footer(),
        remarks=(*remarks, Box(say(wording.CHECK_ON_ARRIVAL), ())),
        signatures=(
            say(wording.PREPARED_BY),
            say(wording.CARRIED_BY),
            say(wording.RECEIVED_BY),
            say(wording.RECEIVED_ON),
        ),
    )
