"""A seller says how far a role may go by hand: manual prices, discounts and rounding off (抹零)."""

from typing import Final
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.money import MOST_MINOR
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import BELOW_ZERO, ZERO_OR_MORE, Said, whole_number
from app.network.roles import GRANTS, Permission, Role
from app.network.viewer import Viewer

_SAVE: Final = """
INSERT INTO desk_limit (id, network_id, seller_id, role, price_bp, discount_minor)
SELECT $1, n.id, $3, $4, $5, $6 FROM network n
WHERE n.id = $2 AND (n.brand_id = $3 OR EXISTS (SELECT FROM trade_relation r
    WHERE r.network_id = n.id AND (r.seller_id = $3 OR r.buyer_id = $3)))
ON CONFLICT (network_id, seller_id, role) DO UPDATE SET price_bp = excluded.price_bp,
    discount_minor = excluded.discount_minor
RETURNING id
"""


@act
async def save_desk_limit(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    network_id: UUID,
    role: Role,
    price_bp: int | None,
    discount_minor: int | None,
) -> UUID:
    """Set a role's limits; returns the row's id. None is no limit, 0 is nothing; a role without a row has no limit.

    Counts for proposals and discounts from now on. NotFound for a network the viewer is not in; BadRequest for a role
    that decides no orders and for values that are none.
    """
    viewer.require(Permission.MEMBER_MANAGE)
    deciding = [one.value.upper() for one in Role if Permission.ORDER_DECIDE in GRANTS[one]]
    if role.value.upper() not in deciding:
        names = ", ".join(deciding)
        raise BadRequest(
            "role", role.value.upper(), Said(f"one that decides orders: {names}", f"可审核订单的角色：{names}")
        )
    if price_bp is not None and not 0 <= price_bp <= 10_000:
        raise BadRequest("priceBp", price_bp, whole_number(0, 10_000))
    if discount_minor is not None and not 0 <= discount_minor <= MOST_MINOR:
        raise BadRequest("discount", BELOW_ZERO, ZERO_OR_MORE)
    limit_id = uuid7()
    said = [network_id, role.value, price_bp, discount_minor]
    earlier = await viewer.same_request(work, "saveDeskLimit", client_key, said, limit_id)
    if earlier is not None:
        return earlier
    row = await work.row(_SAVE, limit_id, network_id, viewer.company_id, role.value, price_bp, discount_minor)
    if row is None:
        raise NotFound("network", network_id)
    saved: UUID = row["id"]
    return saved
