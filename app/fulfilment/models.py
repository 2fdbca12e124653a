"""Tables of fulfilment: shipments of order lines, their packages, and what was said about them."""

from tortoise import fields
from tortoise.models import Model

from app.kernel.ids import uuid7


class Shipment(Model):
    """Goods of one order that left one or more warehouses together. Status and times follow from what was said."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    number = fields.CharField(40)
    status = fields.CharField(20, default="shipped")
    amount_minor = fields.BigIntField()  # gross value that was posted for it
    version = fields.IntField(default=1)
    shipped_at = fields.DatetimeField()
    stalls_at = fields.DatetimeField(null=True)  # without news until then it is stalled; null: never
    stalled_at = fields.DatetimeField(null=True)  # when somebody was told so; null: not told since the last news
    signs_at = fields.DatetimeField(null=True)  # it counts as signed for from then on; null: never by itself
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "shipment"


class ShipmentLine(Model):
    """A quantity of an order line in a shipment, and what of it was signed for or rejected."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    shipment = fields.ForeignKeyField("tributary.Shipment", on_delete=fields.RESTRICT, related_name=False)
    order_line = fields.ForeignKeyField("tributary.OrderLine", on_delete=fields.RESTRICT, related_name=False)
    quantity = fields.DecimalField(18, 6)  # in the order line's unit
    delivered = fields.DecimalField(18, 6, default=0)
    rejected = fields.DecimalField(18, 6, default=0)
    reason = fields.CharField(20, null=True)  # why a part was rejected
    note = fields.CharField(400, null=True)

    class Meta:
        table = "shipment_line"


class Waybill(Model):
    """A carrier's number (运单), whoever's package bears it; also one that no package bears yet."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    carrier = fields.CharField(40)
    number = fields.CharField(80)
    created_at = fields.DatetimeField(auto_now_add=True)
    subscribe_at = fields.DatetimeField(null=True)  # when to ask for its news next; null: not to be asked
    tries = fields.IntField(default=0)
    subscribed_at = fields.DatetimeField(null=True)
    trouble = fields.CharField(200, null=True)  # why its news do not come

    class Meta:
        table = "waybill"


class Package(Model):
    """One parcel of a shipment (包裹). One that was taken out of the list stays, for the history."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    shipment = fields.ForeignKeyField("tributary.Shipment", on_delete=fields.RESTRICT, related_name=False)
    position = fields.IntField()
    carrier = fields.CharField(60, null=True)  # as the seller named it
    carrier_code = fields.CharField(40, null=True)  # as carriers' news name it
    tracking_number = fields.CharField(80, null=True)
    waybill = fields.ForeignKeyField("tributary.Waybill", null=True, on_delete=fields.RESTRICT, related_name=False)
    weight_g = fields.IntField(null=True)
    volume_cm3 = fields.IntField(null=True)
    pieces = fields.IntField(null=True)
    status = fields.CharField(20, default="shipped")
    news_at = fields.DatetimeField(null=True)  # the moment of its newest event
    arrived_at = fields.DatetimeField(null=True)  # since when its arrival is known
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "shipment_package"


class PackageChange(Model):
    """What a package was and became, by whom and why. Append-only."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    package = fields.ForeignKeyField("tributary.Package", on_delete=fields.RESTRICT, related_name=False)
    what = fields.CharField(12)  # added, changed, removed
    before: fields.Field[dict[str, object]] = fields.JSONField(null=True)
    after: fields.Field[dict[str, object]] = fields.JSONField(null=True)
    reason = fields.CharField(400)
    by = fields.UUIDField()
    at = fields.DatetimeField()

    class Meta:
        table = "shipment_package_change"


class TrackingEvent(Model):
    """What happened on the way: said by a carrier of its waybill, or by the seller of a shipment or a package."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    waybill = fields.ForeignKeyField("tributary.Waybill", null=True, on_delete=fields.RESTRICT, related_name=False)
    shipment = fields.ForeignKeyField("tributary.Shipment", null=True, on_delete=fields.RESTRICT, related_name=False)
    package = fields.ForeignKeyField("tributary.Package", null=True, on_delete=fields.RESTRICT, related_name=False)
    code = fields.CharField(40)
    text = fields.CharField(400)
    place = fields.CharField(120, null=True)
    at = fields.DatetimeField()
    heard_at = fields.DatetimeField()

    class Meta:
        table = "tracking_event"


class LogisticsRule(Model):
    """After how much silence a shipment is stalled, and when it counts as signed for; per carrier, or for all."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    carrier_code = fields.CharField(40, null=True)
    stalled_after_hours = fields.IntField(null=True)
    auto_sign_days = fields.IntField(null=True)

    class Meta:
        table = "logistics_rule"
