"""Prices: dated rows of the seller's price lists; a list that is new is made where its name is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from app import database
from app.catalog.inputs import Saved
from app.catalog.refusals import ItemsRefused, UnknownCode
from app.importing.cells import Cells
from app.importing.columns import Column
from app.importing.kind import Kind, Subject, save_what_can_be
from app.importing.outcome import UNCHANGED, Outcome
from app.importing.refusals import CellNotValid
from app.importing.stock import quantity
from app.kernel.refusal import Refusal
from app.kernel.wording import Said
from app.pricing.inputs import PriceInput, PriceListInput
from app.pricing.save_price_list import save_price_list
from app.pricing.set_prices import MOST_PRICES, set_prices

_LISTS = "SELECT id, code, status FROM price_list WHERE network_id = $1 AND seller_id = $2 ORDER BY code"
# The rows that are so already, by their places in the input.
_STANDING = """
SELECT a.n FROM unnest($3::int[], $4::text[], $5::text[], $6::numeric[], $7::numeric[], $8::timestamptz[],
                       $9::timestamptz[]) AS a(n, sku, unit, min_quantity, unit_price, valid_from, valid_to)
JOIN sku s ON s.network_id = $1 AND s.code = a.sku
JOIN LATERAL (
    SELECT r.unit_price, r.valid_to FROM price_row r
    WHERE r.price_list_id = $2 AND r.sku_id = s.id AND r.unit = coalesce(a.unit, s.base_unit)
      AND r.min_quantity = a.min_quantity
      AND (r.valid_from = a.valid_from
           OR (a.valid_from IS NULL AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())))
    ORDER BY r.valid_from DESC LIMIT 1
) AS now_so ON (now_so.unit_price, now_so.valid_to) IS NOT DISTINCT FROM (a.unit_price, a.valid_to)
"""
_ON_REQUEST = {"on request", "询价", "面议"}
_FIELDS = {"unitPrice": "price", "minQuantity": "min_quantity", "validFrom": "valid_from", "validTo": "valid_to"}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One row. `price` None: on request."""

    price_list: str
    list_name: str | None
    currency: str | None
    tax_included: bool | None
    sku: str
    unit: str | None
    min_quantity: Decimal
    price: Decimal | None
    valid_from: datetime | None
    valid_to: datetime | None


