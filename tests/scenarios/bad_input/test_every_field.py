"""Every field of every mutation's input, and every argument of every query, with values that nobody should send.

Each answer is a typed refusal, an error with a code, or an acceptance of what may be: never INTERNAL, never a 5xx. What
was refused has written nothing: all rows of all tables are as before. The fields come from the schema, so a new one is
tried without a word here; a new mutation without an input in `inputs.py` fails.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_leaf_type,
)

from app import database
from app.asgi import create_application
from app.settings import settings
from schema.build import build_schema
from tests.scenarios.audited import assert_clean
from tests.scenarios.bad_input.inputs import Stage, open_stage
from tests.scenarios.bad_input.inputs_of_desk import ALL_INPUTS as INPUTS
from tests.scenarios.bad_input.values import places, sample, values_for, with_value
from tests.worlds import Party

pytestmark = pytest.mark.usefixtures("database")

SCHEMA: GraphQLSchema = build_schema()._schema
MUTATIONS = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}

# Refused as they stand: there is nothing to resume, to log in with, to end; their fields are tried all the same
NOT_ACCEPTED = {
    "endPriceList",
    "logIn",
    "logInWithWeChat",
    "logOut",
    "refreshSession",
    "reportSubscriptions",  # no WeChat account is bound
    "resumeMember",
    "resumeRelation",
    "revokeTerritory",
    "switchCompany",
}
# Their ids only narrow a list of one's own: somebody else's narrows it to nothing, as in a query
NARROWED = {"startExport"}
# Each of its ids has a result of its own, and may be refused while others are done
ONE_BY_ONE = {"confirmOrders"}
# Counts what was refused, to slow down who guesses
NOT_DIGESTED = {"log_in_failure"}


@pytest.fixture(scope="module")
async def stage(database: str) -> Stage:
    return await open_stage()


@pytest.fixture(scope="module")
def client(database: str) -> httpx.AsyncClient:
    told = settings().model_copy(update={"introspection": True})
    transport = httpx.ASGITransport(app=create_application(told))
    return httpx.AsyncClient(transport=transport, base_url="http://mall.test")


async def answer(client: httpx.AsyncClient, party: Party | None, document: str, variables: Any) -> dict[str, Any]:
    """What was answered: HTTP 200, 400 or 413, and JSON. Every error has a code, and none is ours."""
    headers = {"content-type": "application/json"} | (party.headers if party else {})
    body = json.dumps({"query": document, "variables": variables})
    response = await client.post("/graphql", content=body, headers=headers)
    assert response.status_code < 500, response.text
    said: dict[str, Any] = response.json()
    for error in said.get("errors", []):
        assert error["extensions"]["code"] not in ("INTERNAL", None), (document[:80], str(variables)[:400], error)
        assert len(json.dumps(error)) < 10_000, error
    return said


async def digest() -> dict[str, Any]:
    """How many rows each table has, and a checksum of their contents."""
    tables = await database.rows(
        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        " ORDER BY c.relname"
    )
    names = [row["relname"] for row in tables if row["relname"] not in NOT_DIGESTED]
    each = [
        f"SELECT '{one}' AS name, count(*) AS n, sum(hashtextextended(t::text, 0)) AS s FROM {one} t" for one in names
    ]
    return {row["name"]: (row["n"], row["s"]) for row in await database.rows(" UNION ALL ".join(each))}


def mutation(name: str) -> str:
    field = MUTATIONS[name]
    kind = field.args["input"].type
    refused = "... on Refused { code message }" if _may_refuse(field.type) else ""
    return f"mutation($input: {kind}) {{ {name}(input: $input) {{ __typename {refused} }} }}"


def _may_refuse(kind: Any) -> bool:
    members = getattr(get_named_type(kind), "types", ())
    return any(_refuses(one) for one in members)


def _refuses(kind: Any) -> bool:
    return any(interface.name == "Refused" for interface in getattr(kind, "interfaces", ()))


def accepted(said: dict[str, Any]) -> bool:
    """The mutation was done."""
    if "errors" in said or not said.get("data"):
        return False
    (value,) = said["data"].values()
    return value is not None and not _refuses(SCHEMA.type_map[value["__typename"]])


def test_every_mutation_has_an_input_here() -> None:
    assert set(INPUTS) == set(MUTATIONS)


@pytest.mark.parametrize("name", sorted(set(INPUTS) - NOT_ACCEPTED))
async def test_the_input_itself_is_accepted(client: httpx.AsyncClient, stage: Stage, name: str) -> None:
    party, said = await INPUTS[name](stage)
    done = await answer(client, party, mutation(name), {"input": said})
    assert accepted(done), done


@pytest.mark.parametrize("name", sorted(INPUTS))
async def test_hostile_values_in_every_field(client: httpx.AsyncClient, stage: Stage, name: str) -> None:
    document, kind = mutation(name), MUTATIONS[name].args["input"].type
    party, said = await INPUTS[name](stage)
    for path, field in places(kind):
        before = await digest()
        for value in values_for(field, stage.foreign):
            hostile = with_value(said, path, value, kind)
            if "pickup" in path:  # where the goods are delivered, nobody looks at who comes for them
                hostile["order"]["deliveryMethod"] = "PICKUP"
            done = await answer(client, party, document, {"input": hostile})
            if accepted(done):
                assert value not in stage.foreign or name in NARROWED | ONE_BY_ONE, (path, value)
                party, said = await INPUTS[name](stage)
                before = await digest()
        assert await digest() == before, path


@pytest.mark.parametrize("name", sorted(INPUTS))
async def test_an_input_that_is_none(client: httpx.AsyncClient, stage: Stage, name: str) -> None:
    party, _ = await INPUTS[name](stage)
    before = await digest()
    hostile: list[Any] = [None, [], "x", 7, {"clientKey": "x" * 10_000}, {"nonsense": {"a": "\x00"}}]
    for value in hostile:
        done = await answer(client, party, mutation(name), {"input": value})
        assert "errors" in done, value
    assert await digest() == before


# --- queries ---------------------------------------------------------------------------------------------------------


def arguments_of_queries() -> Iterator[tuple[tuple[str, ...], GraphQLObjectType]]:
    """The way to every field with arguments that is reached from Query through objects alone, without a list."""
    assert SCHEMA.query_type is not None
    waiting: list[tuple[tuple[str, ...], GraphQLObjectType]] = [((), SCHEMA.query_type)]
    while waiting:
        way, kind = waiting.pop()
        for name, field in kind.fields.items():
            if field.args:
                yield (*way, name), kind
            inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
            if isinstance(inner, GraphQLObjectType) and len(way) < 3 and name not in way:
                waiting.append(((*way, name), inner))


QUERIES = sorted({way for way, _ in arguments_of_queries()})


def _selected(kind: Any) -> str:
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    assert is_composite_type(named)
    return " { __typename }" if not hasattr(named, "fields") or "edges" not in named.fields else " { edges { cursor } }"


def query(way: tuple[str, ...], stage: Stage) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A document with a variable for every argument on the way, their types, and values for those on the way to it."""
    assert SCHEMA.query_type is not None
    kind: Any = SCHEMA.query_type
    types: dict[str, Any] = {}
    said: dict[str, Any] = {}
    opening, closing = "", ""
    for depth, name in enumerate(way):
        field = kind.fields[name]
        for argument, told in field.args.items():
            if depth == len(way) - 1 or isinstance(told.type, GraphQLNonNull):
                types[f"{argument}{depth}"] = told.type
                if isinstance(told.type, GraphQLNonNull) and told.default_value is not None:
                    said[f"{argument}{depth}"] = _own(name, argument, stage) or sample(told.type)
        passed = [f"{argument}: ${argument}{depth}" for argument in field.args if f"{argument}{depth}" in types]
        opening += f"{name}{'(' + ', '.join(passed) + ')' if passed else ''}"
        if depth < len(way) - 1:
            opening, closing = opening + " { ", " }" + closing
        else:
            opening += _selected(field.type)
        kind = get_named_type(field.type)
    variables = ", ".join(f"${name}: {told}" for name, told in types.items())
    return f"query({variables}) {{ {opening}{closing} }}", types, said


def _own(field: str, argument: str, stage: Stage) -> Any:
    if argument == "sellerId":
        return str(stage.seller.company_id)
    if field == "relation":
        return stage.relation
    if argument == "input":
        line = {"skuId": str(stage.sku), "quantity": "1"}
        return {"sellerId": str(stage.seller.company_id), "lines": [line]}
    return None


@pytest.mark.parametrize("way", QUERIES, ids=".".join)
async def test_hostile_values_in_every_argument(client: httpx.AsyncClient, stage: Stage, way: tuple[str, ...]) -> None:
    document, types, said = query(way, stage)
    last = str(len(way) - 1)
    before = await digest()
    for variable, kind in types.items():
        if not variable.endswith(last):
            continue
        for value in values_for(kind, stage.foreign):
            await answer(client, stage.buyer, document, said | {variable: value})
        for path, field in places(kind):
            for value in values_for(field, stage.foreign):
                hostile = with_value(said.get(variable), path, value, kind)
                await answer(client, stage.buyer, document, said | {variable: hostile})
    assert await digest() == before


async def test_the_books_are_clean_after_all_of_it(stage: Stage) -> None:
    await assert_clean()
