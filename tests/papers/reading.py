"""Reading files as a client has them: text and pixels of a PDF, cells of an XLSX."""

import io
from typing import Any

import openpyxl
import pypdf
import pypdfium2
from PIL import Image

from tests.api import Api
from tests.worlds import Party

ORDER_PAPER = """query($id: ID!, $locale: String) {
    salesOrderPaper(orderId: $id, locale: $locale) { url expiresAt } }"""
NOTE = """query($id: ID!, $locale: String) {
    deliveryNotePaper(shipmentId: $id, locale: $locale) { url expiresAt } }"""

PRICED = """query($id: ID!, $locale: String) {
    deliveryNotePaper(shipmentId: $id, locale: $locale, withPrices: true) { url expiresAt } }"""


async def printed(api: Api, party: Party, document: str, of: object, locale: str | None = None) -> bytes:
    """The PDF behind the link that this member gets."""
    link = await api.data(party, document, id=str(of), locale=locale)
    response = await api.get(link["url"])
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/pdf"
    return response.content


def pages(pdf: bytes) -> list[str]:
    """The text of each page, lines as they are extracted."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def words(pdf: bytes) -> str:
    """All text with every run of white space as one space."""
    return " ".join(" ".join(pages(pdf)).split())


def picture(pdf: bytes, page: int = 0, scale: float = 2.0) -> Image.Image:
    """A page in grey pixels."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        image: Image.Image = document[page].render(scale=scale).to_pil().convert("L")
        return image
    finally:
        document.close()


def glyph_boxes(pdf: bytes, page: int = 0) -> dict[str, tuple[float, float, float, float]]:
    """Where each character of a page stands (its last place), in points from the left and lower edge."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[page].get_textpage()
        return {text.get_text_range(n, 1): text.get_charbox(n) for n in range(text.count_chars())}
    finally:
        document.close()


def cells(xlsx: bytes) -> list[list[Any]]:
    """The rows of the only sheet, values as they are stored."""
    book = openpyxl.load_workbook(io.BytesIO(xlsx))
    (sheet,) = book.worksheets
    return [[cell.value for cell in row] for row in sheet.iter_rows()]
