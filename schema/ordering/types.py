"""Orders on the wire, as their two parties see them: whole."""

import decimal
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import strawberry

from app.catalog.queries import shown_skus_by_ids
from app.catalog.rules import localised
from app.kernel.clock import now
from app.kernel.page import Page
from app.network.viewer import Viewer
from app.ordering import queries
from app.ordering.asked import DeliveryMethod
from app.ordering.lifecycle import OrderAction, OrderStatus, allowed
from app.ordering.statuses import FulfilmentStatus, PaymentStatus
from schema.catalog import Sku
from schema.context import Info
from schema.money import Money, UnitPrice
from schema.network.types import Company, Funding, TaxMode
from schema.page import After, Connection, First, connection
from schema.price_trace import PriceStep
from schema.scalars import Cursor
from schema.shipments import OrderFulfilment
from schema.units import named_unit

Row = Mapping[str, Any]

strawberry.enum(
    OrderStatus,
    description="What was decided about an order. CLOSED_SHORT: a part was shipped, the rest never will be.",
)
strawberry.enum(PaymentStatus, description="How far the order's own value is paid; a debt is the account's matter.")
strawberry.enum(FulfilmentStatus, description="How far the goods are on their way.")
strawberry.enum(OrderAction, description="What a member may do with an order.")
strawberry.enum(
    DeliveryMethod,
    description="DELIVERY (送货): the seller brings the goods and charges freight. PICKUP (自提): the buyer comes for "
    "them. COLLECT (到付): a carrier brings them and the buyer pays it.",
)


@strawberry.enum(description="What kind of order it is.")
class OrderKind(Enum):
    """`sales_order.kind`."""

    STANDARD = "standard"


@strawberry.enum(description="Which side of an order acted.")
class OrderSide(Enum):
    """Who did an entry of the timeline."""

    SELLER = "seller"
    BUYER = "buyer"
    SYSTEM = "system"


@strawberry.type(description="goods + freight = gross = net + tax.")
class OrderTotals:
    """Sums of an order's lines, and its freight."""

    goods: Money = strawberry.field(description="The goods with tax, after discounts.")
    discount: Money = strawberry.field(description="What was taken off the goods, in the order's tax mode.")
    freight: Money = strawberry.field(description="What delivery costs, with tax.")
    net: Money = strawberry.field(description="Everything without tax.")
    tax: Money = strawberry.field(description="The tax in it.")
    gross: Money = strawberry.field(description="What is to be paid in all, before anything is cancelled.")
    cancelled: Money = strawberry.field(description="What of it was cancelled.")

    @classmethod
    def of(cls, row: Row) -> "OrderTotals":
        currency = row["currency"]
        return cls(
            goods=Money.minor(row["goods_gross_minor"], currency),
            discount=Money.minor(row["discount_minor"], currency),
            freight=Money.minor(row["freight_gross_minor"], currency),
            net=Money.minor(row["net_minor"], currency),
            tax=Money.minor(row["tax_minor"], currency),
            gross=Money.minor(row["gross_minor"], currency),
            cancelled=Money.minor(row["cancelled_minor"], currency),
        )


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
    def maybe(cls, ship_to_id: UUID | None, snapshot: str | None) -> "OrderShipTo | None":
        if ship_to_id is None or snapshot is None:
            return None
        said = orjson.loads(snapshot)
        return cls(
            id=strawberry.ID(str(ship_to_id)),
            name=said["name"],
            contact=said["contact"],
            phone=said["phone"],
            region_code=said.get("regionCode"),
            address=said["address"],
        )


@strawberry.type(description="Who fetches the goods (自提).")
class Pickup:
    """Columns of `sales_order`."""

    picker_name: str = strawberry.field(description="Who comes.")
    plate_number: str = strawberry.field(description="With which car.")


@strawberry.enum(description="What makes a part of an order due.")
class DueWhen(Enum):
    """See DueStep."""

    AT_PLACEMENT = "at_placement"
    AFTER_SHIPMENT = "after_shipment"


