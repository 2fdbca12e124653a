"""What a seller decides about an order, and what both sides may take back of it."""

import decimal
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.kernel.refusal import Refusal
from app.network.roles import Permission
from app.ordering import act_refusals, queries
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.decide_cancellation import decide_cancellation
from app.ordering.grant_discount import grant_discount
from app.ordering.reject import reject_order
from app.ordering.request_cancellation import request_cancellation
from app.ordering.wanted import LineQuantities
from schema.access import access
from schema.context import Info
from schema.money import Money
from schema.ordering.types import Order
from schema.refusals import ChangedMeanwhile, KeyReused, MoveNotAllowed, Refused
from schema.scalars import uuid_of
from schema.units import named_unit

KEY = "Chosen by the client, one per request: the same key and input gets the same answer and is done once."
VERSION = "The version I looked at; another one refuses with ChangedMeanwhile. Null: whatever it is now."


@strawberry.type(description="A line of which less is open than was asked for.")
class ShortLine:
    """See `app.ordering.act_refusals.LineShort`."""

    line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    sku_code: str = strawberry.field(description="Its SKU's code.")
    unit: str = strawberry.field(description="Its unit; both quantities are in it.")
    unit_name: str = named_unit()
    asked: decimal.Decimal = strawberry.field(description="What was asked for.")
    open: decimal.Decimal = strawberry.field(description="What is neither shipped nor cancelled.")

    @classmethod
    def of(cls, line: act_refusals.LineShort) -> "ShortLine":
        return cls(
            line_id=strawberry.ID(str(line.line_id)),
            sku_code=line.sku_code,
            unit=line.unit,
            asked=line.asked,
            open=line.open,
        )


@strawberry.type(description="More was to be shipped or cancelled than is open. Names every such line.")
class MoreThanOpen(Refused):
    """See `app.ordering.act_refusals.MoreThanOpen`."""

    short: list[ShortLine] = strawberry.field(description="Every line of which less is open.")

    @classmethod
    def of(cls, refusal: act_refusals.MoreThanOpen, locale: str) -> "MoreThanOpen":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            short=[ShortLine.of(line) for line in refusal.lines],
        )


@strawberry.type(description="The order was not confirmed in time; its stock and its money have been given back.")
class OrderExpired(Refused):
    """See `app.ordering.act_refusals.OrderExpired`."""

    number: str = strawberry.field(description="The order's number.")
    expired_at: datetime = strawberry.field(description="When its time was over.")


@strawberry.type(description="More was to be taken off than the open lines are worth.")
class DiscountTooLarge(Refused):
    """See `app.ordering.act_refusals.DiscountTooLarge`."""

    discount: Money = strawberry.field(description="What was to be taken off.")
    most: Money = strawberry.field(description="What the open lines are worth, in the prices' own tax mode.")

    @classmethod
    def of(cls, refusal: act_refusals.DiscountTooLarge, locale: str) -> "DiscountTooLarge":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            discount=Money.of(refusal.discount),
            most=Money.of(refusal.most),
        )


@strawberry.type(description="More would come off one order than my role may take off.")
class DiscountBeyondLimit(Refused):
    """See `app.ordering.act_refusals.DiscountBeyondLimit`."""

    in_all: Money = strawberry.field(description="What would come off in all.")
    limit: Money = strawberry.field(description="The most that my role may take off one order.")

    @classmethod
    def of(cls, refusal: act_refusals.DiscountBeyondLimit, locale: str) -> "DiscountBeyondLimit":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            in_all=Money.of(refusal.asked),
            limit=Money.of(refusal.limit),
        )


REFUSALS: dict[type[Refusal], type] = {
    act_refusals.MoreThanOpen: MoreThanOpen,
    act_refusals.OrderExpired: OrderExpired,
    act_refusals.DiscountTooLarge: DiscountTooLarge,
    act_refusals.DiscountBeyondLimit: DiscountBeyondLimit,
}


def client_key() -> str:
    """The field `clientKey` of an input."""
    field: str = strawberry.field(description=KEY)
    return field


def expected_version() -> int | None:
    """The field `expectedVersion` of an input."""
    field: int | None = strawberry.field(default=None, description=VERSION)
    return field


@strawberry.input(description="A quantity of an order line.")
class LineQuantityInput:
    """One entry of `app.ordering.wanted.LineQuantities`."""

    line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    quantity: decimal.Decimal = strawberry.field(description="How much of it, in the line's unit.")


def read_lines(lines: list[LineQuantityInput] | None) -> LineQuantities | None:
    """Null stays null: everything that is open."""
    if lines is None:
        return None
    return [(uuid_of(one.line_id, "order line"), one.quantity) for one in lines]


@strawberry.input(description="An order to confirm.")
class ConfirmOrderInput:
    """Input of `confirmOrder`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    expected_version: int | None = expected_version()


@strawberry.input(description="An order to reject.")
class RejectOrderInput:
    """Input of `rejectOrder`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why; the buyer reads it.")
    expected_version: int | None = expected_version()


