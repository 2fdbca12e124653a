"""Steps: what a company is in a network, asked at the start of the acts that write there."""

from collections.abc import Sequence
from uuid import UUID

from app.catalog.refusals import ItemProblem, ItemsRefused
from app.catalog.sql import member_of
from app.kernel.act import Work
from app.kernel.refusal import BadRequest, Forbidden, NotFound
from app.kernel.wording import Said
from app.network.viewer import Viewer

_BRAND = f"""
SELECT n.brand_id = $2 AS is_brand FROM network n WHERE n.id = $1 AND {member_of("n.id", "$2")}
FOR NO KEY UPDATE OF n
"""
_MEMBER = f"SELECT n.id FROM network n WHERE n.id = $1 AND {member_of('n.id', '$2')}"


async def require_brand(work: Work, viewer: Viewer, network_id: UUID) -> None:
    """The viewer's company must be the network's brand. NotFound for who is not part of it, Forbidden for a dealer.

    Locks the network's row against other writers of its catalog, so codes, trees and dated rates are checked and saved
    without a race; trade goes on meanwhile.
    """
    found = await work.row(_BRAND, network_id, viewer.company_id)
    if found is None:
        raise NotFound("network", network_id)
    if not found["is_brand"]:
        raise Forbidden(Said("writing the catalog of another company's network", "维护其他公司渠道网络的商品目录"))


async def require_member(work: Work, viewer: Viewer, network_id: UUID) -> None:
    """The viewer's company must trade in the network, else NotFound."""
    if await work.row(_MEMBER, network_id, viewer.company_id) is None:
        raise NotFound("network", network_id)


def require_size(items: Sequence[object], most: int) -> None:
    """BadRequest for an empty batch and for one of more than `most` items."""
    if not 1 <= len(items) <= most:
        raise BadRequest("items", len(items), Said(f"1 to {most} items", f" 1 到 {most} 项"))


def refuse_if_any(problems: Sequence[ItemProblem], asked: int) -> None:
    """ItemsRefused with every problem, in the order of the input."""
    if problems:
        raise ItemsRefused(asked=asked, problems=sorted(problems, key=lambda one: one.position))