class Prices(Kind[PriceLine]):
    """`tributary import prices`."""

    name = "prices"
    most: ClassVar[int] = MOST_PRICES
    columns = (
        Column("list", ("价目表", "价目表编码", "价格表", "price list", "list code"), required=True),
        Column("sku", ("SKU编码", "sku code", "item code", "货号", "物料编码", "商品编码"), required=True),
        Column("price", ("价格", "单价", "unit price"), required=True),
        Column("unit", ("单位", "计价单位")),
        Column("min_quantity", ("起始数量", "数量起", "阶梯数量", "from quantity", "quantity", "min qty")),
        Column("valid_from", ("生效日期", "开始日期", "valid from", "from")),
        Column("valid_to", ("失效日期", "结束日期", "valid to", "until", "to")),
        Column("list_name", ("价目表名称", "list name", "price list name")),
        Column("currency", ("币种", "货币")),
        Column("tax_included", ("含税", "是否含税", "tax included")),
    )

    async def prepare(self) -> None:
        """The seller's price lists."""
        found = await database.rows(_LISTS, self.place.network_id, self.place.viewer.company_id)
        self._lists: dict[str, UUID] = {row["code"]: row["id"] for row in found if row["status"] == "active"}
        self._ended = {row["code"] for row in found if row["status"] != "active"}

    def read(self, cells: Cells) -> PriceLine:
        """One row. Without a start the price holds from now on, unless it is the price already."""
        code = cells.code("list")
        if code in self._ended:
            raise CellNotValid(column="list", value=code, expected=Said("a list that has not ended", "未终止的价目表"))
        return PriceLine(
            price_list=code,
            list_name=cells.maybe("list_name"),
            currency=cells.maybe("currency"),
            tax_included=cells.flag("tax_included"),
            sku=cells.code("sku"),
            unit=cells.maybe("unit"),
            min_quantity=quantity(cells, "min_quantity") if cells.has("min_quantity") else Decimal(0),
            price=None if cells.text("price").casefold() in _ON_REQUEST else cells.number("price"),
            valid_from=cells.moment("valid_from"),
            valid_to=cells.moment("valid_to"),
        )

    def subjects(self, item: PriceLine) -> list[Subject]:
        """SKU, unit, quantity and start in one list; and the list itself, which has one name."""
        named = f"{item.sku} in {item.price_list}, {item.unit or 'base unit'} from {item.min_quantity}"
        about_list = (item.list_name, item.currency, item.tax_included)
        dated = f"{named}, {item.valid_from.isoformat()}" if item.valid_from else named
        return [Subject("sku", dated, item), Subject("list", f"price list {item.price_list}", about_list)]

    async def save(self, items: Sequence[PriceLine], client_key: str) -> list[Outcome]:
        """List by list: rows that are so already are left alone, the others are set."""
        outcomes: dict[int, Outcome] = {}
        by_list: dict[str, list[int]] = {}
        for n, one in enumerate(items):
            by_list.setdefault(one.price_list, []).append(n)
        for turn, (code, places) in enumerate(by_list.items()):
            refusal = await self._open_list(items[places[0]], f"{client_key} list {turn}")
            if refusal is not None:
                outcomes.update(dict.fromkeys(places, refusal))
                continue
            standing = await self._standing(code, [(n, items[n]) for n in places])
            outcomes.update(dict.fromkeys(standing, UNCHANGED))
            rest = [n for n in places if n not in standing]
            found = await save_what_can_be(
                [items[n] for n in rest],
                save=self._save,
                client_key=f"{client_key}.{turn}",
                name_of=lambda one: one.sku,
                blame=self._blame,
            )
            outcomes.update(zip(rest, found, strict=True))
        return [outcomes[n] for n in range(len(items))]

    async def _open_list(self, one: PriceLine, client_key: str) -> Outcome | None:
        """Make a list that is new and named; a refusal where it is neither known nor named."""
        if one.price_list in self._lists:
            return None
        if one.list_name is None:
            unknown = UnknownCode(what="price list", unknown=one.price_list)
            return self.explain("list", one.price_list, unknown, list(self._lists))
        said = PriceListInput(
            code=one.price_list,
            name=one.list_name,
            currency=one.currency or self.place.currency,
            tax_included=True if one.tax_included is None else one.tax_included,
        )
        place = self.place
        try:
            self._lists[one.price_list] = await save_price_list(
                place.viewer, network_id=place.network_id, said=said, client_key=client_key
            )
        except ItemsRefused as error:
            problem = error.problems[0]
            return self.explain(f"list_{problem.field}" if problem.field == "name" else problem.field, "", problem.why)
        return None

    async def _standing(self, code: str, rows: Sequence[tuple[int, PriceLine]]) -> set[int]:
        found = await database.rows(
            _STANDING,
            self.place.network_id,
            self._lists[code],
            [n for n, _ in rows],
            [one.sku for _, one in rows],
            [one.unit for _, one in rows],
            [one.min_quantity for _, one in rows],
            [one.price for _, one in rows],
            [one.valid_from for _, one in rows],
            [one.valid_to for _, one in rows],
        )
        return {row["n"] for row in found}

    async def _save(self, items: Sequence[PriceLine], client_key: str) -> Saved:
        list_id = self._lists[items[0].price_list]
        prices = [
            PriceInput(
                sku=one.sku,
                unit_price=one.price,
                on_request=one.price is None,
                unit=one.unit,
                min_quantity=one.min_quantity,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )
            for one in items
        ]
        await set_prices(self.place.viewer, price_list_id=list_id, items=prices, client_key=client_key)
        return Saved(list_id, changed=tuple(one.sku for one in items))

    def _blame(self, item: PriceLine, path: str, why: Refusal) -> Outcome:
        column = _FIELDS.get(path, path)
        return self.explain(column, getattr(item, column, ""), why)
