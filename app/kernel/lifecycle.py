"""What may follow what: a table of moves, checked when it is made, which is when the module is imported.

ORDER = Lifecycle(
    "order",
    initial=OrderStatus.DRAFT,
    moves={
        "submit": Move(from_=OrderStatus.DRAFT, to=OrderStatus.SUBMITTED),
        "cancel": Move(from_=(OrderStatus.DRAFT, OrderStatus.SUBMITTED), to=OrderStatus.CANCELLED),
    },
    final=(OrderStatus.CANCELLED,),
    states=OrderStatus,
)
order.status = ORDER.after(order.status, "submit")
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from app.kernel.refusal import MoveNotAllowed

S = TypeVar("S", bound=str)


class Move(Generic[S]):
    """From one status, or any of several, to one."""

    __slots__ = ("from_", "to")

    def __init__(self, *, from_: S | Collection[S], to: S) -> None:
        self.from_: tuple[S, ...] = _several(from_)
        self.to = to


class Lifecycle(Generic[S]):
    """The statuses of one kind of document and the moves between them.

    A move may be several rows (`"reject": [Move(...), Move(...)]`) when its outcome depends on where it starts.
    `states` (an enum, say) makes the table answer for every status there is; without it they are those it names.
    ValueError when a state is unknown to `states`, unreachable from `initial`, or a dead end that is not final; when a
    final state has a move; when a state cannot reach any final state; or when one move leads to two places.
    """

    def __init__(
        self,
        name: str,
        initial: S,
        moves: Mapping[str, Move[S] | Sequence[Move[S]]],
        final: Collection[S] = (),
        states: Iterable[S] | None = None,
    ) -> None:
        self.name = name
        self.initial = initial
        self.final = frozenset(final)
        self._rows: dict[S, dict[str, S]] = {}
        named: dict[S, None] = dict.fromkeys([initial, *final])
        for asked, move in moves.items():
            for row in [move] if isinstance(move, Move) else move:
                named.update(dict.fromkeys([*row.from_, row.to]))
                self._enter(asked, row)
        self.states: tuple[S, ...] = tuple(named) if states is None else tuple(states)
        self.moves: tuple[str, ...] = tuple(moves)
        self._check(named)

    def after(self, status: S, move: str) -> S:
        """The status the move leads to. MoveNotAllowed names the moves possible from here; ValueError for a status or
        a move the table does not know at all."""
        row = self._row(status)
        if move not in self.moves:
            raise ValueError(f"{self.name} has no move {move!r}")
        if move not in row:
            raise MoveNotAllowed(self.name, str(status), move, list(row))
        return row[move]

    def allows(self, status: S, move: str) -> bool:
        return move in self._row(status)

    def moves_from(self, status: S) -> list[str]:
        """The moves possible from the status, in the order of the table; none from a final one."""
        return list(self._row(status))

    def sources(self, move: str) -> frozenset[S]:
        """The statuses from which the move is possible: for a WHERE clause, or a named set."""
        return frozenset(status for status, row in self._rows.items() if move in row)

    def is_final(self, status: S) -> bool:
        self._row(status)
        return status in self.final

    def _row(self, status: S) -> Mapping[str, S]:
        row = self._rows.get(status)
        if row is None:
            raise ValueError(f"{self.name} has no status {status!r}")
        return row

    def _enter(self, asked: str, move: Move[S]) -> None:
        for status in move.from_:
            row = self._rows.setdefault(status, {})
            if asked in row:
                raise ValueError(f"{self.name}: {asked} from {status} is in the table twice")
            row[asked] = move.to

    def _check(self, named: Collection[S]) -> None:
        def refuse(what: str, which: Iterable[S]) -> None:
            found = [str(status) for status in which]
            if found:
                raise ValueError(f"{self.name}: {what}: {', '.join(found)}")

        refuse("not one of its states", (s for s in named if s not in self.states))
        refuse("without a row in the table", (s for s in self.states if s not in named))
        refuse("final, yet has a move", (s for s in self.states if s in self.final and self._rows.get(s)))
        refuse("a dead end that is not final", (s for s in self.states if s not in self.final and s not in self._rows))
        onward = {s: set(self._rows.setdefault(s, {}).values()) for s in self.states}
        reached = _closure({self.initial}, onward)
        refuse("not reachable", (s for s in self.states if s not in reached))
        if self.final:
            back = {s: {source for source, targets in onward.items() if s in targets} for s in self.states}
            ending = _closure(set(self.final), back)
            refuse("cannot reach a final state", (s for s in self.states if s not in ending))


def _several(from_: S | Collection[S]) -> tuple[S, ...]:
    if isinstance(from_, str):
        return (from_,)
    return tuple(from_)


def _closure(start: set[S], onward: Mapping[S, set[S]]) -> set[S]:
    reached, open_ = set(start), list(start)
    while open_:
        for status in onward[open_.pop()] - reached:
            reached.add(status)
            open_.append(status)
    return reached
