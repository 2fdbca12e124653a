"""Steps at the start and the end of every act on a price list: may the viewer write it, and telling that it changed."""

from uuid import UUID

import asyncpg

from app.kernel.act import Work
from app.kernel.refusal import Forbidden, NotFound
from app.kernel.wording import Said
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.pricing.events import PricesChanged
from app.pricing.lifecycle import PRICE_LIST, PriceListStatus

BEYOND_SCOPE = Said("prices for buyers outside your scope", "为您负责范围以外的客户定价")

# A channel manager with a scope writes only lists that apply to nobody outside it.
_LOCK = f"""
SELECT l.id, l.network_id, l.status, l.version,
    ($3::uuid[] IS NULL AND $4::text[] IS NULL) OR NOT EXISTS (
        SELECT FROM price_assignment a LEFT JOIN trade_relation r ON r.id = a.relation_id
        LEFT JOIN region g ON g.code = a.region_id
        WHERE a.price_list_id = l.id AND NOT coalesce(CASE a.scope
            WHEN 'relation' THEN {in_scope("r", 3)}
            WHEN 'region' THEN EXISTS (SELECT FROM region og WHERE og.code = ANY($4::text[])
                                       AND starts_with(g.path, og.path))
            ELSE false END, false)) AS within_scope
FROM price_list l WHERE l.id = $1 AND l.seller_id = $2 FOR NO KEY UPDATE OF l
"""
_RAISE = "UPDATE price_list SET version = version + 1, status = $2 WHERE id = $1 RETURNING version"


async def lock_list(work: Work, viewer: Viewer, price_list_id: UUID, move: str) -> asyncpg.Record:
    """The viewer's company's list, locked, when its status allows the move.

    NotFound for a list of another company, MoveNotAllowed, Forbidden outside a channel manager's scope.
    """
    found = await work.row(_LOCK, price_list_id, viewer.company_id, *viewer.scope)
    if found is None:
        raise NotFound("price list", price_list_id)
    if not found["within_scope"]:
        raise Forbidden(BEYOND_SCOPE)
    PRICE_LIST.after(PriceListStatus(found["status"]), move)
    return found


async def raise_version(work: Work, viewer: Viewer, price_list: asyncpg.Record, move: str, what: str) -> None:
    """A new version of the list, in the status after the move, and the fact that tells it."""
    status = PRICE_LIST.after(PriceListStatus(price_list["status"]), move)
    raised = await work.row(_RAISE, price_list["id"], status)
    assert raised is not None
    tell(work, viewer, price_list["network_id"], price_list["id"], raised["version"], what)


def tell(work: Work, viewer: Viewer, network_id: UUID, price_list_id: UUID, version: int, what: str) -> None:
    """The fact that a list changed."""
    work.tell(
        PricesChanged(
            network_id=network_id,
            subject_id=price_list_id,
            version=version,
            what=what,
            audience=(viewer.company_id,),
        )
    )
