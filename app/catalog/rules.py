"""Decisions of the catalog, pure: what a code, a unit, a quantity rule, a tree and a dated rate may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final
from uuid import UUID

from app.catalog.inputs import CategoryInput, ListingInput, MediaInput, ProductInput, SkuInput, TaxRateInput, UnitInput
from app.catalog.refusals import (
    BreakNotMultiple,
    ItemProblem,
    MaximumTooSmall,
    MinimumNotMultiple,
    MovedIntoItself,
    NamedTwice,
    RatesOverlap,
    UnitUnknown,
    UnknownCode,
    ValueNotAllowed,
)
from app.kernel.quantity import EXPECTED, QuantityRule, parse_quantity
from app.kernel.refusal import BadRequest, Refusal
from app.kernel.wording import MORE_THAN_NOTHING, ONE_LANGUAGE, Said, later_than, one_of, whole_number

DISPLAYS: Final = ("exact", "steps")
MEDIA_KINDS: Final = ("image", "video", "document")
FULL_RATE_BP: Final = 10_000
MOST_GRAMS: Final = 10**12
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NO_CODE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_URL = re.compile(r"(https?://|/)[^\s\x00-\x1f\ud800-\udfff]+")

Problem = tuple[str, Refusal]
"""A field (dotted path) and what is wrong with it."""


def code_problem(code: str, most: int = 60) -> Refusal | None:
    """A code is printable, without space around it, and has 1 to `most` characters."""
    if 0 < len(code) <= most and code == code.strip() and not _NO_CODE.search(code):
        return None
    return ValueNotAllowed(
        value=code,
        expected=Said(
            f"a code of 1 to {most} printable characters without spaces around it",
            f" 1 到 {most} 个可见字符、首尾无空格的编码",
        ),
    )


def text_problem(text: str, most: int, *, least: int = 0) -> Refusal | None:
    """Text for people: no control characters, `least` to `most` characters."""
    if least <= len(text.strip()) and len(text) <= most and not _NO_TEXT.search(text):
        return None
    return ValueNotAllowed(
        value=text,
        expected=Said(
            f"text of {least} to {most} characters without control characters",
            f" {least} 到 {most} 个字符、不含控制字符的文本",
        ),
    )


def named_twice(codes: Iterable[str]) -> Iterator[tuple[int, Refusal]]:
    """The positions at which a code comes again."""
    seen: set[str] = set()
    for position, code in enumerate(codes):
        if code in seen:
            yield position, NamedTwice(named=code)
        seen.add(code)


def _quantity_problem(quantity: Decimal) -> Refusal | None:
    try:
        parse_quantity(quantity)
    except BadRequest:
        return ValueNotAllowed(value=quantity, expected=EXPECTED)
    return None


def localised(zh: str, en: str, locale: str) -> str:
    """A text for people in their language, or in the other one where that is missing."""
    return (zh.strip() and zh) or en if locale.lower().startswith("zh") else (en.strip() and en) or zh


# --- products ------------------------------------------------------------------------------------------------------


def product_problems(product: ProductInput) -> Iterator[Problem]:
    """What is wrong with a product as it stands, before anything is looked up."""
    yield from _first("code", code_problem(product.code))
    for name, text, most, least in (
        ("nameZh", product.name_zh, 200, 0),
        ("nameEn", product.name_en, 200, 0),
        ("descriptionZh", product.description_zh, 20_000, 0),
        ("descriptionEn", product.description_en, 20_000, 0),
        ("brand", product.brand or "", 120, 0),
    ):
        yield from _first(name, text_problem(text, most, least=least))
    if not product.name_zh.strip() and not product.name_en.strip():
        yield "nameZh", ValueNotAllowed(value="", expected=ONE_LANGUAGE)
    if len(product.attributes) > 50:
        yield (
            "attributes",
            ValueNotAllowed(value=len(product.attributes), expected=Said("at most 50 attributes", "最多 50 个属性")),
        )
    for key, value in product.attributes.items():
        yield from _first("attributes", text_problem(key, 60, least=1) or text_problem(value, 200))
    yield from _media_problems(product.media or ())
    for n, again in named_twice(sku.code for sku in product.skus):
        yield f"skus.{n}.code", again
    for n, sku in enumerate(product.skus):
        for name, why in _sku_problems(sku):
            yield f"skus.{n}.{name}", why


def _media_problems(media: Sequence[MediaInput]) -> Iterator[Problem]:
    if len(media) > 50:
        yield "media", ValueNotAllowed(value=len(media), expected=Said("at most 50 media", "最多 50 个媒体文件"))
    for n, one in enumerate(media):
        if one.kind not in MEDIA_KINDS:
            yield f"media.{n}.kind", ValueNotAllowed(value=one.kind, expected=one_of(*MEDIA_KINDS))
        if len(one.url) > 500 or not _URL.fullmatch(one.url):
            yield (
                f"media.{n}.url",
                ValueNotAllowed(
                    value=one.url,
                    expected=Said("an http(s) address of at most 500 characters", "最多 500 个字符的 http(s) 地址"),
                ),
            )


def _sku_problems(sku: SkuInput) -> Iterator[Problem]:
    yield from _first("code", code_problem(sku.code))
    yield from _first("nameZh", text_problem(sku.name_zh, 200))
    yield from _first("nameEn", text_problem(sku.name_en, 200))
    yield from _first("baseUnit", code_problem(sku.base_unit, 20))
    for n, again in named_twice(unit.unit for unit in sku.units):
        yield f"units.{n}.unit", again
    for n, unit in enumerate(sku.units):
        for name, why in _unit_problems(unit, sku.base_unit):
            yield f"units.{n}.{name}", why


def _unit_problems(unit: UnitInput, base_unit: str) -> Iterator[Problem]:
    yield from _first("unit", code_problem(unit.unit, 20))
    if (why := _quantity_problem(unit.factor)) is not None or unit.factor == 0:
        yield "factor", why or ValueNotAllowed(value=unit.factor, expected=MORE_THAN_NOTHING)
    elif unit.unit == base_unit and unit.factor != 1:
        yield (
            "factor",
            ValueNotAllowed(value=unit.factor, expected=Said("1, because this is the base unit", "1（这是基本单位）")),
        )
    for name, measure in (("weightG", unit.weight_g), ("volumeCm3", unit.volume_cm3)):
        if not 0 <= measure <= MOST_GRAMS:
            yield name, ValueNotAllowed(value=measure, expected=whole_number(0, MOST_GRAMS))
    if unit.barcode is not None:
        yield from _first("barcode", code_problem(unit.barcode))


def units_of(sku: SkuInput) -> tuple[UnitInput, ...]:
    """The SKU's units, its base unit always among them."""
    if any(unit.unit == sku.base_unit for unit in sku.units):
        return sku.units
    return (UnitInput(sku.base_unit, Decimal(1)), *sku.units)


