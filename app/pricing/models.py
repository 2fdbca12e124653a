"""Tables of prices: lists with validity, dated rows with quantity breaks, and to whom a list applies."""

from tortoise import fields
from tortoise.models import Model

from app.kernel.ids import uuid7


class PriceList(Model):
    """A seller's price list (价目表)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    code = fields.CharField(60)
    name = fields.CharField(120)
    currency = fields.CharField(3)
    tax_included = fields.BooleanField(default=True)
    priority = fields.IntField(default=0)  # among lists of the same scope, the higher wins
    valid_from = fields.DatetimeField(null=True)
    valid_to = fields.DatetimeField(null=True)
    status = fields.CharField(20, default="active")
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "price_list"


class PriceRow(Model):
    """The price of one SKU in one unit from a quantity on, from a moment on. `unit_price` null: price on request."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    price_list = fields.ForeignKeyField("tributary.PriceList", on_delete=fields.RESTRICT, related_name=False)
    sku = fields.ForeignKeyField("tributary.Sku", on_delete=fields.RESTRICT, related_name=False)
    unit = fields.CharField(20)
    min_quantity = fields.DecimalField(18, 6, default=0)
    unit_price = fields.DecimalField(19, 4, null=True)
    valid_from = fields.DatetimeField()
    valid_to = fields.DatetimeField(null=True)

    class Meta:
        table = "price_row"


class PriceAssignment(Model):
    """To whom a price list applies: one relation (一客一价), a level, a region and all in it, or everybody."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    # The list's own network and seller, so that the few lists for many are found among 100,000 lists for one.
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    price_list = fields.ForeignKeyField("tributary.PriceList", on_delete=fields.RESTRICT, related_name=False)
    scope = fields.CharField(12)
    relation = fields.ForeignKeyField(
        "tributary.TradeRelation", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    level = fields.IntField(null=True)
    region = fields.ForeignKeyField("tributary.Region", null=True, on_delete=fields.RESTRICT, related_name=False)

    class Meta:
        table = "price_assignment"
