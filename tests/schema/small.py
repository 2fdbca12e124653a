"""A small schema behind the real endpoint, for tests of the transport alone: no database, fake tokens.

Tokens: `good` and `hasty:NAME` never expire, `brief:S` expires S seconds after it was first seen, `revocable:NAME`
until the mutation `revoke(name: NAME)`. Anything else is no token. Over a socket a token is required.
"""

import asyncio
import datetime as dt
import os
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, cast

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.websockets import WebSocket

from app.kernel.refusal import BadRequest, Forbidden, NotFound, RateLimited, Refusal, Unauthenticated
from app.kernel.wording import whole_number
from schema.build import assemble
from schema.endpoint import GraphQLEndpoint, graphql_routes
from schema.outbox import Buffer
from schema.page import Connection, Edge, PageInfo
from schema.rates import Rates
from schema.scalars import Cursor, uuid_of
from schema.sessions import Session
from schema.trusted import Trust, read_trusted

KNOWN = "019a9c2e-0000-7000-8000-000000000001"

sessions: dict[str, Session] = {}
first_seen: dict[str, dt.datetime] = {}


class StockShort(Refusal):
    code = "STOCK_SHORT"
    en = "{asked} were asked for, {available} are available."
    zh = "需要 {asked}，可供 {available}。"
    asked: Decimal
    available: Decimal


class NeverShown(Refusal):
    code = "NEVER_SHOWN"
    en = "This refusal has no type."
    zh = "该拒绝没有类型。"


class Context:
    def __init__(self, locale: str) -> None:
        self.locale = locale
        self.expires_at: dt.datetime | None = None
        self.session: Session | None = None
        self.whose: str | None = None


def token_in(said: object) -> str | None:
    return said.removeprefix("Bearer ") if isinstance(said, str) and said.startswith("Bearer ") else None


async def context_for(connection: Request | WebSocket, params: dict[str, object] | None) -> Context:
    context = Context("zh-CN" if connection.headers.get("accept-language", "").startswith("zh") else "en")
    said = connection.headers.get("authorization") if params is None else params.get("authorization")
    token = token_in(said)
    if said is None and params is None:
        return context
    if token == "broken":
        raise ConnectionError("the session store is away")
    if token == "forbidden":
        raise Forbidden("this company")
    if token == "good" or (token and token.startswith("hasty:")):
        context.whose = token
        return context
    if token and token.startswith("brief:"):
        seen = first_seen.setdefault(token, dt.datetime.now(dt.UTC))
        context.expires_at = seen + dt.timedelta(seconds=float(token.split(":")[1]))
        if context.expires_at > dt.datetime.now(dt.UTC):
            return context
    if token and token.startswith("revocable:"):
        context.session = sessions.setdefault(token.split(":")[1], Session())
        if not context.session.ended:
            return context
    raise Unauthenticated


@strawberry.type
class Thing:
    id: strawberry.ID
    name: str

    @strawberry.field
    def parent(self) -> "Thing":
        return Thing(id=self.id, name=f"parent of {self.name}")

    @strawberry.field
    def children(self, first: int | None = None) -> Connection["Thing"]:
        return things(first or 1)

    @strawberry.field
    def tags(self) -> list["Thing"]:
        return [self]


def things(count: int) -> Connection[Thing]:
    edges = [Edge(cursor=str(n), node=Thing(id=strawberry.ID(KNOWN), name=f"thing {n}")) for n in range(count)]
    return Connection(edges=edges, page_info=PageInfo(has_next_page=False, end_cursor=None))


@strawberry.type
class ShortOfStock:
    code: str
    message: str
    asked: Decimal
    available: Decimal


Reserved = Annotated[Thing | ShortOfStock, strawberry.union("ReserveResult")]


@strawberry.input
class NoteInput:
    text: str
    amounts: list[Decimal] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str | None:
        return f"Hello, {name}"

    @strawberry.field
    def decimal(self, value: Decimal) -> Decimal | None:
        return value

    @strawberry.field
    def moment(self, value: dt.datetime) -> dt.datetime | None:
        return value

    @strawberry.field
    def day(self, value: dt.date) -> dt.date | None:
        return value

    @strawberry.field
    def cursor(self, value: Cursor) -> Cursor | None:
        return value

    @strawberry.field
    def thing(self, id: strawberry.ID) -> Thing | None:
        if str(uuid_of(id, "thing")) != KNOWN:
            raise NotFound("thing", id)
        return Thing(id=id, name="the thing")

    @strawberry.field
    def things(self, first: int | None = None) -> Connection[Thing] | None:
        return things(first or 20)

    @strawberry.field
    def fault(self, kind: str) -> str | None:
        if kind == "forbidden":
            raise Forbidden("this")
        if kind == "rate":
            raise RateLimited(7)
        if kind == "refusal":
            raise NeverShown
        if kind == "field":
            raise BadRequest("first", -1, whole_number(1, 100))
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def too_large(self) -> int | None:
        return 2**40

    @strawberry.field
    async def slow(self, seconds: float) -> str | None:
        await asyncio.sleep(seconds)
        return "done"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def note(self, input: NoteInput) -> str | None:
        return input.text

    @strawberry.mutation
    async def reserve(self, quantity: Decimal) -> Reserved | None:
        if quantity > 5:
            raise StockShort(quantity, Decimal("5.00"))
        return Thing(id=strawberry.ID(KNOWN), name=f"reserved {quantity}")

    @strawberry.mutation
    async def revoke(self, name: str) -> bool | None:
        session = sessions.pop(name, None)
        if session is not None:
            session.end()
        return session is not None


@strawberry.type
class Tick:
    cursor: Cursor
    text: str


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(
        self, after: Cursor | None = None, every_ms: int = 10, size: int = 0, until: int = 1_000_000
    ) -> AsyncGenerator[Tick, None]:
        number = int(after or 0)
        while number < until:
            number += 1
            yield Tick(cursor=Cursor(number), text="x" * size)
            await asyncio.sleep(every_ms / 1000)

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[str, None]:
        yield "once"
        raise RuntimeError("the password is hunter2")

    @strawberry.subscription
    async def forbidden(self) -> AsyncGenerator[str, None]:
        if self is None:
            raise Forbidden("this")
        yield "never"


manifest = os.environ.get("SMALL_MANIFEST")
trusted = read_trusted(cast("Trust", os.environ.get("SMALL_TRUST", "allow")), Path(manifest) if manifest else None)
schema = assemble(Query, Mutation, Subscription, refusals={StockShort: ShortOfStock}, trusted=trusted)
settings: dict[str, Any] = {}
if "SMALL_INIT_TIMEOUT" in os.environ:
    settings["init_timeout_s"] = float(os.environ["SMALL_INIT_TIMEOUT"])
if "SMALL_PATIENCE" in os.environ:
    settings["buffer"] = Buffer(patience_s=float(os.environ["SMALL_PATIENCE"]))
if "SMALL_TIMEOUT" in os.environ:
    settings["timeout_s"] = float(os.environ["SMALL_TIMEOUT"])
if "SMALL_RATE" in os.environ:
    per_second, at_once = os.environ["SMALL_RATE"].split("/")
    settings["rates"] = Rates(float(per_second), int(at_once))
endpoint = GraphQLEndpoint(schema, context_for, **settings)
app = Starlette(routes=graphql_routes(endpoint))
