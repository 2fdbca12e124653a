"""What the documentation names is there: files, commands, options, make targets, settings, the API's names."""

import re
import tomllib
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

import click
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from app.catalog import refusals as catalog_refusals
from app.cli import COMMANDS, main
from app.importing.kind import Kind
from app.kernel.page import MOST_FIRST
from app.kernel.refusal import Worded
from app.network.roles import Permission, Role
from app.ordering.asked import MOST_LINES
from app.ordering.refusals import OrderProblem
from app.settings import Settings
from schema.build import build_schema
from schema.endpoint import GraphQLEndpoint
from schema.limits import Limits
from tests.docs.markdown import ROOT, anchors, blocks, links, pages, spans, table
from tests.docs.settings_table import PAGE as OPERATIONS
from tests.docs.settings_table import names, written

PAGES = [*pages(), ROOT / "CHANGELOG.md", ROOT / "docs" / "decisions" / "README.md"]
PER_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
ELSEWHERE = {"POSTGRES_PASSWORD", "COLUMNS"}  # of the servers and of the terminal

# Names that look like the API's and belong to somebody else
OTHERS = {
    *("connectionParams", "shouldRetry", "webSocketImpl", "onClose", "WebSocket"),  # of JavaScript
    "wx.requestSubscribeMessage",  # of WeChat
    *("makemigrations", "ForeignKeyField", "Meta.constraints", "in_transaction"),  # of Tortoise
    *("exception_handlers", "OverlappingFieldsCanBeMerged"),  # of Strawberry and GraphQL
    *("LC_CTYPE", "asyncio.Queue"),
}
API = ROOT / "docs" / "api.md"
WORD = re.compile(r"[A-Za-z_][\w.]*")
PATH = re.compile(
    r"(?:app|schema|workers|migrations|tests|bench|clients|docs)(?:/[\w.\-]+)+/?|[\w\-]+\.(?:md|yaml|toml)"
)
COMMAND = re.compile(r"tributary +([a-z]+)((?: +[^`|&;\n]*)?)")
MAKE = re.compile(r"\bmake +([a-z]+)\b")
SETTING = re.compile(r"\b(?:TRIBUTARY_[A-Z_]+|DATABASE_URL|DIRECT_DATABASE_URL|REDIS_URL)\b")


def told(page: Path) -> Iterator[str]:
    """What stands between backticks, and the commands."""
    yield from spans(page)
    for block in blocks(page):
        if block.language in ("sh", "yaml"):
            yield block.text


@PER_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}"


@PER_PAGE
def test_files_are_there(page: Path) -> None:
    for span in spans(page):
        for path in PATH.findall(span) if " " not in span else []:
            there = (ROOT / path).exists() or (page.parent / path).exists()
            assert there or path in _made_on(page), f"{page.name} names {path}"


def _made_on(page: Path) -> set[str]:
    return {block.info.split()[0] for block in blocks(page) if block.language in ("csv", "js") and block.info}


@PER_PAGE
def test_commands_and_their_options_are_there(page: Path) -> None:
    context = click.Context(main)
    for text in told(page):
        for name, rest in COMMAND.findall(text.replace("\\\n", " ")):
            if name in ("migrate", "serve", "work") and "docker" in text:
                continue
            assert name in COMMANDS, f"{page.name} names tributary {name}"
            command = main.get_command(context, name)
            assert command is not None
            known = {option for one in command.get_params(context) for option in one.opts}
            used = set(re.findall(r"(?<!\S)--[a-z\-]+", rest))
            assert used <= known, f"{page.name}: tributary {name} has no {used - known}"


@PER_PAGE
def test_make_targets_are_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {name for text in told(page) for name in MAKE.findall(text)}
    assert named <= targets


@PER_PAGE
def test_settings_are_there(page: Path) -> None:
    known = {*names().values(), *ELSEWHERE, "TRIBUTARY_DOCS_WRITE", "TRIBUTARY_WRITE_CONSTRAINTS"}
    text = page.read_text(encoding="utf-8")
    assert set(SETTING.findall(text)) <= known


