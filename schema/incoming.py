"""JSON from outside: read strictly, refused with the name of the field.

orjson refuses invalid UTF-8, lone surrogates, NaN, numbers beyond a double and nesting beyond 1,024 levels. Valid JSON
can still hold what no PostgreSQL text can: NUL characters, which are searched for only where the bytes may hold one.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from app.kernel.refusal import BadRequest
from app.kernel.wording import OTHERWISE, Said

LONE_SURROGATE = Said("a text without lone surrogates", "不含孤立代理项的文本")
NUL = Said("a text without NUL characters", "不含 NUL 字符的文本")


def read_json(text: bytes | str, what: str) -> Any:
    """The value of a JSON text. BadRequest names `what`, or the field that holds a lone surrogate or a NUL."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if field := first_surrogate(text):
            raise BadRequest(field, OTHERWISE, LONE_SURROGATE) from None
        raise BadRequest(
            what,
            Said(f"something else ({error.msg})", f"其他内容（{error.msg}）"),
            Said("valid JSON in UTF-8", "有效的 UTF-8 JSON"),
        ) from None
    escaped_nul = b"\\u0000" in text if isinstance(text, bytes) else "\\u0000" in text
    if escaped_nul:
        refuse_nul(value)
    return value


def refuse_nul(value: object) -> None:
    """BadRequest with the field of the first text that holds a NUL character."""
    for field, text in texts(value):
        if "\x00" in text:
            raise BadRequest(field, OTHERWISE, NUL)


def first_surrogate(text: bytes | str) -> str | None:
    """The field with a lone surrogate, in a text that orjson refused. None when that was not what is wrong with it."""
    escaped = b"\\ud" in text.lower() if isinstance(text, bytes) else "\\ud" in text.lower()
    if not escaped:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # a mistake of another kind
        return None
    return next((field for field, found in texts(value) if any("\ud800" <= one <= "\udfff" for one in found)), None)


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a JSON value with its path, keys included, without recursion."""
    waiting = [(path, value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, str):
            yield path or "body", one
        elif isinstance(one, Mapping):
            for key, inner in one.items():
                yield path or "body", key
                waiting.append((f"{path}.{key}" if path else key, inner))
        elif isinstance(one, list):
            waiting.extend((f"{path}[{index}]", inner) for index, inner in enumerate(one))
