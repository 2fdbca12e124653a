"""Tables of ordering: carts, orders with frozen values, cancellations, freight rules and the timeline."""

from tortoise import fields
from tortoise.models import Model

from app.kernel.ids import uuid7


class Cart(Model):
    """One cart per trade relation; two people of the buyer may edit it, `version` catches the lost update."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    relation = fields.OneToOneField("tributary.TradeRelation", on_delete=fields.RESTRICT, related_name=False)
    version = fields.IntField(default=1)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "cart"


class CartLine(Model):
    id = fields.UUIDField(primary_key=True, default=uuid7)
    cart = fields.ForeignKeyField("tributary.Cart", on_delete=fields.CASCADE, related_name=False)
    position = fields.IntField()
    sku = fields.ForeignKeyField("tributary.Sku", on_delete=fields.RESTRICT, related_name=False)
    unit = fields.CharField(20)
    quantity = fields.DecimalField(18, 6)

    class Meta:
        table = "cart_line"


class Order(Model):
    """A buyer's order with one seller. Prices, shares, tax, terms and parties are frozen when it is placed."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    number = fields.CharField(40)
    kind = fields.CharField(20, default="standard")
    relation = fields.ForeignKeyField("tributary.TradeRelation", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    buyer = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    placed_by = fields.UUIDField()  # membership
    status = fields.CharField(20, default="submitted")
    payment_status = fields.CharField(20, default="unpaid")
    fulfilment_status = fields.CharField(20, default="none")
    version = fields.IntField(default=1)
    currency = fields.CharField(3)
    tax_mode = fields.CharField(10)
    funding = fields.CharField(20)
    net_days = fields.IntField(default=30)
    delivery_method = fields.CharField(20, default="delivery")  # delivery 送货, pickup 自提, collect 到付
    picker_name = fields.CharField(120, null=True)
    plate_number = fields.CharField(20, null=True)
    ship_to = fields.ForeignKeyField("tributary.ShipTo", null=True, on_delete=fields.RESTRICT, related_name=False)
    ship_to_snapshot: fields.Field[dict[str, str]] = fields.JSONField(null=True)
    buyer_reference = fields.CharField(120, null=True)
    remarks = fields.TextField(null=True)
    requested_on = fields.DateField(null=True)
    goods_gross_minor = fields.BigIntField()
    discount_minor = fields.BigIntField(default=0)
    freight_gross_minor = fields.BigIntField(default=0)
    freight_tax_minor = fields.BigIntField(default=0)
    freight_tax_rate_bp = fields.IntField(default=0)
    freight_cancelled_minor = fields.BigIntField(default=0)
    freight_shipped_minor = fields.BigIntField(default=0)
    net_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()
    gross_minor = fields.BigIntField()
    cancelled_minor = fields.BigIntField(default=0)
    shipped_minor = fields.BigIntField(default=0)
    reservation_expires_at = fields.DatetimeField(null=True)
    placed_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    change_expires_at = fields.DatetimeField(null=True)  # while a change waits for the buyer

    class Meta:
        table = "sales_order"


class OrderLine(Model):
    """One line; quantities are in `unit`, money is of the whole ordered quantity after discounts."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    seller_id = fields.UUIDField()  # the order's, which never changes: a seller's orders with a SKU are found here
    position = fields.IntField()
    sku = fields.ForeignKeyField("tributary.Sku", on_delete=fields.RESTRICT, related_name=False)
    sku_code = fields.CharField(60)
    name_zh = fields.CharField(200)
    name_en = fields.CharField(200)
    stocked = fields.BooleanField(default=True)
    unit = fields.CharField(20)
    factor = fields.DecimalField(18, 6)  # base units in one unit
    unit_price = fields.DecimalField(19, 4)
    list_price = fields.DecimalField(19, 4, null=True)
    price_trace: fields.Field[list[dict[str, str]]] = fields.JSONField(default=list)
    tax_class = fields.CharField(40)
    tax_rate_bp = fields.IntField()
    discount_minor = fields.BigIntField(default=0)
    gross_minor = fields.BigIntField()
    net_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()
    ordered = fields.DecimalField(18, 6)
    cancelled = fields.DecimalField(18, 6, default=0)
    allocated = fields.DecimalField(18, 6, default=0)
    in_shipment = fields.DecimalField(18, 6, default=0)
    shipped = fields.DecimalField(18, 6, default=0)
    delivered = fields.DecimalField(18, 6, default=0)
    rejected = fields.DecimalField(18, 6, default=0)  # arrived short, damaged or refused
    returned = fields.DecimalField(18, 6, default=0)
    cancelled_minor = fields.BigIntField(default=0)  # gross value cancelled so far
    shipped_minor = fields.BigIntField(default=0)  # gross value shipped so far
    shipped_tax_minor = fields.BigIntField(default=0)
    settled = fields.DecimalField(18, 6, default=0)  # cancelled before the last discount: shares count from here on
    settled_minor = fields.BigIntField(default=0)  # gross value of `settled`

    class Meta:
        table = "sales_order_line"


class OrderLineDiscount(Model):
    """A frozen share of a discount (优惠分摊); the shares of one grant sum to its amount."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    order_line = fields.ForeignKeyField("tributary.OrderLine", on_delete=fields.RESTRICT, related_name=False)
    grant_id = fields.UUIDField()
    kind = fields.CharField(20, default="manual")
    reason = fields.CharField(400)
    amount_minor = fields.BigIntField()
    granted_by = fields.UUIDField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "sales_order_line_discount"


class OrderEvent(Model):
    """One entry of an order's timeline. Append-only."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    version = fields.IntField()
    what = fields.CharField(40)
    by = fields.UUIDField(null=True)  # membership; null: the system
    reason = fields.CharField(400, null=True)
    details: fields.Field[dict[str, str]] = fields.JSONField(default=dict)
    at = fields.DatetimeField()

    class Meta:
        table = "sales_order_event"


class CancellationRequest(Model):
    """What the buyer asks to cancel after confirmation; the seller accepts or refuses."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    status = fields.CharField(12, default="open")
    reason = fields.CharField(400)
    lines: fields.Field[list[dict[str, str]]] = fields.JSONField(
        default=list
    )  # {lineId, quantity}; empty: all that remains
    requested_by = fields.UUIDField()
    decided_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "cancellation_request"


class Cancellation(Model):
    """A cancelled quantity of a line. Append-only."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    order_line = fields.ForeignKeyField("tributary.OrderLine", on_delete=fields.RESTRICT, related_name=False)
    quantity = fields.DecimalField(18, 6)
    amount_minor = fields.BigIntField()
    reason = fields.CharField(400)
    by = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "cancellation"


class OrderAmendment(Model):
    """A change that the seller proposes before confirming (订单变更): before and after, and what became of it. What was
    proposed never changes; the answer is written once."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    status = fields.CharField(12)
    reason = fields.CharField(400)
    before: fields.Field[dict[str, object]] = fields.JSONField()
    after: fields.Field[dict[str, object]] = fields.JSONField()
    round_off_minor = fields.BigIntField(default=0)
    dearer = fields.BooleanField(default=False)
    version = fields.IntField()  # the order's, since it was proposed
    proposed_by = fields.UUIDField()
    proposed_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    answer = fields.CharField(400, null=True)

    class Meta:
        table = "order_amendment"


class DeskLimit(Model):
    """How far a role of the seller may go by hand. NULL is no limit, 0 is nothing."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    role = fields.CharField(20)
    price_bp = fields.IntField(null=True)  # how far below its frozen price a unit price may be set
    discount_minor = fields.BigIntField(null=True)  # how much may come off one order in all

    class Meta:
        table = "desk_limit"


class OrderTag(Model):
    """A word the seller puts on an order, for its own eyes."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    tag = fields.CharField(40)
    tagged_by = fields.UUIDField()
    tagged_at = fields.DatetimeField()

    class Meta:
        table = "order_tag"


class OrderTally(Model):
    """How many orders of a relation are in a status, but for the moves that are not added yet."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    seller_id = fields.UUIDField()
    relation_id = fields.UUIDField()
    status = fields.CharField(20)
    orders = fields.BigIntField()

    class Meta:
        table = "order_tally"


class OrderTallyMove(Model):
    """An order that came to a status (1), or left it (-1). The database writes it with the order."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    seller_id = fields.UUIDField()
    relation_id = fields.UUIDField()
    status = fields.CharField(20)
    orders = fields.BigIntField()

    class Meta:
        table = "order_tally_move"


class OrderNote(Model):
    """What the seller's people tell each other about an order. Append-only; nobody else reads it."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    order = fields.ForeignKeyField("tributary.Order", on_delete=fields.RESTRICT, related_name=False)
    text = fields.CharField(2000)
    by = fields.UUIDField()
    at = fields.DatetimeField()

    class Meta:
        table = "order_note"


class FreightRule(Model):
    """What delivery costs (运费): base + per kg + per m³, free above a goods value. The longest region match wins."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    region = fields.ForeignKeyField("tributary.Region", null=True, on_delete=fields.RESTRICT, related_name=False)
    base_minor = fields.BigIntField(default=0)
    per_kg_minor = fields.BigIntField(default=0)
    per_m3_minor = fields.BigIntField(default=0)
    free_above_minor = fields.BigIntField(null=True)
    tax_class = fields.ForeignKeyField("tributary.TaxClass", on_delete=fields.RESTRICT, related_name=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "freight_rule"
