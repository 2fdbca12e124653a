"""Plans: made at the second time, used, bounded, forgotten with their document, and switched off."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import strawberry
from graphql import parse
from strawberry.extensions import FieldExtension

from schema.build import MallSchema, assemble
from schema.documents import KEPT_LENGTH
from schema.execution import Plans, Unchanging
from schema.execution.plan import MOST_FIELDS
from schema.execution.plans import MOST_VARIANTS
from schema.execution.unchanging import MOST_ANSWERS
from tests.schema.execution.both_ways import Both


class Counted:
    """How often graphql-core was asked for a field's value."""

    reads = 0


class Louder(FieldExtension):
    """Changes what a method says."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        return f"{next_(source, info, **arguments)}!"


@strawberry.type
class Inner:
    name: str
    other: "Inner | None" = None

    @strawberry.field
    def slow(self, info: strawberry.Info) -> str:
        Counted.reads += 1
        return self.name.upper()

    @strawberry.field
    def shout(self) -> str:
        Counted.reads += 1
        return self.name.upper()

    @strawberry.field
    def echo(self, times: int = 2) -> str:
        return self.name * times

    @strawberry.field
    async def later(self) -> str:
        return self.name

    @strawberry.field
    @staticmethod
    def fixed() -> str:
        return "fixed"

    @strawberry.field(extensions=[Louder()])  # type: ignore[untyped-decorator]
    def extended(self) -> str:
        return self.name


@strawberry.type
class Query:
    @strawberry.field
    def inner(self) -> Inner:
        return Inner(name="a", other=Inner(name="b"))

    @strawberry.field
    def inners(self, many: int) -> list[Inner]:
        return [Inner(name=str(one), other=Inner(name="b")) for one in range(many)]


async def ask(schema: MallSchema, text: str, **variables: object) -> object:
    result = await schema.execute(text, variable_values=variables)
    assert result.errors is None
    return result.data


def only_plan(schema: MallSchema) -> object:
    (one,) = schema.documents.plans.documents.values()
    return next(iter(one.variants.values()), None)


async def test_a_document_is_planned_when_it_comes_again() -> None:
    schema = assemble(Query)
    text = "{ inners(many: 3) { name other { name } } }"
    first = await ask(schema, text)
    assert only_plan(schema) is None
    assert await ask(schema, text) == first
    assert only_plan(schema) is not None
    assert await ask(schema, text) == first


async def test_a_resolver_below_leaves_its_siblings_compiled() -> None:
    schema = assemble(Query)
    text = "{ inners(many: 3) { name slow other { name other { name } } } }"
    answers = [await ask(schema, text) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["inners"][1] == {"name": "1", "slow": "1", "other": {"name": "b", "other": None}}  # type: ignore[index]
    (one,) = schema.documents.plans.documents.values()
    (plan,) = one.variants.values()
    (rows,) = [rows for rows in plan.rows_of.values() if rows]
    assert [(row.name, row.complete is not None) for row in rows] == [("name", True), ("slow", False), ("other", True)]


async def test_a_method_that_needs_only_its_object_is_compiled() -> None:
    schema = assemble(Query)
    text = "{ inners(many: 3) { shout other { shout name } } }"
    answers = [await ask(schema, text) for _ in range(2)]
    Counted.reads = 0
    assert await ask(schema, text) == answers[0] == answers[1]
    assert Counted.reads == 6
    assert answers[0]["inners"][1] == {"shout": "1", "other": {"shout": "B", "name": "b"}}  # type: ignore[index]
    (one,) = schema.documents.plans.documents.values()
    (plan,) = one.variants.values()
    assert [(one.tried, one.failed) for one in plan.attempts.values() if one] == [(2, 0)]


@pytest.mark.parametrize(
    ("field", "said"), [("slow", "1"), ("echo", "11"), ("later", "1"), ("fixed", "fixed"), ("extended", "1!")]
)
async def test_every_other_resolver_is_graphql_cores(field: str, said: str) -> None:
    schema = assemble(Query)
    for _ in range(3):
        data = await ask(schema, f"{{ inners(many: 2) {{ {field} }} }}")
        assert data["inners"][1] == {field: said}  # type: ignore[index]
    (one,) = schema.documents.plans.documents.values()
    (plan,) = one.variants.values()
    assert plan.rows_of
    assert not any(plan.rows_of.values())


async def test_switches_have_plans_of_their_own() -> None:
    schema = assemble(Query)
    text = "query($a: Boolean!, $b: Boolean = true) { inner { name @skip(if: $a) other @include(if: $b) { name } } }"
    for _ in range(2):
        assert await ask(schema, text, a=True) == {"inner": {"other": {"name": "b"}}}
        assert await ask(schema, text, a=False) == {"inner": {"name": "a", "other": {"name": "b"}}}
        assert await ask(schema, text, a=False, b=False) == {"inner": {"name": "a"}}
    (one,) = schema.documents.plans.documents.values()
    assert len(one.variants) == 3


async def test_other_variables_share_a_plan_and_are_not_kept() -> None:
    schema = assemble(Query)
    text = "query($many: Int!) { inners(many: $many) { name } }"
    for many in range(5):
        assert len((await ask(schema, text, many=many))["inners"]) == many  # type: ignore[index]
    (one,) = schema.documents.plans.documents.values()
    (plan,) = one.variants.values()
    assert plan.collect.args[2].coerced == {}  # type: ignore[attr-defined]


async def test_variants_of_one_document_are_bounded() -> None:
    schema = assemble(Query)
    names = [f"v{one}" for one in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: name @include(if: ${name})" for name in names)
    text = f"query({declared}) {{ inner {{ name {fields} }} }}"
    for bits in range(64):
        chosen = {name: bool(bits >> place & 1) for place, name in enumerate(names)}
        data = await ask(schema, text, **chosen)
        assert list(data["inner"]) == ["name", *(name for name in names if chosen[name])]  # type: ignore[index]
    (one,) = schema.documents.plans.documents.values()
    assert len(one.variants) == MOST_VARIANTS


async def test_the_plans_of_all_documents_are_bounded_in_fields() -> None:
    schema = assemble(Query)
    plans = schema.documents.plans
    plans.most_fields = 200
    texts = [f"{{ inner {{ a{one}: name other {{ name b{one}: name c{one}: name }} }} }}" for one in range(60)]
    for text in texts:
        for _ in range(4):
            await ask(schema, text)
    assert 100 < plans.fields <= 200 + 20
    assert plans.fields == sum(one.weight for one in plans.documents.values())
    assert len(plans.documents) == 60, "the documents themselves are still in memory, and are planned again"
    assert sum(bool(one.variants) for one in plans.documents.values()) < 30
    assert await ask(schema, texts[0]) == {"inner": {"a0": "a", "other": {"name": "b", "b0": "b", "c0": "b"}}}
    assert plans.documents[id(schema.documents.kept[texts[0]].document)].variants


async def test_a_forgotten_document_takes_its_plans_along() -> None:
    schema = assemble(Query)
    padding = "# " + "x" * 9_000
    first = weakref.ref(Anchor.of(schema, "{ inner { name } } " + padding))
    for _ in range(3):
        await ask(schema, "{ inner { name } } " + padding)
    for one in range(KEPT_LENGTH // 9_000 + 1):
        text = f"{{ inner {{ a{one}: name }} }} {padding}"
        await ask(schema, text)
        await ask(schema, text)
    gc.collect()
    assert first() is None
    assert len(schema.documents.plans.documents) == len(schema.documents.kept) < 60


class Anchor:
    """Something weakly referable that lives as long as a document's plans."""

    @staticmethod
    def of(schema: MallSchema, text: str) -> object:
        document = schema.documents.prepare(schema._schema, text).document
        return schema.documents.plans.documents[id(document)]