@strawberry.type(description="A part of an order's value, and when it is to be paid.")
class DueStep:
    """From the frozen terms of the order."""

    when: DueWhen = strawberry.field(description="What makes it due.")
    days: int = strawberry.field(description="So many days after that.")
    amount: Money = strawberry.field(description="What is due, less what was cancelled.")


@strawberry.type(description="A line's frozen share of a discount (优惠分摊).")
class LineDiscount:
    """One row of `sales_order_line_discount`."""

    grant_id: strawberry.ID = strawberry.field(description="The discount; the shares of one sum to its amount.")
    kind: str = strawberry.field(description="manual: granted by the seller.")
    reason: str = strawberry.field(description="Why it was granted.")
    amount: Money = strawberry.field(description="This line's share, in the order's tax mode.")

    @classmethod
    def of(cls, row: Row) -> "LineDiscount":
        return cls(
            grant_id=strawberry.ID(str(row["grant_id"])),
            kind=row["kind"],
            reason=row["reason"],
            amount=Money.minor(row["amount_minor"], row["currency"]),
        )


@strawberry.type(description="A line of an order. Its prices are those of the moment it was placed.")
class OrderLine:
    """One row of `sales_order_line`."""

    key: strawberry.Private[UUID]
    sku_key: strawberry.Private[UUID]
    discounted: strawberry.Private[bool]
    trace: strawberry.Private[str]
    id: strawberry.ID = strawberry.field(description="Its id.")
    position: int = strawberry.field(description="Zero-based, as it was asked for.")
    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    sku_code: str = strawberry.field(description="The SKU's code when the order was placed.")
    name: str = strawberry.field(description="The SKU's name when the order was placed, in the reader's language.")
    unit: str = strawberry.field(description="The unit in which it was ordered; all quantities here are in it.")
    unit_name: str = named_unit()
    unit_price: UnitPrice = strawberry.field(description="Per unit, before discounts.")
    list_price: UnitPrice | None = strawberry.field(description="What the list for everybody said.")
    gross: Money = strawberry.field(description="With tax, after discounts: of the whole ordered quantity.")
    net: Money = strawberry.field(description="The same without tax.")
    tax: Money = strawberry.field(description="The tax in it.")
    tax_class: str = strawberry.field(description="The tax class.")
    tax_rate_bp: int = strawberry.field(description="Its rate when the order was placed: 1300 is 13 %.")
    ordered: decimal.Decimal = strawberry.field(description="What was ordered.")
    cancelled: decimal.Decimal = strawberry.field(description="What of it was cancelled.")
    allocated: decimal.Decimal = strawberry.field(description="What of it stock is set aside for.")
    in_shipment: decimal.Decimal = strawberry.field(description="What of it is being loaded.")
    shipped: decimal.Decimal = strawberry.field(description="What of it left.")
    delivered: decimal.Decimal = strawberry.field(description="What of it arrived and was signed for.")
    rejected: decimal.Decimal = strawberry.field(
        description="What of it was shipped and not signed for: short, damaged, refused; its shipments say why."
    )
    returned: decimal.Decimal = strawberry.field(description="What of it came back.")

    @strawberry.field(description="The SKU as it is now; null when the seller's catalog no longer shows it to me.")
    async def sku(self, info: Info) -> Sku | None:
        row = await info.context.loader(shown_skus_by_ids).load(self.sku_key)
        return None if row is None else Sku.of(row, info.context.locale)

    @strawberry.field(description="Its shares of discounts, oldest first.")
    async def discounts(self, info: Info) -> list[LineDiscount]:
        if not self.discounted:
            return []
        rows = await info.context.loader(queries.discounts_by_lines).load(self.key)
        return [LineDiscount.of(row) for row in rows or ()]

    @strawberry.field(description="How its price came about: the lists that were considered, in order.")
    def price_trace(self) -> list[PriceStep]:
        return [PriceStep.frozen(step) for step in orjson.loads(self.trace)]

    @classmethod
    def of(cls, row: Row, locale: str) -> "OrderLine":
        currency, unit, included = row["currency"], row["unit"], row["tax_mode"] == "included"
        return cls(
            key=row["id"],
            sku_key=row["sku_id"],
            discounted=row["discount_minor"] > 0,
            trace=row["price_trace"],
            id=strawberry.ID(str(row["id"])),
            position=row["position"],
            sku_id=strawberry.ID(str(row["sku_id"])),
            sku_code=row["sku_code"],
            name=localised(row["name_zh"], row["name_en"], locale),
            unit=unit,
            unit_price=UnitPrice.priced(row["unit_price"], currency, unit, tax_included=included),
            list_price=UnitPrice.maybe(row["list_price"], currency, unit, tax_included=included),
            gross=Money.minor(row["gross_minor"], currency),
            net=Money.minor(row["net_minor"], currency),
            tax=Money.minor(row["tax_minor"], currency),
            tax_class=row["tax_class"],
            tax_rate_bp=row["tax_rate_bp"],
            ordered=row["ordered"],
            cancelled=row["cancelled"],
            allocated=row["allocated"],
            in_shipment=row["in_shipment"],
            shipped=row["shipped"],
            delivered=row["delivered"],
            rejected=row["rejected"],
            returned=row["returned"],
        )


