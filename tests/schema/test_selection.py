"""Which names are asked for below a field, remembered with the document and no longer."""

import gc

import strawberry

from schema.build import assemble
from schema.selection import _gathered, asked_names


@strawberry.type
class Node:
    name: str = "n"

    @strawberry.field
    def below(self, info: strawberry.Info) -> "Node | None":
        seen.append(asked_names(info))
        return None


@strawberry.type
class Query:
    @strawberry.field
    def node(self, info: strawberry.Info) -> Node:
        seen.append(asked_names(info))
        return Node()


seen: list[frozenset[str]] = []


async def asked(text: str) -> list[frozenset[str]]:
    schema = assemble(Query)
    for _ in range(2):
        seen.clear()
        result = await schema.execute(text)
        assert result.errors is None
    return list(seen)


async def test_names_of_fields_fragments_and_what_is_skipped() -> None:
    text = "{ node { ...F n: name @skip(if: true) } } fragment F on Node { below { ... on Node { name } } }"
    assert await asked(text) == [frozenset({"below", "name"}), frozenset({"name"})]


async def test_a_field_that_is_asked_twice_asks_for_both() -> None:
    assert await asked("{ node { name } node { below { name } } }") == [
        frozenset({"name", "below"}),
        frozenset({"name"}),
    ]


async def test_they_go_with_their_document() -> None:
    gc.collect()
    before = len(_gathered)
    schema = assemble(Query)
    await schema.execute("{ node { name } }")
    assert len(_gathered) == before + 1
    schema.documents.kept.clear()
    schema.documents.plans.documents.clear()
    gc.collect()
    assert len(_gathered) == before
