"""Values as the fields of a WeChat template take them (订阅消息参数值内容限制). Pure.

A field's name starts with its type: `thing1`, `character_string2`. A value that breaks its type's limits makes WeChat
refuse the whole message (47003), so each is cut or cleaned to fit; what cannot fit answers None, and the message goes
another way. Characters are counted in UTF-16 units, as the platform's own JavaScript counts them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from app.kernel.refusal import plain

MORE: Final = "…"
NOTHING: Final = "-"

_TYPE: Final = re.compile(r"([a-z_]+?)([0-9]+)")
_AMOUNT: Final = re.compile(r"([¥$€£]?)(-?[0-9]+(?:\.[0-9]+)?)(元?)")
MOST_DIGITS: Final = 10


def units(text: str) -> int:
    """How long WeChat finds a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """The text in at most so many units; a mark says that something was cut off. Characters are never split."""
    if units(text) <= most:
        return text
    kept = ""
    for character in text:
        if units(kept) + units(character) > most - 1:
            break
        kept += character
    return kept + MORE


def _said(text: str) -> str:
    """Without control characters, line breaks and lone surrogates, single spaces between words."""
    shown = (" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    return " ".join("".join(shown).split())


def _thing(text: str) -> str:
    return cut(_said(text), 20) or NOTHING


def _ascii(text: str) -> str:
    return "".join(one for one in text if "!" <= one <= "~")


def _character_string(text: str) -> str:
    return _ascii(text)[:32] or NOTHING


def _number(text: str) -> str | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    shown = plain(value) if value.is_finite() and abs(value.adjusted()) < 40 else ""
    return shown if shown and sum(one.isdigit() for one in shown) <= 32 else None


def _letter(text: str) -> str | None:
    return "".join(one for one in text if one.isascii() and one.isalpha())[:32] or None


def _symbol(text: str) -> str:
    shown = [one for one in text if unicodedata.category(one)[0] in "PS" and units(one) == 1]
    return "".join(shown)[:5] or NOTHING


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _time(text: str) -> str | None:
    at = _moment(text)
    return None if at is None else f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def _date(text: str) -> str | None:
    at = _moment(text)
    return None if at is None else f"{at.year}年{at.month}月{at.day}日"


def _amount(text: str) -> str | None:
    """One sign of currency and at most ten digits; decimals go before digits do, whole ones never."""
    found = _AMOUNT.fullmatch(text.replace(",", "").replace(" ", ""))
    if found is None:
        return None
    currency, number, yuan = found.groups()
    whole, _, decimals = number.partition(".")
    room = MOST_DIGITS - len(whole.lstrip("-"))
    if room < 0:
        return None
    return f"{currency}{whole}{'.' if decimals[:room] else ''}{decimals[:room]}{yuan}"


def _phone(text: str) -> str | None:
    return "".join(one for one in text if one in "0123456789+-")[:17] or None


def _car(text: str) -> str | None:
    return "".join(one for one in text if is_han(one) or (one.isascii() and one.isalnum()))[:8] or None


def _name(text: str) -> str:
    shown = _said(text)
    return (shown[:20] if shown.isascii() else cut(shown, 10)) or NOTHING


def is_han(character: str) -> bool:
    """A Chinese character of the basic planes."""
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"


def _phrase(text: str) -> str:
    return "".join(one for one in text if is_han(one))[:5] or "请查看"


FIELDS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "thing": _thing,
    "number": _number,
    "letter": _letter,
    "symbol": _symbol,
    "character_string": _character_string,
    "time": _time,
    "date": _date,
    "amount": _amount,
    "phone_number": _phone,
    "car_number": _car,
    "name": _name,
    "phrase": _phrase,
}


def type_of(field: str) -> str | None:
    """The type that a field's name starts with; None for a name that no template has."""
    found = _TYPE.fullmatch(field)
    return found[1] if found and found[1] in FIELDS else None


def fitted(field: str, value: str) -> str | None:
    """A value that the field takes, or None where it takes nothing of it."""
    kind = type_of(field)
    return None if kind is None else FIELDS[kind](value)
