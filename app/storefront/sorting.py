"""In which order offers come, and how a page goes on after its last row."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.kernel.page import SortValue
from app.kernel.refusal import Fault
from app.storefront.sql import Parameters

MOST_SORTED: Final = 2_000


class OfferSort(StrEnum):
    """In which order offers come."""

    RELEVANCE = "relevance"
    NAME = "name"
    SKU = "sku"
    NEWEST = "newest"
    PRICE = "price"


class TooManyToSort(Fault):
    """More offers than prices can be put in order."""

    code = "TOO_MANY"
    en = "There are more than {most} offers: narrow them down before sorting by price."
    zh = "符合条件的商品超过 {most} 个，请缩小范围后再按价格排序。"
    most: int


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: columns as (expression, descending), and the types of a row's sort values.

    Without columns the statement brings everything, and the rows are put in order afterwards.
    """

    columns: tuple[tuple[str, bool], ...]
    kinds: tuple[type[SortValue], ...]

    @property
    def by(self) -> str:
        """The ORDER BY clause."""
        if not self.columns:
            return ""
        return "ORDER BY " + ", ".join(f"{one}{' DESC' if down else ''}" for one, down in self.columns)

    @property
    def keys(self) -> str:
        """The sort values as columns, each with a comma before it."""
        return "".join(f", {one} AS key_{n}" for n, (one, _) in enumerate(self.columns))

    def after(self, p: Parameters, values: tuple[SortValue, ...] | None) -> str:
        """The condition, with AND before it, that a row comes after these sort values."""
        if values is None or not self.columns:
            return ""
        ways, equal = [], ""
        for (one, down), value in zip(self.columns, values, strict=True):
            placeholder = p(value)
            ways.append(f"({equal}{one} {'<' if down else '>'} {placeholder})")
            equal += f"{one} = {placeholder} AND "
        return f" AND ({' OR '.join(ways)})"


def order_of(sort: OfferSort, locale: str) -> Order:
    """The order over SKU `s`, listing `l`, and for relevance `f` with its score and code."""
    if sort is OfferSort.RELEVANCE:
        return Order((("f.score", True), ("f.code", False)), (int, str))
    if sort is OfferSort.NAME:
        first, second = ("name_zh", "name_en") if locale.startswith("zh") else ("name_en", "name_zh")
        return Order(((f"coalesce(nullif(s.{first}, ''), s.{second})", False), ("s.id", False)), (str, UUID))
    if sort is OfferSort.SKU:
        return Order((("s.code", False),), (str,))
    if sort is OfferSort.NEWEST:
        return Order((("l.id", True),), (UUID,))
    return Order((), (int, Decimal, UUID))
