"""Which services that tell of parcels are connected, by the settings. One whose secret is empty is not there."""

from app.fulfilment import kuaidi100
from app.fulfilment.carrier import Carrier
from app.fulfilment.kuaidi100 import Kuaidi100
from app.settings import Settings

WEBHOOKS = "/webhooks/carriers"


def connected(told: Settings) -> dict[str, Carrier]:
    """By the name in the address of their pushes."""
    found: dict[str, Carrier] = {}
    salts = tuple(filter(None, (one.strip() for one in told.kuaidi100_salt.split(","))))
    if salts:
        address = f"{told.public_url.rstrip('/')}{WEBHOOKS}/{kuaidi100.NAME}" if told.public_url else ""
        found[kuaidi100.NAME] = Kuaidi100(told.kuaidi100_key, salts, told.kuaidi100_url.rstrip("/"), address)
    return found


def who_serves(services: dict[str, Carrier], carrier: str) -> Carrier | None:
    """The first connected service that can be asked for news of this carrier's parcels."""
    return next((one for one in services.values() if one.serves(carrier)), None)
