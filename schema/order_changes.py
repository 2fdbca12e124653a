"""The order desk: confirming with changes that the buyer accepts or refuses, confirming many, and desk limits."""

import decimal
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.kernel import refusal as kernel
from app.kernel.money import Money as Amount
from app.kernel.refusal import Refusal, Worded
from app.kernel.text import text
from app.network.roles import Permission, Role
from app.ordering import act_refusals, cart, changes, queries
from app.ordering.accept_change import accept_change
from app.ordering.amendment import LineChange
from app.ordering.answer_change import refuse_change, withdraw_change
from app.ordering.asked_change import AskedChange
from app.ordering.confirm_many import MOST_AT_ONCE, confirm_orders
from app.ordering.propose_change import propose_change
from app.ordering.save_desk_limit import save_desk_limit
from schema.access import access
from schema.context import Info
from schema.errors import shown_as
from schema.money import Money, UnitPrice
from schema.order_actions import (
    DiscountBeyondLimit,
    DiscountTooLarge,
    OrderExpired,
    client_key,
    expected_version,
    read_again,
)
from schema.ordering.amendments import DeskLimit
from schema.ordering.problems import OrderRefused
from schema.ordering.types import Order
from schema.refusals import ChangedMeanwhile, KeyReused, MoveNotAllowed, Refused
from schema.scalars import uuid_of
from schema.units import named_unit


@strawberry.type(description="A manual unit price is lower than my role may set it.")
class PriceBeyondLimit(Refused):
    """See `app.ordering.act_refusals.PriceBeyondLimit`."""

    sku_code: str = strawberry.field(description="The SKU.")
    price: UnitPrice = strawberry.field(description="What was to be set.")
    lowest: UnitPrice = strawberry.field(description="The lowest that my role may set.")
    limit_bp: int = strawberry.field(description="How far below the frozen price that is: 500 is 5 %.")

    @classmethod
    def of(cls, refusal: act_refusals.PriceBeyondLimit, locale: str) -> "PriceBeyondLimit":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            sku_code=refusal.sku_code,
            price=UnitPrice.of(refusal.asked),
            lowest=UnitPrice.of(refusal.lowest),
            limit_bp=refusal.limit_bp,
        )


@strawberry.type(description="A part of the line was cancelled, and left at its unit price: that stays.")
class PriceAfterCancellation(Refused):
    """See `app.ordering.act_refusals.PriceAfterCancellation`."""

    sku_code: str = strawberry.field(description="The SKU.")
    unit: str = strawberry.field(description="The line's unit.")
    unit_name: str = named_unit()
    cancelled: decimal.Decimal = strawberry.field(description="What of the line was cancelled, in this unit.")


@strawberry.type(description="The order cannot become what the change says.")
class ChangeImpossible(OrderRefused):
    """See `app.ordering.act_refusals.ChangeImpossible`."""


@strawberry.type(description="The change makes something dearer and was not said to: set `dearer`, or change it.")
class ChangeMakesDearer(Refused):
    """See `app.ordering.act_refusals.ChangeMakesDearer`."""

    before: Money = strawberry.field(description="The total as it stands.")
    after: Money = strawberry.field(description="The total after the change.")

    @classmethod
    def of(cls, refusal: act_refusals.ChangeMakesDearer, locale: str) -> "ChangeMakesDearer":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            before=Money.of(refusal.before),
            after=Money.of(refusal.after),
        )


@strawberry.type(description="Nobody answered the change in time; the order stands as it was placed.")
class ChangeLapsed(Refused):
    """See `app.ordering.act_refusals.ChangeLapsed`."""

    number: str = strawberry.field(description="The order's number.")
    lapsed_at: datetime = strawberry.field(description="When its time was over.")


@strawberry.type(description="There is no such order of mine to confirm.")
class OrderNotFound(Refused):
    """One order of a batch that is absent or foreign."""


REFUSALS: dict[type[Refusal], type] = {
    act_refusals.PriceBeyondLimit: PriceBeyondLimit,
    act_refusals.PriceAfterCancellation: PriceAfterCancellation,
    act_refusals.ChangeMakesDearer: ChangeMakesDearer,
    act_refusals.ChangeImpossible: ChangeImpossible,
    act_refusals.ChangeLapsed: ChangeLapsed,
}


@strawberry.input(description="What is to change of a line; what is null stays.")
class LineChangeInput:
    """See `app.ordering.amendment.LineChange`."""

    line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    quantity: decimal.Decimal | None = strawberry.field(
        default=None,
        description="So much of the line shall come, in its unit: never more than is open of it; 0 removes the line.",
    )
    unit_price: decimal.Decimal | None = strawberry.field(
        default=None,
        description="A manual price per unit, in the order's tax mode; not of a line that was cancelled in part.",
    )


