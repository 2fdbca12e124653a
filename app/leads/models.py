"""Tables of leads: the leads, to whom each was offered, what happened, and how a network routes them."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from app.kernel.ids import uuid7


class Lead(Model):
    """Somebody who may buy. `contact` is sealed; its keys are digests by which a duplicate is found."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    source = fields.CharField(60)
    external_id = fields.CharField(120, null=True)
    campaign = fields.CharField(120, null=True)
    region = fields.ForeignKeyField("tributary.Region", null=True, on_delete=fields.RESTRICT, related_name=False)
    category = fields.ForeignKeyField("tributary.Category", null=True, on_delete=fields.RESTRICT, related_name=False)
    product_line = fields.CharField(120, null=True)
    contact = fields.BinaryField()
    phone_key = fields.BinaryField(null=True)
    email_key = fields.BinaryField(null=True)
    duplicate_of = fields.ForeignKeyField("tributary.Lead", null=True, on_delete=fields.RESTRICT, related_name=False)
    status = fields.CharField(20)
    pool_reason = fields.CharField(20, null=True)
    pooled_at = fields.DatetimeField(null=True)
    routed_at = fields.DatetimeField(null=True)  # when routing was last tried
    stage = fields.CharField(20, null=True)
    next_at = fields.DatetimeField(null=True)  # when the dealer means to be in touch again
    touched_at = fields.DatetimeField(null=True)  # accepted or followed up: stagnation counts from here
    order = fields.ForeignKeyField("tributary.Order", null=True, on_delete=fields.RESTRICT, related_name=False)
    reference = fields.BinaryField(null=True)  # sealed: what it became, where that is no order in the mall
    submitted_by = fields.UUIDField()
    version = fields.IntField()
    received_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "lead"


class LeadAssignment(Model):
    """An offer of a lead to a dealer, and what came of it. A closed one never changes."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    lead = fields.ForeignKeyField("tributary.Lead", on_delete=fields.RESTRICT, related_name=False)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    company = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    rule_id = fields.UUIDField(null=True)  # null: the rule that is always there, or by hand
    assigned_by = fields.UUIDField(null=True)  # the brand's member, by hand
    offered_at = fields.DatetimeField()
    deadline_at = fields.DatetimeField()
    warn_at = fields.DatetimeField(null=True)  # when to warn next that time is running out
    warned_percent = fields.IntField(default=0)
    answered_at = fields.DatetimeField(null=True)  # accepted or rejected
    answer_minutes = fields.IntField(null=True)  # of business time, to the answer
    accepted_at = fields.DatetimeField(null=True)
    accepted_by = fields.UUIDField(null=True)
    closed_at = fields.DatetimeField(null=True)
    outcome = fields.CharField(20, null=True)
    reason = fields.CharField(20, null=True)

    class Meta:
        table = "lead_assignment"


class LeadEvent(Model):
    """Append-only: one entry for each version of a lead. A dealer sees those that name it."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    lead = fields.ForeignKeyField("tributary.Lead", on_delete=fields.RESTRICT, related_name=False)
    version = fields.IntField()
    what = fields.CharField(20)
    company = fields.ForeignKeyField("tributary.Company", null=True, on_delete=fields.RESTRICT, related_name=False)
    stage = fields.CharField(20, null=True)
    reason = fields.CharField(20, null=True)
    note = fields.BinaryField(null=True)  # sealed
    next_at = fields.DatetimeField(null=True)
    by = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "lead_event"


class LeadRule(Model):
    """To whom leads go that are like this. Lower precedence first; among equals the narrowest region, then category."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    name = fields.CharField(120)
    precedence = fields.IntField(default=0)
    region = fields.ForeignKeyField("tributary.Region", null=True, on_delete=fields.RESTRICT, related_name=False)
    category = fields.ForeignKeyField("tributary.Category", null=True, on_delete=fields.RESTRICT, related_name=False)
    product_line = fields.CharField(120, null=True)
    source = fields.CharField(60, null=True)
    strategy = fields.CharField(20, default="round_robin")  # or pool
    company_ids = ArrayField(element_type="uuid", null=True)  # null: whoever's territory covers the lead

    class Meta:
        table = "lead_rule"


class LeadSettings(Model):
    """How a network works with leads: working hours, time to accept, when the pool takes over."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    time_zone = fields.CharField(60)
    weekdays = ArrayField(element_type="int")
    opens_minute = fields.IntField()
    closes_minute = fields.IntField()
    holidays = ArrayField(element_type="date")
    extra_days = ArrayField(element_type="date")
    accept_seconds = fields.IntField()
    most_lapses = fields.IntField(null=True)
    stagnant_days = fields.IntField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "lead_settings"


class LeadCapacity(Model):
    """How many open leads a dealer may have; its row is also the lock under which they are counted."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    company = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    most_open = fields.IntField(null=True)

    class Meta:
        table = "lead_capacity"


class LeadCursor(Model):
    """Whose turn it was last, of the dealers with one territory under one rule. The row is locked for a choice."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    rule_id = fields.UUIDField(null=True)
    region = fields.ForeignKeyField("tributary.Region", on_delete=fields.RESTRICT, related_name=False)
    last_company_id = fields.UUIDField(null=True)

    class Meta:
        table = "lead_cursor"
