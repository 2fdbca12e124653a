"""A seller says after how much silence a shipment is stalled, and when one that arrived counts as signed for."""

from uuid import UUID

from app.fulfilment.companies import carrier_code
from app.fulfilment.progress import times
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.text import optional_text
from app.kernel.wording import Said, whole_number
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_HOURS = 24 * 365
MOST_DAYS = 365

_SAVE = """
INSERT INTO logistics_rule (id, network_id, seller_id, carrier_code, stalled_after_hours, auto_sign_days)
SELECT $1, n.id, $3, $4, $5, $6 FROM network n
WHERE n.id = $2 AND (n.brand_id = $3 OR EXISTS (SELECT FROM trade_relation r
    WHERE r.network_id = n.id AND (r.seller_id = $3 OR r.buyer_id = $3)))
ON CONFLICT (network_id, seller_id, carrier_code) DO UPDATE SET stalled_after_hours = excluded.stalled_after_hours,
    auto_sign_days = excluded.auto_sign_days
RETURNING id
"""
_OPEN = """
SELECT id FROM shipment WHERE seller_id = $1 AND network_id = $2 AND status <> 'delivered'
ORDER BY id FOR NO KEY UPDATE
"""


@act
async def save_logistics_rule(
    work: Work,
    viewer: Viewer,
    *,
    network_id: UUID,
    carrier: str | None,
    stalled_after_hours: int | None,
    auto_sign_days: int | None,
    client_key: str,
) -> UUID:
    """The rule for one carrier, or for all that have none of their own (None); returns its id.

    Hours: None is never; without any rule it is 72. Days are counted from when the arrival is known: 0 is at once, None
    is never by itself. It holds at once, also for what is on its way. NotFound for a network the viewer is not in;
    BadRequest for numbers that cannot be, or a carrier nobody tells of; Forbidden for a manager of a part.
    """
    viewer.require(Permission.SHIPMENT_MANAGE)
    viewer.require_no_scope(Said("logistics rules", "物流规则"))
    name = optional_text("carrier", carrier, 60)
    code = carrier_code(name)
    if name is not None and code is None:
        raise BadRequest("carrier", name, Said("a carrier's name or code", "承运商名称或代码"))
    for field, value, most in (
        ("stalledAfterHours", stalled_after_hours, MOST_HOURS),
        ("autoSignDays", auto_sign_days, MOST_DAYS),
    ):
        if value is not None and not 0 <= value <= most:
            raise BadRequest(field, value, whole_number(0, most))
    rule_id = uuid7()
    said = [network_id, code, stalled_after_hours, auto_sign_days]
    earlier = await viewer.same_request(work, "saveLogisticsRule", client_key, said, rule_id)
    if earlier is not None:
        return earlier
    row = await work.row(_SAVE, rule_id, network_id, viewer.company_id, code, stalled_after_hours, auto_sign_days)
    if row is None:
        raise NotFound("network", network_id)
    on_their_way = [one["id"] for one in await work.rows(_OPEN, viewer.company_id, network_id)]
    if on_their_way:
        await times(work, on_their_way)
    saved: UUID = row["id"]
    return saved
