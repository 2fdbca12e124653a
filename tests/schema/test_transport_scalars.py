"""Scalars, ids and errors, without a server."""

import datetime as dt
from decimal import Decimal
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
import strawberry

from app.kernel.refusal import NotFound, Refusal
from schema import scalars
from schema.build import build_schema
from schema.errors import Unreadable
from schema.incoming import read_json
from tests.schema.small import Context, StockShort, schema


async def asked(text: str, **variables: Any) -> Any:
    result = await schema.execute(text, variable_values=variables, context_value=Context("en"))
    if result.errors:
        assert (result.errors[0].extensions or {})["code"] == "BAD_REQUEST"
        return result.errors[0].message
    return next(iter((result.data or {}).values()))


@pytest.mark.parametrize("text", ["0", "-0.5", "12.5000", "999999999999999999.999999", "007"])
def test_decimals_are_read_exactly_and_written_as_they_are(text: str) -> None:
    assert scalars.read_decimal(text) == Decimal(text)
    assert Decimal(scalars.write_decimal(Decimal(text))) == Decimal(text)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        1,
        True,
        None,
        "",
        " 1",
        "1 ",
        "1,5",
        "1e3",
        "1E-3",
        "NaN",
        "Infinity",
        "-inf",
        "+1",
        ".5",
        "5.",
        "１",
        "٣",
        "1_000",
        "0x10",
        "1" * 19,
        "1." + "1" * 7,
        "--1",
        "1\n",
        ["1"],
        {"a": 1},
        Decimal(1),
    ],
)
def test_what_is_no_decimal_string_is_refused(value: object) -> None:
    with pytest.raises(Unreadable):
        scalars.read_decimal(value)


def test_decimals_are_written_without_exponent() -> None:
    assert scalars.write_decimal(Decimal("1E+3")) == "1000"
    assert scalars.write_decimal(Decimal("0.000001")) == "0.000001"
    assert scalars.write_decimal(Decimal("2.50")) == "2.50"
    written = {"0E-7": "0", "-0.000000": "0", "12.000000": "12", "0.8655": "0.8655", "1E-7": "0.0000001", "-3": "-3"}
    assert {text: scalars.write_decimal(Decimal(text)) for text in written} == written
    for wrong in (1.5, True, Decimal("NaN"), "1"):
        with pytest.raises(TypeError):
            scalars.write_decimal(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"),
        ("2026-11-21t08:00:00z", "2026-11-21T08:00:00Z"),
        ("2026-11-21T08:00:00+08:00", "2026-11-21T00:00:00Z"),
        ("2026-11-21T00:30:00.5-01:00", "2026-11-21T01:30:00.500000Z"),
        ("2026-11-21T08:00:00.123456789Z", "2026-11-21T08:00:00.123456Z"),
    ],
)
def test_moments_are_read_with_their_offset_and_written_in_utc(text: str, moment: str) -> None:
    assert scalars.write_moment(scalars.read_moment(text)) == moment


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-21",
        "2026-11-21T08:00:00",
        "2026-02-30T00:00:00Z",
        "2026-11-21T25:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-23:59",
        "20261121T080000Z",
        "2026-11-21 08:00:00Z",
        1763712000,
        None,
        "",
        "now",
    ],
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(Unreadable):
        scalars.read_moment(value)


def test_a_moment_without_zone_is_never_written() -> None:
    with pytest.raises(TypeError):
        scalars.write_moment(dt.datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("value", ["2026-02-30", "20261121", "2026-W01-1", "21.11.2026", "", 5, None])
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(Unreadable):
        scalars.read_date(value)


def test_cursors_hold_a_delivery_number() -> None:
    for number in (0, 41, 2**63 - 1):
        assert scalars.read_cursor(scalars.write_cursor(number)) == number
    for wrong in ("41", "e", "e-1", "e041", f"e{2**63}", "e" + "9" * 5000, 41, None, "e4 ", "ｅ4"):
        with pytest.raises(Unreadable):
            scalars.read_cursor(wrong)


def test_a_malformed_id_is_absent() -> None:
    known = UUID("019a9c2e-0000-7000-8000-000000000001")
    assert scalars.uuid_of(str(known)) == known
    assert scalars.uuid_of(str(known).upper()) == known
    for wrong in (known.hex, f"{{{known}}}", f"urn:uuid:{known}", "", "1", f"{known}\n", "x" * 36):
        with pytest.raises(NotFound):
            scalars.uuid_of(wrong, "order")


async def test_the_argument_and_the_variable_are_named() -> None:
    assert "found: 1.5" in await asked("query($v:Decimal!){decimal(value:$v)}", v=1.5)
    assert "'$v'" in await asked("query($v:Decimal!){decimal(value:$v)}", v="NaN")
    assert "Decimal must be a string" in await asked("{decimal(value:1.5)}")
    assert ".amounts[1]" in await asked(
        "mutation($i:NoteInput!){note(input:$i)}", i={"text": "a", "amounts": ["1", "1e9"]}
    )
    assert len(await asked("mutation($i:NoteInput!){note(input:$i)}", i={"text": ["x" * 100_000]})) <= 1000
    assert "Int cannot represent" in await asked("query($n:Int){things(first:$n){edges{cursor}}}", n=50.5)
    assert "Did you mean" not in await asked("mutation($i:NoteInput!){note(input:$i)}", i={"text": "a", "amount": []})


def test_json_says_where_the_text_is_that_no_database_takes() -> None:
    for text, field in (
        (b'"\\u0000"', "body"),
        (b'{"a":[{"b":"\\u0000"}]}', "a[0].b"),
        (b'{"a":{"\\u0000":1}}', "a"),
        (b'{"a":["x","\\ud800"]}', "a[1]"),
        (b'{"a":"\\uDC00"}', "a"),
    ):
        with pytest.raises(Exception, match="text without") as caught:
            read_json(text, "body")
        assert caught.value.field == field  # type: ignore[attr-defined]
    assert read_json(b'{"a":"\\ud83d\\ude00 \\\\u0000"}', "body") == {"a": "😀 \\u0000"}


@strawberry.type
class First:
    one: int | None = None


@strawberry.type
class Second:
    two: int | None = None


@strawberry.type
class Changes:
    change: int | None = None


def module(**members: Any) -> ModuleType:
    made = ModuleType("domain")
    made.__dict__.update(members)
    return made


def test_the_schema_is_merged_from_the_domains() -> None:
    built = build_schema([module(Queries=First), module(Queries=Second, Mutations=Changes), module()])
    printed = built.as_str()
    assert "type Query {" in printed
    assert "one: Int" in printed
    assert "two: Int" in printed
    assert "type Mutation {" in printed
    assert "type Subscription" not in printed


def test_a_refusal_is_shown_by_one_type_only() -> None:
    refusals: dict[type[Refusal], type] = {StockShort: First}
    other: dict[type[Refusal], type] = {StockShort: Context}
    with pytest.raises(TypeError, match="two types"):
        build_schema([module(Queries=First, REFUSALS=refusals), module(REFUSALS=other)])
