"""The sales order (销售单): what a buyer and a seller agreed, with every price, share of a discount and tax."""

from collections.abc import Mapping
from typing import Any

from app.kernel.money import Money, UnitPrice
from app.kernel.units import amount_of
from app.papers import wording
from app.papers.capitals import in_capitals
from app.papers.content import NOTHING, Reader, delivery, number, parties, quantity_total, spec, status
from app.papers.paper import Box, Heading, Paper, Total
from app.papers.read import OrderFacts

Row = Mapping[str, Any]


def sales_order(facts: OrderFacts, reader: Reader) -> Paper:
    """The order as its frozen values say it; amounts are with tax, unit prices in the order's own tax mode."""
    order, say = facts.order, reader.say
    included = order["tax_mode"] == "included"
    headings = (
        Heading(say(wording.POSITION), 26, "center"),
        Heading(say(wording.SKU), 82),
        Heading(say(wording.NAME), 168),
        Heading(say(wording.SPEC), 100),
        Heading(say(wording.UNIT), 38, "center"),
        Heading(say(wording.QUANTITY), 58, "right"),
        Heading(say(wording.PRICE_WITH_TAX if included else wording.PRICE_WITHOUT_TAX), 68, "right"),
        Heading(say(wording.DISCOUNT), 62, "right"),
        Heading(say(wording.TAX_RATE), 40, "right"),
        Heading(say(wording.TAX), 62, "right"),
        Heading(say(wording.AMOUNT), 80, "right"),
    )
    return Paper(
        title=say(wording.SALES_ORDER),
        subtitle=order["number"],
        language=reader.language,
        author=order["seller_name"],
        landscape=True,
        facts=_facts(order, reader),
        boxes=parties(facts, reader),
        headings=headings,
        rows=tuple(_line(facts, place, line, reader) for place, line in enumerate(facts.lines, 1)),
        totals=(quantity_total(facts.lines, "ordered", reader), *_totals(order, reader)),
        page_of=say(wording.PAGE_OF),
        footer=reader.footer(),
        lacking=say(wording.LACKING),
        remarks=(Box(say(wording.REMARKS), (order["remarks"],)),) if order["remarks"] else (),
        signatures=(say(wording.PREPARED_BY), say(wording.CONFIRMED_BY), say(wording.SIGNED_ON)),
    )


def _facts(order: Row, reader: Reader) -> tuple[tuple[str, str], ...]:
    say = reader.say
    return (
        (say(wording.NUMBER), order["number"]),
        (say(wording.PLACED_AT), reader.day(order["placed_at"])),
        (say(wording.CONFIRMED_AT), reader.day(order["confirmed_at"])),
        (say(wording.REFERENCE), order["buyer_reference"] or NOTHING),
        (say(wording.REQUESTED_ON), reader.day(order["requested_on"])),
        (say(wording.STATUS), status(order, reader)),
        (say(wording.PAYMENT), say(wording.FUNDINGS[order["funding"]], days=order["net_days"])),
        (say(wording.DELIVERY), delivery(order, reader)),
        (say(wording.CURRENCY), order["currency"]),
    )


def _line(facts: OrderFacts, place: int, line: Row, reader: Reader) -> tuple[str, ...]:
    currency, unit = line["currency"], line["unit"]
    told = [spec(facts, line, reader)]
    if line["cancelled"]:
        gone = reader.say(amount_of(line["cancelled"], unit))
        told.append(reader.say(wording.CANCELLED, quantity=gone))
    return (
        str(place),
        line["sku_code"],
        reader.name(line),
        "\n".join(one for one in told if one),
        reader.unit(unit),
        number(line["ordered"]),
        str(UnitPrice(line["unit_price"], currency, unit, line["tax_mode"] == "included")),
        _amount(line["discount_minor"], currency),
        f"{line['tax_rate_bp'] / 100:g}%",
        _amount(line["tax_minor"], currency),
        _amount(line["gross_minor"], currency),
    )


def _totals(order: Row, reader: Reader) -> tuple[Total, ...]:
    currency, say = order["currency"], reader.say

    def total(label: str, minor: int, *, strong: bool = False) -> Total:
        return Total(label, say(Money(minor, currency).shown()), strong)

    totals = [total(say(wording.GOODS_TOTAL), order["goods_gross_minor"])]
    if order["discount_minor"]:
        totals.append(total(say(wording.DISCOUNT_TOTAL), order["discount_minor"]))
    totals += [
        total(say(wording.FREIGHT_TOTAL), order["freight_gross_minor"]),
        total(say(wording.NET_TOTAL), order["net_minor"]),
        total(say(wording.TAX_TOTAL), order["tax_minor"]),
        total(say(wording.GROSS_TOTAL), order["gross_minor"], strong=True),
    ]
    if currency == "CNY":
        totals.append(Total(say(wording.CAPITALS), in_capitals(order["gross_minor"]), strong=True))
    if order["cancelled_minor"]:
        totals.append(total(say(wording.CANCELLED_TOTAL), order["cancelled_minor"]))
    return tuple(totals)


def _amount(minor: int, currency: str) -> str:
    """Without the currency, which the head names: "1,012.50"."""
    return str(Money(minor, currency).shown()).rpartition(" ")[0]
