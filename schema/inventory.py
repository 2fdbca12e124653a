"""Stock on the wire: a seller's warehouses and what lies in them, in base units."""

import decimal
from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.catalog.queries import skus_by_ids
from app.inventory import queries
from app.inventory.adjust_stock import adjust_stock
from app.inventory.inputs import StockInput as PlainStock
from app.inventory.inputs import StockReason as Reason
from app.inventory.save_warehouse import WarehouseInput, save_warehouse
from app.kernel.page import Page
from app.network.roles import Permission
from schema.access import access
from schema.catalog import InNetwork, Sku, maybe_uuid
from schema.catalog_acts import BatchSaved, ItemsRefused, client_key
from schema.context import Info
from schema.page import After, Connection, First, connection
from schema.refusals import KeyReused
from schema.scalars import uuid_of

Row = Mapping[str, Any]

InWarehouse = Annotated[strawberry.ID | None, strawberry.argument(description="Only in this warehouse.")]
OfSku = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this SKU.")]


@strawberry.enum(description="Whether a warehouse promises stock.")
class WarehouseStatus(Enum):
    """See `app.inventory.save_warehouse`."""

    ACTIVE = strawberry.enum_value("active", description="Its stock is for sale.")
    CLOSED = strawberry.enum_value("closed", description="It promises nothing more; what it promised still leaves it.")


@strawberry.enum(description="Why what is on hand changed.")
class StockReason(Enum):
    """See `app.inventory.inputs.StockReason`."""

    RECEIPT = strawberry.enum_value("receipt", description="Goods came in.")
    ADJUSTMENT = strawberry.enum_value("adjustment", description="Counted, broken, found or written off.")


@strawberry.type(description="A warehouse of my company.")
class Warehouse:
    """One row of `warehouse`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="Its name.")
    region_code: str | None = strawberry.field(description="The code of the region in which it lies.")
    serves: list[str] | None = strawberry.field(description="Codes of the regions it serves; null: everywhere.")
    priority: int = strawberry.field(description="Stock is promised from the lowest first.")
    status: WarehouseStatus = strawberry.field(description="Whether it promises stock.")

    @classmethod
    def of(cls, row: Row) -> "Warehouse":
        return cls(
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            code=row["code"],
            name=row["name"],
            region_code=row["region_id"],
            serves=row["serves"],
            priority=row["priority"],
            status=WarehouseStatus(row["status"]),
        )


@strawberry.type(description="What lies in one warehouse of one SKU, in base units: free = onHand − the other three.")
class StockLevel:
    """One row of `stock_level`; reservations that expired count as given back."""

    warehouse_key: strawberry.Private[UUID]
    sku_key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    on_hand: decimal.Decimal = strawberry.field(description="What lies there.")
    reserved: decimal.Decimal = strawberry.field(description="Promised to orders that are not confirmed yet.")
    allocated: decimal.Decimal = strawberry.field(description="Belongs to confirmed orders.")
    held: decimal.Decimal = strawberry.field(description="Counted but not for sale.")
    free: decimal.Decimal = strawberry.field(description="What may still be promised.")

    @strawberry.field(description="Where it lies.")
    async def warehouse(self, info: Info) -> Warehouse | None:
        row = await info.context.loader(queries.warehouses_by_ids).load(self.warehouse_key)
        return Warehouse.of(row) if row else None

    @strawberry.field(description="What lies there.")
    async def sku(self, info: Info) -> Sku | None:
        row = await info.context.loader(skus_by_ids).load(self.sku_key)
        return Sku.of(row, info.context.locale) if row else None

    @classmethod
    def of(cls, row: Row) -> "StockLevel":
        return cls(
            warehouse_key=row["warehouse_id"],
            sku_key=row["sku_id"],
            id=strawberry.ID(str(row["id"])),
            on_hand=row["on_hand"],
            reserved=row["reserved"],
            allocated=row["allocated"],
            held=row["held"],
            free=row["free"],
        )


@strawberry.type(description="My company's stock.")
class BackofficeInventory:
    """Fields of `Backoffice`."""

    @strawberry.field(description="My company's warehouses, oldest first.")
    async def warehouses(
        self, info: Info, network_id: InNetwork = None, first: First = None, after: After = None
    ) -> Connection[Warehouse]:
        page = Page.of(first, after, kinds=[UUID], order="warehouses")
        rows = await queries.warehouses(info.context.viewer, page, network_id=maybe_uuid(network_id, "network"))
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=Warehouse.of, order="warehouses")

    @strawberry.field(description="What lies in my company's warehouses.")
    async def stock(
        self,
        info: Info,
        network_id: InNetwork = None,
        warehouse_id: InWarehouse = None,
        sku_id: OfSku = None,
        first: First = None,
        after: After = None,
    ) -> Connection[StockLevel]:
        page = Page.of(first, after, kinds=[UUID, UUID], order="stock")
        rows = await queries.stock(
            info.context.viewer,
            page,
            network_id=maybe_uuid(network_id, "network"),
            warehouse_id=maybe_uuid(warehouse_id, "warehouse"),
            sku_id=maybe_uuid(sku_id, "SKU"),
        )
        return connection(
            rows,
            page.first,
            sort=lambda row: [row["warehouse_id"], row["sku_id"]],
            node=StockLevel.of,
            order="stock",
        )


@strawberry.input(description="A warehouse, by its code.")
class SaveWarehouseInput:
    """Input of `saveWarehouse`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="A network in which my company trades.")
    code: str = strawberry.field(description="Its code; an existing one is changed.")
    name: str = strawberry.field(description="Its name.")
    region_code: str | None = strawberry.field(default=None, description="The region in which it lies.")
    serves: list[str] | None = strawberry.field(
        default=None, description="Codes of the regions it serves, each with all that lies in it; null: everywhere."
    )
    priority: int = strawberry.field(default=0, description="Stock is promised from the lowest first.")
    status: WarehouseStatus = strawberry.field(default=WarehouseStatus.ACTIVE, description="Whether it promises stock.")


