"""Orders of two parties beside their relation: what is still open between them, and the last."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import strawberry

from app.network.roles import Permission
from app.ordering.open_of_relations import open_of_relations
from schema.context import Info
from schema.money import Money
from schema.scalars import uuid_of


@strawberry.type(description="Orders that are not done. Suspending or ending a relation leaves them as they are.")
class OpenOrders:
    """See `app.ordering.sql.open_orders`."""

    unconfirmed: int = strawberry.field(description="How many wait for the seller's confirmation.")
    confirmed: int = strawberry.field(description="How many are confirmed and neither done nor closed.")
    value: Money = strawberry.field(description="Gross of both, less what was cancelled or has been shipped.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "OpenOrders":
        return cls(
            unconfirmed=row["unconfirmed"],
            confirmed=row["confirmed"],
            value=Money.minor(row["open_minor"], row["currency"]),
        )


@strawberry.type(description="The order that a customer placed last, whatever became of it.")
class LastOrder:
    """Columns of `sales_order`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    placed_at: datetime = strawberry.field(description="When it was placed.")

    @classmethod
    def maybe(cls, row: Mapping[str, Any]) -> Self | None:
        """From columns named last_…; None where nothing was ordered yet."""
        if row["last_id"] is None:
            return None
        return cls(id=strawberry.ID(str(row["last_id"])), number=row["last_number"], placed_at=row["last_at"])


@strawberry.type
class RelationOrders:
    """What ordering adds to TradeRelation."""

    id: strawberry.ID

    @strawberry.field(description="What is still open between the two; null for who may not read orders.")
    async def open_orders(self, info: Info) -> OpenOrders | None:
        if not info.context.viewer.may(Permission.ORDER_READ):
            return None
        row = await info.context.loader(open_of_relations).load(uuid_of(self.id, "relation"))
        return None if row is None else OpenOrders.of(row)
