"""Money is a whole number of minor units and a currency; a unit price is its own type, with up to four decimals.

Nothing here knows floats. Every product is computed exactly and rounded once, half up (away from zero on a tie, so that
a credit mirrors its debit). Splits are by largest remainder, ties to the earlier index, and always sum exactly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import lcm
from typing import Final

from app.kernel.refusal import BadRequest, Fault, plain
from app.kernel.units import unit_name
from app.kernel.wording import Said

_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW
KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: Final[dict[str, int]] = {
    code: exponent
    for exponent, codes in ((0, _NO_DECIMALS), (2, _TWO_DECIMALS), (3, _THREE_DECIMALS))
    for code in codes.split()
}
"""Decimals of a currency's minor unit, ISO 4217."""

MOST_MINOR: Final = 10**18 - 1
"""The largest amount the mall holds, either sign; below the end of BIGINT."""

UNIT_PRICE_DECIMALS: Final = 4
_PRICE: Final = Said("a price with at most 4 decimals", "最多 4 位小数的价格")
_MOST_UNIT_PRICE: Final = Decimal(10) ** 15
_AMOUNT = re.compile(r"-?[0-9]{1,18}(?:\.([0-9]{1,18}))?")


class MixedCurrencies(Fault):
    """Two amounts of different currencies met in one sum or comparison."""

    code = "BAD_REQUEST"
    en = "{left} and {right} cannot be added or compared."
    zh = "{left} 与 {right} 不能相加或比较。"
    left: str
    right: str


class AmountTooLarge(Fault):
    """An amount beyond what the mall holds (18 digits of minor units)."""

    code = "BAD_REQUEST"
    en = "The amount in {currency} is too large: at most 18 digits of its smallest unit."
    zh = "{currency} 金额过大：最小货币单位最多 18 位数字。"
    currency: str


