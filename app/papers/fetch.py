"""Fetching what a link leads to, with the rights that its member has now."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.kernel.clock import now
from app.kernel.refusal import Fault, NotFound
from app.kernel.wording import Said, in_locale, is_chinese
from app.network.queries import read_member
from app.network.viewer import Viewer
from app.papers import wording
from app.papers.content import Reader
from app.papers.delivery_note import delivery_note
from app.papers.export_file import read_export_file
from app.papers.links import FileKind, Link
from app.papers.paper import Paper
from app.papers.press import press
from app.papers.read import read_order, read_shipment
from app.papers.sales_order import sales_order
from app.settings import settings

PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class LinkExpired(Fault):
    """The link was ours, and its time is over."""

    code = "GONE"
    en = "This link has expired. Ask for the file again."
    zh = "此链接已过期，请重新获取文件。"


@dataclass(frozen=True, slots=True)
class File:
    """What is sent. `name` is in the reader's language, `plain_name` for clients that read ASCII only."""

    name: str
    plain_name: str
    media_type: str
    size: int
    body: AsyncIterator[bytes]


def paper_link(viewer: Viewer, kind: FileKind, document_id: UUID, locale: str) -> Link:
    """A link to a printed document for this member; whether it may be read is for the caller to have asked."""
    until = now() + timedelta(seconds=settings().paper_link_seconds)
    language = "zh" if is_chinese(locale) else "en"
    return Link(kind, document_id, viewer.company_id, viewer.membership_id, language, until.replace(microsecond=0))


async def fetch(link: Link) -> File:
    """The file behind a link. LinkExpired when its time is over; NotFound, or Forbidden, when its member may not see
    the document (any more)."""
    if link.expires_at <= now():
        raise LinkExpired
    viewer = await read_member(link.membership_id, link.locale)
    if viewer is None or viewer.company_id != link.company_id:
        raise NotFound("file")
    if link.kind is FileKind.EXPORT:
        return await _export(viewer, link)
    said, paper = await _paper(viewer, link)
    printed = await press.print(paper)
    name = f"{in_locale(said, link.locale)}-{paper.subtitle}.pdf"
    return File(name, f"{str(said).lower().replace(' ', '-')}-{paper.subtitle}.pdf", PDF, len(printed), _whole(printed))


async def _paper(viewer: Viewer, link: Link) -> tuple[Said, Paper]:
    def reader(zone: ZoneInfo) -> Reader:
        return Reader(link.locale, zone, now())

    if link.kind is FileKind.SALES_ORDER:
        order = await read_order(viewer, link.document_id)
        return wording.SALES_ORDER, sales_order(order, reader(order.zone))
    priced = link.kind is FileKind.PRICED_NOTE
    shipment = await read_shipment(viewer, link.document_id, priced=priced)
    return wording.DELIVERY_NOTE, delivery_note(shipment, reader(shipment.of.zone), priced=priced)


async def _export(viewer: Viewer, link: Link) -> File:
    found = await read_export_file(viewer, link.document_id)
    if found.expires_at <= now():
        raise LinkExpired
    day = f"{found.finished_at:%Y%m%d-%H%M}"
    title = in_locale(found.title, link.locale)
    plain = f"{str(found.title).lower().replace(' ', '-')}-{day}.xlsx"
    return File(f"{title}-{day}.xlsx", plain, XLSX, found.size, found.chunks)


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body