@PER_PAGE
def test_names_of_the_api_are_there(page: Path) -> None:
    known = names_known()
    for span in spans(page):
        plain = span.removeprefix("... on ").rstrip(":")
        if not WORD.fullmatch(plain) or plain in OTHERS:
            continue
        looks_like_it = re.fullmatch(r"[a-z]+(?:[A-Z]\w*)|[A-Z][a-z]+\w*|[A-Z]+(?:_[A-Z]+)+", plain.split(".")[-1])
        if looks_like_it:
            assert set(plain.split(".")) <= known, f"{page.name} names {plain}"


def names_known() -> set[str]:
    """Types, fields, arguments, values and codes of the API; settings, roles, columns of imports, our own classes."""
    known = _of_schema(build_schema()._schema)
    known |= {one.code for one in _below(Worded) if "code" in vars(one)}
    known |= {name for module in (catalog_refusals,) for name in vars(module)}
    known |= {one.__name__ for one in _below(Worded)} | {Worded.__name__, "Fault", "Refusal"}
    known |= {one.value for one in Role} | {one.value for one in Permission}
    known |= {column.name for kind in Kind.__subclasses__() for column in kind.columns}
    known |= {*names().values(), *Settings.model_fields, *ELSEWHERE}
    known |= set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', _source("schema")))
    known |= set(re.findall(r'"([a-z]+(?:[A-Z]\w*)+)"', _source("schema")))
    return known


def _below(kind: type[Worded]) -> Iterator[type[Worded]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _of_schema(schema: GraphQLSchema) -> set[str]:
    known = set(schema.type_map)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            known |= set(kind.fields) | {name for one in kind.fields.values() for name in one.args}
        elif isinstance(kind, GraphQLInputObjectType):
            known |= set(kind.fields)
        elif isinstance(kind, GraphQLEnumType):
            known |= set(kind.values)
    return known


def _source(folder: str) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / folder).rglob("*.py")))


def test_the_table_of_settings_is_current() -> None:
    page = OPERATIONS.read_text(encoding="utf-8")
    assert page == written(page), "run `python -m tests.docs.settings_table`"


def test_facts_are_about_the_versions_in_use() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9\-]+)==(\S+)", lock, re.MULTILINE))
    rows = table(ROOT / "docs" / "libraries.md", "library", "version")
    assert {name: pinned.get(name) for name, _ in rows} == dict(rows)


def test_the_limits_are_as_shown() -> None:
    shown = table(API, "what", "at most")
    numbers = {what: int(re.sub(r"\D", "", re.split(r"[a-z:]", most)[0])) for what, most in shown}
    limits, told, endpoint = Limits(), Settings(), signature(GraphQLEndpoint).parameters
    assert (limits.depth, limits.aliases, limits.cost) == (told.max_depth, told.max_aliases, told.max_cost)
    assert numbers == {
        "body of a request": told.max_body_bytes,
        "message on a socket": endpoint["largest_frame"].default,
        "depth of a document": limits.depth,
        "aliases, directives": limits.aliases,
        "fields in the text": limits.fields,
        "fields that the answer may hold (cost)": limits.cost,
        "root fields": limits.query_root_fields,
        "page": MOST_FIRST,
        "lines of an order or a cart": MOST_LINES,
        "operations on a socket": endpoint["operations_per_socket"].default,
        "time of a query or mutation": endpoint["timeout_s"].default,
        "operations of a session, at one API process": told.operations_per_second,
    }
    assert limits.directives == limits.aliases


def test_every_problem_of_an_order_is_explained() -> None:
    rows = table(API, "code", "what it says besides")
    assert sorted(row[0].strip("`") for row in rows) == sorted(one.code for one in _below(OrderProblem))


def test_every_library_has_its_line_in_the_decisions() -> None:
    text = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for requirement in wanted:
        match = re.match(r"[A-Za-z0-9\-]+", requirement)
        assert match is not None
        assert match[0] in text, f"docs/decisions/README.md does not say why we use {match[0]}"


def test_no_page_names_a_place_of_ours() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"/(?:work|root|home)/\w|/tmp/(?!another-mall)", text), page.name


def test_blocks_that_are_not_run_say_why() -> None:
    reasons = [block.not_run for page in pages() for block in blocks(page) if block.not_run]
    assert all(len(reason) > 10 for reason in reasons)
    assert len(reasons) <= 8, "fewer, please: what is not run is soon not true"
