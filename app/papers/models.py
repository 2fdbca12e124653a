"""Tables of papers: lists that are exported, and the files that were made of them."""

from tortoise import fields
from tortoise.models import Model

from app.kernel.ids import uuid7


class ExportJob(Model):
    """A list that a member wants as XLSX. A worker that writes it holds a lease, which lapses when it dies."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    company = fields.ForeignKeyField("tributary.Company", on_delete=fields.RESTRICT, related_name=False)
    membership = fields.ForeignKeyField("tributary.Membership", on_delete=fields.RESTRICT, related_name=False)
    list_name = fields.CharField(40)
    filters: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    locale = fields.CharField(5)
    status = fields.CharField(12, default="waiting")
    failure = fields.CharField(20, null=True)
    version = fields.IntField(default=1)
    attempt = fields.IntField(default=0)
    rows_done = fields.IntField(default=0)
    rows_total = fields.IntField(null=True)
    lease_until = fields.DatetimeField(null=True)
    size_bytes = fields.BigIntField(null=True)
    digest = fields.CharField(64, null=True)  # SHA-256 of the file, in hexadecimal
    seen_as: fields.Field[dict[str, object]] = fields.JSONField(
        null=True
    )  # the rights and the scope it was written with
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "export_job"


class ExportChunk(Model):
    """A piece of an export's file; all of them are written in one transaction, the one that says it is done."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    export = fields.ForeignKeyField("tributary.ExportJob", on_delete=fields.RESTRICT, related_name=False)
    seq = fields.IntField()
    data = fields.BinaryField()

    class Meta:
        table = "export_chunk"
