"""Which column of a file is which: headers in English or Chinese, whatever their spaces and case."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.importing.refusals import ColumnsNotRight

ATTRIBUTE: Final = "attribute."
_ATTRIBUTE = re.compile(r"^(?:attributes?|属性)\s*[.:：]\s*(?P<key>\S.*)$", re.IGNORECASE)
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_NOISE = re.compile(r"[\s_\-*/.:：﻿​]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name; `headers` are further spellings, the first Chinese one is shown beside the name."""

    name: str
    headers: tuple[str, ...]
    required: bool = False

    def shown(self) -> str:
        """As a message lists it: `on_hand / 现有量`, with a star where it must be there."""
        return f"{self.name} / {self.headers[0]}{'*' if self.required else ''}"


def tidy(header: str) -> str:
    """A header without what does not matter: case, width, spaces, underscores, a unit in brackets."""
    plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", header).casefold())
    return _NOISE.sub("", plain)


def place_columns(kind: str, header: Sequence[str], columns: Sequence[Column], *, attributes: bool) -> dict[str, int]:
    """The place of each column that the header names. `attribute.X` (属性.X) are free columns where `attributes`.

    Raises ColumnsNotRight, naming every column that is unknown, missing or there twice.
    """
    known = {tidy(spelling): column.name for column in columns for spelling in (column.name, *column.headers)}
    places: dict[str, int] = {}
    wrong: list[str] = []
    for place, text in enumerate(header):
        if not text.strip():
            continue
        free = _ATTRIBUTE.match(text.strip()) if attributes else None
        name = f"{ATTRIBUTE}{free['key'].strip()}" if free else known.get(tidy(text))
        if name is None:
            wrong.append(f"unknown column {text.strip()[:40]!r}")
        elif name in places:
            wrong.append(f"column {name} is there twice")
        else:
            places[name] = place
    wrong += [f"missing column {column.shown()}" for column in columns if column.required and column.name not in places]
    if wrong:
        raise ColumnsNotRight(kind=kind, wrong=list(_first(wrong, 10)), known=_known(columns, attributes))
    return places


def _known(columns: Sequence[Column], attributes: bool) -> list[str]:
    return [column.shown() for column in columns] + (["attribute.<name> / 属性.<名称>"] if attributes else [])


def _first(texts: Sequence[str], most: int) -> Iterator[str]:
    yield from texts[:most]
    if len(texts) > most:
        yield f"and {len(texts) - most} more"
