"""How the mall says no.

A `Refusal` is data a person can act on: it rolls the act back and reaches the client as a union member, with a stable
`code`, its parameters and a sentence in the reader's language. A `Fault` is what nobody can act on (`errors[]` with
`extensions.code`). Both are declared like a dataclass:

    class StockShort(Refusal):
        code = "STOCK_SHORT"
        en = "{asked} were asked for, {available} are available."
        zh = "需要 {asked}，可供 {available}。"
        asked: Decimal
        available: Decimal

Subclasses become dataclasses by themselves. A missing template, a badly spelt code or a placeholder that is neither a
field nor a property fails at import.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from string import Formatter
from typing import Any, ClassVar, Protocol, dataclass_transform, runtime_checkable

from app.kernel import glossary
from app.kernel.wording import Said, is_chinese

CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LONGEST_SHOWN = 80


@runtime_checkable
class Shown(Protocol):
    """A value with its own wording for people, such as Money: "12.50 CNY", "12.50 元"."""

    def shown(self) -> Said: ...


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def _check_wording(cls: type[Worded]) -> None:
    if not CODE.fullmatch(cls.code):
        raise TypeError(f"{cls.__qualname__}.code must be SCREAMING_SNAKE, not {cls.code!r}")
    for locale in ("en", "zh"):
        template = cls.__dict__.get(locale)
        if not isinstance(template, str) or not template:
            raise TypeError(f"{cls.__qualname__} has no text {locale!r}")
        for name in _placeholders(template):
            is_field = name in getattr(cls, "__dataclass_fields__", {})
            if not is_field and not isinstance(getattr(cls, name, None), property):
                raise TypeError(f"{cls.__qualname__}.{locale} names {{{name}}}, which is no field or property of it")


@dataclass_transform(eq_default=False, field_specifiers=(field,))
class Worded(Exception):
    """An exception with a code, fields and a sentence in two languages. Subclass Refusal or Fault, not this."""

    code: ClassVar[str]
    en: ClassVar[str]
    zh: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(eq=False)(cls)
        if "code" in cls.__dict__:
            _check_wording(cls)

    @property
    def params(self) -> dict[str, Any]:
        """The declared fields by name, as the values they are."""
        return {one.name: getattr(self, one.name) for one in fields(self)} if is_dataclass(self) else {}

    def message(self, locale: str = "en") -> str:
        """The sentence for people. Anything that starts with "zh" reads Chinese, everything else English."""
        chinese = is_chinese(locale)
        template = self.zh if chinese else self.en
        return template.format_map({name: _shown(getattr(self, name), chinese) for name in _placeholders(template)})

    def __str__(self) -> str:
        return f"{self.code}: {self.message()}"

    def __reduce__(self) -> tuple[Callable[..., Worded], tuple[type[Worded], dict[str, Any]]]:
        # Exceptions pickle their positional arguments only; ours are given by name, and workers store results pickled.
        return _rebuilt, (type(self), self.params)


class Refusal(Worded):
    """A rule of the trade said no, and the answer says what would be valid. Base of every typed refusal."""


class Fault(Worded):
    """An error nobody can act on by choosing differently; its code is `errors[].extensions.code`."""


class KeyReused(Refusal):
    """The client key was used before, by the same member for the same act, with other input."""

    code = "KEY_REUSED"
    en = "The client key {key} was already used for a different request. Use a new key for a new request."
    zh = "客户端键 {key} 已用于另一个不同的请求，新的请求请使用新的键。"
    key: str


class MoveNotAllowed(Refusal):
    """The document's status does not allow the move; `allowed` names the moves it does allow."""

    code = "MOVE_NOT_ALLOWED"
    en = "This {kind} is {standing}: {doing} is not possible. Possible now: {possible}."
    zh = "该{kind}当前状态为“{standing}”，不能执行“{doing}”。现在可以进行的操作：{possible}。"
    document: str
    status: str
    asked: str
    allowed: list[str]

    @property
    def kind(self) -> Said:
        return glossary.noun(self.document)

    @property
    def standing(self) -> Said:
        return glossary.status(self.status)

    @property
    def doing(self) -> Said:
        return glossary.move(self.asked)

    @property
    def possible(self) -> list[Said]:
        return [glossary.move(one) for one in self.allowed]


class ChangedMeanwhile(Refusal):
    """Somebody else changed the document after it was read: the expected version is not its version any more."""

    code = "CHANGED_MEANWHILE"
    en = "Somebody else changed this after you looked at it. Look at it again before you go on."
    zh = "您查看之后内容已被他人修改，请刷新后再操作。"
    expected_version: int
    version: int


class Unauthenticated(Fault):
    """No credentials, or credentials that no longer count."""

    code = "UNAUTHENTICATED"
    en = "Log in first: {reason}."
    zh = "请先登录：{reason}。"
    reason: Said = Said("no valid access token", "未提供有效的登录凭证")


class Forbidden(Fault):
    """The viewer's roles do not include this. Only for doors; a foreign row is NotFound."""

    code = "FORBIDDEN"
    en = "Your role does not allow {what}."
    zh = "您的角色没有此权限：{what}。"
    asked: str | list[str] = Said("this", "此操作")

    @property
    def what(self) -> list[Said]:
        return [glossary.right(one) for one in ([self.asked] if isinstance(self.asked, str) else self.asked)]


class NotFound(Fault):
    """Absent, or not the viewer's to see: the two are deliberately the same answer."""

    code = "NOT_FOUND"
    en = "There is no {kind} {id}."
    zh = "未找到{kind} {id}。"
    what: str
    id: object = ""

    @property
    def kind(self) -> Said:
        return glossary.noun(self.what)


class BadRequest(Fault):
    """A value that cannot be what the field means. `expected` says in words what would be accepted."""

    code = "BAD_REQUEST"
    en = "{field}: expected {expected}, got {value}."
    zh = "{field}：应为{expected}，收到的是 {value}。"
    field: str
    value: object
    expected: Said


class RateLimited(Fault):
    """Too many requests; may be asked again after so many seconds."""

    code = "RATE_LIMITED"
    en = "Too many requests. Try again in {retry_after_s} seconds."
    zh = "请求过于频繁，请在 {retry_after_s} 秒后重试。"
    retry_after_s: int


def plain(value: Decimal) -> str:
    """A decimal as people write it: no exponent, no trailing zeros. Exact at any precision."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def grouped(value: Decimal) -> str:
    """The same with the thousands apart: "1,308.5"."""
    whole, _, decimals = plain(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    apart = f"{int(digits):,}" if len(digits) < LONGEST_SHOWN else digits
    return f"{sign}{apart}.{decimals}" if decimals else f"{sign}{apart}"


def _rebuilt(kind: type[Worded], params: dict[str, Any]) -> Worded:
    return kind(**params)


def _shown(value: object, chinese: bool) -> str:
    if isinstance(value, Shown):
        value = value.shown()
    if isinstance(value, Said):  # our own words, which may hold a name but are bounded by the fields they come from
        return CONTROL.sub("�", value.in_language(chinese))
    if value is None:
        return "空" if chinese else "nothing"
    if value == "":
        return "空文本" if chinese else "an empty text"
    if isinstance(value, Decimal):
        return plain(value) if value.is_finite() and abs(value.adjusted()) < LONGEST_SHOWN else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, list | tuple | set | frozenset):
        between, nothing = ("、", "无") if chinese else (", ", "nothing")
        return between.join(_shown(one, chinese) for one in value) or nothing
    try:
        text = CONTROL.sub("�", str(value))
    except ValueError:  # an integer of more digits than Python is willing to write out
        text = "a number of many digits"
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