def test_one_plan_is_bounded_and_the_rest_is_graphql_cores() -> None:
    """A short text may say very many fields, through fragments."""
    depth = 9
    fragments = [
        f"fragment F{one} on Inner {{ a: other {{ ...F{one + 1} }} b: other {{ ...F{one + 1} }} }}"
        for one in range(depth)
    ]
    text = "{ inner { ...F0 } } " + " ".join(fragments) + f" fragment F{depth} on Inner {{ name }}"
    endless = Inner(name="deep")
    endless.other = endless
    document = parse(text)
    both = Both(assemble(Endless)._schema)
    for _ in range(3):
        plain, compiled = both.answers(document, {}, lambda: endless)
        assert plain == compiled
        assert len(plain) > 2**depth * 10
    (plan,) = both.plans_of(document)
    assert plan.size < MOST_FIELDS * 1.1


@strawberry.type
class Endless:
    @strawberry.field
    def inner(self, info: strawberry.Info) -> Inner:
        found: Inner = info.context
        return found


async def test_what_is_not_kept_is_not_planned() -> None:
    schema = assemble(Query)
    long = "{ inner { name } } # " + "x" * 30_000
    for _ in range(3):
        await ask(schema, long)
    assert not schema.documents.plans.documents


async def test_the_kill_switch() -> None:
    schema = assemble(Query, compiled=False)
    for _ in range(3):
        assert await ask(schema, "{ inner { name } }") == {"inner": {"name": "a"}}
    (one,) = schema.documents.plans.documents.values()
    assert (one.times_asked, one.variants) == (0, {})


