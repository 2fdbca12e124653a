"""Tables of the one ledger: accounts of a relation, transfers whose entries sum to zero, and holds."""

from tortoise import fields
from tortoise.models import Model

from app.kernel.ids import uuid7


class Account(Model):
    """An account of a trade relation. `balance_minor` is debit minus credit; `held_minor` is promised to open holds.

    receivable (应收): positive is owed by the buyer. prepayment (预存款): negative is money of the buyer; its
    holds never exceed it. clearing: money that came in. revenue, output_tax: what was earned and is owed as tax.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    relation = fields.ForeignKeyField("tributary.TradeRelation", on_delete=fields.RESTRICT, related_name=False)
    kind = fields.CharField(20)
    currency = fields.CharField(3)
    balance_minor = fields.BigIntField(default=0)
    held_minor = fields.BigIntField(default=0)

    class Meta:
        table = "ledger_account"


class Transfer(Model):
    """One posting. Never changed: a reversal is a mirrored transfer that names it."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    relation = fields.ForeignKeyField("tributary.TradeRelation", on_delete=fields.RESTRICT, related_name=False)
    kind = fields.CharField(20)  # shipment, receipt
    document_id = fields.UUIDField()
    memo = fields.CharField(400, default="")
    reversal_of = fields.ForeignKeyField("tributary.Transfer", null=True, on_delete=fields.RESTRICT, related_name=False)
    due_at = fields.DatetimeField(null=True)
    posted_at = fields.DatetimeField()

    class Meta:
        table = "ledger_transfer"


class Entry(Model):
    """One line of a transfer; debit is positive, credit negative. Append-only."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    transfer = fields.ForeignKeyField("tributary.Transfer", on_delete=fields.RESTRICT, related_name=False)
    seq = fields.IntField()
    account = fields.ForeignKeyField("tributary.Account", on_delete=fields.RESTRICT, related_name=False)
    amount_minor = fields.BigIntField()

    class Meta:
        table = "ledger_entry"


class Hold(Model):
    """Money promised to one order on one account: amount = remaining + posted + voided, by CHECK."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    network = fields.ForeignKeyField("tributary.Network", on_delete=fields.RESTRICT, related_name=False)
    account = fields.ForeignKeyField("tributary.Account", on_delete=fields.RESTRICT, related_name=False)
    order_id = fields.UUIDField()
    stage = fields.CharField(12, default="pending")  # pending until the order is confirmed, then open
    amount_minor = fields.BigIntField()
    remaining_minor = fields.BigIntField()
    posted_minor = fields.BigIntField(default=0)
    voided_minor = fields.BigIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "ledger_hold"


class CreditLine(Model):
    """What a seller lends to a buyer (授信额度). `limit_minor` null is no limit, 0 is nothing."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    relation = fields.OneToOneField("tributary.TradeRelation", on_delete=fields.RESTRICT, related_name=False)
    limit_minor = fields.BigIntField(null=True)
    temporary_limit_minor = fields.BigIntField(null=True)  # on top of the limit, until temporary_until
    temporary_until = fields.DatetimeField(null=True)
    overdue_block_days = fields.IntField(null=True)  # oldest unpaid receivable older than this past due blocks
    version = fields.IntField(default=1)

    class Meta:
        table = "credit_line"