@strawberry.input(description="What to cancel of an order.")
class CancelOrderInput:
    """Input of `cancelOrder`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Which quantities; null: all that is neither shipped nor cancelled."
    )
    reason: str = strawberry.field(description="Why; the other side reads it.")
    expected_version: int | None = expected_version()


@strawberry.input(description="What the buyer asks to cancel of a confirmed order.")
class RequestCancellationInput:
    """Input of `requestCancellation`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Which quantities; null: all that is neither shipped nor cancelled."
    )
    reason: str = strawberry.field(description="Why; the seller reads it.")
    expected_version: int | None = expected_version()


@strawberry.input(description="The seller's answer to a cancellation request.")
class DecideCancellationInput:
    """Input of `decideCancellation`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order that waits for the answer.")
    accept: bool = strawberry.field(description="True: cancel what was asked for. False: the order goes on.")
    reason: str | None = strawberry.field(default=None, description="Why; needed when it is not accepted.")
    expected_version: int | None = expected_version()


@strawberry.input(description="An amount to take off an order before it is confirmed.")
class GrantDiscountInput:
    """Input of `grantDiscount`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    amount: decimal.Decimal = strawberry.field(description="In the order's currency and its prices' own tax mode.")
    reason: str = strawberry.field(description="Why; the buyer reads it.")
    expected_version: int | None = expected_version()


DecideOrderResult = Annotated[
    Order | OrderExpired | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("DecideOrderResult", description="The order as it is now, or why not."),
]
CancelOrderResult = Annotated[
    Order | MoreThanOpen | OrderExpired | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("CancelOrderResult", description="The order as it is now, or why not."),
]
RequestCancellationResult = Annotated[
    Order | MoreThanOpen | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("RequestCancellationResult", description="The order as it is now, or why not."),
]
DecideCancellationResult = Annotated[
    Order | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("DecideCancellationResult", description="The order as it is now, or why not."),
]
GrantDiscountResult = Annotated[
    Order | DiscountTooLarge | DiscountBeyondLimit | OrderExpired | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("GrantDiscountResult", description="The order as it is now, or why not."),
]


async def read_again(info: Info, order_id: UUID) -> Order:
    """The order as the viewer may see it, after the act."""
    return Order.of(await queries.order_by_id(info.context.viewer, order_id), info.context)


@strawberry.type
class Mutations:
    """Acts on a placed order."""

    @strawberry.field(description="As its seller: confirm an order. Its stock is allocated, its value is committed.")
    @access(Permission.ORDER_DECIDE)
    async def confirm_order(
        self,
        info: Info,
        input: Annotated[ConfirmOrderInput, strawberry.argument(description="Which order.")],
    ) -> DecideOrderResult | None:
        order_id = await confirm_order(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(description="As its seller: reject an order. Its stock and its money are given back.")
    @access(Permission.ORDER_DECIDE)
    async def reject_order(
        self,
        info: Info,
        input: Annotated[RejectOrderInput, strawberry.argument(description="Which order, and why.")],
    ) -> DecideOrderResult | None:
        order_id = await reject_order(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(
        description="As its buyer before confirmation, or as its seller after it: cancel what has not been shipped."
    )
    @access(Permission.ORDER_PLACE, Permission.ORDER_DECIDE)
    async def cancel_order(
        self,
        info: Info,
        input: Annotated[CancelOrderInput, strawberry.argument(description="What, and why.")],
    ) -> CancelOrderResult | None:
        order_id = await cancel_order(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            lines=read_lines(input.lines),
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(description="As its buyer after confirmation: ask to cancel. Nothing is shipped until decided.")
    @access(Permission.ORDER_PLACE)
    async def request_cancellation(
        self,
        info: Info,
        input: Annotated[RequestCancellationInput, strawberry.argument(description="What, and why.")],
    ) -> RequestCancellationResult | None:
        order_id = await request_cancellation(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            lines=read_lines(input.lines),
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(description="As its seller: accept or refuse what the buyer asks to cancel.")
    @access(Permission.ORDER_DECIDE)
    async def decide_cancellation(
        self,
        info: Info,
        input: Annotated[DecideCancellationInput, strawberry.argument(description="The answer.")],
    ) -> DecideCancellationResult | None:
        order_id = await decide_cancellation(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            accept=input.accept,
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(
        description="As its seller before confirming: take an amount off; each line freezes its share (优惠分摊)."
    )
    @access(Permission.ORDER_DECIDE)
    async def grant_discount(
        self,
        info: Info,
        input: Annotated[GrantDiscountInput, strawberry.argument(description="How much, and why.")],
    ) -> GrantDiscountResult | None:
        order_id = await grant_discount(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            amount=input.amount,
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)
