"""What every kind of import shares: its columns, how a row reads, what it is about, and how many rows are saved."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from app.catalog.inputs import Saved
from app.catalog.refusals import ItemsRefused, UnknownCode
from app.importing.cells import Cells
from app.importing.columns import Column
from app.importing.outcome import APPLIED, UNCHANGED, Outcome, refused
from app.kernel.refusal import BadRequest, Refusal, Worded
from app.network.viewer import Viewer

T = TypeVar("T")
LISTED = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Into which network rows go, and in whose name."""

    network_id: UUID
    currency: str
    zone: ZoneInfo
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row is about: no two rows of a file may say different things about one subject."""

    column: str
    named: str
    said: object


class Kind(ABC, Generic[T]):
    """One kind of import. `present` are the columns that the file has: what it lacks stays as it is."""

    name: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    has_attributes: ClassVar[bool] = False
    most: ClassVar[int] = 500
    """Rows to one act."""

    def __init__(self, place: Place, present: frozenset[str]) -> None:
        self.place = place
        self.present = present

    async def prepare(self) -> None:
        """Look up, once, what rows may refer to."""

    @abstractmethod
    def read(self, cells: Cells) -> T:
        """What a row says. Raises CellNotValid."""

    @abstractmethod
    def subjects(self, item: T) -> Sequence[Subject]:
        """What the row is about, and what it says about each."""

    @abstractmethod
    async def save(self, items: Sequence[T], client_key: str) -> list[Outcome]:
        """Apply these rows, each whole or not; the others apply where one is refused."""

    def explain(self, column: str, value: object, why: Worded, valid: Sequence[str] = ()) -> Outcome:
        """A refused row in the importer's words, with codes that would be valid where there are few enough to know."""
        message = why.message(self.place.viewer.locale)
        if isinstance(why, UnknownCode) and valid:
            more = f", … ({len(valid)})" if len(valid) > LISTED else ""
            message = f"{message} {', '.join(valid[:LISTED])}{more}"
        return refused(column, value, message)


async def save_what_can_be(
    items: Sequence[T],
    *,
    save: Callable[[Sequence[T], str], Awaitable[Saved]],
    client_key: str,
    name_of: Callable[[T], str],
    blame: Callable[[T, str, Refusal], Outcome],
) -> list[Outcome]:
    """Save a batch; where the act refuses it, leave out the items it names and save the rest.

    `save` raises ItemsRefused for a batch; anything else that a value is to blame for is found by halving the batch.
    Faults that no row is to blame for (a missing right, an absent network) go up.
    """
    outcomes: dict[int, Outcome] = {}
    left = list(range(len(items)))
    tries = 0
    while left:
        tries += 1
        try:
            saved = await save([items[n] for n in left], f"{client_key}.{tries}")
        except ItemsRefused as error:
            for problem in error.problems:
                outcomes.setdefault(
                    left[problem.position], blame(items[left[problem.position]], problem.field, problem.why)
                )
            left = [n for n in left if n not in outcomes]
        except (Refusal, BadRequest) as error:
            found = await _halved(items, left, error, f"{client_key}.{tries}", save, name_of, blame)
            outcomes.update(found)
            left = []
        else:
            unchanged = set(saved.unchanged)
            outcomes.update({n: UNCHANGED if name_of(items[n]) in unchanged else APPLIED for n in left})
            left = []
    return [outcomes[n] for n in range(len(items))]


async def _halved(
    items: Sequence[T],
    left: list[int],
    error: Refusal | BadRequest,
    client_key: str,
    save: Callable[[Sequence[T], str], Awaitable[Saved]],
    name_of: Callable[[T], str],
    blame: Callable[[T, str, Refusal], Outcome],
) -> dict[int, Outcome]:
    if len(left) == 1:
        field = error.field if isinstance(error, BadRequest) else ""
        value = error.value if isinstance(error, BadRequest) else name_of(items[left[0]])
        return {left[0]: refused(field, value, error.message())}
    found: dict[int, Outcome] = {}
    middle = len(left) // 2
    for side, part in enumerate((left[:middle], left[middle:])):
        ended = await save_what_can_be(
            [items[n] for n in part], save=save, client_key=f"{client_key}.{side}", name_of=name_of, blame=blame
        )
        found.update(zip(part, ended, strict=True))
    return found
