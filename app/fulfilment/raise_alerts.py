"""A shipment of which nothing is heard for too long raises an alert, once, until the next news.

It counts as stalled from its moment on, whether or not a worker is alive: reads compare `stalls_at` with the time.
"""

import logging
from uuid import UUID

from app import database
from app.fulfilment.events import tell_shipment
from app.kernel.act import Work, act
from app.kernel.clock import now

_SILENT = "SELECT id FROM shipment WHERE stalls_at <= $1 AND stalled_at IS NULL ORDER BY stalls_at LIMIT $2"
_ALERT = """
UPDATE shipment s SET stalled_at = $2, version = s.version + 1 FROM sales_order o
WHERE s.id = $1 AND o.id = s.order_id AND s.stalls_at <= $2 AND s.stalled_at IS NULL
RETURNING s.id, s.network_id, s.order_id, s.version, s.status, o.seller_id, o.buyer_id
"""

logger = logging.getLogger("tributary.fulfilment")


@act
async def raise_alert(work: Work, *, shipment_id: UUID) -> bool:
    """Tell both sides that a shipment is stalled. False when it is not, or when they were told."""
    row = await work.row(_ALERT, shipment_id, work.now)
    if row is None:
        return False
    tell_shipment(
        work,
        network_id=row["network_id"],
        seller_id=row["seller_id"],
        buyer_id=row["buyer_id"],
        order_id=row["order_id"],
        shipment_id=row["id"],
        version=row["version"],
        what="stalled",
        status=row["status"],
    )
    return True


async def raise_alerts(most: int = 500) -> int:
    """Every shipment that has been silent for too long and of which nobody was told; answers how many. One that cannot
    be told of is an alarm and keeps nobody else waiting."""
    told = 0
    for row in await database.rows(_SILENT, now(), most):
        try:
            told += await raise_alert(shipment_id=row["id"])
        except Exception as error:
            if database.is_away(error):
                raise
            logger.exception("nobody can be told that shipment %s is stalled", row["id"])
    return told
