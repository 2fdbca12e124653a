"""/graphql over HTTP, against a real server: whatever the body is, the answer is JSON with a code and never a 5xx."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.schema.serving import Server, serving

JSON = {"content-type": "application/json"}
GRAPHQL_JSON = "application/graphql-response+json"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(SMALL_TIMEOUT="1") as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.root, timeout=30) as started:
        yield started


def ask(client: httpx.Client, query: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    response = client.post("/graphql", json={"query": query, **more}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def only_error(answer: Any) -> Any:
    (error,) = answer["errors"]
    return error


BODIES: dict[str, tuple[bytes, int, str]] = {
    "null": (b"null", 400, "BAD_REQUEST"),
    "a text": (b'"x"', 400, "BAD_REQUEST"),
    "a number": (b"1", 400, "BAD_REQUEST"),
    "true": (b"true", 400, "BAD_REQUEST"),
    "nothing": (b"", 400, "BAD_REQUEST"),
    "half an object": (b'{"query":', 400, "BAD_REQUEST"),
    "invalid UTF-8": (b'{"query":"\xff\xfe"}', 400, "BAD_REQUEST"),
    "UTF-16": ('{"query":"{hello}"}'.encode("utf-16"), 400, "BAD_REQUEST"),
    "an integer of 5,000 digits": (b"9" * 5000, 400, "BAD_REQUEST"),
    "such an integer as a variable": (
        b'{"query":"query($v:Int){hello}","variables":{"v":' + b"9" * 5000 + b"}}",
        400,
        "BAD_REQUEST",
    ),
    "lists 200,000 deep": (b"[" * 200_000, 400, "BAD_REQUEST"),
    "closed lists 200,000 deep": (b"[" * 200_000 + b"]" * 200_000, 400, "BAD_REQUEST"),
    "objects 200,000 deep": (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, 400, "BAD_REQUEST"),
    "NaN": (b'{"query":"{hello}","variables":{"v":NaN}}', 400, "BAD_REQUEST"),
    "a list of operations": (b'[{"query":"{hello}"}]', 400, "BAD_REQUEST"),
    "an empty list": (b"[]", 400, "BAD_REQUEST"),
    "no query": (b'{"variables":{}}', 400, "BAD_REQUEST"),
    "an empty query": (b'{"query":""}', 400, "BAD_REQUEST"),
    "a query that is null": (b'{"query":null}', 400, "BAD_REQUEST"),
    "a query that is an object": (b'{"query":{"a":1}}', 400, "BAD_REQUEST"),
    "variables that are a list": (b'{"query":"{hello}","variables":[1]}', 400, "BAD_REQUEST"),
    "variables that are a text": (b'{"query":"{hello}","variables":"x"}', 400, "BAD_REQUEST"),
    "an operation name that is a list": (b'{"query":"{hello}","operationName":["a"]}', 400, "BAD_REQUEST"),
    "extensions that are a number": (b'{"query":"{hello}","extensions":1}', 400, "BAD_REQUEST"),
    "10 megabytes": (b'{"query":"{hello}","variables":{"v":"' + b"x" * 10_000_000 + b'"}}', 413, "TOO_LARGE"),
}


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_JSON])
@pytest.mark.parametrize("name", BODIES)
def test_a_malformed_body_is_the_clients_mistake(client: httpx.Client, name: str, accept: str) -> None:
    body, status, code = BODIES[name]
    response = client.post("/graphql", content=body, headers={**JSON, "accept": accept})
    assert response.status_code == status
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert only_error(response.json())["extensions"]["code"] == code
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonp",
        "; ;=",
        "",
    ],
)
def test_only_json_in_utf8_is_read(client: httpx.Client, content_type: str) -> None:
    response = client.post("/graphql", content=b'{"query":"{hello}"}', headers={"content-type": content_type})
    assert response.status_code == 415
    assert only_error(response.json())["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_allowed(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/graphql", json={"query": "{hello}"})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"input": {"text": "a\x00b"}}, "variables.input.text"),
        ({"input": {"text": "a", "amounts": ["1", "2\x00"]}}, "variables.input.amounts[1]"),
        ({"input": {"text": "a", "x\x00": 1}}, "variables.input"),
    ],
)
def test_a_nul_character_is_refused_by_the_name_of_its_field(
    client: httpx.Client, variables: dict[str, Any], field: str
) -> None:
    query = "mutation($input:NoteInput!){note(input:$input)}"
    response = client.post("/graphql", json={"query": query, "variables": variables})
    assert response.status_code == 400
    assert only_error(response.json())["extensions"] == {
        "code": "BAD_REQUEST",
        "field": field,
        "expected": "a text without NUL characters",
    }
    chinese = client.post(
        "/graphql", json={"query": query, "variables": variables}, headers={"accept-language": "fr, zh-CN;q=0.8"}
    )
    assert only_error(chinese.json())["message"] == f"{field}：应为不含 NUL 字符的文本，收到的是 其他内容。"


@pytest.mark.parametrize("surrogate", ["\\ud800", "\\uDFFF", "x\\ud83dy", "\\udc00\\ud800"])
def test_a_lone_surrogate_is_refused_by_the_name_of_its_field(client: httpx.Client, surrogate: str) -> None:
    query = "mutation($input:NoteInput!){note(input:$input)}"
    body = json.dumps({"query": query, "variables": {"input": {"text": "@"}}}).replace("@", surrogate)
    response = client.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 400
    assert only_error(response.json())["extensions"]["field"] == "variables.input.text"


def test_a_nul_character_in_the_document_is_refused(client: httpx.Client) -> None:
    error = only_error(ask(client, '{hello(name:"a\\u0000b")}'))
    assert error["extensions"] == {"code": "BAD_REQUEST", "field": "query"}
    block = only_error(ask(client, '{hello(name:"\\uD800")}'))
    assert block["extensions"]["code"] == "SYNTAX_ERROR"


def test_emoji_and_chinese_pass_unchanged(client: httpx.Client) -> None:
    text = "外墙乳胶漆 🎨 \u202e \\u0000 as six characters"
    query = "mutation($input:NoteInput!){note(input:$input)}"
    answer = ask(client, query, variables={"input": {"text": text}})
    assert answer == {"data": {"note": text}}


def test_queries_may_come_by_get_and_mutations_may_not(client: httpx.Client) -> None:
    response = client.get("/graphql", params={"query": "query($n:String!){hello(name:$n)}", "variables": '{"n":"GET"}'})
    assert response.json() == {"data": {"hello": "Hello, GET"}}
    refused = client.get("/graphql", params={"query": 'mutation{note(input:{text:"a"})}'})
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    for mistaken in ({"query": "{hello}", "variables": "[1]"}, {"query": "{hello}", "variables": "{"}, {"x": "y"}):
        assert client.get("/graphql", params=mistaken).status_code == 400
    assert client.get("/graphql", params={"query": '{hello(name:"\x00")}'}).status_code == 400


def test_a_subscription_is_sent_to_the_socket(client: httpx.Client) -> None:
    response = client.post("/graphql", json={"query": "subscription{ticks{cursor}}"})
    assert response.status_code == 400
    assert only_error(response.json())["message"] == "Subscriptions are not for POST. Use the WebSocket."


def test_which_operation_is_meant_must_be_clear(client: httpx.Client) -> None:
    two = 'query A{hello} query B{day(value:"2026-01-31")}'
    assert ask(client, two, operationName="B") == {"data": {"day": "2026-01-31"}}
    for name in (None, "C"):
        error = only_error(ask(client, two, operationName=name))
        assert error["extensions"]["code"] == "BAD_REQUEST"
    assert only_error(ask(client, "fragment F on Query{hello}"))["extensions"]["code"] == "BAD_REQUEST"


def test_mistakes_in_the_document_have_codes_and_suggest_nothing(client: httpx.Client) -> None:
    assert only_error(ask(client, "{"))["extensions"]["code"] == "SYNTAX_ERROR"
    error = only_error(ask(client, "{helo}"))
    assert error["message"] == "Cannot query field 'helo' on type 'Query'."
    assert error["extensions"]["code"] == "BAD_REQUEST"
    for mistaken in (
        '{hello(nam:"x")}',
        "{thing(id:1){nam}}",
        "query($v:Decima){hello}",
        "{thing(id:1){...on Thin{id}}}",
    ):
        assert "Did you mean" not in json.dumps(ask(client, mistaken))


def test_a_request_that_was_not_executed_is_400_for_those_who_ask_for_it(client: httpx.Client) -> None:
    response = client.post("/graphql", json={"query": "{"}, headers={"accept": GRAPHQL_JSON})
    assert (response.status_code, set(response.json())) == (400, {"errors"})
    executed = client.post("/graphql", json={"query": '{fault(kind:"forbidden")}'}, headers={"accept": GRAPHQL_JSON})
    assert (executed.status_code, executed.json()["data"]) == (200, {"fault": None})


@pytest.mark.parametrize(
    ("kind", "extensions"),
    [
        ("forbidden", {"code": "FORBIDDEN"}),
        ("rate", {"code": "RATE_LIMITED", "retryAfterSeconds": 7}),
        ("field", {"code": "BAD_REQUEST", "field": "first", "expected": "a whole number from 1 to 100"}),
        ("refusal", {"code": "NEVER_SHOWN"}),
    ],
)
def test_a_fault_is_an_error_with_its_code(client: httpx.Client, kind: str, extensions: dict[str, Any]) -> None:
    answer = ask(client, "query($k:String!){fault(kind:$k) hello}", variables={"k": kind})
    assert only_error(answer)["extensions"] == extensions
    assert answer["data"] == {"fault": None, "hello": "Hello, world"}


def test_what_is_ours_is_masked_and_logged_with_the_trace_id(client: httpx.Client, server: Server) -> None:
    for query in ('{fault(kind:"crash")}', "{tooLarge}"):
        error = only_error(ask(client, query))
        assert error["extensions"]["code"] == "INTERNAL"
        assert "hunter2" not in json.dumps(error)
        assert f"trace {error['extensions']['traceId']}\nTraceback" in server.logged()
    assert "RuntimeError: the password is hunter2" in server.logged()


def test_a_refusal_is_a_member_of_the_union_in_the_readers_language(client: httpx.Client) -> None:
    query = (
        "mutation($q:Decimal!){reserve(quantity:$q){__typename ...on Thing{name} "
        "...on ShortOfStock{code message asked available}}}"
    )
    assert ask(client, query, variables={"q": "2.50"})["data"]["reserve"] == {
        "__typename": "Thing",
        "name": "reserved 2.50",
    }
    short = {"__typename": "ShortOfStock", "code": "STOCK_SHORT", "asked": "7", "available": "5.00"}
    english = ask(client, query, variables={"q": "7"})
    assert english == {"data": {"reserve": {**short, "message": "7 were asked for, 5 are available."}}}
    chinese = ask(client, query, {"accept-language": "zh-CN"}, variables={"q": "7"})
    assert chinese == {"data": {"reserve": {**short, "message": "需要 7，可供 5。"}}}


def test_foreign_absent_and_malformed_ids_are_answered_alike(client: httpx.Client) -> None:
    for value in ("019a9c2e-0000-7000-8000-00000000ffff", "nonsense", "", "x" * 5000, "5", "{019a}", "外墙"):
        answer = ask(client, "query($id:ID!){thing(id:$id){id}}", variables={"id": value})
        assert only_error(answer)["extensions"] == {"code": "NOT_FOUND"}
        assert answer["data"] == {"thing": None}


def test_credentials_that_do_not_count_are_said_so(client: httpx.Client) -> None:
    assert ask(client, "{hello}")["data"]
    answer = ask(client, "{hello}", {"authorization": "Bearer stolen"})
    assert only_error(answer)["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in answer
    strict = client.post(
        "/graphql", json={"query": "{hello}"}, headers={"authorization": "Bearer x", "accept": GRAPHQL_JSON}
    )
    assert strict.status_code == 401


def test_a_session_store_that_is_away_is_ours(client: httpx.Client, server: Server) -> None:
    response = client.post("/graphql", json={"query": "{hello}"}, headers={"authorization": "Bearer broken"})
    assert response.status_code == 500
    assert only_error(response.json())["extensions"]["traceId"] in server.logged()
    assert "session store" not in response.text


def test_an_operation_that_takes_too_long_is_stopped(client: httpx.Client) -> None:
    assert only_error(ask(client, "{slow(seconds:20)}"))["extensions"] == {"code": "TIMEOUT"}


def test_mistakes_of_clients_leave_no_traceback(client: httpx.Client, server: Server) -> None:
    before = server.logged().count("Traceback")
    for body, _, _ in BODIES.values():
        client.post("/graphql", content=body, headers=JSON)
    for query in ("{", "{helo}", '{fault(kind:"forbidden")}', '{fault(kind:"refusal")}', '{decimal(value:"NaN")}'):
        ask(client, query)
    assert server.logged().count("Traceback") == before


def test_answers_are_nobody_elses_to_keep(client: httpx.Client) -> None:
    assert client.post("/graphql", json={"query": "{hello}"}).headers["cache-control"] == "no-store"
