"""Tables of fulfilment: shipments of order lines, and what a carrier said about them."""

from tortoise import fields
from tortoise.models import Model

from app.kernel.ids import uuid7


class Shipment(Model):
    """Goods of one order that left one or more warehouses together."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    number = fields.CharField(40)
    status = fields.CharField(20, default="shipped")
    carrier = fields.CharField(60, null=True)
    tracking_number = fields.CharField(80, null=True)
    amount_minor = fields.BigIntField()  # gross value that was posted for it
    version = fields.IntField(default=1)
    shipped_at = fields.DatetimeField()
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "shipment"


class ShipmentLine(Model):
    id = fields.UUIDField(primary_key=True, default=uuid7)
    shipment = fields.ForeignKeyField("tributary.Shipment", on_delete=fields.RESTRICT, related_name=False)
    order_line = fields.ForeignKeyField("tributary.OrderLine", on_delete=fields.RESTRICT, related_name=False)
    quantity = fields.DecimalField(18, 6)  # in the order line's unit

    class Meta:
        table = "shipment_line"


class TrackingEvent(Model):
    """What happened to a shipment on its way; the same event said twice is kept once."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    shipment = fields.ForeignKeyField("tributary.Shipment", on_delete=fields.RESTRICT, related_name=False)
    code = fields.CharField(40)
    text = fields.CharField(400)
    place = fields.CharField(120, null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "tracking_event"
