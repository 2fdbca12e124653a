"""GraphiQL at /graphql: for browsers only, and nothing of it comes from elsewhere."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest

from schema.build import build_schema
from schema.graphiql import ASSETS, EXAMPLES, page
from tests.schema.serving import Server, serving

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as started:
        yield started


def test_a_browser_gets_the_page_and_every_file_it_names(server: Server) -> None:
    response = httpx.get(server.url, headers=BROWSER)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in response.headers["content-security-policy"]
    named = re.findall(r'(?:src|href)="([^"]+)"', response.text)
    files = [name for name in named if not name.startswith("data:")]
    assert len(files) == 7
    for name in files:
        assert name.startswith("/graphql/assets/")
        found = httpx.get(urljoin(server.url, name))
        assert found.status_code == 200
        assert found.headers["content-type"].split(";")[0] in ("text/javascript", "text/css")
        again = httpx.get(urljoin(server.url, name), headers={"if-none-match": found.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_program_gets_no_page(server: Server) -> None:
    for accept in ("*/*", "application/json", "application/graphql-response+json"):
        response = httpx.get(server.url, headers={"accept": accept})
        assert response.status_code == 400
        assert "json" in response.headers["content-type"]
    asked = httpx.get(server.url, params={"query": "{hello}"}, headers=BROWSER)
    assert asked.json() == {"data": {"hello": "Hello, world"}}


def test_the_ready_queries_are_tabs(server: Server) -> None:
    tabs = httpx.get(f"{server.url}/assets/examples.json").json()
    assert all(set(tab) == {"query", "variables"} for tab in tabs)


def test_other_files_are_not_served(server: Server) -> None:
    for name in ("__init__.py", "page.html", "..%2f__init__.py", "../build.py", "%00"):
        assert httpx.get(f"{server.url}/assets/{name}").status_code == 404


def test_nothing_is_fetched_from_elsewhere() -> None:
    assert "http" not in page("/graphql").replace("https://github.com", "")
    for name, (content, _) in ASSETS.items():
        text = content.decode()
        assert not re.search(r"//[a-z.]*(unpkg|jsdelivr|cdnjs|esm\.sh|googleapis|gstatic)", text), name
        assert "sourceMappingURL" not in text, name
        assert not re.search(r"url\((?!data:|[\"']?#)[\"']?https?:", text), name


def test_every_ready_query_is_valid_today() -> None:
    schema = build_schema()
    assert EXAMPLES
    for example in EXAMPLES:
        assert schema.documents.prepare(schema._schema, example["query"]).errors == []
        if example["variables"]:
            assert isinstance(json.loads(example["variables"]), dict)