@strawberry.input(description="A change of an order that its buyer accepts or refuses; what is null stays.")
class ProposeOrderChangeInput:
    """Input of `proposeOrderChange`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why; the buyer reads it.")
    lines: list[LineChangeInput] | None = strawberry.field(default=None, description="Lines to change.")
    freight: decimal.Decimal | None = strawberry.field(
        default=None, description="What delivery shall cost, in the order's currency and its prices' own tax mode."
    )
    ship_to_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of the buyer's addresses that the order may go to."
    )
    requested_on: date | None = strawberry.field(default=None, description="Another day.")
    round_off: decimal.Decimal | None = strawberry.field(
        default=None, description="Take so much off the total (抹零), within my role's limit."
    )
    dearer: bool = strawberry.field(
        default=False, description="It may raise the total, the freight or a unit price; else such a change is refused."
    )
    until: datetime | None = strawberry.field(
        default=None, description="Lapses then; null: in two days, at the latest when the order itself lapses."
    )
    expected_version: int | None = expected_version()

    def read(self) -> AskedChange:
        return AskedChange(
            lines=[
                LineChange(uuid_of(one.line_id, "order line"), one.quantity, one.unit_price) for one in self.lines or ()
            ],
            freight=self.freight,
            ship_to_id=None if self.ship_to_id is None else uuid_of(self.ship_to_id, "ship-to address"),
            requested_on=self.requested_on,
            round_off=self.round_off,
            dearer=self.dearer,
            until=self.until,
        )


@strawberry.input(description="The order whose change is accepted.")
class AcceptOrderChangeInput:
    """Input of `acceptOrderChange`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    expected_version: int | None = expected_version()


@strawberry.input(description="The order whose change is refused or withdrawn.")
class EndOrderChangeInput:
    """Input of `refuseOrderChange` and `withdrawOrderChange`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str | None = strawberry.field(default=None, description="Why; the other side reads it.")
    expected_version: int | None = expected_version()


@strawberry.input(description="Orders to confirm, each for itself.")
class ConfirmOrdersInput:
    """Input of `confirmOrders`."""

    client_key: str = client_key()
    order_ids: list[strawberry.ID] = strawberry.field(description=f"1 to {MOST_AT_ONCE} orders, each once.")


@strawberry.input(description="How far a role may go by hand, from now on. Null is no limit, 0 is nothing.")
class SaveDeskLimitInput:
    """Input of `saveDeskLimit`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="The network.")
    role: Role = strawberry.field(description="A role that decides orders.")
    price_bp: int | None = strawberry.field(
        default=None, description="How far below its frozen price a unit price may be set: 500 is 5 %."
    )
    discount: decimal.Decimal | None = strawberry.field(
        default=None,
        description="How much may come off one order in all, by discounts and by rounding off, in the network's "
        "currency.",
    )


ProposeOrderChangeResult = Annotated[
    Order
    | PriceBeyondLimit
    | PriceAfterCancellation
    | DiscountBeyondLimit
    | DiscountTooLarge
    | ChangeMakesDearer
    | ChangeImpossible
    | OrderExpired
    | MoveNotAllowed
    | ChangedMeanwhile
    | KeyReused,
    strawberry.union("ProposeOrderChangeResult", description="The order, which waits for its buyer now, or why not."),
]
AcceptOrderChangeResult = Annotated[
    Order | ChangeImpossible | ChangeLapsed | OrderExpired | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("AcceptOrderChangeResult", description="The order, changed and confirmed, or why not."),
]
EndOrderChangeResult = Annotated[
    Order | ChangeLapsed | OrderExpired | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("EndOrderChangeResult", description="The order as it was placed, or why not."),
]
ConfirmationProblem = Annotated[
    OrderNotFound | OrderExpired | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("ConfirmationProblem", description="Why one order of a batch was not confirmed."),
]
SaveDeskLimitResult = Annotated[
    DeskLimit | KeyReused,
    strawberry.union("SaveDeskLimitResult", description="The limits as they are now, or why not."),
]


@strawberry.type(description="What became of one order of a batch.")
class OrderConfirmation:
    """See `app.ordering.confirm_many.Outcome`."""

    order_id: strawberry.ID = strawberry.field(description="The order, as it was named.")
    order: Order | None = strawberry.field(description="As it is now; null where there is none of mine.")
    problem: ConfirmationProblem | None = strawberry.field(description="Why it was not confirmed; null: it was.")


