"""Tables of stock, in base units. `reserved + allocated + held <= on_hand`, by CHECK."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.kernel.ids import uuid7


class Warehouse(Model):
    """A seller's warehouse. Stock is promised from lower `priority` first."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    company = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    code = fields.CharField(40)
    name = fields.CharField(120)
    region = fields.ForeignKeyField("tributary.Region", null=True, on_delete=fields.RESTRICT, related_name=False)
    serves_regions = ArrayField(element_type="text", null=True)  # null: serves everywhere
    priority = fields.IntField(default=0)
    status = fields.CharField(20, default="active")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "warehouse"


class StockLevel(Model):
    """What lies in one warehouse of one SKU. `held` is counted but not for sale."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    warehouse = fields.ForeignKeyField("tributary.Warehouse", on_delete=fields.RESTRICT, related_name=False)
    sku = fields.ForeignKeyField("tributary.Sku", on_delete=fields.RESTRICT, related_name=False)
    on_hand = fields.DecimalField(18, 6, default=0)
    reserved = fields.DecimalField(18, 6, default=0)
    allocated = fields.DecimalField(18, 6, default=0)
    held = fields.DecimalField(18, 6, default=0)

    class Meta:
        table = "stock_level"


class Reservation(Model):
    """Stock promised to an order line: `reserved` until the order is confirmed, then `allocated` until shipped."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    order_id = fields.UUIDField()
    order_line_id = fields.UUIDField()
    warehouse = fields.ForeignKeyField("tributary.Warehouse", on_delete=fields.RESTRICT, related_name=False)
    sku = fields.ForeignKeyField("tributary.Sku", on_delete=fields.RESTRICT, related_name=False)
    quantity = fields.DecimalField(18, 6)  # what is still promised; 0: nothing left
    stage = fields.CharField(12, default="reserved")
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "reservation"


class StockMove(Model):
    """Append-only: why `on_hand` changed. The sum of a SKU's moves in a warehouse is its `on_hand`."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    warehouse = fields.ForeignKeyField("tributary.Warehouse", on_delete=fields.RESTRICT, related_name=False)
    sku = fields.ForeignKeyField("tributary.Sku", on_delete=fields.RESTRICT, related_name=False)
    quantity = fields.DecimalField(18, 6)
    reason = fields.CharField(20)  # receipt, adjustment, shipment
    document_id = fields.UUIDField()
    seq = fields.IntField(default=0)
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "stock_move"
