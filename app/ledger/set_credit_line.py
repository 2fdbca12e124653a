"""A seller says how far it trusts a buyer (授信额度)."""

from datetime import datetime
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.money import MOST_MINOR
from app.kernel.refusal import BadRequest, ChangedMeanwhile
from app.kernel.wording import BELOW_ZERO, OTHERWISE, ZERO_OR_MORE, Said
from app.ledger.accounts import lock_accounts
from app.ledger.hold import account_changed
from app.ledger.queries import require_seller
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_DAYS = 3650

_SET = """
UPDATE credit_line SET limit_minor = $2, temporary_limit_minor = $3, temporary_until = $4, overdue_block_days = $5,
    version = version + 1
WHERE relation_id = $1
"""


@act
async def set_credit_line(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    relation_id: UUID,
    limit_minor: int | None,
    temporary_limit_minor: int | None = None,
    temporary_until: datetime | None = None,
    overdue_block_days: int | None = None,
    expected_version: int | None = None,
) -> UUID:
    """Set the whole credit line: `limit_minor` None is no limit, 0 is nothing. Returns the relation's id.

    The temporary limit comes on top until `temporary_until`; something unpaid for more than `overdue_block_days` after
    it fell due blocks new orders on credit (None: never). Orders already placed stand, also above a lowered limit.
    NotFound for a relation in which the viewer is not the seller; ChangedMeanwhile; BadRequest for negative values and
    for a temporary limit without its end.
    """
    viewer.require(Permission.CREDIT_MANAGE)
    for name, amount in (("limit", limit_minor), ("temporaryLimit", temporary_limit_minor)):
        if amount is not None and amount < 0:
            raise BadRequest(name, BELOW_ZERO, ZERO_OR_MORE)
    if (limit_minor or 0) + (temporary_limit_minor or 0) > MOST_MINOR:
        raise BadRequest(
            "temporaryLimit",
            OTHERWISE,
            Said("less: the two limits together are too large", "较小的金额（两项额度之和过大）"),
        )
    if (temporary_limit_minor is None) is not (temporary_until is None):
        raise BadRequest(
            "temporaryUntil",
            temporary_until,
            Said(
                "a moment together with a temporary limit, and only together with one", "与临时额度同时填写的截止时间"
            ),
        )
    if overdue_block_days is not None and not 0 <= overdue_block_days <= MOST_DAYS:
        raise BadRequest(
            "overdueBlockDays",
            overdue_block_days,
            Said(f"a number of days from 0 to {MOST_DAYS}", f" 0 到 {MOST_DAYS} 之间的天数"),
        )
    said = [relation_id, limit_minor, temporary_limit_minor, temporary_until, overdue_block_days, expected_version]
    earlier = await viewer.same_request(work, "setCreditLine", client_key, said, relation_id)
    if earlier is not None:
        return earlier
    await require_seller(work, viewer, relation_id)
    accounts = await lock_accounts(work, relation_id)
    version = accounts.position.credit.version
    if expected_version is not None and expected_version != version:
        raise ChangedMeanwhile(expected_version=expected_version, version=version)
    await work.run(_SET, relation_id, limit_minor, temporary_limit_minor, temporary_until, overdue_block_days)
    account_changed(work, accounts, "credit_line_set")
    return relation_id
