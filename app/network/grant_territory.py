"""Grant a territory (经销区域): the brand says in which regions a company of its network may sell."""

from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import NotFound
from app.kernel.wording import Said
from app.network.refusals import TerritoryTaken
from app.network.register import require_regions
from app.network.relevel import lock_network
from app.network.roles import Permission
from app.network.viewer import Viewer

_COMPANY = """
SELECT 1 FROM network n JOIN trade_relation r ON r.network_id = n.id
WHERE n.id = $1 AND n.brand_id = $2 AND r.buyer_id = $3 AND r.status <> 'ended'
"""
_EXISTING = "SELECT id FROM territory_grant WHERE network_id = $1 AND company_id = $2 AND region_id = $3"
_OVERLAP = """
SELECT c.name FROM territory_grant g
JOIN region held ON held.code = g.region_id
JOIN region asked ON asked.code = $3
JOIN company c ON c.id = g.company_id
WHERE g.network_id = $1 AND g.company_id <> $2 AND (g.exclusive OR $4)
  AND (starts_with(held.path, asked.path) OR starts_with(asked.path, held.path))
LIMIT 1
"""
_GRANT = """
INSERT INTO territory_grant (id, network_id, company_id, region_id, exclusive, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (network_id, company_id, region_id) DO UPDATE SET exclusive = excluded.exclusive
"""
_OWN = """
DELETE FROM territory_grant g USING network n
WHERE g.id = $1 AND n.id = g.network_id AND n.brand_id = $2 RETURNING g.id
"""


@act
async def grant_territory(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    network_id: UUID,
    company_id: UUID,
    region_code: str,
    exclusive: bool,
) -> UUID:
    """The id of the grant; granting again sets whether it is exclusive.

    Refuses with TerritoryTaken when it overlaps with another company's and one of the two is exclusive.
    """
    viewer.require(Permission.RELATION_MANAGE)
    viewer.require_no_scope(Said("territories", "经销区域"))
    existing = await work.row(_EXISTING, network_id, company_id, region_code)
    grant_id: UUID = existing["id"] if existing else uuid7()
    said = [network_id, company_id, region_code, exclusive]
    earlier = await viewer.same_request(work, "grantTerritory", client_key, said, grant_id)
    if earlier:
        return earlier
    await lock_network(work, network_id)
    if await work.row(_COMPANY, network_id, viewer.company_id, company_id) is None:
        raise NotFound("company", company_id)
    await require_regions(work, [region_code])
    taken = await work.row(_OVERLAP, network_id, company_id, region_code, exclusive)
    if taken is not None:
        raise TerritoryTaken(region_code, taken["name"])
    await work.run(_GRANT, grant_id, network_id, company_id, region_code, exclusive, work.now)
    return grant_id


@act
async def revoke_territory(work: Work, viewer: Viewer, *, client_key: str, grant_id: UUID) -> UUID:
    """Take a territory back."""
    viewer.require(Permission.RELATION_MANAGE)
    viewer.require_no_scope(Said("territories", "经销区域"))
    earlier = await viewer.same_request(work, "revokeTerritory", client_key, [grant_id], grant_id)
    if earlier:
        return earlier
    if await work.row(_OWN, grant_id, viewer.company_id) is None:
        raise NotFound("territory", grant_id)
    return grant_id