@strawberry.input(description="Stock of one SKU in one warehouse, in base units: onHand, or delta, or only held.")
class StockInput:
    """See `app.inventory.inputs.StockInput`."""

    warehouse: str = strawberry.field(description="The warehouse's code.")
    sku: str = strawberry.field(description="The SKU's code.")
    on_hand: decimal.Decimal | None = strawberry.field(default=None, description="What was counted.")
    delta: decimal.Decimal | None = strawberry.field(default=None, description="What came in, or went if negative.")
    held: decimal.Decimal | None = strawberry.field(default=None, description="What is not for sale; null: as it is.")
    reason: StockReason = strawberry.field(default=StockReason.ADJUSTMENT, description="Why.")


@strawberry.input(description="Stock to count or receive.")
class AdjustStockInput:
    """Input of `adjustStock`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="A network in which my company trades.")
    stock: list[StockInput] = strawberry.field(description="1 to 1,000 places.")


@strawberry.type(description="The stock was adjusted. Codes are WAREHOUSE/SKU; a place is never created by itself.")
class StockAdjusted(BatchSaved):
    """Result of `adjustStock`."""

    stock: list[StockLevel] = strawberry.field(description="The stock as it is now, in the input's order.")


SaveWarehouseResult = Annotated[Warehouse | ItemsRefused | KeyReused, strawberry.union("SaveWarehouseResult")]
AdjustStockResult = Annotated[StockAdjusted | ItemsRefused | KeyReused, strawberry.union("AdjustStockResult")]


@strawberry.type
class Mutations:
    """Mutations of stock."""

    @strawberry.mutation(description="Save a warehouse of my company.")
    @access(Permission.STOCK_MANAGE)
    async def save_warehouse(
        self,
        info: Info,
        data: Annotated[SaveWarehouseInput, strawberry.argument(name="input", description="The warehouse.")],
    ) -> SaveWarehouseResult | None:
        viewer = info.context.viewer
        warehouse = WarehouseInput(
            code=data.code,
            name=data.name,
            region=data.region_code,
            serves=None if data.serves is None else tuple(data.serves),
            priority=data.priority,
            status=str(data.status.value),
        )
        saved = await save_warehouse(
            viewer,
            network_id=uuid_of(data.network_id, "network"),
            warehouse=warehouse,
            client_key=data.client_key,
        )
        return Warehouse.of(await queries.warehouse(viewer, saved))

    @strawberry.mutation(description="Count or receive stock: all of it or, with every problem named, none.")
    @access(Permission.STOCK_MANAGE)
    async def adjust_stock(
        self,
        info: Info,
        data: Annotated[AdjustStockInput, strawberry.argument(name="input", description="The stock.")],
    ) -> AdjustStockResult | None:
        viewer, network_id = info.context.viewer, uuid_of(data.network_id, "network")
        items = [
            PlainStock(one.warehouse, one.sku, one.on_hand, one.delta, one.held, Reason(str(one.reason.value)))
            for one in data.stock
        ]
        saved = await adjust_stock(viewer, network_id=network_id, items=items, client_key=data.client_key)
        rows = await queries.stock_by_codes(viewer, network_id, [(one.warehouse, one.sku) for one in items])
        return StockAdjusted(
            created=list(saved.created),
            changed=list(saved.changed),
            unchanged=list(saved.unchanged),
            stock=[StockLevel.of(row) for row in rows],
        )
