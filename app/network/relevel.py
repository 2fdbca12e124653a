"""Steps on the shape of a network: its lock, the search for a circle, and the levels."""

from collections.abc import Sequence
from uuid import UUID

from app.kernel.act import Work
from app.network.events import RelationChanged
from app.network.refusals import RelationCycle

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('network ' || $1::text, 0))"

_PATH = """
WITH RECURSIVE below (company_id, chain) AS (
    SELECT $2::uuid, ARRAY[$2::uuid]
    UNION ALL
    SELECT r.buyer_id, below.chain || r.buyer_id
    FROM below JOIN trade_relation r ON r.seller_id = below.company_id
    WHERE r.network_id = $1 AND r.status <> 'ended' AND below.company_id <> $3
) CYCLE company_id SET again USING walked
SELECT ARRAY(SELECT CASE WHEN c.id IN ($2, $3) OR EXISTS (
                 SELECT FROM trade_relation k JOIN network w ON w.id = k.network_id
                 WHERE k.network_id = $1 AND (w.brand_id = $3 OR $3 IN (k.seller_id, k.buyer_id))
                   AND c.id IN (k.seller_id, k.buyer_id)) THEN c.name ELSE '…' END
             FROM unnest(below.chain) WITH ORDINALITY AS step (id, n)
             JOIN company c ON c.id = step.id ORDER BY n) AS names
FROM below WHERE company_id = $3 AND NOT again ORDER BY cardinality(chain) LIMIT 1
"""

_RELEVEL = """
WITH RECURSIVE reached (company_id, level) AS (
    SELECT brand_id, 0 FROM network WHERE id = $1
    UNION
    SELECT r.buyer_id, reached.level + 1
    FROM reached JOIN trade_relation r ON r.seller_id = reached.company_id
    WHERE r.network_id = $1 AND r.status <> 'ended'
), lowest AS (
    SELECT company_id, min(level) AS level FROM reached GROUP BY company_id
)
UPDATE trade_relation r SET level = lowest.level + 1, version = r.version + 1
FROM lowest
WHERE r.network_id = $1 AND r.seller_id = lowest.company_id AND r.status <> 'ended' AND r.level <> lowest.level + 1
RETURNING r.id, r.seller_id, r.buyer_id, r.version
"""


async def lock_network(work: Work, network_id: UUID) -> None:
    """One at a time may change the shape of a network; until the end of the act."""
    await work.run(_LOCK, str(network_id))


async def refuse_circle(work: Work, *, network_id: UUID, seller_id: UUID, buyer_id: UUID) -> None:
    """RelationCycle, with the names along the way, when the buyer already sells to the seller. Under the lock.

    A company with which the seller does not trade in the network is "…": who buys from whom there is not its business.
    """
    found = await work.row(_PATH, network_id, buyer_id, seller_id)
    if found is not None:
        names: Sequence[str] = found["names"]
        raise RelationCycle([names[-1], *names])


async def relevel(work: Work, network_id: UUID) -> None:
    """Set every level to one more than the seller's lowest, and tell the relations it changed. Under the lock."""
    for row in await work.rows(_RELEVEL, network_id):
        work.tell(
            RelationChanged(
                network_id=network_id,
                subject_id=row["id"],
                version=row["version"],
                what="level_changed",
                audience=(row["seller_id"], row["buyer_id"]),
            )
        )
