"""A schema whose objects misbehave in every way that Python lets them, at every kind of nullability.

`world(seed)` makes the same misbehaviour again for the same seed, so that two executions can be compared.
"""

import asyncio
import datetime as dt
import decimal
import enum
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from random import Random
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from graphql import Undefined

from schema.build import assemble
from schema.execution import Unchanging
from schema.scalars import Cursor

T = TypeVar("T")
HUGE = 10**30
AWARE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@strawberry.enum
class Colour(enum.Enum):
    RED = "r"
    GREEN = "g"
    BLUE = strawberry.enum_value("b", name="AZURE")


@strawberry.enum
class Grade(enum.IntEnum):
    LOW = 1
    HIGH = 2


@strawberry.interface
class Thing:
    id: strawberry.ID
    name: str | None
    near: "Thing | None"


@strawberry.type
class Box(Thing):
    width: int
    content: "Anything | None"
    must: "Anything"


@strawberry.type
class Ball(Thing, Unchanging):
    colour: Colour
    maybe_colour: Colour | None
    inside: "Node | None"


@strawberry.type
class Loose:
    """In the union only; it has no `is_type_of`."""

    name: str
    weight: float | None
    grade: Grade


@strawberry.type
class Asks:
    """Says itself what is one of it."""

    name: str | None

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, Asks) and getattr(value, "name", "") != "no"


Anything = Annotated[Box | Ball | Loose | Asks, strawberry.union("Anything")]


@strawberry.type
class Holder(Generic[T]):
    item: T
    maybe: T | None
    items: list[T]


class ReadsOnce:
    """A class that a field is not declared with, with the same attributes."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


@strawberry.type
class Node(Unchanging):
    id: strawberry.ID
    text: str
    maybe_text: str | None
    number: int
    maybe_number: int | None
    share: float
    maybe_share: float | None
    flag: bool
    maybe_flag: bool | None
    amount: decimal.Decimal
    maybe_amount: decimal.Decimal | None
    day: dt.date | None
    moment: dt.datetime | None
    cursor: Cursor | None
    colour: Colour
    grade: Grade | None
    numbers: list[int]
    maybe_numbers: list[int | None] | None
    texts: list[str] | None
    rows: list[list[int]] | None
    maybe_rows: list[list[str | None] | None]
    colours: list[Colour | None] | None
    below: "Node | None"
    must_below: "Node"
    nodes: "list[Node]"
    maybe_nodes: "list[Node | None] | None"
    grid: "list[list[Node]] | None"
    thing: Thing | None
    must_thing: Thing
    things: list[Thing | None] | None
    anything: Anything | None
    anythings: list[Anything] | None
    held: Holder[int] | None
    held_nodes: "Holder[Node] | None"
    class_: str | None = strawberry.field(name="class")

    stored: strawberry.Private[dict[str, Any]]

    @strawberry.field
    def resolved(self) -> "Node | None":
        found: Node | None = usual_or_raise(self.stored.get("resolved"))
        return found

    @strawberry.field
    def said(self) -> str:
        value = self.stored.get("said")
        words: str = value() if isinstance(value, Made) else usual_or_raise(value)
        return words

    @strawberry.field
    def said_node(self) -> "Node | None":
        value = self.stored.get("said_node")
        found: Node | None = value() if isinstance(value, Made) else usual_or_raise(value)
        return found

    @strawberry.field
    async def awaited(self, times: int = 1) -> "Node | None":
        for _ in range(times):
            await asyncio.sleep(0)
        found: Node | None = usual_or_raise(self.stored.get("awaited"))
        return found

    @strawberry.field
    def must_resolve(self, info: strawberry.Info) -> str:
        said: str = usual_or_raise(self.stored.get("must_resolve"))
        return said

    @strawberry.field
    async def list_resolved(self) -> "list[Node] | None":
        found: list[Node] | None = usual_or_raise(self.stored.get("list_resolved"))
        return found


@strawberry.type
class Computing(Node):
    """A node whose attributes are computed when they are read."""

    shown: "str | None" = strawberry.field(default=None)
    shown_number: "int" = strawberry.field(default=0)
    shown_node: "Node | None" = strawberry.field(default=None)


def usual_or_raise(value: Any) -> Any:
    if isinstance(value, Raise):
        raise value.error
    return value


class Raise:
    """Raised when it is read, where something can be raised."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def computed(name: str) -> property:
    def read(self: Any) -> Any:
        value = self.stored.get(name)
        return value() if isinstance(value, Made) else usual_or_raise(value)

    def write(self: Any, value: Any) -> None:
        self.stored[name] = value

    return property(read, write)


class Made:
    """Made anew for each reading: coroutines, generators."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __call__(self) -> Any:
        return self.make()


# only now: a dataclass field of that name would have been in the way of the property
Computing.shown = computed("shown")  # type: ignore[assignment]
Computing.shown_number = computed("shown_number")  # type: ignore[assignment]
Computing.shown_node = computed("shown_node")  # type: ignore[assignment]


class Later:
    """Awaitable without being a coroutine: nobody complains when it is not awaited."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        return usual_or_raise(self.value)


