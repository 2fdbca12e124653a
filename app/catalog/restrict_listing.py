"""A listing shown to chosen relations only, or to every buyer again."""

from collections.abc import Sequence
from uuid import UUID

from app.catalog.events import ListingChanged
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_RELATIONS = 10_000

_LOCK = "SELECT id, network_id, restricted FROM listing WHERE id = $1 AND seller_id = $2 FOR NO KEY UPDATE"
_OWN_RELATIONS = "SELECT id FROM trade_relation WHERE id = ANY($1::uuid[]) AND network_id = $2 AND seller_id = $3"
_AUDIENCE = "SELECT relation_id FROM listing_audience WHERE listing_id = $1"
_FORGET = "DELETE FROM listing_audience WHERE listing_id = $1"
_SHOW = """
INSERT INTO listing_audience (id, listing_id, relation_id)
SELECT a.id, $1, a.relation_id FROM unnest($2::uuid[], $3::uuid[]) AS a(id, relation_id)
"""
_RESTRICT = "UPDATE listing SET restricted = $2, version = version + 1 WHERE id = $1 RETURNING version"


@act
async def restrict_listing(
    work: Work, viewer: Viewer, *, listing_id: UUID, relation_ids: Sequence[UUID] | None, client_key: str
) -> UUID:
    """Show the listing to these relations only; None shows it to every buyer, an empty list to nobody.

    Raises NotFound for a listing or a relation that is not the viewer's own company's as seller in that network.
    """
    viewer.require(Permission.CATALOG_MANAGE)
    asked = None if relation_ids is None else sorted(set(relation_ids))
    said = {"listing": listing_id, "relations": asked}
    if earlier := await viewer.same_request(work, "restrictListing", client_key, said, listing_id):
        return earlier
    listing = await work.row(_LOCK, listing_id, viewer.company_id)
    if listing is None:
        raise NotFound("listing", listing_id)
    if asked is not None and len(asked) > MOST_RELATIONS:
        raise BadRequest(
            "relationIds", len(asked), Said(f"at most {MOST_RELATIONS} relations", f"最多 {MOST_RELATIONS} 个交易关系")
        )
    if asked:
        own = {row["id"] for row in await work.rows(_OWN_RELATIONS, asked, listing["network_id"], viewer.company_id)}
        for relation_id in asked:
            if relation_id not in own:
                raise NotFound("relation", relation_id)
    before = {row["relation_id"] for row in await work.rows(_AUDIENCE, listing_id)}
    if listing["restricted"] == (asked is not None) and before == set(asked or ()):
        return listing_id
    await work.run(_FORGET, listing_id)
    if asked:
        await work.run(_SHOW, listing_id, [uuid7() for _ in asked], asked)
    changed = await work.row(_RESTRICT, listing_id, asked is not None)
    assert changed is not None
    work.tell(
        ListingChanged(
            network_id=listing["network_id"],
            subject_id=listing_id,
            version=changed["version"],
            what="restricted",
            audience=(viewer.company_id,),
        )
    )
    return listing_id
