"""Where a buyer stands with a seller: credit with its parts, prepayment, what is due, and the entries behind it."""

import decimal
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.kernel.clock import now
from app.kernel.money import Money as Amount
from app.kernel.page import Page
from app.kernel.refusal import BadRequest
from app.kernel.text import text
from app.kernel.wording import Said
from app.ledger import queries
from app.ledger.post import TransferKind
from app.ledger.record_receipt import ReceiptMethod, read_memo, record_receipt
from app.ledger.rules import AccountKind, ExposureKind, ExposurePart, Position, ReceiptTo
from app.ledger.set_credit_line import set_credit_line
from app.network.roles import Permission
from schema.access import access
from schema.context import Info
from schema.money import Money
from schema.page import After, Connection, First, connection
from schema.refusals import ChangedMeanwhile, KeyReused
from schema.scalars import uuid_of

strawberry.enum(
    ExposureKind,
    name="ExposurePartKind",
    description="PENDING: placed. OPEN: confirmed. SHIPPED: shipped, not billed. RECEIVABLE: billed, not paid. "
    "Every unit of value is in exactly one of them.",
)
strawberry.enum(AccountKind, description="An account of a trade relation.")
strawberry.enum(TransferKind, description="What a posting records.")
strawberry.enum(ReceiptMethod, description="How money came in.")
strawberry.enum(
    ReceiptTo,
    description="RECEIVABLE: it pays what is owed, the rest is prepaid. PREPAYMENT: all of it is prepaid.",
)


@strawberry.type(name="ExposurePart", description="A part of what the seller has lent or promised to lend.")
class Part:
    """See `app.ledger.rules.ExposurePart`."""

    kind: ExposureKind = strawberry.field(description="Where the value stands on its way from order to payment.")
    amount: Money = strawberry.field(description="Gross, net of what has been paid of it.")

    @classmethod
    def of(cls, part: ExposurePart, currency: str) -> "Part":
        return cls(kind=part.kind, amount=Money.minor(part.minor, currency))


@strawberry.enum(description="Why no new order may be placed on credit.")
class CreditBlock(Enum):
    """See `app.ledger.rules.Position.overdue_blocks`."""

    OVERDUE = strawberry.enum_value("overdue", description="Something is unpaid for longer than `overdueBlockDays`.")


@strawberry.type(description="What the seller lends to the buyer (授信额度), and what is left of it.")
class Credit:
    """See `app.ledger.rules.Position`."""

    limit: Money | None = strawberry.field(
        description="What may be lent now, temporary limit included; null: no limit."
    )
    permanent_limit: Money | None = strawberry.field(description="The limit without the temporary one; null: no limit.")
    temporary_limit: Money | None = strawberry.field(description="On top of the limit, until temporaryUntil.")
    temporary_until: datetime | None = strawberry.field(description="When the temporary limit ends.")
    overdue_block_days: int | None = strawberry.field(
        description="Something unpaid for longer after it fell due blocks new orders; null: never."
    )
    exposure: Money = strawberry.field(description="The sum of the parts.")
    available: Money | None = strawberry.field(description="What may still be ordered on credit; null: no limit.")
    parts: list[Part] = strawberry.field(description="What the exposure consists of.")
    blocked_because: CreditBlock | None = strawberry.field(
        description="Why new orders on credit are refused; null: they are not."
    )
    version: int = strawberry.field(description="Rises with every change of the credit line.")

    @classmethod
    def of(cls, position: Position, moment: datetime) -> "Credit":
        terms, currency = position.credit, position.currency
        return cls(
            limit=Money.maybe(terms.limit_at(moment), currency),
            permanent_limit=Money.maybe(terms.limit_minor, currency),
            temporary_limit=Money.maybe(terms.temporary_limit_minor, currency),
            temporary_until=terms.temporary_until,
            overdue_block_days=terms.overdue_block_days,
            exposure=Money.minor(position.exposure_minor, currency),
            available=Money.maybe(position.available_at(moment), currency),
            parts=[Part.of(part, currency) for part in position.parts],
            blocked_because=CreditBlock.OVERDUE if position.overdue_blocks else None,
            version=terms.version,
        )


