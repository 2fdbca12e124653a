"""Asking carriers for the news of parcels, and what happens to shipments by the clock alone."""

import logging
from collections.abc import Mapping
from uuid import UUID

import httpx

from app.fulfilment.carrier import Answer, Carrier
from app.fulfilment.confirm_delivery import sign_what_is_due
from app.fulfilment.connected import connected, who_serves
from app.fulfilment.raise_alerts import raise_alerts
from app.fulfilment.subscriptions import claim_waybills, note_answer
from app.settings import settings
from workers.job import job

TIMEOUT_S = 8.0

logger = logging.getLogger("tributary.carriers")


@job(name="subscribe_shipment", timeout_s=60, tries=3)
async def subscribe_shipment(*, job_id: str, shipment_id: str) -> None:
    """Ask for the news of a shipment's parcels, those that are due to be asked for."""
    await subscribe_due(connected(settings()), shipment_id=UUID(shipment_id))


async def subscribe_due(services: Mapping[str, Carrier], *, shipment_id: UUID | None = None) -> int:
    """Ask for the news of every parcel that is due, the failed ones again after a while; answers how many were
    subscribed. Nothing happens while no service is connected that can be asked."""
    if not any(service.serves("") for service in services.values()):
        return 0
    subscribed = 0
    async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
        for claimed in await claim_waybills(shipment_id=shipment_id, most=5):
            service = who_serves(dict(services), claimed.asked.carrier)
            if service is None:
                answer = Answer(subscribed=False, why="no service tells of this carrier")
            else:
                answer = await service.subscribe(http, claimed.asked)
            if not answer.subscribed:
                logger.warning("a parcel of %s was not subscribed to: %s", claimed.asked.carrier, answer.why)
            await note_answer(waybill_id=claimed.id, answer=answer)
            subscribed += answer.subscribed
    return subscribed


async def watch_shipments() -> None:
    """What time alone does: silence raises alerts, arrivals are signed for, parcels are asked for again."""
    await raise_alerts()
    await sign_what_is_due()
    while await subscribe_due(connected(settings())):
        pass
