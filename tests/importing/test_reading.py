"""Files are read as they are: encodings, delimiters, headers in two languages, cells in the ways people write them."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.importing.cells import Cells
from app.importing.columns import Column, place_columns
from app.importing.listings import Listings
from app.importing.prices import Prices
from app.importing.products import Products
from app.importing.refusals import CellNotValid, ColumnsNotRight, FileNotReadable
from app.importing.relations import Relations
from app.importing.sheet import open_sheet
from app.importing.stock import Stock
from tests.importing.files import csv_file, xlsx_file

SHANGHAI = ZoneInfo("Asia/Shanghai")
COLUMNS = (Column("sku", ("货号", "item code"), required=True), Column("on_hand", ("现有量",), required=True))


def cell(text: str) -> Cells:
    return Cells({"x": text}, SHANGHAI)


def read(path: Path, **more: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    with open_sheet(path, **more) as sheet:
        return sheet.header, list(sheet.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_recognised(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = csv_file(tmp_path, [["货号", "名称"], ["A-1", "外墙乳胶漆，白"]], encoding=encoding, delimiter=delimiter)
    assert read(path) == (["货号", "名称"], [(2, ["A-1", "外墙乳胶漆，白"])])


def test_text_of_no_known_encoding_is_refused_with_what_would_do(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"sku,name\nA-1,\xff\xff\xff\n")
    with pytest.raises(FileNotReadable, match="UTF-8 nor GB18030"):
        read(path)


def test_rows_are_numbered_as_a_spreadsheet_does_and_empty_ones_are_passed_over(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [["sku", "name"], ["A", "two\nlines"], ["", "  "], ["B", "x"]])
    assert read(path)[1] == [(2, ["A", "two\nlines"]), (4, ["B", "x"])]


def test_a_quote_that_never_ends_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('sku,name\nA,fine\nB,"never ends\n')
    with pytest.raises(FileNotReadable, match="row 3"):
        read(path)


def test_a_workbook_reads_like_text(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["sku", "n", "day", "yes"],
        ["A", 12.0, date(2026, 3, 31), True],
        [None] * 4,
        ["B", 0.5, None, False],
    ]
    header, found = read(xlsx_file(tmp_path, rows))
    assert header == ["sku", "n", "day", "yes"]
    assert found == [(2, ["A", "12", "2026-03-31T00:00:00", "yes"]), (4, ["B", "0.5", "", "no"])]


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    path.write_text("sku,name\n")
    with pytest.raises(FileNotReadable, match="no XLSX workbook"):
        read(path)
    book = xlsx_file(tmp_path, [["sku"]], name="book.xlsx")
    with pytest.raises(FileNotReadable, match="no sheet Prices; it has Sheet"):
        read(book, name="Prices")


@pytest.mark.parametrize(
    "header",
    [
        ["sku", "on_hand"],
        [" SKU ", "On Hand"],
        ["\ufeff货号", "现有量（桶）"],
        ["Item  Code*", "ON-HAND"],
        ["ｓｋｕ", "现 有 量"],
    ],
)
def test_headers_in_english_or_chinese_whatever_their_spaces_and_case(header: list[str]) -> None:
    assert place_columns("stock", header, COLUMNS, attributes=False) == {"sku": 0, "on_hand": 1}


def test_unknown_missing_and_doubled_columns_are_all_named_with_what_is_known() -> None:
    with pytest.raises(ColumnsNotRight) as caught:
        place_columns("stock", ["sku", "货号", "colour"], COLUMNS, attributes=False)
    message = caught.value.message()
    assert "column sku is there twice" in message
    assert "unknown column 'colour'" in message
    assert "missing column on_hand / 现有量*" in message
    assert "Columns of stock: sku / 货号*, on_hand / 现有量*" in message


def test_no_header_means_two_columns_of_one_kind() -> None:
    for kind in (Products, Listings, Relations, Prices, Stock):
        for column in kind.columns:
            for spelling in (column.name, *column.headers):
                found = place_columns(kind.name, [spelling], [column], attributes=False)
                assert found == {column.name: 0}
        spellings = [s for column in kind.columns for s in {*column.headers, column.name}]
        named = [Column(column.name, column.headers) for column in kind.columns]
        placed = {one: place_columns(kind.name, [one], named, attributes=False) for one in spellings}
        for column in kind.columns:
            for spelling in column.headers:
                assert placed[spelling] == {column.name: 0}, spelling


def test_free_columns_are_attributes() -> None:
    assert place_columns(
        "products", ["sku", "category", "unit", "属性.颜色", "attribute.Gloss"], Products.columns, attributes=True
    ) == {
        "sku": 0,
        "category": 1,
        "base_unit": 2,
        "attribute.颜色": 3,
        "attribute.Gloss": 4,
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        ("1,234.50", "1234.50"),
        ("-1,234,567.8", "-1234567.8"),
        ("１２．５", "12.5"),
        (" 12 ", "12"),
        ("1.2E+3", "1200"),
        ("1e-3", "0.001"),
        ('="0012"', "12"),
    ],
)
def test_numbers_as_people_write_them(text: str, number: str) -> None:
    assert cell(text).number("x") == Decimal(number)


@pytest.mark.parametrize(
    "text", ["12,50", "1.234,50", "1,23", "¥12", "12 元", "abc", "1e999999999", "--1", "0x10", "NaN", "١٢", "9" * 80]
)
def test_numbers_that_could_mean_something_else_are_refused(text: str) -> None:
    with pytest.raises(CellNotValid, match=r"1234\.50 or 1,234\.50"):
        cell(text).number("x")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-31", datetime(2026, 3, 31, tzinfo=SHANGHAI)),
        ("2026/3/31", datetime(2026, 3, 31, tzinfo=SHANGHAI)),
        ("2026.3.31 08:30", datetime(2026, 3, 31, 8, 30, tzinfo=SHANGHAI)),
        ("2026年3月31日", datetime(2026, 3, 31, tzinfo=SHANGHAI)),
        ("2026-03-31T08:30:15", datetime(2026, 3, 31, 8, 30, 15, tzinfo=SHANGHAI)),
        ("", None),
    ],
)
def test_days_and_moments_in_the_network_s_time_zone(text: str, moment: datetime | None) -> None:
    assert cell(text).moment("x") == moment


@pytest.mark.parametrize("text", ["31/03/2026", "2026-02-30", "45382", "tomorrow", "2026-03-31 25:00"])
def test_dates_that_could_mean_something_else_are_refused(text: str) -> None:
    with pytest.raises(CellNotValid, match="2026-03-31"):
        cell(text).moment("x")


@pytest.mark.parametrize(
    ("text", "points"), [("13%", 1300), ("13", 1300), ("0.13", 1300), ("0%", 0), ("6.5%", 650), ("", None)]
)
def test_percent_as_basis_points(text: str, points: int | None) -> None:
    assert cell(text).percent("x") == points


@pytest.mark.parametrize(
    ("text", "flag"), [("yes", True), ("是", True), ("1", True), ("No", False), ("否", False), ("", None)]
)
def test_yes_and_no(text: str, flag: bool | None) -> None:
    assert cell(text).flag("x") is flag


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("=1+1", "a formula"),
        ('=HYPERLINK("http://x")', "a formula"),
        ("@SUM(A1)", "a formula"),
        ("+cmd|' /C calc'!A0", "a formula"),
        ("#N/A", "an error"),
        ("a\x00b", "control characters"),
        ("a\ud800b", "control characters"),
    ],
)
def test_what_a_spreadsheet_would_run_or_no_database_takes_is_refused(text: str, why: str) -> None:
    with pytest.raises(CellNotValid, match=why):
        cell(text).text("x")


def test_codes_that_a_spreadsheet_shortened_are_refused_and_kept_text_is_unwrapped() -> None:
    with pytest.raises(CellNotValid, match="format the column as text"):
        cell("6.90123E+12").code("x")
    assert cell('="00123"').code("x") == "00123"
    assert cell("-20 Primer").text("x") == "-20 Primer"