class Text(str):
    """A str that is not exactly a str."""


class Whole:
    """Counts as a number."""

    def __index__(self) -> int:
        return 7

    def __str__(self) -> str:
        return "seven"


def once(values: list[Any]) -> Iterator[Any]:
    yield from values


async def soon(value: Any) -> Any:
    await asyncio.sleep(0)
    return usual_or_raise(value)


async def one_by_one(values: list[Any]) -> AsyncGenerator[Any, None]:
    for value in values:
        yield value


BAD: tuple[Any, ...] = (
    None, None, None, Undefined, "text", "", 0, 1, -1, True, HUGE, -HUGE, 2**31, -(2**31), 1.0, 0.5, float("nan"),
    float("inf"), b"bytes", [], {}, {"a": 1}, (), object, Text("sub"), Whole(), Colour.RED, Grade.HIGH, "r",
    decimal.Decimal("1.5"), decimal.Decimal("NaN"), dt.date(2026, 1, 1), AWARE.replace(tzinfo=None),
    AWARE, ValueError("returned, not raised"), Later(3), Later("later"), Later(None),
    Later(Raise(KeyError("later"))), {1}, range(2),
)  # fmt: skip
"""Values that some or all fields do not take."""


class Maker:
    """Makes values for fields, mostly good ones. `rot` is the share of bad ones. With `keeping` what it made keeps its
    answers, and stands in `kept`."""

    def __init__(self, seed: int, *, keeping: bool = False) -> None:
        self.keeping = keeping
        self.kept: list[Unchanging] = []
        self.random = Random(seed)
        self.rot = self.random.choice((0, 0, 0.01, 0.04, 0.12))
        self.left = 12  # nodes
        self.last: Any = None

    def bad(self) -> Any:
        return self.random.choice(BAD)

    def rotten(self, share: float = 1.0) -> bool:
        return self.random.random() < self.rot * share

    def maybe(self, good: Any) -> Any:
        return self.bad() if self.rotten() else good

    def leaves(self) -> dict[str, Any]:
        r = self.random
        number, text = r.randint(-5, 5), r.choice(("a", "漆", "", "long " * 3))
        return {
            "id": text, "text": text, "maybe_text": r.choice((None, text)), "number": number,
            "maybe_number": r.choice((None, number)), "share": number / 4, "maybe_share": r.choice((None, 0.25)),
            "flag": True, "maybe_flag": r.choice((None, False)), "amount": decimal.Decimal(number) / 8,
            "maybe_amount": r.choice((None, decimal.Decimal("1.50"))), "day": dt.date(2026, 2, 3),
            "moment": dt.datetime(2026, 2, 3, 4, 5, tzinfo=dt.UTC), "cursor": r.choice((None, 17)),
            "colour": r.choice(list(Colour)), "grade": r.choice((None, *Grade)), "class_": "c",
            "numbers": self.several(lambda: number), "maybe_numbers": self.several(lambda: r.choice((None, number))),
            "texts": self.several(lambda: text), "rows": self.several(lambda: self.several(lambda: number)),
            "maybe_rows": self.several(lambda: r.choice((None, self.several(lambda: r.choice((None, text)))))),
            "colours": self.several(lambda: r.choice((None, *Colour))),
        }  # fmt: skip

    def several(self, one: Callable[[], Any]) -> Any:
        values = [self.maybe(one()) for _ in range(self.random.randint(0, 3))]
        if not self.rotten():
            return self.random.choice((list, tuple))(values)
        return self.random.choice((once, one_by_one, set_or_list, iter))(values)

    def node(self) -> Any:
        """A node with everything below it, or nothing when there are enough."""
        self.left -= 1
        if self.left <= 0:
            return None
        r = self.random
        few = self.left > 6
        values: dict[str, Any] = self.leaves()
        values |= {
            "below": self.node() if r.random() < 0.3 else None,
            "must_below": self.node() if few and r.random() < 0.5 else self.leaf_node(),
            "nodes": self.several(self.leaf_node), "maybe_nodes": self.several(self.leaf_node),
            "grid": self.several(lambda: self.several(self.leaf_node)), "thing": self.thing(),
            "must_thing": self.thing(), "things": self.several(self.thing), "anything": self.anything(),
            "anythings": self.several(self.anything), "held": self.holder(lambda: 4),
            "held_nodes": self.holder(self.leaf_node),
        }  # fmt: skip
        return self.made(r.choice((Node, Node, Node, Computing)), values)

    def leaf_node(self) -> Any:
        """A node with nothing below it but itself; the same one again when there are enough."""
        self.left -= 1
        if self.left < 0 and self.last:
            return self.last
        values = self.leaves() | dict.fromkeys(
            ("below", "maybe_nodes", "grid", "thing", "things", "anything", "anythings", "held", "held_nodes")
        )
        values |= {"nodes": [], "must_thing": self.ball()}
        found = self.made(Node, values)
        found.must_below = self.maybe(found)
        self.last = found
        return found

    def made(self, kind: type[Any], values: dict[str, Any]) -> Any:
        stored = {
            "resolved": self.maybe(None), "awaited": self.maybe(None), "must_resolve": self.maybe("resolved"),
            "list_resolved": self.maybe([]), "shown": self.shown("text"), "shown_number": self.shown(2),
            "shown_node": self.shown(None), "said": self.shown("said"), "said_node": self.shown(None),
        }  # fmt: skip
        if self.left > 8:
            stored |= {
                "said_node": self.leaf_node(),
                "resolved": self.leaf_node(),
                "awaited": self.node(),
                "list_resolved": [self.leaf_node()],
            }
        return self.instance(kind, {**{name: self.maybe(one) for name, one in values.items()}, "stored": stored})

    def shown(self, good: Any) -> Any:
        if not self.rotten():
            return good
        value = self.bad()
        return self.random.choice(
            (value, Raise(LookupError("cannot be read")), Made(lambda: soon(value)), Made(lambda: once([1, 2])))
        )

    def instance(self, kind: type[Any], values: dict[str, Any]) -> Any:
        if self.rotten(0.5):
            if self.random.random() < 0.5:
                return ReadsOnce(**values)
            kind = type("Derived", (kind,), {})
        found = object.__new__(kind)
        for name, value in values.items():
            if not self.rotten(0.12):  # else the attribute is missing
                setattr(found, name, value)
        if self.keeping and isinstance(found, Unchanging):
            found.keep_answers()
            self.kept.append(found)
        return found

    def thing(self) -> Any:
        return self.random.choice((self.ball, self.box, self.nothing))()

    def anything(self) -> Any:
        return self.random.choice((self.ball, self.box, self.loose, self.asks))()

    def nothing(self) -> Any:
        return None

    def ball(self) -> Any:
        r = self.random
        values = {"id": "b", "name": r.choice((None, "ball")), "near": None, "colour": r.choice(list(Colour))}
        values |= {"maybe_colour": r.choice((None, *Colour)), "inside": None}
        return self.cast(self.instance(Ball, {name: self.maybe(one) for name, one in values.items()}))

    def box(self) -> Any:
        values = {"id": "x", "name": "box", "near": self.ball(), "width": 3, "content": None, "must": self.loose()}
        return self.cast(self.instance(Box, {name: self.maybe(one) for name, one in values.items()}))

    def loose(self) -> Any:
        values = {"name": "loose", "weight": 0.5, "grade": Grade.LOW}
        return self.instance(Loose, {name: self.maybe(one) for name, one in values.items()})

    def asks(self) -> Any:
        return self.instance(Asks, {"name": self.random.choice(("asks", None, "no"))})

    def holder(self, one: Callable[[], Any]) -> Any:
        values = {"item": one(), "maybe": one(), "items": self.several(one)}
        return self.instance(Holder, {name: self.maybe(value) for name, value in values.items()})

    def cast(self, thing: Any) -> Any:
        """Now and then shown as another type than its class says."""
        if self.rotten():
            return strawberry.cast(self.random.choice((Box, Ball, Loose)), thing)
        return thing


