"""A document executed by graphql-core as it comes, beside our executor, in one process and without a database.

    python -m bench.limits.plain < ORDER > RESULT

The offers are those that the mall's own resolver returns for a catalog page; then both executors write them, turn by
turn, field by field: the answers that offers keep are switched off. Two things are measured: executing alone, and a
whole operation (parsed and validated from memory) with compiled execution on and off by its setting.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
import uvloop
from graphql import ExecutionResult, GraphQLObjectType, execute

from app import database
from app.settings import settings
from bench.data.world import read_world
from bench.measured import alternately
from bench.pages import document, page
from bench.stage import REMEMBERED
from schema.build import assemble, build_schema
from schema.context import read_context
from schema.page import Connection
from schema.storefront import Offer

WARM = 30


async def offers_of_a_page() -> Connection[Offer]:
    """What the mall's resolver returns for the catalog page."""
    told = settings()
    await database.connect(told.database_url, 2)
    try:
        asked = page("catalog", await read_world(told.database_url)).requests[0]
        mall = build_schema()
        storefront = mall._schema.type_map["Storefront"]
        assert isinstance(storefront, GraphQLObjectType)
        field = storefront.fields["offers"]
        resolve, returned = field.resolve, []

        async def remembered(*args: Any, **kwargs: Any) -> Any:
            returned.append(await resolve(*args, **kwargs))
            return returned[0]

        field.resolve = remembered
        context = await read_context(f"Bearer {asked.member.token}")
        answer = await mall.execute(document("catalog"), variable_values=dict(asked.variables), context_value=context)
        if answer.errors:
            raise RuntimeError(str(answer.errors))
    finally:
        await database.disconnect()
    page_of_offers: Connection[Offer] = returned[0]
    return page_of_offers


async def measure(rounds: int, seconds: float) -> dict[str, tuple[list[float], list[float]]]:
    """Executions a second, ours and plain, by what was measured."""
    offers = await offers_of_a_page()

    @strawberry.type
    class Query:
        @strawberry.field
        def offers(self) -> Connection[Offer]:
            return offers

    text = document("execution")
    compiled, plain = assemble(Query, compiled=True), assemble(Query, compiled=False)
    parsed = compiled.documents.prepare(compiled._schema, text).document
    assert parsed is not None

    def ours() -> ExecutionResult:
        return _done(execute(compiled._schema, parsed, executor_class=compiled.execution_context_class))

    def plainly() -> ExecutionResult:
        return _done(execute(plain._schema, parsed))

    for _ in range(WARM):
        if ours().data != plainly().data or ours().data is None:
            raise RuntimeError("the two executors do not say the same")
    alone = alternately(rounds, lambda: _rate(ours, seconds), lambda: _rate(plainly, seconds))
    whole: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for schema, rates in zip((compiled, plain), whole, strict=True):
            rates.append(await _rate_of_operations(lambda one=schema: one.execute(text), seconds))  # type: ignore[misc]
    return {"execution": alone, "execution.operation": whole}


def _done(result: Any) -> ExecutionResult:
    assert isinstance(result, ExecutionResult)
    return result


def _rate(run: Callable[[], object], seconds: float) -> float:
    done, began = 0, time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        for _ in range(5):
            run()
        done += 5
    return done / (now - began)


async def _rate_of_operations(run: Callable[[], Awaitable[object]], seconds: float) -> float:
    for _ in range(WARM):
        await run()
    done, began = 0, time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        for _ in range(5):
            await run()
        done += 5
    return done / (now - began)


def main() -> None:
    """One measurement from standard input to standard output."""
    told = json.load(sys.stdin)
    os.environ[REMEMBERED] = "0"
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(told["rounds"], told["seconds"]))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
