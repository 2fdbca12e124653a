"""Listings (上架): what the seller offers of which SKU, in which unit, with its quantity rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from app import database
from app.catalog.inputs import ListingInput, Saved
from app.catalog.save_listing import MOST_LISTINGS, save_listings
from app.importing.cells import Cells
from app.importing.columns import Column
from app.importing.kind import Kind, Subject, save_what_can_be
from app.importing.outcome import Outcome
from app.importing.stock import quantity
from app.kernel.refusal import Refusal

_STANDING = """
SELECT s.code, l.on_sale, l.unit, l.minimum, l.multiple, l.maximum, l.availability_display
FROM listing l JOIN sku s ON s.id = l.sku_id
WHERE l.network_id = $1 AND l.seller_id = $2 AND s.code = ANY($3::text[])
"""
_DISPLAYS = {"exact": "exact", "准确": "exact", "精确": "exact", "steps": "steps", "分档": "steps", "模糊": "steps"}
_FIELDS = {"availabilityDisplay": "availability"}


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One row. None: an empty cell, or no such column."""

    sku: str
    on_sale: bool | None
    unit: str | None
    minimum: Decimal | None
    multiple: Decimal | None
    maximum: Decimal | None
    availability: str | None


class Listings(Kind[ListingRow]):
    """`tributary import listings`."""

    name = "listings"
    most: ClassVar[int] = MOST_LISTINGS
    columns = (
        Column("sku", ("SKU编码", "sku code", "item code", "货号", "物料编码", "商品编码"), required=True),
        Column("on_sale", ("上架", "是否上架", "在售", "listed")),
        Column("unit", ("订货单位", "单位", "order unit", "ordering unit")),
        Column("minimum", ("起订量", "最小起订量", "moq", "min")),
        Column("multiple", ("订货倍数", "倍数", "step", "pack multiple")),
        Column("maximum", ("限购量", "最大订货量", "max")),
        Column("availability", ("库存显示", "availability display", "库存展示")),
    )

    def read(self, cells: Cells) -> ListingRow:
        """One row; an empty limit is no limit."""
        return ListingRow(
            sku=cells.code("sku"),
            on_sale=cells.flag("on_sale"),
            unit=cells.maybe("unit"),
            minimum=quantity(cells, "minimum") if cells.has("minimum") else None,
            multiple=quantity(cells, "multiple") if cells.has("multiple") else None,
            maximum=quantity(cells, "maximum") if cells.has("maximum") else None,
            availability=cells.among("availability", _DISPLAYS),
        )

    def subjects(self, item: ListingRow) -> list[Subject]:
        """The SKU."""
        return [Subject("sku", f"SKU {item.sku}", item)]

    async def save(self, items: Sequence[ListingRow], client_key: str) -> list[Outcome]:
        """What the file has no column for stays as it stands."""
        place = self.place
        found = await database.rows(_STANDING, place.network_id, place.viewer.company_id, [one.sku for one in items])
        standing = {
            row["code"]: ListingInput(
                row["code"],
                row["unit"],
                row["on_sale"],
                row["minimum"],
                row["multiple"],
                row["maximum"],
                row["availability_display"],
            )
            for row in found
        }
        return await save_what_can_be(
            [self._listing(one, standing.get(one.sku) or ListingInput(one.sku)) for one in items],
            save=self._save,
            client_key=client_key,
            name_of=lambda one: one.sku,
            blame=self._blame,
        )

    def _listing(self, one: ListingRow, was: ListingInput) -> ListingInput:
        said = self.present
        return ListingInput(
            sku=one.sku,
            unit=one.unit or was.unit,
            on_sale=was.on_sale if one.on_sale is None else one.on_sale,
            minimum=one.minimum if "minimum" in said else was.minimum,
            multiple=one.multiple if "multiple" in said else was.multiple,
            maximum=one.maximum if "maximum" in said else was.maximum,
            availability_display=one.availability or was.availability_display,
        )

    async def _save(self, items: Sequence[ListingInput], client_key: str) -> Saved:
        return await save_listings(
            self.place.viewer, network_id=self.place.network_id, items=items, client_key=client_key
        )

    def _blame(self, item: ListingInput, path: str, why: Refusal) -> Outcome:
        return self.explain(_FIELDS.get(path, path), getattr(item, path, item.sku), why)
