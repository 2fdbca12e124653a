"""Changes of orders on the wire (订单变更), as the order's two parties see them."""

import decimal
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry

from app.network.viewer import Viewer
from app.ordering.amendment import AmendmentStatus, LineState, OrderState, state_of
from schema.money import Money, UnitPrice
from schema.ordering.ship_to import OrderShipTo
from schema.units import named_unit

Row = Mapping[str, Any]

strawberry.enum(
    AmendmentStatus,
    description="What became of a proposed change. VOID: the order was cancelled or expired before anybody answered.",
)


@strawberry.type(description="An order as a whole, before or after a change: goods + freight = gross = net + tax.")
class AmendedOrder:
    """See `app.ordering.amendment.OrderState`."""

    ship_to: OrderShipTo | None = strawberry.field(description="Where the goods go.")
    requested_on: date | None = strawberry.field(description="The day the buyer wants them.")
    freight: Money = strawberry.field(description="What delivery costs, with tax.")
    goods: Money = strawberry.field(description="The goods with tax, after discounts.")
    discount: Money = strawberry.field(description="What was taken off the goods, in the order's tax mode.")
    net: Money = strawberry.field(description="Everything without tax.")
    tax: Money = strawberry.field(description="The tax in it.")
    gross: Money = strawberry.field(description="Goods and freight with tax, what was cancelled of them included.")
    cancelled: Money = strawberry.field(description="What of it is cancelled; the rest is to be paid.")

    @classmethod
    def of(cls, state: OrderState, currency: str) -> "AmendedOrder":
        def money(minor: int) -> Money:
            return Money.minor(minor, currency)

        return cls(
            ship_to=OrderShipTo.maybe(state.ship_to_id, state.ship_to),
            requested_on=state.requested_on,
            freight=money(state.freight_gross_minor),
            goods=money(state.goods_minor),
            discount=money(state.discount_minor),
            net=money(state.net_minor),
            tax=money(state.tax_minor),
            gross=money(state.gross_minor),
            cancelled=money(state.cancelled_minor),
        )


@strawberry.type(description="A line before or after a change.")
class AmendedLineState:
    """See `app.ordering.amendment.LineState`."""

    quantity: decimal.Decimal = strawberry.field(
        description="So much of it will come, in the line's unit; 0: the line is removed."
    )
    cancelled: decimal.Decimal = strawberry.field(description="So much more of it is cancelled.")
    unit_price: UnitPrice = strawberry.field(description="Per unit, before discounts.")
    discount: Money = strawberry.field(description="Its share of discounts and of rounding off.")
    gross: Money = strawberry.field(description="With tax, after discounts, what is cancelled of it included.")
    due: Money = strawberry.field(description="What the quantity costs: the gross less what is cancelled.")
    tax: Money = strawberry.field(description="The tax in it.")

    @classmethod
    def of(cls, line: LineState, row: Row) -> "AmendedLineState":
        currency = row["currency"]
        included = row["tax_mode"] == "included"
        return cls(
            quantity=line.quantity,
            cancelled=line.cancelled,
            unit_price=UnitPrice.priced(line.unit_price, currency, line.unit, tax_included=included),
            discount=Money.minor(line.discount_minor, currency),
            gross=Money.minor(line.gross_minor, currency),
            due=Money.minor(line.gross_minor - line.cancelled_minor, currency),
            tax=Money.minor(line.tax_minor, currency),
        )


@strawberry.type(description="A line that a change touches.")
class AmendedLine:
    """A pair of `app.ordering.amendment.LineState`."""

    line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    sku_code: str = strawberry.field(description="Its SKU's code.")
    unit: str = strawberry.field(description="Its unit.")
    unit_name: str = named_unit()
    before: AmendedLineState = strawberry.field(description="As it stood.")
    after: AmendedLineState = strawberry.field(description="As it would stand.")


