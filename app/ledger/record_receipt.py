"""Money came in from a buyer: a bank transfer, or cash."""

from enum import StrEnum
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest
from app.kernel.text import text
from app.kernel.wording import MORE_THAN_NOTHING, NOTHING_OR_LESS
from app.ledger.accounts import lock_accounts
from app.ledger.post import Transfer, TransferKind, post
from app.ledger.queries import require_seller
from app.ledger.rules import AccountKind, ReceiptTo, divide_receipt
from app.network.roles import Permission
from app.network.viewer import Viewer

LONGEST_REFERENCE = 200


class ReceiptMethod(StrEnum):
    """How the money came."""

    TRANSFER = "transfer"
    CASH = "cash"


@act
async def record_receipt(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    relation_id: UUID,
    amount_minor: int,
    method: ReceiptMethod,
    reference: str,
    to: ReceiptTo = ReceiptTo.RECEIVABLE,
) -> UUID:
    """Record money that the viewer's company received from a buyer; returns the id of its transfer.

    It pays what is owed, oldest first, which frees credit; what is left over is prepaid. `to=PREPAYMENT` leaves debts
    as they are. Whatever the relation's status: who was suspended may still pay. NotFound for a relation in which the
    viewer is not the seller; BadRequest for an amount that is not positive; AmountTooLarge where the account could no
    longer hold it.
    """
    viewer.require(Permission.RECEIPT_RECORD)
    if amount_minor <= 0:
        raise BadRequest("amount", NOTHING_OR_LESS, MORE_THAN_NOTHING)
    reference = text("reference", reference, LONGEST_REFERENCE)
    receipt_id = uuid7()
    said = [relation_id, amount_minor, method, reference, to]
    earlier = await viewer.same_request(work, "recordReceipt", client_key, said, receipt_id)
    if earlier is not None:
        return earlier
    await require_seller(work, viewer, relation_id)
    accounts = await lock_accounts(work, relation_id)
    paid, prepaid = divide_receipt(amount_minor, accounts.position.receivable_minor, to)
    return await post(
        work,
        accounts,
        Transfer(TransferKind.RECEIPT, receipt_id, _memo(method, reference), transfer_id=receipt_id),
        (
            (AccountKind.CLEARING, amount_minor),
            (AccountKind.RECEIVABLE, -paid),
            (AccountKind.PREPAYMENT, -prepaid),
        ),
    )


def _memo(method: ReceiptMethod, reference: str) -> str:
    return f"{method.value}: {reference}"


def read_memo(memo: str) -> tuple[ReceiptMethod, str]:
    """How a receipt came, and its reference, from the memo that it was recorded with."""
    method, _, reference = memo.partition(": ")
    return ReceiptMethod(method), reference