def test_a_plan_needs_a_document_that_was_admitted() -> None:
    plans = Plans()
    document = parse("{ inner { name } }")
    plans.forget(document)
    plans.admit(document)
    plans.forget(document)
    assert (plans.fields, len(plans.documents)) == (0, 0)


@strawberry.type
class Fact(Unchanging):
    text: str
    inner: Inner | None = None

    @strawberry.field
    def shout(self) -> str:
        Counted.reads += 1
        return self.text.upper()


@strawberry.type
class Facts:
    @strawberry.field
    def fact(self, info: strawberry.Info) -> Fact:
        found: Fact = info.context
        return found


async def told(schema: MallSchema, text: str, fact: Fact) -> object:
    result = await schema.execute(text, context_value=fact)
    assert result.errors is None
    assert result.data is not None
    return result.data["fact"]


async def test_what_never_changes_is_written_once_for_each_selection() -> None:
    schema = assemble(Facts)
    kept, unkept = Fact(text="a", inner=Inner(name="b")), Fact(text="a", inner=Inner(name="b"))
    kept.keep_answers()
    short, long = "{ fact { shout } }", "{ fact { shout inner { name } } }"
    for _ in range(2):
        assert await told(schema, short, unkept) == {"shout": "A"}
        assert await told(schema, long, unkept) == {"shout": "A", "inner": {"name": "b"}}
    Counted.reads = 0
    for _ in range(3):
        assert await told(schema, short, kept) == {"shout": "A"}
        assert await told(schema, long, kept) == {"shout": "A", "inner": {"name": "b"}}
    assert Counted.reads == 2
    assert await told(schema, short, kept) is await told(schema, short, kept)
    for _ in range(3):
        assert await told(schema, short, unkept) == {"shout": "A"}
    assert Counted.reads == 5
    assert unkept.kept_answers is None


async def test_the_answers_of_one_object_are_bounded_and_go_with_it() -> None:
    schema = assemble(Facts)
    fact = Fact(text="a")
    fact.keep_answers()
    for one in range(3 * MOST_ANSWERS):
        for _ in range(3):
            assert await told(schema, f"{{ fact {{ a{one}: text shout }} }}", fact) == {f"a{one}": "a", "shout": "A"}
        assert fact.kept_answers is not None
        assert 1 <= len(fact.kept_answers) <= MOST_ANSWERS
    answer = weakref.ref(fact.kept_answers)
    del fact
    gc.collect()
    assert answer() is None


async def test_a_failure_is_not_kept() -> None:
    schema = assemble(Facts)
    fact = Fact(text=None)  # type: ignore[arg-type]
    fact.keep_answers()
    for _ in range(3):
        result = await schema.execute("{ fact { text } }", context_value=fact)
        assert result.data is None
        assert [one.path for one in result.errors or ()] == [["fact", "text"]]
    assert fact.kept_answers == {}


@pytest.mark.parametrize("alias", ["None", "class", "o", "kind", "v0", "Unplain", "__class__x", "_"])
async def test_no_response_name_disturbs_the_function(alias: str) -> None:
    schema = assemble(Query)
    for _ in range(3):
        data = await ask(schema, f"{{ inner {{ {alias}: name other {{ {alias}: name }} }} }}")
    assert data == {"inner": {alias: "a", "other": {alias: "b"}}}
