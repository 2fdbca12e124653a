"""Tables of the network: who trades with whom, who may act for whom, and from which device."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.kernel.ids import uuid7


class Region(Model):
    """An administrative region (行政区划).

    `path` is the chain of codes from the root, each closed by a slash ("CN/44/4401/"), so that
    `starts_with(inner.path, outer.path)` means "inside or the same".
    """

    code = fields.CharField(20, primary_key=True)
    parent_code = fields.CharField(20, null=True)
    path = fields.CharField(200)
    name_zh = fields.CharField(120)
    name_en = fields.CharField(120)

    class Meta:
        table = "region"


class Company(Model):
    """A legal entity, global: it may buy and sell in several networks."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(200)
    registration_code = fields.CharField(40, null=True)  # 统一社会信用代码
    region = fields.ForeignKeyField("tributary.Region", null=True, on_delete=fields.RESTRICT, related_name=False)
    status = fields.CharField(20, default="active")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "company"


class Network(Model):
    """One brand's channel. The network is the tenant: trade, prices, stock and money never cross it."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(200)
    brand = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    currency = fields.CharField(3)
    time_zone = fields.CharField(60, default="Asia/Shanghai")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "network"


class TradeRelation(Model):
    """Seller → buyer in one network: the unit of commerce. Terms, prices, credit and ship-to approvals hang here."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    seller = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    buyer = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    status = fields.CharField(20, default="active")
    level = fields.IntField(default=1)  # 1: buys from the brand; price lists may be assigned to a level
    customer_code = fields.CharField(60, null=True)  # the seller's own number for this customer
    region = fields.ForeignKeyField("tributary.Region", null=True, on_delete=fields.RESTRICT, related_name=False)
    currency = fields.CharField(3)
    tax_mode = fields.CharField(10, default="included")  # 含税 or 未税
    funding = fields.CharField(20, default="credit")  # what an order draws on: credit or prepayment (预存款)
    net_days = fields.IntField(default=30)  # a receivable falls due this many days after shipping
    order_minimum_minor = fields.BigIntField(null=True)
    reservation_minutes = fields.IntField(null=True)  # an unconfirmed order gives its stock back; null: never
    ship_to_approval = fields.BooleanField(default=False)  # true: only approved ship-to addresses may be used
    grants_money_to_brand = fields.BooleanField(default=False)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "trade_relation"


class RelationEvent(Model):
    """A decision about a relation, with the reason that both of its sides read. Append-only."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    relation = fields.ForeignKeyField("tributary.TradeRelation", on_delete=fields.RESTRICT, related_name=False)
    version = fields.IntField()  # the relation's since then
    what = fields.CharField(20)  # opened, reopened, terms_changed, suspended, resumed, ended
    reason = fields.CharField(400, null=True)
    by = fields.UUIDField()  # membership
    at = fields.DatetimeField()

    class Meta:
        table = "relation_event"


class TerritoryGrant(Model):
    """A region (经销区域) in which a company may sell, within one network."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    company = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    region = fields.ForeignKeyField("tributary.Region", on_delete=fields.RESTRICT, related_name=False)
    exclusive = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "territory_grant"


class ShipTo(Model):
    """A place where a company receives goods (送达方)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    company = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    name = fields.CharField(200)
    contact = fields.CharField(120)
    phone = fields.CharField(40)
    region = fields.ForeignKeyField("tributary.Region", null=True, on_delete=fields.RESTRICT, related_name=False)
    address = fields.CharField(400)
    status = fields.CharField(20, default="active")
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "ship_to"


class ShipToApproval(Model):
    """The seller of a relation accepts to deliver to this address."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    relation = fields.ForeignKeyField("tributary.TradeRelation", on_delete=fields.RESTRICT, related_name=False)
    ship_to = fields.ForeignKeyField("tributary.ShipTo", on_delete=fields.RESTRICT, related_name=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "ship_to_approval"


class Person(Model):
    """A human being, global. `login` is an e-mail address or a phone number, stored in lower case."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(120)
    login = fields.CharField(200, null=True)
    password_hash = fields.CharField(200, null=True)
    locale = fields.CharField(10, null=True)  # zh or en; null: as the device asks (Accept-Language)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "person"


class Identity(Model):
    """A person as another system knows them, for example a WeChat `openid` in one mini-program."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    person = fields.ForeignKeyField("tributary.Person", on_delete=fields.RESTRICT, related_name=False)
    provider = fields.CharField(20)
    app_id = fields.CharField(60)
    open_id = fields.CharField(120)
    union_id = fields.CharField(120, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "identity"


class Membership(Model):
    """A person may act for a company, in these roles. A channel manager may be limited to relations or regions."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    person = fields.ForeignKeyField("tributary.Person", on_delete=fields.RESTRICT, related_name=False)
    company = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    roles = ArrayField(element_type="text")
    scope_relation_ids = ArrayField(element_type="uuid", null=True)  # null: every relation
    scope_region_codes = ArrayField(element_type="text", null=True)  # null: every region
    status = fields.CharField(20, default="active")
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "membership"


class Invitation(Model):
    """Binds whoever holds the code to a membership. Only the code's hash is stored."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    company = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    name = fields.CharField(120)
    login = fields.CharField(200, null=True)
    roles = ArrayField(element_type="text")
    scope_relation_ids = ArrayField(element_type="uuid", null=True)
    scope_region_codes = ArrayField(element_type="text", null=True)
    code_hash = fields.CharField(64)
    invited_by = fields.UUIDField(null=True)
    expires_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "invitation"


class Session(Model):
    """One log-in on one device. Refresh tokens rotate in it; the last one lives 60 s while its successor is unused."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    person = fields.ForeignKeyField("tributary.Person", on_delete=fields.RESTRICT, related_name=False)
    membership = fields.ForeignKeyField(
        "tributary.Membership", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    refresh_hash = fields.CharField(64)
    previous_hash = fields.CharField(64, null=True)
    rotated_at = fields.DatetimeField(null=True)
    device = fields.CharField(200, null=True)
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "session"


class LogInFailure(Model):
    """Failed log-ins of one login since `since`; the login itself is not stored, it may be anybody's typing."""

    login_hash = fields.CharField(64, primary_key=True)
    failures = fields.IntField()
    since = fields.DatetimeField()

    class Meta:
        table = "log_in_failure"
