"""Take a file in: read row by row, save many rows at a time, and say of each what became of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.importing.cells import Cells
from app.importing.columns import place_columns
from app.importing.kind import Kind, Place
from app.importing.outcome import UNCHANGED, Outcome, Result, ResultFile, Summary, refused
from app.importing.refusals import CellNotValid, RowRepeated
from app.importing.sheet import Sheet, open_sheet
from app.kernel.ids import uuid7
from app.kernel.wording import Said

MOST_ROWS_AT_ONCE = 2000

Tell = Callable[[float, Summary], None]


@dataclass(slots=True)
class _Batch:
    """Rows waiting to be saved, among rows whose end is known already."""

    items: list[tuple[int, Any]] = field(default_factory=list)
    ended: dict[int, Outcome] = field(default_factory=dict)
    echoes: dict[int, int] = field(default_factory=dict)
    """Rows that say what an earlier row says: they end as that one did."""


@dataclass(slots=True)
class _Said:
    """What earlier rows of the file said, as digests: a file of 100,000 rows costs some 20 MB of memory."""

    rows: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def before(self, row: int, subject: str, said: object) -> tuple[int, bool] | None:
        """The earlier row about the subject and whether it said the same; None for the first."""
        digest = _digest(repr(said))
        earlier = self.rows.setdefault(_digest(subject), (row, digest))
        return None if earlier[0] == row else (earlier[0], earlier[1] == digest)


async def take_in(
    kind_of: type[Kind[Any]],
    path: Path,
    place: Place,
    result: ResultFile,
    *,
    sheet_name: str | None = None,
    encoding: str | None = None,
    tell: Tell = lambda fraction, summary: None,
) -> Summary:
    """Import one file in the name of `place.viewer`; each row applies whole or not.

    Raises FileNotReadable and ColumnsNotRight before any row applies (a file that breaks off later has applied the rows
    before), and Forbidden or NotFound where the member may not write here at all.
    """
    run = uuid7().hex
    summary = Summary()
    with open_sheet(path, sheet_name, encoding) as sheet:
        places = place_columns(kind_of.name, sheet.header, kind_of.columns, attributes=kind_of.has_attributes)
        kind = kind_of(place, frozenset(places))
        await kind.prepare()
        said, batch = _Said(), _Batch()
        for number, cells in sheet.rows:
            _read(kind, sheet, number, cells, places, said, batch)
            if len(batch.items) == kind.most or len(batch.ended) + len(batch.echoes) >= MOST_ROWS_AT_ONCE:
                await _settle(kind, batch, said, f"import {run} {number}", result, summary)
                batch = _Batch()
                tell(sheet.fraction, summary)
        await _settle(kind, batch, said, f"import {run} end", result, summary)
        tell(1.0, summary)
    return summary


def _read(
    kind: Kind[Any], sheet: Sheet, number: int, cells: list[str], places: dict[str, int], said: _Said, batch: _Batch
) -> None:
    """Put one row into the batch: to be saved, refused already, or the echo of an earlier one."""
    try:
        beyond = next((text for text in cells[len(sheet.header) :] if text.strip()), None)
        if beyond is not None:
            raise CellNotValid(
                column="",
                value=beyond,
                expected=Said(
                    "under a header: the row has more cells than the header", "对应表头的单元格（该行单元格多于表头）"
                ),
            )
        texts = {column: cells[at].strip() for column, at in places.items() if at < len(cells)}
        item = kind.read(Cells(texts, kind.place.zone))
        first_subject, *others = kind.subjects(item)
        earlier = said.before(number, first_subject.named, first_subject.said)
        if earlier is not None and earlier[1]:
            batch.echoes[number] = earlier[0]
            return
        for subject, before in [(first_subject, earlier)] + [
            (one, said.before(number, one.named, one.said)) for one in others
        ]:
            if before is not None and not before[1]:
                raise RowRepeated(column=subject.column, named=subject.named, earlier=before[0])
        batch.items.append((number, item))
    except CellNotValid as error:
        batch.ended[number] = refused(error.column, error.value, error.message(kind.place.viewer.locale))
    except RowRepeated as error:
        batch.ended[number] = refused(error.column, error.named, error.message(kind.place.viewer.locale))


async def _settle(
    kind: Kind[Any], batch: _Batch, said: _Said, client_key: str, result: ResultFile, summary: Summary
) -> None:
    """Save the batch and write what became of its rows, in their order."""
    if batch.items:
        found = await kind.save([item for _, item in batch.items], client_key)
        batch.ended.update((number, outcome) for (number, _), outcome in zip(batch.items, found, strict=True))
    said.refused.update(number for number, outcome in batch.ended.items() if outcome.result is Result.REFUSED)
    for number, earlier in batch.echoes.items():
        same = refused("", "", f"as row {earlier}, which says the same") if earlier in said.refused else UNCHANGED
        batch.ended[number] = same
    for number in sorted(batch.ended):
        result.write(number, batch.ended[number])
        summary.count(number, batch.ended[number])


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
