"""Orders on the wire, as their two parties see them: whole."""

import decimal
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
import strawberry
from strawberry.utils.str_converters import to_snake_case

from app.catalog.queries import shown_skus_by_ids
from app.catalog.rules import localised
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.units import unit_name
from app.kernel.wording import in_locale
from app.network.viewer import Viewer
from app.ordering import changes, queries
from app.ordering.asked import DeliveryMethod
from app.ordering.lifecycle import OrderAction, OrderStatus, allowed
from app.ordering.statuses import FulfilmentStatus, PaymentStatus
from schema.catalog import Sku
from schema.columns import amount, column, identifier
from schema.context import Context, Info
from schema.money import Money, UnitPrice
from schema.network.types import Company, Funding, TaxMode
from schema.ordering.amendments import OrderAmendment, change_of
from schema.ordering.ship_to import OrderShipTo
from schema.page import After, Connection, First, connection
from schema.price_trace import PriceStep
from schema.scalars import Cursor
from schema.shipments import OrderFulfilment
from schema.units import NAME as UNIT_NAME

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
    """Sums of an order's lines, and its freight: columns of `sales_order`."""

    row: strawberry.Private[Row]
    goods = amount("goods_gross_minor", "The goods with tax, after discounts.")
    discount = amount("discount_minor", "What was taken off the goods, in the order's tax mode.")
    freight = amount("freight_gross_minor", "What delivery costs, with tax.")
    net = amount("net_minor", "Everything without tax.")
    tax = amount("tax_minor", "The tax in it.")
    gross = amount("gross_minor", "What is to be paid in all, before anything is cancelled.")
    cancelled = amount("cancelled_minor", "What of it was cancelled.")


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

    row: strawberry.Private[Row]
    locale: strawberry.Private[str]
    id = identifier("id", "Its id.")
    position = column(int, "position", "Zero-based, as it was asked for.")
    sku_id = identifier("sku_id", "The SKU.")
    sku_code = column(str, "sku_code", "The SKU's code when the order was placed.")

    @strawberry.field(description="The SKU's name when the order was placed, in the reader's language.")
    def name(self) -> str:
        return localised(self.row["name_zh"], self.row["name_en"], self.locale)

    unit = column(str, "unit", "The unit in which it was ordered; all quantities here are in it.")

    @strawberry.field(description=UNIT_NAME)
    def unit_name(self) -> str:
        return in_locale(unit_name(self.row["unit"]), self.locale)

    @strawberry.field(description="Per unit, before discounts.")
    def unit_price(self) -> UnitPrice:
        row = self.row
        included = row["tax_mode"] == "included"
        return UnitPrice.priced(row["unit_price"], row["currency"], row["unit"], tax_included=included)

    @strawberry.field(description="What the list for everybody said.")
    def list_price(self) -> UnitPrice | None:
        row = self.row
        included = row["tax_mode"] == "included"
        return UnitPrice.maybe(row["list_price"], row["currency"], row["unit"], tax_included=included)

    gross = amount("gross_minor", "With tax, after discounts: of the whole ordered quantity.")
    net = amount("net_minor", "The same without tax.")
    tax = amount("tax_minor", "The tax in it.")
    tax_class = column(str, "tax_class", "The tax class.")
    tax_rate_bp = column(int, "tax_rate_bp", "Its rate when the order was placed: 1300 is 13 %.")
    ordered = column(decimal.Decimal, "ordered", "What was ordered.")
    cancelled = column(decimal.Decimal, "cancelled", "What of it was cancelled.")
    allocated = column(decimal.Decimal, "allocated", "What of it stock is set aside for.")
    in_shipment = column(decimal.Decimal, "in_shipment", "What of it is being loaded.")
    shipped = column(decimal.Decimal, "shipped", "What of it left.")
    delivered = column(decimal.Decimal, "delivered", "What of it arrived and was signed for.")
    rejected = column(
        decimal.Decimal,
        "rejected",
        "What of it was shipped and not signed for: short, damaged, refused; its shipments say why.",
    )
    returned = column(decimal.Decimal, "returned", "What of it came back.")

    @strawberry.field(description="The SKU as it is now; null when the seller's catalog no longer shows it to me.")
    async def sku(self, info: Info) -> Sku | None:
        row = await info.context.loader(shown_skus_by_ids).load(self.row["sku_id"])
        return None if row is None else Sku.of(row, info.context.locale)

    @strawberry.field(description="Its shares of discounts, oldest first.")
    async def discounts(self, info: Info) -> list[LineDiscount]:
        if self.row["discount_minor"] == 0:
            return []
        rows = await info.context.loader(queries.discounts_by_lines).load(self.row["id"])
        return [LineDiscount.of(row) for row in rows or ()]

    @strawberry.field(description="How its price came about: the lists that were considered, in order.")
    def price_trace(self) -> list[PriceStep]:
        return [PriceStep.frozen(step) for step in orjson.loads(self.row["price_trace"])]


