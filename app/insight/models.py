"""The table of insight: figures about customers, kept beside the orders and postings that they come from.

Nobody writes it but the triggers of `trade_relation`, `sales_order` and `ledger_entry` (migration 0002), in the
transaction of what they count; the audit computes it again.
"""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class CustomerFigures(Model):
    """What a customer is looked for by: one row for each trade relation, so that a page is found by one scan of it."""

    relation_id = fields.UUIDField(primary_key=True)
    seller_id = fields.UUIDField()
    network_id = fields.UUIDField()
    currency = fields.CharField(3)  # the relation's, for good: its amounts are never set beside another's
    last_order_id = fields.UUIDField(null=True)  # the order placed last, whatever became of it
    silent_since = fields.DatetimeField()  # when that was placed; without one, when the relation was opened
    month = fields.IntField()  # year * 12 + month - 1 of the newest month below
    orders = ArrayField(element_type="int")  # placed in that month and the 23 before it, the newest first
    turnover_minor = ArrayField(element_type="bigint")  # gross of these, less what has been cancelled of it since
    unpaid_due = ArrayField(element_type="timestamptz")  # when what is owed falls due, the latest first
    unpaid_minor = ArrayField(element_type="bigint")  # how much of it then; sums to what is owed
    overdue_from = fields.DatetimeField(null=True)  # when the first of it falls due; null: nothing is owed

    class Meta:
        table = "customer_figures"
