"""The order desk's lists on the wire: orders with notes and tags, and how many are in each state."""

import decimal
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.kernel.money import Money as Amount
from app.kernel.page import Page, encode_cursor
from app.kernel.refusal import BadRequest
from app.kernel.text import optional_text
from app.kernel.wording import Said
from app.ordering import annotate, worklist, worklist_filter
from app.ordering.asked import DeliveryMethod
from app.ordering.lifecycle import OrderStatus
from schema.context import Info
from schema.ordering.types import Order
from schema.page import Connection, Edge, PageInfo
from schema.scalars import uuid_of

LONGEST_PREFIX = 40

strawberry.enum(
    worklist_filter.Sort,
    name="WorklistSort",
    description="NEWEST and OLDEST first, or LARGEST by gross total, one currency after the other. NEWEST and OLDEST "
    "of a list by number prefix go by number, of one by dates by the date of placing.",
)
strawberry.enum(
    worklist_filter.WaitsFor,
    description="SELLER: to be confirmed, decided or shipped. BUYER: a proposed change waits for an answer.",
)


@strawberry.input(description="What orders must be like; what is null does not narrow.")
class WorklistFilter:
    """See `app.ordering.worklist_filter.WorklistFilter`."""

    statuses: list[OrderStatus] | None = strawberry.field(default=None, description="Any of these.")
    waits_for: worklist_filter.WaitsFor | None = strawberry.field(default=None, description="Whose turn it is.")
    buyer_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this buyer.")
    sku_id: strawberry.ID | None = strawberry.field(default=None, description="Only with this SKU in them.")
    ship_to_id: strawberry.ID | None = strawberry.field(default=None, description="Only to this address.")
    number_prefix: str | None = strawberry.field(default=None, description="Only numbers that begin so.")
    tag: str | None = strawberry.field(default=None, description="Only with this tag.")
    placed_from: datetime | None = strawberry.field(default=None, description="Placed then or later.")
    placed_before: datetime | None = strawberry.field(default=None, description="Placed earlier.")
    currency: str | None = strawberry.field(default=None, description="Only in this currency; amounts need it.")
    gross_from: decimal.Decimal | None = strawberry.field(default=None, description="A gross total of at least this.")
    gross_to: decimal.Decimal | None = strawberry.field(default=None, description="A gross total of at most this.")
    delivery_method: DeliveryMethod | None = strawberry.field(default=None, description="Only delivered so.")

    def read(self) -> worklist_filter.WorklistFilter:
        """BadRequest for amounts without a currency, and for what would end before it begins."""

        def minor(value: decimal.Decimal | None, name: str) -> int | None:
            if value is None:
                return None
            if self.currency is None:
                raise BadRequest("currency", None, Said("a currency for the amounts", "金额对应的币种"))
            return Amount.parse(value, self.currency, name).minor

        def read_id(value: strawberry.ID | None, what: str) -> UUID | None:
            return None if value is None else uuid_of(value, what)

        gross_from, gross_to = minor(self.gross_from, "grossFrom"), minor(self.gross_to, "grossTo")
        if gross_from is not None and gross_to is not None and gross_from > gross_to:
            raise BadRequest("grossTo", self.gross_to, Said("at least grossFrom", "不小于 grossFrom"))
        if self.placed_from and self.placed_before and self.placed_from >= self.placed_before:
            later = Said("later than placedFrom", "晚于 placedFrom")
            raise BadRequest("placedBefore", self.placed_before.isoformat(), later)
        return worklist_filter.WorklistFilter(
            statuses=None if self.statuses is None else frozenset(self.statuses),
            waits_for=self.waits_for,
            buyer_id=read_id(self.buyer_id, "company"),
            sku_id=read_id(self.sku_id, "SKU"),
            ship_to_id=read_id(self.ship_to_id, "ship-to address"),
            number_prefix=optional_text("numberPrefix", self.number_prefix, LONGEST_PREFIX),
            tag=optional_text("tag", self.tag, annotate.LONGEST_TAG),
            placed_from=self.placed_from,
            placed_before=self.placed_before,
            currency=self.currency,
            gross_from_minor=gross_from,
            gross_to_minor=gross_to,
            delivery_method=None if self.delivery_method is None else self.delivery_method.value,
        )


Filter = Annotated[WorklistFilter | None, strawberry.argument(description="What they must be like; null: all.")]


@strawberry.type(description="What somebody of my company wrote about an order, for my company only.")
class OrderNote:
    """One row of `order_note`."""

    text: str = strawberry.field(description="What it says.")
    by: str = strawberry.field(description="Who wrote it.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="An order on my company's desk, with what only my company knows of it.")
class DeskOrder:
    """An order as its seller works on it."""

    order: Order = strawberry.field(description="The order, as both parties see it.")

    @strawberry.field(description="Its tags, in alphabetical order; at most 20.")
    async def tags(self, info: Info) -> list[str]:
        rows = await info.context.loader(annotate.tags_by_orders).load(self.order.row["id"])
        return [row["tag"] for row in rows or ()]

    @strawberry.field(description="Its notes, oldest first; at most 200.")
    async def notes(self, info: Info) -> list[OrderNote]:
        rows = await info.context.loader(annotate.notes_by_orders).load(self.order.row["id"])
        return [OrderNote(text=row["text"], by=row["name"], at=row["at"]) for row in rows or ()]

    @classmethod
    def of(cls, row: Mapping[str, Any], info: Info) -> "DeskOrder":
        return cls(order=Order.of(row, info.context))


@strawberry.type(description="How many orders are in a state.")
class WorklistCount:
    """See `app.ordering.worklist.Count`."""

    status: OrderStatus = strawberry.field(description="The state.")
    count: int = strawberry.field(description="How many were found.")
    at_least: bool = strawberry.field(
        description="There may be more: others were not looked at. By state and buyer alone counts are exact; with "
        f"anything else where some one thing that is asked for has at most {worklist.WALK:,} orders, and of so many "
        "orders otherwise."
    )


async def desk_page(
    info: Info, filter: WorklistFilter | None, sort: worklist_filter.Sort, first: int | None, after: str | None
) -> Connection[DeskOrder]:
    """One page; it may be shorter than asked for although more follows, where what is looked for is rare."""
    wanted = (filter or WorklistFilter()).read()
    order, kinds = worklist.kinds_of(wanted, sort)
    page = Page.of(first, after, kinds=kinds, order=order)
    found = await worklist.worklist(info.context.viewer, wanted, sort, page)
    edges = [Edge(cursor=encode_cursor(place, order), node=DeskOrder.of(row, info)) for row, place in found.rows]
    last = found.end or (found.rows[-1][1] if found.rows else None)
    end = None if last is None else encode_cursor(last, order)
    return Connection(edges=edges, page_info=PageInfo(has_next_page=found.end is not None, end_cursor=end))


async def desk_counts(info: Info, filter: WorklistFilter | None) -> list[WorklistCount]:
    """One light statement, for every time that something happened."""
    counts = await worklist.worklist_counts(info.context.viewer, (filter or WorklistFilter()).read())
    return [WorklistCount(status=one.status, count=one.count, at_least=one.at_least) for one in counts]