SELECTIONS: Final = 256  # of lines, whose columns are known
_OWN_NAMES: Final = {"gross": "gross_minor", "net": "net_minor", "tax": "tax_minor"}


@lru_cache(maxsize=SELECTIONS)
def line_columns(asked: frozenset[str]) -> frozenset[str]:
    """The columns that these fields of lines show, as far as they are read only where they are asked for."""
    names = (to_snake_case(name) for name in asked)
    return frozenset(queries.LINE_COLUMNS) & {_OWN_NAMES.get(name, name) for name in names}


@strawberry.type(description="Something that happened to an order.")
class OrderEvent:
    """One row of `sales_order_event`."""

    version: int = strawberry.field(description="The order's version since then.")
    what: str = strawberry.field(description="What happened: placed, confirmed, shipped, …")
    side: OrderSide = strawberry.field(description="Who did it.")
    by: str | None = strawberry.field(description="The member's name; only of my own company's members.")
    reason: str | None = strawberry.field(description="Why, where somebody said so.")
    at: datetime = strawberry.field(description="When.")
    change_id: strawberry.ID | None = strawberry.field(description="The proposed change it is about: one of `changes`.")

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
            change_id=change_of(row["details"]),
        )


@strawberry.type(description="An order of a buyer with one seller, as these two see it.")
class Order(OrderFulfilment):
    """One row of `sales_order`. `known_lines`: its lines, where they were read with it."""

    context: strawberry.Private[Context]
    known_lines: strawberry.Private[list[OrderLine] | None] = None

    network_id = identifier("network_id", "The network it belongs to.")
    relation_id = identifier("relation_id", "The trade relation it was placed in.")
    number = column(str, "number", "Its number, unique with its seller.")
    kind = column(OrderKind, "kind", "What kind of order it is.", OrderKind)

    @strawberry.field(description="Who sells.")
    def seller(self) -> Company:
        return Company.of(self.row, "seller")

    @strawberry.field(description="Who buys.")
    def buyer(self) -> Company:
        return Company.of(self.row, "buyer")

    status = column(OrderStatus, "status", "What was decided.", OrderStatus)
    version = column(int, "version", "Rises with every change.")
    payment_status = column(PaymentStatus, "payment_status", "How far its own value is paid.", PaymentStatus)
    fulfilment_status = column(
        FulfilmentStatus, "fulfilment_status", "How far the goods are on their way.", FulfilmentStatus
    )
    funding = column(Funding, "funding", "What it draws on; frozen.", Funding)
    tax_mode = column(TaxMode, "tax_mode", "Whether its prices include tax; frozen.", TaxMode)
    net_days = column(int, "net_days", "A debt falls due so many days after shipping; frozen.")

    @strawberry.field(description="What it comes to.")
    def totals(self) -> OrderTotals:
        return OrderTotals(row=self.row)

    freight = amount("freight_gross_minor", "What delivery costs, with tax.")
    delivery_method = column(DeliveryMethod, "delivery_method", "How the goods reach the buyer.", DeliveryMethod)

    @strawberry.field(description="Who fetches them; only for PICKUP.")
    def pickup(self) -> Pickup | None:
        return _pickup(self.row)

    @strawberry.field(description="Where they go; frozen.")
    def ship_to(self) -> OrderShipTo | None:
        return OrderShipTo.maybe(self.row["ship_to_id"], self.row["ship_to_snapshot"])

    requested_on = column(date | None, "requested_on", "The day the buyer wants them.")
    buyer_reference = column(str | None, "buyer_reference", "The buyer's own number for it.")
    remarks = column(str | None, "remarks", "What the buyer said about it.")
    placed_at = column(datetime, "placed_at", "When it was placed.")
    confirmed_at = column(datetime | None, "confirmed_at", "When the seller confirmed it.")
    closed_at = column(datetime | None, "closed_at", "When nothing was left to do.")
    reservation_expires_at = column(
        datetime | None, "reservation_expires_at", "When it lapses and gives its stock back, unless confirmed before."
    )

    @strawberry.field(description="What is to be paid, and when.")
    def due(self) -> list[DueStep]:
        return _due(self.row)

    change_expires_at = column(
        datetime | None, "change_expires_at", "When the change that waits for the buyer lapses; null while none waits."
    )

    @strawberry.field(description="Changes that its seller proposed before confirming, oldest first; at most 20.")
    async def changes(self, info: Info) -> list[OrderAmendment]:
        viewer = info.context.viewer
        rows = await info.context.loader(changes.changes_by_orders).load(self.row["id"])
        return [OrderAmendment.of(row, viewer) for row in rows or ()]

    @strawberry.field(description="What I may do with it now.")
    def allowed_actions(self) -> list[OrderAction]:
        return allowed(self.row, self.context.viewer, now())

    cursor = column(Cursor, "cursor", "Subscribe from here and miss nothing after this answer.")

    @strawberry.field(description="Its lines, as they were asked for; at most 1,000.")
    def lines(self) -> list[OrderLine]:
        return self._read_lines() if self.known_lines is None else self.known_lines  # type: ignore[return-value]

    async def _read_lines(self) -> list[OrderLine]:
        locale = self.context.locale
        rows = await self.context.loader(queries.lines_by_orders).load(self.row["id"])
        return [OrderLine(row=row, locale=locale) for row in rows or ()]

    @strawberry.field(description="What happened to it, oldest first.")
    async def timeline(self, info: Info, first: First = None, after: After = None) -> Connection[OrderEvent]:
        page = Page.of(first, after, kinds=[int], order="timeline")
        position = page.after[0] if page.after else None
        assert position is None or isinstance(position, int)
        wanted = queries.TimelinePage(self.row["id"], page.limit, position)
        rows = await info.context.loader(queries.timelines).load(wanted)
        viewer, seller_id = info.context.viewer, self.row["seller_id"]
        return connection(
            rows or [],
            page.first,
            sort=lambda row: [row["version"]],
            node=lambda row: OrderEvent.of(row, seller_id, viewer),
            order="timeline",
        )

    @classmethod
    def of(cls, row: Row, context: Context, lines: Sequence[Row] | None = None) -> "Order":
        """Everything but lines, timeline and shipments is in the row already, what the viewer may do included."""
        locale = context.locale
        known = None if lines is None else [OrderLine(row=line, locale=locale) for line in lines]
        return cls(row=row, context=context, known_lines=known)


def _pickup(row: Row) -> Pickup | None:
    if row["picker_name"] is None:
        return None
    return Pickup(picker_name=row["picker_name"], plate_number=row["plate_number"] or "")


def _due(row: Row) -> list[DueStep]:
    amount = Money.minor(row["gross_minor"] - row["cancelled_minor"], row["currency"])
    if row["funding"] == "prepayment":
        return [DueStep(when=DueWhen.AT_PLACEMENT, days=0, amount=amount)]
    return [DueStep(when=DueWhen.AFTER_SHIPMENT, days=row["net_days"], amount=amount)]
