"""What an order would come to: preview lines, totals, problems and hints; and what a client says of an order."""

import decimal
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from app.catalog.queries import shown_skus_by_ids
from app.kernel.money import Money as Amount
from app.kernel.money import UnitPrice as Price
from app.kernel.wording import Said, in_locale
from app.ordering.asked import AskedLine, AskedOrder, DeliveryMethod
from app.ordering.lines import PricedLine
from app.ordering.preview import Preview
from app.pricing.rules import PriceState
from schema.catalog import Sku
from schema.context import Info
from schema.money import Money, UnitPrice
from schema.ordering.problems import OrderProblem, problem_of
from schema.ordering.types import OrderTotals
from schema.price_trace import PriceStep
from schema.scalars import uuid_of
from schema.units import maybe_named_unit


@strawberry.input(description="A line of an order: so much of a SKU.")
class OrderLineInput:
    """See `app.ordering.asked.AskedLine`."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    quantity: decimal.Decimal = strawberry.field(description="How much of it, in the unit.")
    unit: str | None = strawberry.field(default=None, description="One of the SKU's units; null: the listing's.")
    expected_unit_price: decimal.Decimal | None = strawberry.field(
        default=None, description="The unit price I saw; where it differs now, PriceChanged says both."
    )

    def read(self) -> AskedLine:
        return AskedLine(uuid_of(self.sku_id, "SKU"), self.quantity, self.unit, self.expected_unit_price)


@strawberry.input(description="Who fetches the goods (自提).")
class PickupInput:
    """For the delivery method PICKUP."""

    picker_name: str = strawberry.field(description="Who comes.")
    plate_number: str = strawberry.field(description="With which car.")


@strawberry.input(description="An order with one seller. Preview and place take the same.")
class OrderInput:
    """See `app.ordering.asked.AskedOrder`."""

    seller_id: strawberry.ID = strawberry.field(description="The seller.")
    network_id: strawberry.ID | None = strawberry.field(
        default=None, description="Needed only where I trade with this seller in several networks."
    )
    lines: list[OrderLineInput] = strawberry.field(
        default_factory=list, description="1 to 1,000 lines; none where placeOrder takes a cart's."
    )
    ship_to_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where the goods go; needed where the seller approves addresses."
    )
    delivery_method: DeliveryMethod = strawberry.field(
        default=DeliveryMethod.DELIVERY, description="How the goods reach me."
    )
    pickup: PickupInput | None = strawberry.field(default=None, description="Who fetches them; needed for PICKUP.")
    requested_on: date | None = strawberry.field(default=None, description="The day I want them; today or later.")
    buyer_reference: str | None = strawberry.field(default=None, description="My own number for it.")
    remarks: str | None = strawberry.field(default=None, description="Anything the seller should know.")

    def read(self) -> AskedOrder:
        """As the acts take it. NotFound for ids that are none."""
        return AskedOrder(
            seller_id=uuid_of(self.seller_id, "seller"),
            lines=tuple(line.read() for line in self.lines),
            network_id=_maybe(self.network_id, "network"),
            ship_to_id=_maybe(self.ship_to_id, "ship-to address"),
            delivery_method=self.delivery_method,
            picker_name=self.pickup.picker_name if self.pickup else None,
            plate_number=self.pickup.plate_number if self.pickup else None,
            requested_on=self.requested_on,
            buyer_reference=self.buyer_reference,
            remarks=self.remarks,
        )


def _maybe(value: strawberry.ID | None, what: str) -> UUID | None:
    return None if value is None else uuid_of(value, what)


@strawberry.type(description="A line as it would be ordered now.")
class PreviewLine:
    """See `app.ordering.lines.PricedLine`."""

    sku_key: strawberry.Private[UUID]
    position: int = strawberry.field(description="Zero-based, as it was asked for.")
    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    quantity: decimal.Decimal = strawberry.field(description="What was asked for.")
    unit: str | None = strawberry.field(description="The unit; null where the SKU is not offered and none was named.")
    unit_name: str | None = maybe_named_unit()
    price_state: PriceState = strawberry.field(description="Whether there is a price.")
    unit_price: UnitPrice | None = strawberry.field(
        description="At the quantity that all lines of this SKU and unit come to."
    )
    list_price: UnitPrice | None = strawberry.field(description="What the list for everybody says.")
    gross: Money | None = strawberry.field(description="With tax; null without a price.")
    net: Money | None = strawberry.field(description="Without tax.")
    tax: Money | None = strawberry.field(description="The tax in it.")
    price_trace: list[PriceStep] = strawberry.field(description="How the price came about.")

    @strawberry.field(description="The SKU; null where it is not offered.")
    async def sku(self, info: Info) -> Sku | None:
        row = await info.context.loader(shown_skus_by_ids).load(self.sku_key)
        return None if row is None else Sku.of(row, info.context.locale)

    @classmethod
    def of(cls, line: PricedLine, currency: str) -> "PreviewLine":
        price, taxed = line.price, line.taxed
        return cls(
            sku_key=line.asked.sku_id,
            position=line.position,
            sku_id=strawberry.ID(str(line.asked.sku_id)),
            quantity=line.asked.quantity,
            unit=line.unit or None,
            price_state=PriceState.NO_PRICE if price is None else price.state,
            unit_price=_price(line.unit_price),
            list_price=None if price is None else _price(price.list_price),
            gross=None if taxed is None else Money.minor(taxed.gross, currency),
            net=None if taxed is None else Money.minor(taxed.net, currency),
            tax=None if taxed is None else Money.minor(taxed.tax, currency),
            price_trace=[] if price is None else [PriceStep.of(step) for step in price.trace],
        )


def _price(price: Price | None) -> UnitPrice | None:
    if price is None:
        return None
    return UnitPrice.of(price)


@strawberry.type(description="Something that would make the order better.")
class Hint:
    """A short step to an advantage."""

    code: str = strawberry.field(description="FREE_FREIGHT: so much more, and delivery is free.")
    message: str = strawberry.field(description="For people, in the reader's language.")
    amount: Money = strawberry.field(description="How much more of goods it takes.")


@strawberry.type(description="What an order would come to now, and everything that would refuse it.")
class OrderPreview:
    """See `app.ordering.preview.Preview`."""

    lines: list[PreviewLine] = strawberry.field(description="The lines, as they were asked for.")
    totals: OrderTotals = strawberry.field(description="What has a price, and the freight.")
    due_now: Money = strawberry.field(description="What placing takes at once.")
    problems: list[OrderProblem] = strawberry.field(description="Everything that would refuse it, at once.")
    hints: list[Hint] = strawberry.field(description="What would make it better.")

    @classmethod
    def of(cls, preview: Preview, locale: str) -> "OrderPreview":
        judged, terms = preview.judged, preview.terms
        totals, currency = judged.totals, terms.currency
        return cls(
            lines=[PreviewLine.of(line, currency) for line in judged.lines],
            totals=OrderTotals(
                row={
                    "currency": currency,
                    "goods_gross_minor": totals.goods_minor,
                    "discount_minor": 0,
                    "freight_gross_minor": totals.freight.taxed.gross,
                    "net_minor": totals.net_minor,
                    "tax_minor": totals.tax_minor,
                    "gross_minor": totals.gross_minor,
                    "cancelled_minor": 0,
                }
            ),
            due_now=Money.minor(judged.due_now_minor(terms), currency),
            problems=[problem_of(problem, locale) for problem in judged.problems],
            hints=_hints(preview, locale),
        )


def _hints(preview: Preview, locale: str) -> list[Hint]:
    totals, currency = preview.judged.totals, preview.terms.currency
    free_from = totals.freight.free_from_minor
    if free_from is None or totals.freight.taxed.gross == 0:
        return []
    missing = Amount(free_from - totals.value_minor, currency)
    more = missing.shown()
    message = Said(f"{more} more, and delivery is free.", f"再购 {more.zh}商品即可免运费。")
    return [Hint(code="FREE_FREIGHT", message=in_locale(message, locale), amount=Money.of(missing))]


Ordered = Annotated[OrderInput, strawberry.argument(description="The order to judge.")]
