"""Before confirming, the seller proposes a change (订单变更): the order waits until its buyer accepts or refuses it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from app.kernel.act import Work, act
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest
from app.kernel.text import text
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.act_refusals import ChangeImpossible
from app.ordering.amendment import MOST_CHANGES, is_dearer
from app.ordering.asked import AskedOrder
from app.ordering.asked_change import AskedChange
from app.ordering.desk_limits import limits_of
from app.ordering.expire import or_expire
from app.ordering.judge_change import judge_change
from app.ordering.lifecycle import ORDER, OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.problems import ship_to_refused
from app.ordering.read_terms import read_terms
from app.ordering.record import LONGEST_REASON, record
from app.ordering.refusals import ShipToNotAllowed
from app.ordering.terms import Terms

TIME_TO_ANSWER: Final = timedelta(hours=48)

_FROZEN: Final = """
SELECT o.ship_to_id, o.ship_to_snapshot, o.requested_on, o.freight_tax_rate_bp, o.delivery_method,
    (SELECT count(*) FROM order_amendment a WHERE a.order_id = o.id) AS changes,
    (SELECT jsonb_object_agg(l.id, l.unit_price::text) FROM sales_order_line l WHERE l.order_id = o.id) AS prices
FROM sales_order o WHERE o.id = $1
"""
_PROPOSE: Final = """
proposed AS (
    INSERT INTO order_amendment (id, network_id, order_id, status, reason, before, after, round_off_minor, dearer,
        version, proposed_by, proposed_at, expires_at)
    VALUES ($1, $2, $3, 'proposed', $4, $5::jsonb, $6::jsonb, $7, $8, $9, $10, $11, $12)
)"""


@or_expire
@act
async def propose_change(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    change: AskedChange,
    reason: str,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """submitted → change_proposed. Nothing of the order moves before its buyer accepts; it cannot be confirmed
    meanwhile.

    Raises PriceBeyondLimit, PriceAfterCancellation, DiscountBeyondLimit, DiscountTooLarge, ChangeMakesDearer,
    ChangeImpossible (the address), OrderExpired, MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order or
    line; BadRequest for what is no change.
    """
    viewer.require(Permission.ORDER_DECIDE)
    reason = text("reason", reason, LONGEST_REASON)
    said = {"order": order_id, "change": change.said(), "reason": reason, "version": expected_version}
    earlier = await viewer.same_request(work, "proposeOrderChange", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.PROPOSE_CHANGE, work.now)
    order.expect(expected_version)
    until = _deadline(order, change.until, work.now)
    frozen = await work.row(_FROZEN, order.id)
    assert frozen is not None
    if frozen["changes"] >= MOST_CHANGES:
        most = Said(f"an order with fewer than {MOST_CHANGES} changes", f"变更次数少于 {MOST_CHANGES} 次的订单")
        raise BadRequest("orderId", order.number, most)
    limits = await limits_of(work, viewer, order.network_id)
    terms = await _terms(work, order, change)
    before, after, off = judge_change(order, frozen, change, terms, limits)
    amendment_id = uuid7()
    document = (
        amendment_id,
        order.network_id,
        order.id,
        reason,
        orjson.dumps(before.said(), default=str).decode(),
        orjson.dumps(after.said(), default=str).decode(),
        off,
        is_dearer(before, after),
        order.version + 1,
        viewer.membership_id,
        work.now,
        until,
    )
    work.later(Change(_PROPOSE, document))
    order.change_expires_at = until
    record(
        work,
        order,
        what="change_proposed",
        status=ORDER.after(order.status, "propose_change"),
        by=viewer.membership_id,
        reason=reason,
        details={"changeId": str(amendment_id), "expiresAt": until.isoformat()},
    )
    return order.id


def _deadline(order: OpenOrder, until: datetime | None, now: datetime) -> datetime:
    """When the proposal lapses: never after the order itself."""
    last = order.reservation_expires_at
    if until is None:
        until = now + TIME_TO_ANSWER
        return until if last is None else min(until, last)
    if until <= now or (last is not None and until > last):
        end = "" if last is None else f" and not after {last:%Y-%m-%d %H:%M} UTC, when the order lapses"
        zh = "" if last is None else f"，且不晚于订单失效时间 {last:%Y-%m-%d %H:%M} UTC"
        raise BadRequest("until", until, Said(f"a moment to come{end}", f"将来的时间{zh}"))
    return until


async def _terms(work: Work, order: OpenOrder, change: AskedChange) -> Terms:
    """The relation with the address that was asked for. ChangeImpossible for one that the order may not go to."""
    asked = AskedOrder(
        order.seller_id, network_id=order.network_id, ship_to_id=change.ship_to_id, requested_on=change.requested_on
    )
    terms = (await read_terms(work.rows, order.buyer_id, asked, work.now)).terms
    terms.check_day(asked, work.now)
    refused = None if change.ship_to_id is None else ship_to_refused(asked, terms)
    if refused is not None:
        raise ChangeImpossible([ShipToNotAllowed(lines=[], reason=refused)])
    return terms
