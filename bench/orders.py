"""The order that is measured: five lines, as a phone sends it."""

from dataclasses import dataclass
from typing import Any

from bench.data.world import World

LINES = 5


@dataclass(frozen=True, slots=True)
class OrderScript:
    """What pgbench runs. `round_trips`: of each captured order over HTTP, counted at the driver."""

    script: str
    round_trips: list[int]


def order_input(world: World, number: int, client_key: str) -> dict[str, Any]:
    """The variables of placing it; other SKUs for another number."""
    skus = [world.skus[(number * 31 + line * 17) % len(world.skus)] for line in range(LINES)]
    return {
        "input": {
            "clientKey": client_key,
            "order": {
                "sellerId": str(world.brand),
                "deliveryMethod": "COLLECT",
                "lines": [{"skuId": str(sku), "quantity": str(2 + 2 * line)} for line, sku in enumerate(skus)],
            },
            "expectedTotal": "1.00",
            "acceptPriceChanges": True,
        }
    }
