"""Files: links to printed documents, and lists as XLSX."""

import datetime as dt
from collections.abc import AsyncIterable
from typing import Annotated
from uuid import UUID

import strawberry

from app.fulfilment.queries import shipment_by_id
from app.kernel.page import Page
from app.kernel.refusal import BadRequest, Refusal
from app.kernel.wording import LOCALES, one_of
from app.network.roles import Permission
from app.ordering.queries import order_by_id
from app.papers import exports, refusals
from app.papers.cancel_export import cancel_export
from app.papers.events import ExportProgressed as ExportFact
from app.papers.fetch import paper_link
from app.papers.links import FileKind, Link
from app.papers.start_export import start_export
from schema.access import MEMBER, access
from schema.audience import Following
from schema.context import Context, Info
from schema.event_types import ExportProgressed
from schema.events import AfterCursor, CaughtUp, Resync, as_change
from schema.export_input import ExportOf
from schema.exports import Export
from schema.order_actions import client_key
from schema.page import After, Connection, First, connection
from schema.refusals import KeyReused, MoveNotAllowed, Refused
from schema.scalars import uuid_of

Locale = Annotated[str | None, strawberry.argument(description="zh or en; null: my language.")]


@strawberry.type(description="A printed document (PDF), made when it is fetched.")
class Paper:
    """See `app.papers.links.Link`."""

    url: str = strawberry.field(
        description="GET it without credentials; begins with a slash where the mall does not know its own name."
    )
    expires_at: dt.datetime = strawberry.field(description="Until when the link counts.")

    @classmethod
    def of(cls, link: Link) -> "Paper":
        return cls(url=link.url, expires_at=link.expires_at)


@strawberry.type(description="I have as many exports under way as may be at once.")
class TooManyExports(Refused):
    """See `app.papers.refusals.TooManyExports`."""

    most: int = strawberry.field(description="So many may be.")


REFUSALS: dict[type[Refusal], type] = {refusals.TooManyExports: TooManyExports}

StartExportResult = Annotated[
    Export | TooManyExports | KeyReused,
    strawberry.union("StartExportResult", description="The export as it is now, or why not."),
]
ExportMessage = Annotated[
    ExportProgressed | CaughtUp | Resync, strawberry.union("ExportMessage", description="What `exportProgressed` says.")
]
CancelExportResult = Annotated[
    Export | MoveNotAllowed | KeyReused,
    strawberry.union("CancelExportResult", description="The export as it is now, or why not."),
]


@strawberry.input(description="A list to export.")
class StartExportInput:
    """Input of `startExport`."""

    client_key: str = client_key()
    of: ExportOf = strawberry.field(description="Which list, and what it must be like.")
    locale: str | None = strawberry.field(default=None, description="zh or en, for its headings; null: my language.")


@strawberry.input(description="An export to cancel.")
class CancelExportInput:
    """Input of `cancelExport`."""

    client_key: str = client_key()
    export_id: strawberry.ID = strawberry.field(description="The export.")


def language(asked: str | None, context: Context) -> str:
    """The language of a file. BadRequest for one that we do not speak."""
    if asked is not None and asked not in LOCALES:
        raise BadRequest("locale", asked, one_of(*LOCALES))
    return asked or context.locale


async def _read(info: Info, export_id: UUID) -> Export:
    return Export.of(await exports.export_by_id(info.context.viewer, export_id), info.context.locale)


@strawberry.type
class Queries:
    """Root fields of papers."""

    @strawberry.field(
        description="A link to the sales order (销售单) of an order that my company buys or sells, as PDF. Needs "
        "order.read and money.read."
    )
    @access(Permission.MONEY_READ)
    async def sales_order_paper(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
        locale: Locale = None,
    ) -> Paper | None:
        viewer, tongue = info.context.viewer, language(locale, info.context)
        order = await order_by_id(viewer, uuid_of(order_id, "order"))
        return Paper.of(paper_link(viewer, FileKind.SALES_ORDER, order["id"], tongue))

    @strawberry.field(
        description="A link to the delivery note (送货单) of a shipment, as PDF: what is in it, without any price. "
        "With prices, where they are wished for, it needs money.read."
    )
    @access(Permission.ORDER_READ)
    async def delivery_note_paper(
        self,
        info: Info,
        shipment_id: Annotated[strawberry.ID, strawberry.argument(description="The shipment.")],
        locale: Locale = None,
        with_prices: Annotated[bool, strawberry.argument(description="Unit prices, and the shipment's value.")] = False,
    ) -> Paper | None:
        viewer, tongue = info.context.viewer, language(locale, info.context)
        if with_prices:
            viewer.require(Permission.MONEY_READ)
        shipment = await shipment_by_id(viewer, uuid_of(shipment_id, "shipment"))
        kind = FileKind.PRICED_NOTE if with_prices else FileKind.DELIVERY_NOTE
        return Paper.of(paper_link(viewer, kind, shipment["id"], tongue))

    @strawberry.field(description="An export of mine.")
    @access(MEMBER)
    async def export(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Export | None:
        return await _read(info, uuid_of(id, "export"))

    @strawberry.field(description="My exports, the newest first.")
    @access(MEMBER)
    async def exports(self, info: Info, first: First = None, after: After = None) -> Connection[Export] | None:
        page, locale = Page.of(first, after, kinds=[UUID], order="exports"), info.context.locale
        rows = await exports.exports(info.context.viewer, page)
        return connection(
            rows, page.first, sort=lambda row: [row["id"]], node=lambda row: Export.of(row, locale), order="exports"
        )


@strawberry.type
class Subscriptions:
    """What a member can follow that is nobody else's."""

    @strawberry.subscription(description="One export of mine, a few times a second while it is written.")
    @access(MEMBER)
    async def export_progressed(
        self,
        info: Info,
        export_id: Annotated[strawberry.ID, strawberry.argument(description="The export.")],
        after: AfterCursor = None,
    ) -> AsyncIterable[ExportMessage]:
        export = await exports.export_by_id(info.context.viewer, uuid_of(export_id, "export"))
        return Following((ExportFact.kind,), export["id"], as_change, after, own=True)


@strawberry.type
class Mutations:
    """Acts of papers."""

    @strawberry.field(
        description="Have a list written as XLSX by a worker; follow it with `exportProgressed`. What it holds is "
        "judged by my rights when it is written, and again when the file is fetched."
    )
    @access(MEMBER)
    async def start_export(
        self,
        info: Info,
        input: Annotated[StartExportInput, strawberry.argument(description="Which list.")],
    ) -> StartExportResult | None:
        name, filters = input.of.read()
        export_id = await start_export(
            info.context.viewer,
            list_name=name,
            filters=filters,
            locale=language(input.locale, info.context),
            client_key=input.client_key,
        )
        return await _read(info, export_id)

    @strawberry.field(description="Cancel an export that is under way.")
    @access(MEMBER)
    async def cancel_export(
        self,
        info: Info,
        input: Annotated[CancelExportInput, strawberry.argument(description="Which one.")],
    ) -> CancelExportResult | None:
        export_id = await cancel_export(
            info.context.viewer, export_id=uuid_of(input.export_id, "export"), client_key=input.client_key
        )
        return await _read(info, export_id)
