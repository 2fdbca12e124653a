"""Tables of the catalog: what exists in a network, and what each seller offers of it."""

from tortoise import fields
from tortoise.models import Model

from app.kernel.ids import uuid7


class TaxClass(Model):
    """A tax class of a network, for example `standard`; its rates are dated."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    code = fields.CharField(40)
    name_zh = fields.CharField(120)
    name_en = fields.CharField(120)

    class Meta:
        table = "tax_class"


class TaxRate(Model):
    """The rate of a tax class, in basis points, for a span of days; spans of a class never overlap."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    tax_class = fields.ForeignKeyField("tributary.TaxClass", on_delete=fields.RESTRICT, related_name=False)
    rate_bp = fields.IntField()
    valid_from = fields.DatetimeField()
    valid_to = fields.DatetimeField(null=True)

    class Meta:
        table = "tax_rate"


class Category(Model):
    """A node of the network's category tree. `path` is the chain of ids from the root, joined by dots."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    parent = fields.ForeignKeyField("tributary.Category", null=True, on_delete=fields.RESTRICT, related_name=False)
    code = fields.CharField(60)
    path = fields.TextField()
    name_zh = fields.CharField(120)
    name_en = fields.CharField(120)
    position = fields.IntField(default=0)

    class Meta:
        table = "category"


class Product(Model):
    """What is described once and sold as one or more SKUs."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    category = fields.ForeignKeyField("tributary.Category", on_delete=fields.RESTRICT, related_name=False)
    code = fields.CharField(60)
    name_zh = fields.CharField(200)
    name_en = fields.CharField(200)
    description_zh = fields.TextField(default="")
    description_en = fields.TextField(default="")
    brand = fields.CharField(120, null=True)
    attributes: fields.Field[dict[str, str]] = fields.JSONField(default=dict)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "product"


class Media(Model):
    """A picture or document of a product, in order of `position`."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    product = fields.ForeignKeyField("tributary.Product", on_delete=fields.RESTRICT, related_name=False)
    kind = fields.CharField(20, default="image")
    url = fields.CharField(500)
    position = fields.IntField(default=0)

    class Meta:
        table = "media"


class Sku(Model):
    """What is stocked, priced and ordered. Stock counts in `base_unit`."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    product = fields.ForeignKeyField("tributary.Product", on_delete=fields.RESTRICT, related_name=False)
    code = fields.CharField(60)
    name_zh = fields.CharField(200)
    name_en = fields.CharField(200)
    base_unit = fields.CharField(20)
    tax_class = fields.ForeignKeyField("tributary.TaxClass", on_delete=fields.RESTRICT, related_name=False)
    stocked = fields.BooleanField(default=True)  # false: a service, it has no stock
    search_text = fields.TextField(default="")  # segmented by the app; a generated tsvector column indexes it
    latin_text = fields.TextField(default="")  # code and Latin names in lower case, for trigrams
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "sku"


class SkuUnit(Model):
    """A unit in which a SKU may be ordered: `factor` base units, with weight and volume of one such unit."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    sku = fields.ForeignKeyField("tributary.Sku", on_delete=fields.RESTRICT, related_name=False)
    unit = fields.CharField(20)
    factor = fields.DecimalField(18, 6)
    weight_g = fields.BigIntField(default=0)
    volume_cm3 = fields.BigIntField(default=0)
    barcode = fields.CharField(60, null=True)

    class Meta:
        table = "sku_unit"


class Listing(Model):
    """What a seller offers to its buyers (上架): one SKU, in one ordering unit, with its quantity rule."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    sku = fields.ForeignKeyField("tributary.Sku", on_delete=fields.RESTRICT, related_name=False)
    on_sale = fields.BooleanField(default=True)
    unit = fields.CharField(20)
    minimum = fields.DecimalField(18, 6, null=True)
    multiple = fields.DecimalField(18, 6, null=True)
    maximum = fields.DecimalField(18, 6, null=True)
    availability_display = fields.CharField(10, default="exact")  # exact, or steps
    restricted = fields.BooleanField(default=False)  # true: only relations in listing_audience see it
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "listing"


class ListingAudience(Model):
    """A relation that may see a restricted listing."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    listing = fields.ForeignKeyField("tributary.Listing", on_delete=fields.RESTRICT, related_name=False)
    relation = fields.ForeignKeyField("tributary.TradeRelation", on_delete=fields.RESTRICT, related_name=False)

    class Meta:
        table = "listing_audience"