def set_or_list(values: list[Any]) -> Any:
    try:
        return set(values)
    except TypeError:
        return values


def world(seed: int) -> Any:
    """The node that stands at the root, the same for the same seed."""
    return Maker(seed).node()


def kept_world(seed: int) -> tuple[Any, list[Unchanging]]:
    """The same of objects that keep their answers, and all of those."""
    maker = Maker(seed, keeping=True)
    return maker.node(), maker.kept


@strawberry.type
class Query:
    @strawberry.field
    def node(self, info: strawberry.Info) -> Node | None:
        found: Node | None = info.context
        return found

    @strawberry.field
    async def must(self, info: strawberry.Info) -> Node:
        await asyncio.sleep(0)
        found: Node = info.context
        return found

    @strawberry.field
    def computing(self, info: strawberry.Info) -> Computing | None:
        found: Computing | None = info.context
        return found

    @strawberry.field
    def nodes(self, info: strawberry.Info) -> list[Node | None]:
        return [info.context, None, info.context]

    @strawberry.field
    def later(self, info: strawberry.Info) -> list[Node] | None:
        both: Any = [Later(info.context), info.context]
        found: list[Node] = both
        return found


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def change(self, info: strawberry.Info) -> Anything | None:
        found: Any = info.context.anythings
        return found[0] if isinstance(found, list) and found else None

    @strawberry.mutation
    def node(self, info: strawberry.Info) -> Node | None:
        found: Node | None = info.context
        return found


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def nodes(self, info: strawberry.Info) -> AsyncGenerator[Node | None, None]:
        yield info.context
        yield None
        yield info.context

    @strawberry.subscription
    async def things(self, info: strawberry.Info) -> AsyncGenerator[list[Anything], None]:
        yield info.context.anythings


schema = assemble(Query, Mutation, Subscription, types=[Box, Ball])
