"""Comparing what a page shows with what is so: `<order id>` stands for a value that differs from machine to machine.

A placeholder that ends in " id" or " number" is the same value wherever it stands on a page; times, tokens and cursors
are whatever they are each time.
"""

import json
import re
from typing import Any, Final

_WHOLE = re.compile(r"<[^<>\n]+>")
_LASTING = re.compile(r"<[^<>\n]+ (?:id|number)>")
_ANY: Final = "…"

Bound = dict[str, str]


def differences(shown: Any, real: Any, bound: Bound, path: str = "") -> list[str]:
    """Where the real value is not what is shown; placeholders of `shown` are bound on the way."""
    if isinstance(shown, str) and _WHOLE.fullmatch(shown):
        return _bind(shown, real, bound, path)
    if isinstance(shown, dict) and isinstance(real, dict):
        wrong = [f"{path}: shows {sorted(shown)}, is {sorted(real)}"] if set(shown) != set(real) else []
        for name in shown.keys() & real.keys():
            wrong += differences(shown[name], real[name], bound, f"{path}.{name}")
        return wrong
    if isinstance(shown, list) and isinstance(real, list):
        if len(shown) != len(real):
            return [f"{path}: shows {len(shown)} items, there are {len(real)}"]
        return [one for n, (a, b) in enumerate(zip(shown, real, strict=True)) for one in _at(a, b, bound, path, n)]
    if isinstance(shown, str) and isinstance(real, str) and _WHOLE.search(shown):
        return [] if fits(shown, real, bound) else [f"{path}: shows {shown!r}, is {real!r}"]
    return [] if type(shown) is type(real) and shown == real else [f"{path}: shows {shown!r}, is {real!r}"]


def _at(shown: Any, real: Any, bound: Bound, path: str, number: int) -> list[str]:
    return differences(shown, real, bound, f"{path}[{number}]")


def _bind(name: str, real: object, bound: Bound, path: str) -> list[str]:
    if not isinstance(real, str):
        return [f"{path}: shows {name}, is {real!r}"]
    if _LASTING.fullmatch(name) and bound.get(name, real) != real:
        return [f"{path}: {name} was {bound[name]!r} before, is {real!r}"]
    bound[name] = real
    return []


def fits(shown: str, real: str, bound: Bound) -> bool:
    """Whether a text is what is shown, spaces at line ends aside; a line `…` is any lines."""
    pattern, names = "", []
    for line in shown.rstrip().splitlines():
        if line.strip() == _ANY:
            pattern += r"(?:.*\n)*?"
            continue
        at = 0
        for match in _WHOLE.finditer(line):
            pattern += re.escape(line[at : match.start()])
            known = bound.get(match[0]) if _LASTING.fullmatch(match[0]) else None
            if known is not None:
                pattern += re.escape(known)
            else:
                pattern += r"(.+?)"
                names.append(match[0])
            at = match.end()
        pattern += re.escape(line[at:].rstrip()) + r"[ \t]*\n"
    found = re.fullmatch(pattern, real.rstrip() + "\n")
    if found is None:
        return False
    bound.update(zip(names, found.groups(), strict=True))
    return True


def filled(shown: Any, bound: Bound) -> Any:
    """The same with placeholders replaced by what they stand for. KeyError for one that has not been seen."""
    if isinstance(shown, dict):
        return {name: filled(value, bound) for name, value in shown.items()}
    if isinstance(shown, list):
        return [filled(value, bound) for value in shown]
    if isinstance(shown, str):
        return _WHOLE.sub(lambda match: bound[match[0]], shown)
    return shown


def masked(real: Any, shown: Any, bound: Bound, name: str = "", above: str = "") -> Any:
    """A real answer as a page would show it: placeholders where `shown` has them, or where a value is known by one."""
    if isinstance(shown, str) and _WHOLE.fullmatch(shown) and isinstance(real, str):
        return shown
    if isinstance(real, dict):
        was = shown if isinstance(shown, dict) else {}
        inside = above if name == "node" else name or above
        return {key: masked(value, was.get(key), bound, key, inside) for key, value in real.items()}
    if isinstance(real, list):
        was_list = shown if isinstance(shown, list) else []
        padded = [*was_list, *[None] * len(real)]
        inside = above if name == "edges" else name
        return [masked(value, old, bound, "", inside) for value, old in zip(real, padded, strict=False)]
    if not isinstance(real, str):
        return real
    known = {value: key for key, value in bound.items()}
    if real in known:
        return known[real]
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", real):
        thing = "order" if above == "placeOrder" else above.removesuffix("s")
        return _named(f"<{thing} id>", real, bound)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", real):
        return "<time>"
    by_name = {"accessToken": "<access token>", "refreshToken": "<refresh token>", "number": "<order number>"}
    by_name |= {"cursor": "<cursor>", "endCursor": "<page cursor>", "invitationCode": "<invitation code>"}
    return _named(by_name[name], real, bound) if name in by_name else real


def _named(wanted: str, real: str, bound: Bound) -> str:
    """The placeholder, with a number where the plain one stands for another value already."""
    name, count = wanted, 1
    stem, _, kind = wanted[1:-1].rpartition(" ")
    while _LASTING.fullmatch(name) and bound.get(name, real) != real:
        count += 1
        name = f"<{stem} {count} {kind}>"
    bound[name] = real
    return name


def laid_out(value: Any, indent: int = 0, before: int = 0) -> str:
    """JSON as a page shows it: what fits on a line stands on one. `before` is what stands on the line already."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or len(flat) + indent + before <= 110:
        return flat
    inside = " " * (indent + 2)
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(one := next(iter(value.values())), dict | list):
            name = json.dumps(next(iter(value)))
            return f"{{{name}: {laid_out(one, indent, before + len(name) + 4)}}}"
        items = [f"{json.dumps(name)}: {laid_out(one, indent + 2, len(name) + 4)}" for name, one in value.items()]
    else:
        items = [laid_out(one, indent + 2) for one in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    joined = f",\n{inside}".join(items)
    return f"{opening}\n{inside}{joined}\n{' ' * indent}{closing}"