@strawberry.type(description="A change of an order that its seller proposed before confirming (订单变更).")
class OrderAmendment:
    """One row of `order_amendment`. It never changes but for its outcome, which is written once."""

    row: strawberry.Private[Row]
    viewer: strawberry.Private[Viewer]
    id: strawberry.ID = strawberry.field(description="Its id.")
    status: AmendmentStatus = strawberry.field(description="What became of it.")
    reason: str = strawberry.field(description="Why it was proposed.")
    version: int = strawberry.field(description="The order's version since it was proposed.")
    dearer: bool = strawberry.field(description="It raises the total, the freight or a unit price.")
    round_off: Money = strawberry.field(description="By how much the total is rounded off (抹零).")
    proposed_at: datetime = strawberry.field(description="When it was proposed.")
    expires_at: datetime = strawberry.field(description="When it lapses unless answered.")
    decided_at: datetime | None = strawberry.field(description="When it came to its end.")
    answer: str | None = strawberry.field(description="Why it was refused or withdrawn, where somebody said so.")

    @strawberry.field(description="Who proposed it; only to the proposer's own company.")
    def proposed_by(self) -> str | None:
        return self._name("proposed")

    @strawberry.field(description="Who decided; only to that member's own company.")
    def decided_by(self) -> str | None:
        return self._name("decided")

    def _name(self, who: str) -> str | None:
        name: str | None = self.row[f"{who}_name"]
        return name if self.row[f"{who}_company_id"] == self.viewer.company_id else None

    @strawberry.field(description="The order as it stood.")
    def before(self) -> AmendedOrder:
        return AmendedOrder.of(self._state("before"), self.row["currency"])

    @strawberry.field(description="The order as it would stand, or does where it was accepted.")
    def after(self) -> AmendedOrder:
        return AmendedOrder.of(self._state("after"), self.row["currency"])

    @strawberry.field(description="The lines it touches; at most 1,000.")
    def lines(self) -> list[AmendedLine]:
        before, after = self._state("before").lines, self._state("after").lines
        return [
            AmendedLine(
                line_id=strawberry.ID(str(was.line_id)),
                sku_code=was.sku_code,
                unit=was.unit,
                before=AmendedLineState.of(was, self.row),
                after=AmendedLineState.of(now, self.row),
            )
            for was, now in zip(before, after, strict=True)
        ]

    def _state(self, which: str) -> OrderState:
        return state_of(orjson.loads(self.row[which]))

    @classmethod
    def of(cls, row: Row, viewer: Viewer) -> "OrderAmendment":
        return cls(
            row=row,
            viewer=viewer,
            id=strawberry.ID(str(row["id"])),
            status=AmendmentStatus(row["status"]),
            reason=row["reason"],
            version=row["version"],
            dearer=row["dearer"],
            round_off=Money.minor(row["round_off_minor"], row["currency"]),
            proposed_at=row["proposed_at"],
            expires_at=row["expires_at"],
            decided_at=row["decided_at"],
            answer=row["answer"],
        )


def change_of(details: str) -> strawberry.ID | None:
    """The change that an entry of the timeline is about."""
    said: dict[str, str] = orjson.loads(details)
    return strawberry.ID(said["changeId"]) if "changeId" in said else None


@strawberry.type(description="How far a role of my company may go by hand. Null is no limit, 0 is nothing.")
class DeskLimit:
    """One row of `desk_limit`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    role: str = strawberry.field(description="The role, spelt as in Role.")
    price_bp: int | None = strawberry.field(
        description="How far below its frozen price a unit price may be set: 500 is 5 %."
    )
    discount: Money | None = strawberry.field(
        description="How much may come off one order in all, by discounts and by rounding off (抹零)."
    )

    @classmethod
    def of(cls, row: Row) -> "DeskLimit":
        return cls(
            id=_id(row["id"]),
            network_id=_id(row["network_id"]),
            role=row["role"].upper(),
            price_bp=row["price_bp"],
            discount=Money.maybe(row["discount_minor"], row["currency"]),
        )


def _id(value: UUID) -> strawberry.ID:
    return strawberry.ID(str(value))
