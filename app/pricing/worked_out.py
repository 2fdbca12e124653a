"""Prices out of what a statement read: `resolve`, remembered by all that it depends on.

A price depends on the moment too, but only on which windows of validity are open. So each remembered price has the
span of time in which no window of its lists and rows opens or closes, and is worked out anew outside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from sys import getsizeof
from typing import Final, NamedTuple

from app.kernel.remembered import Remembered
from app.pricing.rules import Candidate, ResolvedPrice, resolve
from app.pricing.sql import read_candidates, read_lists

WEIGHT: Final = 2_000
"""Bytes of a remembered price beside the two texts: measured with two lists of two breaks."""


class Span(NamedTuple):
    """A span of time: from `since` until before `until`; None is no end."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        since, until = self
        return (since is None or since <= moment) and (until is None or moment < until)


ALWAYS: Final = Span()


class PriceRead(NamedTuple):
    """A price, and when it is the same."""

    price: ResolvedPrice
    span: Span


class PriceAsked(NamedTuple):
    """What a price depends on beside the moment. `lists` and `candidates` are the values of `app.pricing.sql.LISTS` and
    `CANDIDATES`; the others as for `resolve`."""

    lists: str | None
    candidates: str | None
    quantity: Decimal
    unit: str
    base_unit: str
    factor: Decimal
    currency: str
    tax_included: bool
    listed: bool = True
    breaks: bool = True


_PRICES: Final[Remembered[PriceAsked, PriceRead]] = Remembered(share=0.25)


def worked_out(asked: PriceAsked, now: datetime) -> PriceRead:
    """The price at this moment, from memory where nothing that it depends on is different."""
    known = _PRICES.get(asked)
    if known is not None and known.span.holds(now):
        return known
    lists, found, quantity, unit, base_unit, factor, currency, tax_included, listed, breaks = asked
    candidates = read_candidates(read_lists(lists), found)
    price = resolve(
        candidates,
        quantity=quantity,
        unit=unit,
        base_unit=base_unit,
        factor=factor,
        currency=currency,
        tax_included=tax_included,
        now=now,
        listed=listed,
        breaks=breaks,
    )
    made = PriceRead(price, unchanged(candidates, now))
    _PRICES.put(asked, made, WEIGHT + getsizeof(lists) + getsizeof(found))
    return made


def unchanged(candidates: Iterable[Candidate], now: datetime) -> Span:
    """The longest span around this moment in which no list and no row begins or ends to count."""
    since = until = None
    for one in candidates:
        edges = [one.list.valid_from, one.list.valid_to]
        for row in one.rows:
            edges += row.valid_from, row.valid_to
        for edge in edges:
            if edge is None:
                continue
            if edge <= now:
                since = edge if since is None or edge > since else since
            else:
                until = edge if until is None or edge < until else until
    return Span(since, until)