@strawberry.type(description="An entry on what the buyer owes or has prepaid.")
class AccountEntry:
    """One row of `ledger_entry` with its transfer."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    account: AccountKind = strawberry.field(description="RECEIVABLE or PREPAYMENT.")
    kind: TransferKind = strawberry.field(description="What was posted.")
    amount: Money = strawberry.field(description="Positive: the buyer owes more, or less is prepaid.")
    memo: str = strawberry.field(description="What it was for.")
    document_id: strawberry.ID = strawberry.field(description="The shipment or receipt that was posted.")
    due_at: datetime | None = strawberry.field(description="When the debt falls due.")
    posted_at: datetime = strawberry.field(description="When it was posted.")

    @classmethod
    def of(cls, row: Any) -> "AccountEntry":
        return cls(
            id=strawberry.ID(str(row["id"])),
            account=AccountKind(row["account"]),
            kind=TransferKind(row["kind"]),
            amount=Money.minor(row["amount_minor"], row["currency"]),
            memo=row["memo"],
            document_id=strawberry.ID(str(row["document_id"])),
            due_at=row["due_at"],
            posted_at=row["posted_at"],
        )


@strawberry.type(description="Where a buyer stands with a seller. The same for both.")
class Account:
    """See `app.ledger.queries.AccountView`."""

    relation_id: strawberry.Private[UUID]
    currency: str = strawberry.field(description="ISO 4217; everything here is in it.")
    credit: Credit = strawberry.field(description="Buying on credit.")
    prepayment: Money = strawberry.field(description="Money paid in advance (预存款), promised parts included.")
    prepayment_available: Money = strawberry.field(description="What of it no order has been promised.")
    receivable: Money = strawberry.field(description="What was billed and is not paid (应收).")
    due_now: Money = strawberry.field(description="What must be paid by the end of today, overdue parts included.")
    overdue: Money = strawberry.field(description="What is past due.")
    paid_unshipped: Money = strawberry.field(description="Prepaid for orders that have not been shipped.")

    @classmethod
    def of(cls, view: queries.AccountView) -> "Account":
        position, currency = view.position, view.position.currency
        return cls(
            relation_id=view.relation_id,
            currency=currency,
            credit=Credit.of(position, now()),
            prepayment=Money.minor(position.prepaid_minor, currency),
            prepayment_available=Money.minor(position.prepaid_free_minor, currency),
            receivable=Money.minor(position.receivable_minor, currency),
            due_now=Money.minor(position.due_minor, currency),
            overdue=Money.minor(position.overdue_minor, currency),
            paid_unshipped=Money.minor(position.prepaid_held_minor, currency),
        )

    @strawberry.field(description="What was posted on receivable and prepayment, newest first.")
    async def entries(self, info: Info, first: First = None, after: After = None) -> Connection[AccountEntry]:
        page = Page.of(first, after, kinds=[UUID], order="entries")
        rows = await queries.entries(info.context.viewer, self.relation_id, page)
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=AccountEntry.of, order="entries")


async def account_of(info: Info, relation_id: UUID) -> Account | None:
    """The account of a relation that the viewer may see."""
    view = await info.context.loader(queries.accounts_by_relations).load(relation_id)
    return None if view is None else Account.of(view)


@strawberry.type
class RelationLedger:
    """What the ledger adds to TradeRelation."""

    id: strawberry.ID

    @strawberry.field(description="Where the buyer stands with the seller; null for who may not read money.")
    async def account(self, info: Info) -> Account | None:
        if not info.context.viewer.may(Permission.MONEY_READ):
            return None
        return await account_of(info, uuid_of(self.id, "trade relation"))


@strawberry.type(description="Money that came in from a buyer.")
class Receipt:
    """A transfer of kind `receipt`."""

    relation_id: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    amount: Money = strawberry.field(description="What came in.")
    to_receivable: Money = strawberry.field(description="What of it paid what was owed.")
    to_prepayment: Money = strawberry.field(description="What of it is prepaid.")
    method: ReceiptMethod = strawberry.field(description="How it came.")
    reference: str = strawberry.field(description="The bank's reference, or the number of the cash receipt.")
    memo: str = strawberry.field(description="Both in one line, as in the account's entries.")
    recorded_at: datetime = strawberry.field(description="When it was recorded.")

    @strawberry.field(description="Where the buyer stands now.")
    async def account(self, info: Info) -> Account | None:
        return await account_of(info, self.relation_id)

    @classmethod
    def of(cls, row: Any) -> "Receipt":
        currency = row["currency"]
        method, reference = read_memo(row["memo"])
        return cls(
            relation_id=row["relation_id"],
            id=strawberry.ID(str(row["id"])),
            amount=Money.minor(row["amount_minor"], currency),
            to_receivable=Money.minor(row["to_receivable_minor"], currency),
            to_prepayment=Money.minor(row["to_prepayment_minor"], currency),
            method=method,
            reference=reference,
            memo=row["memo"],
            recorded_at=row["posted_at"],
        )


@strawberry.input(description="Money that my company received from a buyer.")
class RecordReceiptInput:
    """Input of `recordReceipt`."""

    client_key: str = strawberry.field(description="Same key and input: same receipt.")
    relation_id: strawberry.ID = strawberry.field(description="The relation in which my company sells.")
    amount: decimal.Decimal = strawberry.field(description="In the relation's currency, above zero.")
    method: ReceiptMethod = strawberry.field(description="How it came.")
    reference: str = strawberry.field(description="The bank's reference, or the number of the cash receipt.")
    to: ReceiptTo = strawberry.field(default=ReceiptTo.RECEIVABLE, description="What it is for.")


@strawberry.input(description="The whole credit line; it replaces the one there was.")
class SetCreditLineInput:
    """Input of `setCreditLine`."""

    client_key: str = strawberry.field(description="Same key and input: same answer.")
    relation_id: strawberry.ID = strawberry.field(description="The relation in which my company sells.")
    limit: decimal.Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What may be lent. Must be said: null is no limit, 0 is nothing."
    )
    temporary_limit: decimal.Decimal | None = strawberry.field(default=None, description="On top, for a while.")
    temporary_until: datetime | None = strawberry.field(default=None, description="When the temporary limit ends.")
    overdue_block_days: int | None = strawberry.field(
        default=None, description="Something unpaid for longer after it fell due blocks new orders; null: never."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the credit line I saw; null: whatever it is."
    )


RecordReceiptResult = Annotated[Receipt | KeyReused, strawberry.union("RecordReceiptResult")]
SetCreditLineResult = Annotated[Account | ChangedMeanwhile | KeyReused, strawberry.union("SetCreditLineResult")]


@strawberry.type
class Mutations:
    """Mutations of the ledger."""

    @strawberry.mutation(description="Record a bank transfer or cash from a buyer; it frees credit at once.")
    @access(Permission.RECEIPT_RECORD)
    async def record_receipt(self, info: Info, input: RecordReceiptInput) -> RecordReceiptResult | None:
        viewer = info.context.viewer
        relation_id = uuid_of(input.relation_id, "trade relation")
        currency = await _currency(info, relation_id)
        receipt_id = await record_receipt(
            viewer,
            client_key=text("clientKey", input.client_key, 200),
            relation_id=relation_id,
            amount_minor=Amount.parse(input.amount, currency, "amount").minor,
            method=input.method,
            reference=input.reference,
            to=input.to,
        )
        return Receipt.of(await queries.receipt(viewer, receipt_id))

    @strawberry.mutation(description="Say how far my company trusts a buyer. Orders already placed stand.")
    @access(Permission.CREDIT_MANAGE)
    async def set_credit_line(self, info: Info, input: SetCreditLineInput) -> SetCreditLineResult | None:
        if input.limit is strawberry.UNSET:
            raise BadRequest("limit", None, Said("an amount, or null for no limit", "金额，或 null 表示不限额"))
        relation_id = uuid_of(input.relation_id, "trade relation")
        currency = await _currency(info, relation_id)
        await set_credit_line(
            info.context.viewer,
            client_key=text("clientKey", input.client_key, 200),
            relation_id=relation_id,
            limit_minor=_minor(input.limit, currency, "limit"),
            temporary_limit_minor=_minor(input.temporary_limit, currency, "temporaryLimit"),
            temporary_until=input.temporary_until,
            overdue_block_days=input.overdue_block_days,
            expected_version=input.expected_version,
        )
        found = await queries.accounts_by_relations(info.context.viewer, [relation_id])
        return Account.of(found[relation_id])


def _minor(value: decimal.Decimal | None, currency: str, field: str) -> int | None:
    return None if value is None else Amount.parse(value, currency, field).minor


async def _currency(info: Info, relation_id: UUID) -> str:
    return await queries.currency_of(info.context.viewer, relation_id)