def exponent_of(currency: str) -> int:
    """Decimals of the currency's minor unit. BadRequest for a code that is not a known ISO 4217 code."""
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise BadRequest("currency", currency, Said("a known ISO 4217 currency code", " ISO 4217 货币代码"))
    return exponent


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units of one currency: Money(1250, "CNY") is ¥12.50."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are a whole number, not {type(self.minor).__name__}")
        exponent_of(self.currency)
        if not -MOST_MINOR <= self.minor <= MOST_MINOR:
            raise AmountTooLarge(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def parse(cls, value: str | Decimal | int, currency: str, field: str = "amount") -> Money:
        """Reads "12.50". BadRequest names `field` for floats, NaN, exponents and decimals the currency lacks."""
        exponent = exponent_of(currency)
        amount = _read_decimal(
            value,
            exponent,
            field,
            Said(
                f"an amount in {currency} with at most {exponent} decimals", f"最多 {exponent} 位小数的 {currency} 金额"
            ),
        )
        return cls(int(amount.scaleb(exponent)), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        # Built from text: arithmetic would pass through the 28 digits of the ambient context.
        return Decimal(str(self))

    @property
    def is_zero(self) -> bool:
        return self.minor == 0

    @property
    def is_negative(self) -> bool:
        return self.minor < 0

    def times(self, factor: Decimal | int) -> Money:
        """The product, rounded once, half up."""
        top, bottom = _ratio(factor)
        return Money(half_up_ratio(self.minor * top, bottom), self.currency)

    def shown(self) -> Said:
        """For people: "1,012.50 CNY", "1,012.50 元"."""
        return _with_currency(str(self), self.currency)

    def __str__(self) -> str:
        exponent = EXPONENTS[self.currency]
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: object) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money goes with money, not with {type(other).__name__}")
        if other.currency != self.currency:
            raise MixedCurrencies(self.currency, other.currency)
        return other.minor


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What one unit of measure costs, in major units with at most four decimals, with or without tax in it."""

    amount: Decimal
    currency: str
    unit: str
    tax_included: bool

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"a unit price is a Decimal, not {type(self.amount).__name__}")
        _check_unit_price(self.amount, "unitPrice")

    @classmethod
    def parse(
        cls, value: str | Decimal | int, currency: str, unit: str, *, tax_included: bool, field: str = "unitPrice"
    ) -> UnitPrice:
        """Reads "12.3456". BadRequest names `field` for floats, NaN, negatives and more than four decimals."""
        amount = _read_decimal(value, UNIT_PRICE_DECIMALS, field, _PRICE)
        _check_unit_price(amount, field)
        return cls(amount, currency, unit, tax_included)

    def gross_for(self, quantity: Decimal | int) -> Money:
        """Price × quantity in the price's own tax mode, rounded once, half up, to the currency's exponent."""
        (price_top, price_bottom), (top, bottom) = _ratio(self.amount), _ratio(quantity)
        scale: int = 10 ** EXPONENTS[self.currency]
        return Money(half_up_ratio(price_top * top * scale, price_bottom * bottom), self.currency)

    def shown(self) -> Said:
        """For people: "12.50 CNY/carton", "12.50 元/箱"."""
        price, unit = _with_currency(str(self), self.currency), unit_name(self.unit)
        return Said(f"{price}/{unit}", f"{price.zh}/{unit.zh}")

    def __str__(self) -> str:
        """At least the currency's decimals, more only where the price has them: "12.50", "12.3456"."""
        whole, _, decimals = plain(self.amount).partition(".")
        decimals = decimals.ljust(EXPONENTS[self.currency], "0")
        return f"{whole}.{decimals}" if decimals else whole


_CHINESE: Final = {"CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元", "HKD": "港元"}


def _with_currency(digits: str, currency: str) -> Said:
    """An amount as people read it, with the thousands apart and its decimals as they are."""
    whole, _, decimals = digits.partition(".")
    apart = "-0" if whole == "-0" else f"{int(whole):,}"
    shown = f"{apart}.{decimals}" if decimals else apart
    return Said(f"{shown} {currency}", f"{shown} {_CHINESE.get(currency, currency)}")


def half_up(value: Decimal | int) -> int:
    """The nearest whole number; a tie goes away from zero. Exact at any precision."""
    return half_up_ratio(*_ratio(value))


def half_up_ratio(top: int, bottom: int) -> int:
    """top / bottom rounded half up, in whole numbers only. `bottom` is positive."""
    if bottom <= 0:
        raise ValueError("the divisor must be positive")
    size = (2 * abs(top) + bottom) // (2 * bottom)
    return size if top >= 0 else -size


def split(total_minor: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Shares of `total_minor` in proportion to `weights`, by largest remainder; they sum to the total exactly.

    Equal remainders go to the earlier index. A weight of zero gets nothing, unless all are zero: then the split is
    even. The shares of a negative total mirror those of the positive one. No share is more than one unit away from its
    exact proportion, and no share exceeds a whole-number weight while the total does not exceed their sum.
    """
    if type(total_minor) is not int:
        raise TypeError(f"a total is whole minor units, not {type(total_minor).__name__}")
    ratios = [_ratio(weight) for weight in weights]
    if any(top < 0 for top, _ in ratios):
        raise ValueError("weights must not be negative")
    if not ratios:
        if total_minor:
            raise ValueError("there is nothing to split the total over")
        return []
    scale = lcm(*(bottom for _, bottom in ratios))
    parts = [top * (scale // bottom) for top, bottom in ratios]
    whole = sum(parts)
    if whole == 0:
        parts, whole = [1] * len(parts), len(parts)
    size = abs(total_minor)
    shares = [size * part // whole for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda index: (-(size * parts[index] % whole), index))
    for index in by_remainder[: size - sum(shares)]:
        shares[index] += 1
    return shares if total_minor >= 0 else [-share for share in shares]


def share_given_back(share: int, k_cum: Decimal | int, n: Decimal | int, already: int) -> int:
    """What to give back of a frozen share now that `k_cum` of `n` units have come back in all.

    round(share × k_cum / n) − already: however the units come back, the parts sum to the share. ValueError unless
    0 ≤ k_cum ≤ n and n > 0.
    """
    (k_top, k_bottom), (n_top, n_bottom) = _ratio(k_cum), _ratio(n)
    if n_top <= 0 or k_top < 0 or k_top * n_bottom > n_top * k_bottom:
        raise ValueError(f"{k_cum} of {n} units cannot have come back")
    return half_up_ratio(share * k_top * n_bottom, k_bottom * n_top) - already


def _ratio(value: Decimal | int) -> tuple[int, int]:
    """The value as an exact fraction. Floats and truth values are refused with TypeError, NaN with ValueError."""
    if type(value) is int:
        return value, 1
    if isinstance(value, Decimal):
        return value.as_integer_ratio()
    raise TypeError(f"exact arithmetic takes whole numbers and Decimals, not {type(value).__name__}")


def _read_decimal(value: object, decimals: int, field: str, expected: Said) -> Decimal:
    """Text as a client writes it, or an exact number; text may not write more decimals than there are."""
    if type(value) is int and abs(value) < 10**18:
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite() and -decimals - 30 <= value.adjusted() < 18:
        text = plain(value)
    elif isinstance(value, str):
        text = value
    else:
        raise BadRequest(field, value, expected)
    match = _AMOUNT.fullmatch(text)
    if match is None or len(match[1] or "") > decimals:
        raise BadRequest(field, value, expected)
    return Decimal(text)


def _check_unit_price(amount: Decimal, field: str) -> None:
    if not amount.is_finite() or not 0 <= amount < _MOST_UNIT_PRICE:
        raise BadRequest(field, amount, Said("a price from 0 to below 10^15", " 0 到 10^15（不含）之间的价格"))
    if amount.as_integer_ratio()[1] not in _UNIT_PRICE_DIVISORS:
        raise BadRequest(field, amount, _PRICE)


# A reduced fraction has at most four decimals exactly when its divisor divides 10^4.
_UNIT_PRICE_DIVISORS: Final = frozenset(one for one in range(1, 10**4 + 1) if 10**4 % one == 0)