@strawberry.type(description="Something that happened to an order.")
class OrderEvent:
    """One row of `sales_order_event`."""

    version: int = strawberry.field(description="The order's version since then.")
    what: str = strawberry.field(description="What happened: placed, confirmed, shipped, …")
    side: OrderSide = strawberry.field(description="Who did it.")
    by: str | None = strawberry.field(description="The member's name; only of my own company's members.")
    reason: str | None = strawberry.field(description="Why, where somebody said so.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: Row, seller_id: UUID, viewer: Viewer) -> "OrderEvent":
        company_id = row["company_id"]
        side = OrderSide.SELLER if company_id == seller_id else OrderSide.BUYER
        return cls(
            version=row["version"],
            what=row["what"],
            side=OrderSide.SYSTEM if company_id is None else side,
            by=row["member_name"] if company_id == viewer.company_id else None,
            reason=row["reason"],
            at=row["at"],
        )


@strawberry.type(description="An order of a buyer with one seller, as these two see it.")
class Order(OrderFulfilment):
    """One row of `sales_order`."""

    key: strawberry.Private[UUID]
    seller_key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network it belongs to.")
    relation_id: strawberry.ID = strawberry.field(description="The trade relation it was placed in.")
    number: str = strawberry.field(description="Its number, unique with its seller.")
    kind: OrderKind = strawberry.field(description="What kind of order it is.")
    seller: Company = strawberry.field(description="Who sells.")
    buyer: Company = strawberry.field(description="Who buys.")
    status: OrderStatus = strawberry.field(description="What was decided.")
    version: int = strawberry.field(description="Rises with every change.")
    payment_status: PaymentStatus = strawberry.field(description="How far its own value is paid.")
    fulfilment_status: FulfilmentStatus = strawberry.field(description="How far the goods are on their way.")
    funding: Funding = strawberry.field(description="What it draws on; frozen.")
    tax_mode: TaxMode = strawberry.field(description="Whether its prices include tax; frozen.")
    net_days: int = strawberry.field(description="A debt falls due so many days after shipping; frozen.")
    totals: OrderTotals = strawberry.field(description="What it comes to.")
    freight: Money = strawberry.field(description="What delivery costs, with tax.")
    delivery_method: DeliveryMethod = strawberry.field(description="How the goods reach the buyer.")
    pickup: Pickup | None = strawberry.field(description="Who fetches them; only for PICKUP.")
    ship_to: OrderShipTo | None = strawberry.field(description="Where they go; frozen.")
    requested_on: date | None = strawberry.field(description="The day the buyer wants them.")
    buyer_reference: str | None = strawberry.field(description="The buyer's own number for it.")
    remarks: str | None = strawberry.field(description="What the buyer said about it.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    confirmed_at: datetime | None = strawberry.field(description="When the seller confirmed it.")
    closed_at: datetime | None = strawberry.field(description="When nothing was left to do.")
    reservation_expires_at: datetime | None = strawberry.field(
        description="When it lapses and gives its stock back, unless confirmed before."
    )
    due: list[DueStep] = strawberry.field(description="What is to be paid, and when.")
    allowed_actions: list[OrderAction] = strawberry.field(description="What I may do with it now.")
    cursor: Cursor = strawberry.field(description="Subscribe from here and miss nothing after this answer.")

    @strawberry.field(description="Its lines, as they were asked for; at most 1,000.")
    async def lines(self, info: Info) -> list[OrderLine]:
        rows = await info.context.loader(queries.lines_by_orders).load(self.key)
        return [OrderLine.of(row, info.context.locale) for row in rows or ()]

    @strawberry.field(description="What happened to it, oldest first.")
    async def timeline(self, info: Info, first: First = None, after: After = None) -> Connection[OrderEvent]:
        page = Page.of(first, after, kinds=[int], order="timeline")
        position = page.after[0] if page.after else None
        assert position is None or isinstance(position, int)
        wanted = queries.TimelinePage(self.key, page.limit, position)
        rows = await info.context.loader(queries.timelines).load(wanted)
        viewer = info.context.viewer
        return connection(
            rows or [],
            page.first,
            sort=lambda row: [row["version"]],
            node=lambda row: OrderEvent.of(row, self.seller_key, viewer),
            order="timeline",
        )

    @classmethod
    def of(cls, row: Row, viewer: Viewer) -> "Order":
        """Everything but lines and timeline is in the row already, what the viewer may do included."""
        return cls(
            key=row["id"],
            seller_key=row["seller_id"],
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            relation_id=strawberry.ID(str(row["relation_id"])),
            number=row["number"],
            kind=OrderKind(row["kind"]),
            seller=Company.of(row, "seller"),
            buyer=Company.of(row, "buyer"),
            status=OrderStatus(row["status"]),
            version=row["version"],
            payment_status=PaymentStatus(row["payment_status"]),
            fulfilment_status=FulfilmentStatus(row["fulfilment_status"]),
            funding=Funding(row["funding"]),
            tax_mode=TaxMode(row["tax_mode"]),
            net_days=row["net_days"],
            totals=OrderTotals.of(row),
            freight=Money.minor(row["freight_gross_minor"], row["currency"]),
            delivery_method=DeliveryMethod(row["delivery_method"]),
            pickup=_pickup(row),
            ship_to=OrderShipTo.maybe(row["ship_to_id"], row["ship_to_snapshot"]),
            requested_on=row["requested_on"],
            buyer_reference=row["buyer_reference"],
            remarks=row["remarks"],
            placed_at=row["placed_at"],
            confirmed_at=row["confirmed_at"],
            closed_at=row["closed_at"],
            reservation_expires_at=row["reservation_expires_at"],
            due=_due(row),
            allowed_actions=allowed(row, viewer, now()),
            cursor=Cursor(row["cursor"]),
        )


def _pickup(row: Row) -> Pickup | None:
    if row["picker_name"] is None:
        return None
    return Pickup(picker_name=row["picker_name"], plate_number=row["plate_number"] or "")


def _due(row: Row) -> list[DueStep]:
    amount = Money.minor(row["gross_minor"] - row["cancelled_minor"], row["currency"])
    if row["funding"] == "prepayment":
        return [DueStep(when=DueWhen.AT_PLACEMENT, days=0, amount=amount)]
    return [DueStep(when=DueWhen.AFTER_SHIPMENT, days=row["net_days"], amount=amount)]
