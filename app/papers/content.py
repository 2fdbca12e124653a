"""What sales orders and delivery notes have in common: parties, dates, numbers and names as their reader reads them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from app.catalog.rules import localised
from app.kernel import glossary
from app.kernel.refusal import grouped
from app.kernel.units import amount_of, unit_name
from app.kernel.wording import Said, in_locale, is_chinese
from app.papers import wording
from app.papers.paper import Box, Total
from app.papers.read import OrderFacts

Row = Mapping[str, Any]
NOTHING: Final = "—"


class Reader:
    """Says things in one language, and moments in one time zone."""

    def __init__(self, locale: str, zone: ZoneInfo, now: datetime) -> None:
        self.locale, self.zone, self.now = locale, zone, now

    @property
    def language(self) -> str:
        """As PDF and HTTP name it."""
        return "zh-CN" if is_chinese(self.locale) else "en"

    def say(self, said: Said, **values: object) -> str:
        """A phrase, with its places filled."""
        return in_locale(said, self.locale).format_map(values) if values else in_locale(said, self.locale)

    def day(self, moment: datetime | date | None) -> str:
        """The day, in the network's time zone."""
        if moment is None:
            return NOTHING
        return f"{moment.astimezone(self.zone) if isinstance(moment, datetime) else moment:%Y-%m-%d}"

    def unit(self, code: str) -> str:
        return self.say(unit_name(code))

    def name(self, row: Row) -> str:
        return localised(row["name_zh"], row["name_en"], self.locale)

    def footer(self) -> str:
        at = f"{self.now.astimezone(self.zone):%Y-%m-%d %H:%M}"
        return self.say(wording.PRINTED, at=at, zone=self.zone.key)

    def place(self, region: str | None, street: str = "") -> str:
        """An address from names of regions: large to small in Chinese, small to large in English."""
        names = orjson.loads(region) if region else [None, None]
        parts = [one for one in (names[0 if is_chinese(self.locale) else 1] or []) if one]
        if is_chinese(self.locale):
            return "".join(parts) + street
        return ", ".join(one for one in [street, *reversed(parts)] if one)


def parties(facts: OrderFacts, reader: Reader) -> tuple[Box, ...]:
    """Seller, buyer, and where the goods go or who fetches them."""
    order, about = facts.order, facts.about

    def company(side: str) -> list[str]:
        code = order[f"{side}_registration_code"]
        return [
            order[f"{side}_name"],
            reader.place(about[f"{side}_region"]),
            reader.say(wording.REGISTRATION, code=code) if code else "",
        ]

    buyer = company("buyer")
    if about["customer_code"]:
        buyer.append(reader.say(wording.CUSTOMER_CODE, code=about["customer_code"]))
    goods: list[str] = []
    if order["ship_to_snapshot"]:
        where = orjson.loads(order["ship_to_snapshot"])
        goods = [where["name"], f"{where['contact']}  {where['phone']}"]
        goods.append(reader.place(about["ship_to_region"], where["address"]))
    if order["picker_name"]:
        goods.append(f"{reader.say(wording.PICKER)}: {order['picker_name']}")
    if order["plate_number"]:
        goods.append(f"{reader.say(wording.PLATE)}: {order['plate_number']}")
    return (
        _box(reader.say(wording.SELLER), company("seller")),
        _box(reader.say(wording.BUYER), buyer),
        _box(reader.say(wording.SHIP_TO), goods or [NOTHING]),
    )


def spec(facts: OrderFacts, line: Row, reader: Reader) -> str:
    """What a product says of itself, and what is in a unit of several."""
    row = facts.specs[line["order_line_id"] if "order_line_id" in line else line["id"]]
    attributes = orjson.loads(row["attributes"] or "{}")
    said = [str(attributes[name]) for name in sorted(attributes)]
    if row["factor"] != 1 and line["unit"] != row["base_unit"]:
        base = reader.say(amount_of(row["factor"], row["base_unit"]))
        said.append(reader.say(wording.FACTOR, unit=reader.unit(line["unit"]), base=base))
    return "; ".join(said)


def status(order: Row, reader: Reader) -> str:
    return reader.say(glossary.status(order["status"]))


def delivery(order: Row, reader: Reader) -> str:
    return reader.say(wording.DELIVERY_METHODS[order["delivery_method"]])


def quantity_total(lines: Sequence[Row], column: str, reader: Reader) -> Total:
    """Quantities added up where they count the same: "12 cartons, 3 kg"."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line["unit"]] = sums.get(line["unit"], Decimal(0)) + line[column]
    between = "，" if is_chinese(reader.locale) else ", "
    said = between.join(reader.say(amount_of(total, unit)) for unit, total in sums.items())
    return Total(reader.say(wording.QUANTITY_TOTAL), said)


def number(quantity: Decimal) -> str:
    return grouped(quantity)


def _box(title: str, lines: list[str]) -> Box:
    return Box(title, tuple(line for line in lines if line))
