"""Codes have words in both languages, and units have names: nothing reaches a reader untranslated."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.fulfilment.rules import SHIPMENT, ShipmentAction
from app.kernel import glossary
from app.kernel.lifecycle import Lifecycle
from app.kernel.refusal import grouped
from app.kernel.units import WELL_KNOWN, amount_of, is_counted, unit_name
from app.leads.lifecycle import GONE, LEAD, LeadAction
from app.network.lifecycle import MEMBER, RELATION
from app.network.roles import Permission
from app.ordering.lifecycle import ORDER, OrderAction
from app.pricing.lifecycle import PRICE_LIST

HOUSE = Path(__file__).parents[3]
LIFECYCLES: list[Lifecycle[str]] = [ORDER, RELATION, MEMBER, SHIPMENT, PRICE_LIST, LEAD]  # type: ignore[list-item]


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda one: one.name)
def test_every_document_status_and_move_has_words(lifecycle: Lifecycle[str]) -> None:
    assert lifecycle.name in glossary.NOUNS
    assert [status for status in lifecycle.states if str(status) not in glossary.STATUSES] == []
    assert [move for move in lifecycle.moves if move not in glossary.MOVES] == []


def test_every_action_and_permission_has_words() -> None:
    assert [one for one in (*OrderAction, *ShipmentAction, *LeadAction) if one.value not in glossary.MOVES] == []
    assert GONE in glossary.STATUSES
    assert [one for one in Permission if one.value not in glossary.RIGHTS] == []


def nouns_in_the_code() -> Iterator[str]:
    """What `NotFound("…")`, `uuid_of(…, "…")` and `UnknownCode(what="…")` name."""
    for path in [*HOUSE.glob("app/**/*.py"), *HOUSE.glob("schema/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            if node.func.id in ("NotFound", "UnknownCode"):
                values = [named["what"]] if "what" in named else node.args[:1]
            elif node.func.id in ("uuid_of", "uuids_of", "maybe_uuid"):
                values = node.args[1:2]
            else:
                continue
            said = (value.value for value in values if isinstance(value, ast.Constant))
            yield from (one for one in said if isinstance(one, str))


def test_every_thing_that_can_be_missing_has_a_chinese_word() -> None:
    assert sorted(set(nouns_in_the_code()) - set(glossary.NOUNS)) == []


def test_well_known_units_have_names_whatever_their_case_and_others_are_their_code() -> None:
    for code in ("carton", "CTN", "Ct", "箱"):
        assert (str(unit_name(code)), unit_name(code).zh) == ("carton", "箱")
    assert (str(unit_name("只")), unit_name("只").zh) == ("piece", "只")
    assert (str(unit_name("MTK")), unit_name("m2").zh) == ("m²", "平方米")
    assert (str(unit_name("大件")), unit_name("大件").zh) == ("大件", "大件")
    for unit in WELL_KNOWN.values():
        assert not unit.zh.isascii()
    assert [is_counted(code) for code in ("piece", "PAIR", "kg", "大件")] == [True, True, False, False]


def test_amounts_are_read_with_their_unit() -> None:
    said = [amount_of(Decimal(n), unit) for n, unit in (("1", "piece"), ("1308.500000", "PC"), ("2", "大件"))]
    assert [str(one) for one in said] == ["1 piece", "1,308.5 pieces", "2 大件"]
    assert [one.zh for one in said] == ["1 个", "1,308.5 个", "2 大件"]
    assert [grouped(Decimal(n)) for n in ("-1234567.10", "0.000001", "999")] == ["-1,234,567.1", "0.000001", "999"]