@strawberry.type(description="The outcome of every order, as they were named.")
class OrdersConfirmed:
    """Answer of `confirmOrders`."""

    confirmed: int = strawberry.field(description="How many were confirmed.")
    results: list[OrderConfirmation] = strawberry.field(description=f"One for each order; at most {MOST_AT_ONCE}.")


_PROBLEMS: dict[type[Worded], type] = {
    act_refusals.OrderExpired: OrderExpired,
    kernel.MoveNotAllowed: MoveNotAllowed,
    kernel.ChangedMeanwhile: ChangedMeanwhile,
    kernel.KeyReused: KeyReused,
    kernel.NotFound: OrderNotFound,
}


def _problem(problem: Worded | None, locale: str) -> Any:
    """A refusal of one order as its type. Whatever else goes wrong is no outcome of an order."""
    if problem is None:
        return None
    if type(problem) not in _PROBLEMS:
        raise problem
    return shown_as(_PROBLEMS[type(problem)], problem, locale)


@strawberry.type
class Mutations:
    """Acts of the order desk, and of the buyer who answers it."""

    @strawberry.field(
        description="As its seller before confirming: propose a change (订单变更). The order waits until its buyer "
        "accepts or refuses it, or it lapses."
    )
    @access(Permission.ORDER_DECIDE)
    async def propose_order_change(
        self,
        info: Info,
        input: Annotated[ProposeOrderChangeInput, strawberry.argument(description="What, and why.")],
    ) -> ProposeOrderChangeResult | None:
        order_id = await propose_change(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            change=input.read(),
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(description="As its buyer: accept the proposed change. The order becomes that, and is confirmed.")
    @access(Permission.ORDER_PLACE)
    async def accept_order_change(
        self,
        info: Info,
        input: Annotated[AcceptOrderChangeInput, strawberry.argument(description="Which order.")],
    ) -> AcceptOrderChangeResult | None:
        order_id = await accept_change(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(description="As its buyer: refuse the proposed change. The order stands as it was placed.")
    @access(Permission.ORDER_PLACE)
    async def refuse_order_change(
        self,
        info: Info,
        input: Annotated[EndOrderChangeInput, strawberry.argument(description="Which order, and why.")],
    ) -> EndOrderChangeResult | None:
        order_id = await refuse_change(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(description="As its seller: take a proposed change back. The order stands as it was placed.")
    @access(Permission.ORDER_DECIDE)
    async def withdraw_order_change(
        self,
        info: Info,
        input: Annotated[EndOrderChangeInput, strawberry.argument(description="Which order, and why.")],
    ) -> EndOrderChangeResult | None:
        order_id = await withdraw_change(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await read_again(info, order_id)

    @strawberry.field(
        description="As their seller: confirm many orders (批量确认), each for itself. One that cannot be confirmed "
        "keeps no other from it."
    )
    @access(Permission.ORDER_DECIDE)
    async def confirm_orders(
        self,
        info: Info,
        input: Annotated[ConfirmOrdersInput, strawberry.argument(description="Which orders.")],
    ) -> OrdersConfirmed | None:
        viewer, locale = info.context.viewer, info.context.locale
        ids = [uuid_of(one, "order") for one in input.order_ids]
        outcomes = await confirm_orders(viewer, order_ids=ids, client_key=input.client_key)
        rows = await queries.orders_by_ids(viewer, ids)
        results = [
            OrderConfirmation(
                order_id=strawberry.ID(str(one.order_id)),
                order=Order.of(rows[one.order_id], info.context) if one.order_id in rows else None,
                problem=_problem(one.problem, locale),
            )
            for one in outcomes
        ]
        return OrdersConfirmed(confirmed=sum(one.problem is None for one in outcomes), results=results)

    @strawberry.field(
        description="Say how far a role may go by hand: manual prices, discounts and rounding off (抹零)."
    )
    @access(Permission.MEMBER_MANAGE)
    async def save_desk_limit(
        self,
        info: Info,
        input: Annotated[SaveDeskLimitInput, strawberry.argument(description="The limits of one role.")],
    ) -> SaveDeskLimitResult | None:
        viewer, network_id = info.context.viewer, uuid_of(input.network_id, "network")
        currency = await cart.network_currency(viewer, network_id)
        discount = None if input.discount is None else Amount.parse(input.discount, currency, "discount").minor
        limit_id: UUID = await save_desk_limit(
            viewer,
            client_key=text("clientKey", input.client_key, 200),
            network_id=network_id,
            role=input.role,
            price_bp=input.price_bp,
            discount_minor=discount,
        )
        (row,) = await changes.desk_limits(viewer, limit_id)
        return DeskLimit.of(row)
