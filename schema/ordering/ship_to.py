"""The address of an order as it was frozen."""

from collections.abc import Mapping
from uuid import UUID

import orjson
import strawberry


@strawberry.type(description="Where an order's goods go: the address as it was when the order was placed.")
class OrderShipTo:
    """`sales_order.ship_to_snapshot`."""

    id: strawberry.ID = strawberry.field(description="The address it was taken from.")
    name: str = strawberry.field(description="What the buyer calls it.")
    contact: str = strawberry.field(description="Who receives there.")
    phone: str = strawberry.field(description="How to reach them.")
    region_code: str | None = strawberry.field(description="The region.")
    address: str = strawberry.field(description="Street and house.")

    @classmethod
    def maybe(cls, ship_to_id: UUID | None, snapshot: str | Mapping[str, str] | None) -> "OrderShipTo | None":
        if ship_to_id is None or snapshot is None:
            return None
        said = orjson.loads(snapshot) if isinstance(snapshot, str) else snapshot
        return cls(
            id=strawberry.ID(str(ship_to_id)),
            name=said["name"],
            contact=said["contact"],
            phone=said["phone"],
            region_code=said.get("regionCode"),
            address=said["address"],
        )