# --- listings ------------------------------------------------------------------------------------------------------


def listing_problems(listing: ListingInput, base_unit: str, units: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with an offer of a SKU that has these units. Quantities count in the ordering unit."""
    unit = listing.unit or base_unit
    if unit not in units:
        yield "unit", UnitUnknown(unit=unit, known=list(units))
    if listing.availability_display not in DISPLAYS:
        yield "availabilityDisplay", ValueNotAllowed(value=listing.availability_display, expected=one_of(*DISPLAYS))
    limits = {"minimum": listing.minimum, "multiple": listing.multiple, "maximum": listing.maximum}
    wrong = {n: why for n, limit in limits.items() if limit is not None and (why := _quantity_problem(limit))}
    if listing.multiple == 0:
        wrong["multiple"] = ValueNotAllowed(
            value=listing.multiple, expected=Said("more than 0, or left out", "大于 0 的数，或不填")
        )
    yield from wrong.items()
    if not wrong:
        yield from _rule_problems(listing.minimum, listing.multiple, listing.maximum)


def _rule_problems(minimum: Decimal | None, multiple: Decimal | None, maximum: Decimal | None) -> Iterator[Problem]:
    steps = QuantityRule(multiple=multiple)
    if minimum and multiple and (breach := steps.check(minimum)) is not None:
        yield (
            "minimum",
            MinimumNotMultiple(minimum=minimum, multiple=multiple, lower=breach.lower, upper=breach.upper),
        )
        return
    if not maximum:  # None is no limit; 0 is nothing, and meant
        if maximum is not None and minimum:
            yield "maximum", MaximumTooSmall(maximum=maximum, upper=minimum)
        return
    first = QuantityRule(minimum=minimum, multiple=multiple).check(Decimal(0))
    if first is not None and first.upper is not None and maximum < first.upper:
        yield "maximum", MaximumTooSmall(maximum=maximum, upper=first.upper)


def break_problem(quantity: Decimal, multiple: Decimal | None) -> Refusal | None:
    """A quantity break must be a quantity that can be ordered: a multiple of the listing's multiple. 0 always is."""
    if not multiple or not quantity:
        return None
    breach = QuantityRule(multiple=multiple).check(quantity)
    if breach is None:
        return None
    return BreakNotMultiple(quantity=quantity, multiple=multiple, lower=breach.lower, upper=breach.upper)


# --- the category tree ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category with its place in the tree: `path` is the chain of ids from the root, joined by dots."""

    id: UUID
    code: str
    parent_id: UUID | None
    path: str
    name_zh: str
    name_en: str
    position: int


def grown_tree(
    nodes: Iterable[CategoryNode], inputs: Sequence[CategoryInput], new_ids: Mapping[str, UUID]
) -> tuple[dict[str, CategoryNode], list[ItemProblem]]:
    """The network's whole tree by code after these inputs, and what is wrong with them (then the tree is no answer).

    `new_ids` has an id for every code that is new. A parent may come later in the same input than its child.
    """
    before = {node.code: node for node in nodes}
    codes = {node.id: node.code for node in before.values()}
    parents = {node.code: codes[node.parent_id] if node.parent_id else None for node in before.values()}
    asked = {one.code: one for one in inputs}
    parents |= {one.code: one.parent for one in inputs}
    problems: list[ItemProblem] = []
    for position, one in enumerate(inputs):
        if one.parent is not None and one.parent not in parents:
            problems.append(ItemProblem(position, "parent", UnknownCode(what="category", unknown=one.parent)))
        elif one.parent is not None and one.code in _chain(one.parent, parents):
            problems.append(ItemProblem(position, "parent", MovedIntoItself(category=one.code, parent=one.parent)))
    if problems:
        return {}, problems
    ids = {code: before[code].id if code in before else new_ids[code] for code in parents}
    after: dict[str, CategoryNode] = {}
    for code, parent in parents.items():
        said = asked.get(code) or before[code]
        path = ".".join(str(ids[one]) for one in reversed(_chain(code, parents)))
        parent_id = ids[parent] if parent is not None else None
        after[code] = CategoryNode(ids[code], code, parent_id, path, said.name_zh, said.name_en, said.position)
    return after, []


def _chain(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """The code and its ancestors up to the root; stops where a ring or a gap begins."""
    chain: dict[str, None] = {}
    current: str | None = code
    while current is not None and current not in chain and current in parents:
        chain[current] = None
        current = parents[current]
    return list(chain)


# --- tax -----------------------------------------------------------------------------------------------------------


def tax_rate_problems(rates: Sequence[TaxRateInput]) -> list[ItemProblem]:
    """What is wrong with the dated rates of a class: at any moment at most one may hold."""
    problems: list[ItemProblem] = []
    for position, rate in enumerate(rates):
        if not 0 <= rate.rate_bp <= FULL_RATE_BP:
            expected = Said(
                f"basis points from 0 to {FULL_RATE_BP} (13 % is 1300)",
                f" 0 到 {FULL_RATE_BP} 之间的基点（13% 为 1300）",
            )
            problems.append(ItemProblem(position, "rateBp", ValueNotAllowed(value=rate.rate_bp, expected=expected)))
        if rate.valid_to is not None and rate.valid_to <= rate.valid_from:
            why = ValueNotAllowed(value=rate.valid_to, expected=later_than(rate.valid_from.isoformat()))
            problems.append(ItemProblem(position, "validTo", why))
    by_start = sorted(range(len(rates)), key=lambda n: rates[n].valid_from)
    for earlier, later in pairwise(by_start):
        end, start = rates[earlier].valid_to, rates[later].valid_from
        if end is None or end > start:
            problems.append(ItemProblem(later, "validFrom", RatesOverlap(moment=start.isoformat())))
    return problems


def _first(name: str, why: Refusal | None) -> Iterator[Problem]:
    if why is not None:
        yield name, why
