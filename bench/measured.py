"""Ours and the comparator, alternately in one run, and what comes out as a row."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


class CannotMeasure(RuntimeError):
    """A part of the run says nothing about speed; the message says why. The other parts go on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long is measured."""

    quick: bool
    rounds: int
    seconds: float
    warm_s: float

    @classmethod
    def of(cls, *, quick: bool, rounds: int | None = None, seconds: float | None = None) -> "Plan":
        """A smoke run of one short round, or what was asked for."""
        if quick:
            return cls(True, 1, 0.8, 0.7)
        return cls(False, rounds or 5, seconds or 4.0, 1.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing. The ratio is ours divided by the comparator's, round by round; absolute figures are medians.

    `better`: whether a higher or a lower ratio is the better one. `note`: what else was seen, for the table.
    """

    name: str
    ours: float
    comparator: float
    ratio_median: float
    ratio_min: float
    ratio_max: float
    rounds: int
    unit: str
    better: str = "higher"
    note: str = ""

    @classmethod
    def of(
        cls,
        name: str,
        ours: Sequence[float],
        comparator: Sequence[float],
        unit: str,
        *,
        better: str = "higher",
        note: str = "",
    ) -> "Row":
        """From the figures of the rounds, in pairs."""
        ratios = [one / other for one, other in zip(ours, comparator, strict=True)]
        return cls(
            name=name,
            ours=statistics.median(ours),
            comparator=statistics.median(comparator),
            ratio_median=statistics.median(ratios),
            ratio_min=min(ratios),
            ratio_max=max(ratios),
            rounds=len(ratios),
            unit=unit,
            better=better,
            note=note,
        )

    def figures(self) -> dict[str, float | int | str]:
        """The row as it is written."""
        return {
            "ours": self.ours,
            "comparator": self.comparator,
            "ratio_median": self.ratio_median,
            "ratio_min": self.ratio_min,
            "ratio_max": self.ratio_max,
            "rounds": self.rounds,
            "unit": self.unit,
        }


def alternately(rounds: int, ours: Callable[[], T], comparator: Callable[[], U]) -> tuple[list[T], list[U]]:
    """Both in every round, in changing order, so that what drifts meets both."""
    first: list[T] = []
    second: list[U] = []
    for number in range(rounds):
        if number % 2:
            second.append(comparator())
            first.append(ours())
        else:
            first.append(ours())
            second.append(comparator())
    return first, second
