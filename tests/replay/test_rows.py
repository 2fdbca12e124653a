"""Rows are read as they were written: encodings, spellings of customers and codes, prices, what cannot be read."""

import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bench.wholesale.rows import NotAHistory, Row, Unreadable, read

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def rows(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> list[Row | Unreadable]:
    path = folder / "history.csv"
    path.write_bytes((header + "".join(f"{line}\n" for line in lines)).encode(encoding))
    return list(read(path))


def test_a_row_is_tidied(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "536365, 85123a ,  WHITE  HANGING HEART ,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom")
    assert row == Row(
        number=2,
        invoice="536365",
        code="85123A",
        description="WHITE HANGING HEART",
        quantity=Decimal(6),
        at=datetime(2010, 12, 1, 8, 26),  # noqa: DTZ001
        price=Decimal("2.5500"),
        dealer="17850",
        country="United Kingdom",
    )
    assert row.value == Decimal("15.30")


@pytest.mark.parametrize("customer", ["", " ", "nan"])
def test_a_row_without_a_customer_is_the_counter_s(tmp_path: Path, customer: str) -> None:
    (row,) = rows(tmp_path, f"1,POST,,1,2010-12-01 08:26:00,18,{customer},EIRE")
    assert isinstance(row, Row)
    assert (row.dealer, row.description) == ("Counter sales EIRE", "")


def test_other_spellings_of_the_same_data(tmp_path: Path) -> None:
    header = "\ufeffInvoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\r\n"
    (row,) = rows(tmp_path, "c1,22423,CAFÉ £,-1,12/1/2010 8:26,12.75,17850,France", header=header)
    assert isinstance(row, Row)
    assert (row.invoice, row.cancels, row.value, row.dealer) == ("C1", True, Decimal("-12.75"), "17850")
    assert row.at == datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001
    (latin,) = rows(tmp_path, "1,22423,CAF\xc9 \xa3,1,2010-12-01 08:26:00,1,,France", encoding="latin-1")
    assert isinstance(latin, Row)
    assert latin.description == "CAFÉ £"


def test_a_gzipped_file_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "history.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}1,A,x,2,2010-12-01 08:26:00,1.5,,Norway\n".encode()))
    (row,) = read(path)
    assert isinstance(row, Row)
    assert row.value == Decimal(3)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1,A,x,two,2010-12-01 08:26:00,1,,UK", "'two' is not a number"),
        ("1,A,x,2,2010-12-01 08:26:00,NaN,,UK", "'NaN' is not a number"),
        ("1,A,x,2,yesterday,1,,UK", "'yesterday' is not a date"),
        ("1,A,x,0,2010-12-01 08:26:00,1,,UK", "a quantity other than 0"),
        (",A,x,1,2010-12-01 08:26:00,1,,UK", "an invoice"),
        ("1,A,x,1000,2010-12-01 08:26:00,0.00055,,UK", "more than four decimals"),
        ("1,A,x", "3 cells"),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason(tmp_path: Path, line: str, why: str) -> None:
    (row,) = rows(tmp_path, line)
    assert isinstance(row, Unreadable)
    assert why in row.why


def test_a_price_spoilt_by_floating_point_is_the_price_it_was(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "1,A,x,3,2010-12-01 08:26:00,2.5500000000000003,,UK")
    assert isinstance(row, Row)
    assert row.price == Decimal("2.55")


def test_a_value_is_rounded_once_half_up(tmp_path: Path) -> None:
    found = rows(tmp_path, "1,A,x,5,2010-12-01 08:26:00,0.001,,UK", "C1,A,x,-5,2010-12-01 08:26:00,0.001,,UK")
    assert [row.value for row in found if isinstance(row, Row)] == [Decimal("0.01"), Decimal("-0.01")]


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAHistory, match="no column for invoice, code"):
        rows(tmp_path, "1,2", header="a,b\n")
