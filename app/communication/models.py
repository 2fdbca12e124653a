"""Tables of what members are told: their inbox, what leaves the mall for them, and how they want it."""

from tortoise import fields
from tortoise.models import Model

from app.kernel.ids import uuid7


class Notification(Model):
    """One line of a member's inbox. The text is made when it is read, from `kind` and `params`, in the reader's
    language; `params` holds names and numbers of documents, never money and never a lead's contact."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    member = fields.ForeignKeyField("tributary.Membership", on_delete=fields.RESTRICT, related_name=False)
    kind = fields.CharField(40)
    link_type = fields.CharField(20)
    link_id = fields.UUIDField()
    params: fields.Field[dict[str, str]] = fields.JSONField()
    dedupe_key = fields.CharField(120)  # what it was made of: the same again makes no second one
    read_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "notification"


class NotificationDelivery(Model):
    """A notification on its way out of the mall by one channel. `reason` is a code, never a name or an address."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    notification = fields.ForeignKeyField("tributary.Notification", on_delete=fields.RESTRICT, related_name=False)
    member = fields.ForeignKeyField("tributary.Membership", on_delete=fields.RESTRICT, related_name=False)
    channel = fields.CharField(10)
    priority = fields.IntField()  # the lower the number, the sooner
    state = fields.CharField(10, default="waiting")
    reason = fields.CharField(40, null=True)
    tries = fields.IntField(default=0)
    due_at = fields.DatetimeField()
    claimed_at = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notification_delivery"


class NotificationPreference(Model):
    """A member's choice where it differs from the default: one kind by one channel, on or off."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    member = fields.ForeignKeyField("tributary.Membership", on_delete=fields.RESTRICT, related_name=False)
    kind = fields.CharField(40)
    channel = fields.CharField(10)
    enabled = fields.BooleanField()

    class Meta:
        table = "notification_preference"


class NotificationSetting(Model):
    """When a member is left in peace, and in which language messages come; without a row, always and as in the mall."""

    member = fields.OneToOneField(
        "tributary.Membership", primary_key=True, on_delete=fields.RESTRICT, related_name=False
    )
    quiet_from = fields.CharField(5, null=True)  # 22:00, in the zone
    quiet_until = fields.CharField(5, null=True)  # the next 07:30
    time_zone = fields.CharField(60, null=True)
    locale = fields.CharField(10, null=True)  # null: the person's own

    class Meta:
        table = "notification_setting"


class WxSubscribeQuota(Model):
    """How many subscribe messages of one template a WeChat account still accepts (一次性订阅消息)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    identity = fields.ForeignKeyField("tributary.Identity", on_delete=fields.RESTRICT, related_name=False)
    template_id = fields.CharField(100)
    remaining = fields.IntField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "wx_subscribe_quota"
