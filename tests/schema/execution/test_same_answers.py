"""Compiled execution answers what graphql-core answers, byte for byte: data in its order, and all errors."""

import collections

import pytest
from graphql import DocumentNode, GraphQLSchema, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.schema.execution import nasty, real
from tests.schema.execution.both_ways import Both
from tests.schema.execution.documents import VARIABLES, document

# graphql-core itself forgets a coroutine here and there when a non-null sibling of it fails; both ways do it alike
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited", "ignore:Exception ignored in")

SEEDS = st.integers(0, 2**32)
OPERATIONS = ("query", "query", "query", "mutation", "subscription")

NASTY = Both(nasty.schema._schema)
REAL = Both(real.made_up())
seen: collections.Counter[str] = collections.Counter()


def valid(schema: GraphQLSchema, seed: int, operation: str) -> DocumentNode | None:
    """The document of the seed; None for the few in which fields of one name disagree."""
    asked = parse(document(schema, seed, operation))
    return None if validate(schema, asked) else asked


@settings(max_examples=1_000, deadline=None, database=None)
@given(SEEDS, st.sampled_from(OPERATIONS), SEEDS)
def test_over_objects_that_misbehave(asked: int, operation: str, seed: int) -> None:
    found = valid(NASTY.schema, asked, operation)
    if found is None:
        return
    for one in (seed, seed + 1):  # the second time with a plan that has seen other values
        plain, compiled = NASTY.answers(found, VARIABLES, lambda one=one: nasty.world(one))  # type: ignore[misc]
        assert compiled == plain
        seen["answers"] += 1
        seen["with errors"] += b'"errors":[]' not in plain
    count(NASTY, found, "nasty")


@settings(max_examples=500, deadline=None, database=None)
@given(SEEDS, st.sampled_from(("query", "query", "mutation")), SEEDS)
def test_over_the_published_schema(asked: int, operation: str, seed: int) -> None:
    found = valid(REAL.schema, asked, operation)
    if found is None:
        return
    for one in (seed, seed + 1):
        plain, compiled = REAL.answers(found, VARIABLES, lambda one=one: one)  # type: ignore[misc]
        assert compiled == plain
        seen["answers"] += 1
        seen["with errors"] += b'"errors":[]' not in plain
    count(REAL, found, "real")


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(SEEDS, min_size=2, max_size=4), SEEDS)
def test_over_objects_that_keep_their_answers(asked: list[int], seed: int) -> None:
    """Several documents, each twice, about the same objects: what one answer keeps is right in all that follow."""
    documents = [found for one in asked if (found := valid(NASTY.schema, one, "query"))]
    plainly, (keeping, kept) = nasty.world(seed), nasty.kept_world(seed)
    for found in [*documents, *documents]:
        objects = iter((plainly, keeping))
        plain, compiled = NASTY.answers(found, VARIABLES, lambda objects=objects: next(objects))  # type: ignore[misc]
        assert compiled == plain
    seen["kept"] += sum(len(one.kept_answers or ()) for one in kept)
    for found in documents:
        NASTY.plans.forget(found)


def count(both: Both, found: DocumentNode, name: str) -> None:
    attempts = [one for plan in both.plans_of(found) for one in plan.attempts.values() if one]
    seen[f"{name} tried"] += sum(one.tried for one in attempts)
    seen[f"{name} failed"] += sum(one.failed for one in attempts)
    both.plans.forget(found)


def test_most_of_it_was_really_compiled() -> None:
    """Thousands of answers, many with errors; the functions were used, and gave up where objects misbehaved."""
    assert seen["answers"] > 2_500
    assert 200 < seen["with errors"] < seen["answers"] / 2
    assert 200 < seen["nasty failed"] < seen["nasty tried"] * 0.7
    assert seen["real failed"] < seen["real tried"] * 0.2
    assert seen["real tried"] > 1_000
    assert seen["kept"] > 500
