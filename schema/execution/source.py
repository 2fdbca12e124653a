"""Python for the function that writes one object of one class.

For `{ id price { amount } note shown }` on a class Offer, `shown` a method:

    def complete(o):
        if o.__class__ is not kind: raise Unplain
        v0 = o.id
        if v0.__class__ is not str: v0 = c0(v0)
        v1 = o.price
        v1 = c1(v1)
        v2 = o.note
        if v2 is not None and (v2.__class__ is not str): v2 = c2(v2)
        v3 = r3(o)
        if v3.__class__ is Coroutine: discard(v3, o, r3)
        v3 = c3(v3)
        return {'id': v0, 'price': v1, 'note': v2, 'shown': v3}

The text holds attribute names of the schema and response names of the document (names by GraphQL's grammar, written
with `repr`), and nothing else of a request. Equal texts are compiled once: a selection is written alike in many
documents.
"""

import keyword
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, CoroutineType
from typing import Any

from graphql import GraphQLLeafType

from schema.execution.leaves import UNUSUAL, Write
from schema.execution.plain import CAST, Unplain, discard
from schema.execution.unchanging import Unchanging

MOST_TEXTS = 1_000  # compiled texts that are remembered, about 2 KB each


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of the object: of an attribute, or of what `read` says of the object where that runs code. Without
    either it is the object type's name, `constant`."""

    name: str
    attribute: str | None = None
    read: Callable[[Any], Any] | None = None
    nullable: bool = False
    leaf: GraphQLLeafType | None = None
    complete: Write | None = None
    constant: str = ""


def object_function(kind: type[Any], parts: Sequence[Part], *, maybe_cast: bool) -> Write:
    """The function for instances of exactly this class. `maybe_cast`: what `strawberry.cast` says is to be heeded."""
    names: dict[str, Any] = {"kind": kind, "Unplain": Unplain, "discard": discard, "Coroutine": CoroutineType}
    names["selection"] = object()
    names |= {f"c{place}": part.complete for place, part in enumerate(parts)}
    names |= {f"r{place}": part.read for place, part in enumerate(parts)}
    exec(code_of(text_of(parts, maybe_cast, issubclass(kind, Unchanging))), names)
    made: Write = names["complete"]
    return made


def text_of(parts: Sequence[Part], maybe_cast: bool, unchanging: bool) -> str:
    """The function's text; depends on the shape of the selection only."""
    lines = ["def complete(o):", "    if o.__class__ is not kind: raise Unplain"]
    if maybe_cast:
        lines.append(f"    if getattr(o, {CAST!r}, None) is not None: raise Unplain")
    if unchanging:
        lines.append("    kept = o.kept_answers")
        lines.append("    if kept is not None and (known := kept.get(selection)) is not None: return known")
    entries = []
    for place, part in enumerate(parts):
        lines += (f"    {line}" for line in lines_of(part, place))
        entries.append(f"{part.name!r}: " + (repr(part.constant) if part.constant else f"v{place}"))
    made = f"{{{', '.join(entries)}}}"
    lines.append(
        f"    return {made} if kept is None else kept.keep(selection, {made})" if unchanging else f"    return {made}"
    )
    return "\n".join(lines)


def lines_of(part: Part, place: int) -> list[str]:
    """Read one value and complete it."""
    v, c, r = f"v{place}", f"c{place}", f"r{place}"
    if part.constant:
        return []
    if part.read:
        lines = [f"{v} = {r}(o)", f"if {v}.__class__ is Coroutine: discard({v}, o, {r})"]
    else:
        assert part.attribute is not None
        usual_name = part.attribute.isidentifier() and not keyword.iskeyword(part.attribute)
        lines = [f"{v} = o.{part.attribute}" if usual_name else f"{v} = getattr(o, {part.attribute!r})"]
    conditions = [f"{v} is not None"] if part.nullable else []
    if part.leaf in UNUSUAL:
        conditions.append(f"({UNUSUAL[part.leaf].format(v=v)})")
    when = f"if {' and '.join(conditions)}: " if conditions else ""
    return [*lines, f"{when}{v} = {c}({v})"]


@lru_cache(maxsize=MOST_TEXTS)
def code_of(text: str) -> CodeType:
    """The compiled text."""
    return compile(text, "<selection>", "exec")
