"""The ways in which the catalog says no.

Acts on many things at once answer with every problem of the batch and save nothing: `ItemsRefused` holds one
`ItemProblem` per problem, whose `why` is one of the refusals below.
"""

from dataclasses import dataclass
from decimal import Decimal

from app.kernel import glossary
from app.kernel.refusal import Refusal
from app.kernel.wording import Said


@dataclass(frozen=True, slots=True)
class ItemProblem:
    """What is wrong with one item: its zero-based position in the input, the field (a dotted path), and why."""

    position: int
    field: str
    why: Refusal


class ItemsRefused(Refusal):
    """Some items of a batch cannot be saved, so nothing of it was; all problems at once."""

    code = "ITEMS_REFUSED"
    en = "{refused} of {asked} items cannot be saved, so nothing was saved."
    zh = "{asked} 项中有 {refused} 项无法保存，整批均未保存。"
    asked: int
    problems: list[ItemProblem]

    @property
    def refused(self) -> int:
        return len({problem.position for problem in self.problems})


class UnknownCode(Refusal):
    """A code that names nothing here."""

    code = "UNKNOWN_CODE"
    en = "There is no {kind} {unknown} here."
    zh = "此处没有编码为 {unknown} 的{kind}。"
    what: str
    unknown: str

    @property
    def kind(self) -> Said:
        return glossary.noun(self.what)


class ValueNotAllowed(Refusal):
    """A value outside what the field may hold; `expected` says what would be valid."""

    code = "VALUE_NOT_ALLOWED"
    en = "{value} is not {expected}."
    zh = "{value} 无效，应为{expected}。"
    value: object
    expected: Said


class NamedTwice(Refusal):
    """One input names the same thing twice, so it is unclear which of the two is meant."""

    code = "NAMED_TWICE"
    en = "{named} is named twice in this input; name it once."
    zh = "{named} 在本次提交中重复出现，请只保留一次。"
    named: str


class FixedAfterwards(Refusal):
    """What cannot change any more after it was first saved, such as the unit in which stock counts."""

    code = "FIXED_AFTERWARDS"
    en = "This is {current} since it was first saved and cannot become {asked}."
    zh = "首次保存后固定为 {current}，不能改为 {asked}。"
    current: str
    asked: str


class SkuOfOtherProduct(Refusal):
    """The SKU code is taken by another product."""

    code = "SKU_OF_OTHER_PRODUCT"
    en = "SKU {sku} belongs to product {product}."
    zh = "SKU {sku} 已属于商品 {product}。"
    sku: str
    product: str


class UnitUnknown(Refusal):
    """The SKU has no such unit; `known` are those that it has."""

    code = "UNIT_UNKNOWN"
    en = "This SKU has no unit {unit}. It has: {known}."
    zh = "该 SKU 没有单位 {unit}，可用单位：{known}。"
    unit: str
    known: list[str]


class MinimumNotMultiple(Refusal):
    """A minimum that is no multiple of the multiple; `lower` and `upper` are the nearest that are."""

    code = "MINIMUM_NOT_MULTIPLE"
    en = "The minimum {minimum} is not a multiple of {multiple}. Valid nearby: {nearest}."
    zh = "起订量 {minimum} 不是订货倍数 {multiple} 的整数倍，最接近的有效值：{nearest}。"
    minimum: Decimal
    multiple: Decimal
    lower: Decimal | None
    upper: Decimal | None

    @property
    def nearest(self) -> list[Decimal]:
        return [one for one in (self.lower, self.upper) if one is not None]


class MaximumTooSmall(Refusal):
    """A maximum below the first quantity that may be ordered; `upper` is the smallest maximum that would be valid."""

    code = "MAXIMUM_TOO_SMALL"
    en = "The maximum {maximum} allows no order: the smallest that does is {upper}."
    zh = "限购量 {maximum} 使任何数量都无法下单，最小有效值为 {upper}。"
    maximum: Decimal
    upper: Decimal


class BreakNotMultiple(Refusal):
    """A quantity break that nobody can order exactly: no multiple of the listing's multiple."""

    code = "BREAK_NOT_MULTIPLE"
    en = "The break at {quantity} is not a multiple of {multiple}. Valid nearby: {nearest}."
    zh = "阶梯数量 {quantity} 不是订货倍数 {multiple} 的整数倍，最接近的有效值：{nearest}。"
    quantity: Decimal
    multiple: Decimal
    lower: Decimal | None
    upper: Decimal | None

    @property
    def nearest(self) -> list[Decimal]:
        return [one for one in (self.lower, self.upper) if one is not None]


class MovedIntoItself(Refusal):
    """A category cannot move below itself."""

    code = "MOVED_INTO_ITSELF"
    en = "Category {category} cannot move below {parent}, which lies inside it."
    zh = "分类 {category} 不能移动到其下级分类 {parent} 之下。"
    category: str
    parent: str


class RatesOverlap(Refusal):
    """Two dated tax rates hold at the same time from this moment on."""

    code = "RATES_OVERLAP"
    en = "Two rates hold at the same time from {moment} on. End the earlier one before the later begins."
    zh = "自 {moment} 起同时有两个税率生效，请先结束较早的税率。"
    moment: str
