"""Before confirming, the seller takes an amount off: frozen shares per line (优惠分摊), and a smaller hold."""

from decimal import Decimal
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.kernel.money import Money
from app.kernel.refusal import BadRequest
from app.kernel.text import text
from app.kernel.wording import MORE_THAN_NOTHING
from app.ledger.accounts import lock_accounts
from app.ledger.hold import void_hold
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.act_refusals import DiscountTooLarge
from app.ordering.desk_limits import limits_of
from app.ordering.expire import or_expire
from app.ordering.lifecycle import OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.record import LONGEST_REASON, record
from app.ordering.value import discounted

_SHARES = """
shared AS (
    INSERT INTO sales_order_line_discount
        (id, order_id, order_line_id, grant_id, kind, reason, amount_minor, granted_by, created_at)
    SELECT s.id, $1::uuid, s.line_id, $2::uuid, 'manual', $3, s.amount_minor, $4::uuid, $5::timestamptz
    FROM unnest($6::uuid[], $7::uuid[], $8::bigint[]) AS s(id, line_id, amount_minor)
)"""


@or_expire
@act
async def grant_discount(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    amount: Decimal,
    reason: str,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """Take `amount` (in the order's currency) off what is open, in the price's own tax mode, by largest remainder.

    With the tax in the prices the order's gross falls by exactly the amount. Raises DiscountTooLarge,
    DiscountBeyondLimit, OrderExpired, MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order.
    """
    viewer.require(Permission.ORDER_DECIDE)
    reason = text("reason", reason, LONGEST_REASON)
    said = {"order": order_id, "amount": f"{amount.normalize():f}", "reason": reason, "version": expected_version}
    earlier = await viewer.same_request(work, "grantDiscount", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.GRANT_DISCOUNT, work.now)
    order.expect(expected_version)
    off = Money.parse(amount, order.currency)
    if off.minor <= 0:
        raise BadRequest("amount", amount, MORE_THAN_NOTHING)
    most = Money(sum(value.worth(order.tax_mode) for value in order.values), order.currency)
    if off > most:
        raise DiscountTooLarge(off, most)
    limits = await limits_of(work, viewer, order.network_id)
    limits.check_discount(Money(order.totals.discount_minor, order.currency) + off)
    before = order.totals.gross_minor
    _freeze_shares(work, order, off.minor, reason, viewer.membership_id)
    accounts = await lock_accounts(work, order.relation_id)
    await void_hold(work, accounts, order_id=order.id, amount_minor=before - order.totals.gross_minor)
    record(work, order, what="discount_granted", status=order.status, by=viewer.membership_id, reason=reason)
    return order.id


def _freeze_shares(work: Work, order: OpenOrder, amount_minor: int, reason: str, by: UUID) -> None:
    after, shares = discounted(order.values, amount_minor, order.tax_mode)
    granted = [(line, share) for line, share in zip(order.lines, shares, strict=True) if share]
    for line, value in zip(order.lines, after, strict=True):
        line.touched = line.touched or value is not line.value
        line.value = value
    ids, lines = [uuid7() for _ in granted], [line.id for line, _ in granted]
    parts = [share for _, share in granted]
    work.later(Change(_SHARES, (order.id, uuid7(), reason, by, work.now, ids, lines, parts)))
