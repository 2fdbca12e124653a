"""Stock: what was counted of each SKU in each warehouse, in base units."""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from app import database
from app.catalog.inputs import Saved
from app.importing.cells import Cells
from app.importing.columns import Column
from app.importing.kind import Kind, Subject, save_what_can_be
from app.importing.outcome import Outcome
from app.importing.refusals import CellNotValid
from app.inventory.adjust_stock import MOST_PLACES, adjust_stock
from app.inventory.inputs import StockInput
from app.kernel.quantity import EXPECTED, parse_quantity
from app.kernel.refusal import BadRequest, Refusal

_WAREHOUSES = "SELECT code FROM warehouse WHERE network_id = $1 AND company_id = $2 ORDER BY code"
_FIELDS = {"onHand": "on_hand"}


class Stock(Kind[StockInput]):
    """`tributary import stock`: counts, so the same file again changes nothing."""

    name = "stock"
    most: ClassVar[int] = MOST_PLACES // 2
    columns = (
        Column("warehouse", ("仓库", "仓库编码", "warehouse code"), required=True),
        Column("sku", ("SKU编码", "sku code", "item code", "货号", "物料编码", "商品编码"), required=True),
        Column("on_hand", ("现有量", "库存", "库存数量", "数量", "quantity", "stock", "qty", "在库"), required=True),
        Column("held", ("冻结", "冻结量", "不可售")),
    )

    async def prepare(self) -> None:
        """The seller's warehouses, for messages."""
        found = await database.rows(_WAREHOUSES, self.place.network_id, self.place.viewer.company_id)
        self._warehouses = [row["code"] for row in found]

    def read(self, cells: Cells) -> StockInput:
        """One row; an empty `held` leaves what is held alone."""
        return StockInput(
            warehouse=cells.code("warehouse"),
            sku=cells.code("sku"),
            on_hand=quantity(cells, "on_hand"),
            held=quantity(cells, "held") if cells.has("held") else None,
        )

    def subjects(self, item: StockInput) -> list[Subject]:
        """The SKU in the warehouse."""
        return [Subject("sku", f"{item.sku} in {item.warehouse}", item)]

    async def save(self, items: Sequence[StockInput], client_key: str) -> list[Outcome]:
        """Counts, refused where less than what is promised to orders would be left."""
        return await save_what_can_be(
            items,
            save=self._save,
            client_key=client_key,
            name_of=lambda one: f"{one.warehouse}/{one.sku}",
            blame=self._blame,
        )

    async def _save(self, items: Sequence[StockInput], client_key: str) -> Saved:
        return await adjust_stock(
            self.place.viewer, network_id=self.place.network_id, items=items, client_key=client_key
        )

    def _blame(self, item: StockInput, path: str, why: Refusal) -> Outcome:
        column = _FIELDS.get(path, path)
        return self.explain(column, getattr(item, column, ""), why, self._warehouses if column == "warehouse" else ())


def quantity(cells: Cells, column: str) -> Decimal:
    """A quantity as the mall knows it. CellNotValid for negatives and more than six decimals."""
    number = cells.number(column)
    try:
        return parse_quantity(number, column)
    except BadRequest:
        raise CellNotValid(column=column, value=cells.texts[column], expected=EXPECTED) from None
