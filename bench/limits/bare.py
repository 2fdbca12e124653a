"""The bare handlers: one route per measured page, on the same server, with the mall's own statements.

    uvicorn bench.limits.bare:application

Nothing between socket and database but Starlette, asyncpg and orjson; the session is checked as the mall checks it.
Before it serves, it asks the mall for each page in this process, takes the statements from there, and compares answers:
a page that differs from the mall's is an error, and the process ends.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.network.tokens import read_access_token
from app.settings import settings
from bench.data.world import read_world
from bench.limits import pages as answers
from bench.limits.captured import CapturedMall, Statement, Template, captured_mall
from bench.pages import NAMES, Asked, document, page

Handler = Callable[[Any, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Differs(RuntimeError):
    """A bare handler does not answer what the mall answers."""


class Bare:
    """The pool, and for each page the statements of the mall."""

    def __init__(self) -> None:
        self.session: Template | None = None
        self.viewers: dict[UUID, Any] = {}
        self.templates: dict[tuple[str, str | None], list[Template]] = {}
        self.pool: asyncpg.Pool | None = None

    async def learn(self, mall: CapturedMall, name: str, asked: Asked) -> dict[str, Any]:
        """Take the statements of one request; the second of its kind, so that what the mall keeps is kept here too."""
        claims = read_access_token(asked.member.token)
        text = document(name.split(".")[0])
        await mall.ask(asked.member.token, text, asked.variables)
        data, statements = await mall.ask(asked.member.token, text, asked.variables)
        known: dict[str, object] = {"company": asked.member.company}
        if "skuId" in asked.variables:
            known["sku"] = UUID(str(asked.variables["skuId"]))
        self.viewers[claims.session_id] = {"company_id": asked.member.company}
        ours: list[Statement] = []
        for one in statements:
            if "FROM session" in one.sql:
                self.session = Template(one, {"session": claims.session_id, "membership": claims.membership_id})
            else:
                ours.append(one)
        self.templates[name, _word(asked.variables)] = [Template(one, known) for one in ours]
        return data

    async def viewer(self, request: Request) -> Any:
        """Who asks: the token's signature, and the session as the mall reads it."""
        claims = read_access_token(request.headers["authorization"][7:])
        if self.session is None:
            return self.viewers[claims.session_id]
        values = {"session": claims.session_id, "membership": claims.membership_id}
        assert self.pool is not None
        found = await self.pool.fetchrow(self.session.sql, *self.session.params(datetime.now(UTC), values))
        if found is None:
            raise PermissionError("this session has ended")
        return found

    async def rows(self, template: Template, **values: object) -> list[asyncpg.Record]:
        assert self.pool is not None
        found: list[asyncpg.Record] = await self.pool.fetch(template.sql, *template.params(datetime.now(UTC), values))
        return found

    async def answer(self, name: str, viewer: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON of a page."""
        templates = self.templates[name, _word(variables)]
        company = viewer["company_id"]
        if name == "history":
            orders = await self.rows(templates[0], company=company)
            ids = [one["id"] for one in orders[: answers.ORDERS]]
            lines = await self.rows(templates[1], company=company, ids=ids, readers=[company] * len(ids))
            return answers.history(orders, lines)
        if name == "detail":
            return answers.detail(await self.rows(templates[0], company=company, sku=UUID(variables["skuId"])))
        shape = answers.catalog if name == "catalog" else answers.search
        return shape(await self.rows(templates[0], company=company))


bare = Bare()


@asynccontextmanager
async def lifespan(application: Starlette) -> AsyncIterator[None]:
    """Learn from the mall, compare, then serve."""
    told = settings()
    world = await read_world(told.database_url)
    expected: list[tuple[str, Asked, dict[str, Any]]] = []
    async with captured_mall() as mall:
        for name in NAMES:
            for asked in page(name, world, many=10).requests:
                expected.append((name, asked, await bare.learn(mall, name, asked)))
    bare.pool = await asyncpg.create_pool(told.database_url, min_size=1, max_size=told.pool_size, reset=_leave_as_is)
    try:
        for name, asked, data in expected:
            said = await bare.answer(name, {"company_id": asked.member.company}, asked.variables)
            if said["data"] != data:
                raise Differs(f"{name} {dict(asked.variables)}: {difference(said['data'], data)}")
        yield
    finally:
        await bare.pool.close()


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """The mall's pool sends no reset statement either."""


def difference(one: object, other: object, path: str = "data") -> str:
    """Where two JSON values first differ: the bare handler's, and the mall's."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        found = (difference(one[key], other[key], f"{path}.{key}") for key in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        found = (difference(*both, f"{path}[{n}]") for n, both in enumerate(zip(one, other, strict=True)))
    else:
        return "" if one == other else f"{path} is {str(one)[:300]}, the mall says {str(other)[:300]}"
    return next(filter(None, found), "")


def _word(variables: Mapping[str, Any]) -> str | None:
    word = variables.get("search")
    return word if isinstance(word, str) else None


async def answer(request: Request) -> Response:
    """POST /PAGE with the page's variables."""
    variables = orjson.loads(await request.body())
    viewer = await bare.viewer(request)
    said = await bare.answer(request.path_params["page"], viewer, variables)
    return Response(orjson.dumps(said), media_type="application/json", headers={"cache-control": "no-store"})


async def alive(request: Request) -> Response:
    """It serves."""
    return Response(b"ok")


application = Starlette(
    routes=[Route("/health/ready", alive), Route("/{page}", answer, methods=["POST"])], lifespan=lifespan
)
