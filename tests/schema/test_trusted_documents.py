"""Documents by hash: automatic ones as Apollo's clients send them, and trusted ones from a manifest."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from graphql import GraphQLError

from app.cli import main
from schema.build import MallSchema, assemble
from schema.documents import KEPT_LENGTH
from schema.trusted import TrustedDocuments, UnusableManifest, hash_of, manifest, read_trusted
from tests.schema import small
from tests.schema.serving import Server, serving
from tests.schema.test_transport_frames import heard, opened

HELLO = "query Hello { hello }"
AGAIN = "query Again { again: hello }"
TICK = "subscription Tick { ticks(until: 1) { cursor } }"
CHANGE = 'mutation Stop { revoke(name: "nobody") }'
GRAPHQL_JSON = "application/graphql-response+json"


def by_hash(text: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}, **more}


def code(answer: Any) -> str:
    (error,) = answer["errors"]
    found: str = error["extensions"]["code"]
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.root, timeout=30) as started:
        yield started


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("trusted") / "manifest.json"
    path.write_bytes(manifest([{"id": hash_of(one), "body": one} for one in (HELLO, TICK, CHANGE)]))
    with serving(SMALL_TRUST="only", SMALL_MANIFEST=str(path)) as started:
        yield started


def test_a_hash_is_learned_from_the_first_who_sends_both(client: httpx.Client) -> None:
    unknown = client.post("/graphql", json=by_hash(HELLO))
    assert unknown.status_code == 200
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert code(unknown.json()) == "PERSISTED_QUERY_NOT_FOUND"
    assert "data" not in unknown.json()
    assert client.post("/graphql", json=by_hash(HELLO), headers={"accept": GRAPHQL_JSON}).status_code == 400
    both = client.post("/graphql", json=by_hash(HELLO, query=HELLO))
    assert "errors" not in both.json()
    alone = client.post("/graphql", json=by_hash(HELLO))
    assert alone.json() == both.json() == client.post("/graphql", json={"query": HELLO}).json()
    read = client.get("/graphql", params={"extensions": json.dumps(by_hash(HELLO)["extensions"])})
    assert read.json() == both.json()


def test_a_hash_of_another_text_is_refused_and_not_learned(client: httpx.Client) -> None:
    wrong = by_hash(AGAIN, query=HELLO)
    answer = client.post("/graphql", json=wrong).json()
    assert answer["errors"][0]["message"] == "provided sha does not match query"
    assert code(answer) == "BAD_REQUEST"
    assert code(client.post("/graphql", json=by_hash(AGAIN)).json()) == "PERSISTED_QUERY_NOT_FOUND"


def test_an_invalid_document_is_not_learned(client: httpx.Client) -> None:
    text = "{ nonsense }"
    assert code(client.post("/graphql", json=by_hash(text, query=text)).json()) == "BAD_REQUEST"
    assert code(client.post("/graphql", json=by_hash(text)).json()) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "said",
    [1, "x", [], {}, {"version": 2, "sha256Hash": "0" * 64}, {"version": 1}, {"version": 1, "sha256Hash": "0" * 63}],
)
def test_a_malformed_hash_is_the_clients_mistake(client: httpx.Client, said: object) -> None:
    for body in ({"extensions": {"persistedQuery": said}}, {"query": HELLO, "extensions": {"persistedQuery": said}}):
        assert code(client.post("/graphql", json=body).json()) == "BAD_REQUEST"


def test_a_mutation_by_hash_is_still_not_for_get(client: httpx.Client) -> None:
    client.post("/graphql", json=by_hash(CHANGE, query=CHANGE))
    read = client.get("/graphql", params={"extensions": json.dumps(by_hash(CHANGE)["extensions"])})
    assert read.status_code == 405


async def test_hashes_over_the_socket(server: Server) -> None:
    async with opened(server) as socket:
        for payload, expected in (
            (by_hash(TICK), "error"),
            (by_hash(TICK, query=TICK), "next"),
            (by_hash(TICK), "next"),
            (by_hash(HELLO, query=TICK), "error"),
        ):
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            message = await heard(socket)
            assert message["type"] == expected
            if expected == "next":
                assert (await heard(socket))["type"] == "complete"
        await socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": {"extensions": {}}}))
        with pytest.raises(Exception, match="4400"):
            await heard(socket)


def test_only_trusted_documents(strict: Server) -> None:
    with httpx.Client(base_url=strict.root, timeout=30) as client:
        for body in ({"query": HELLO}, by_hash(HELLO), by_hash(HELLO, query=HELLO)):
            assert "errors" not in client.post("/graphql", json=body).json()
        for body in (
            {"query": "{ hello }"},
            {"query": HELLO + " "},
            {"query": "{ __schema { types { name } } }"},
            by_hash(AGAIN),
            by_hash(AGAIN, query=AGAIN),
            by_hash(AGAIN, query=HELLO),
        ):
            answer = client.post("/graphql", json=body)
            assert code(answer.json()) == "DOCUMENT_NOT_TRUSTED"
            assert "data" not in answer.json()
        assert client.get("/graphql", params={"query": "{ hello }"}).json()["errors"]
        assert code(client.post("/graphql", json=by_hash(AGAIN)).json()) == "DOCUMENT_NOT_TRUSTED", "nothing is learned"


async def test_only_trusted_documents_over_the_socket(strict: Server) -> None:
    async with opened(strict) as socket:
        for payload, expected in ((by_hash(TICK), "next"), ({"query": "subscription { ticks { cursor } }"}, "error")):
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            message = await heard(socket)
            assert message["type"] == expected
            if expected == "next":
                assert (await heard(socket))["type"] == "complete"
        assert message["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_off_knows_texts_only() -> None:
    schema = with_trust(TrustedDocuments("off", [HELLO]))
    unsupported = await schema.execute(None, operation_extensions=by_hash(HELLO)["extensions"])
    assert unsupported.errors is not None
    assert unsupported.errors[0].message == "PersistedQueryNotSupported"
    assert (await schema.execute(AGAIN, operation_extensions=by_hash(HELLO)["extensions"])).errors is None
    assert schema.documents.learned == {}


async def test_what_is_learned_is_forgotten_with_its_document() -> None:
    schema = with_trust(TrustedDocuments())
    padding = "# " + "x" * 9_000
    texts = [f"{{ a{one}: hello }} {padding}" for one in range(KEPT_LENGTH // 9_000 + 10)]
    for text in texts:
        assert (await schema.execute(text, operation_extensions=by_hash(text)["extensions"])).errors is None
    documents = schema.documents
    assert len(documents.learned) == len(documents.hashes) == len(documents.kept) < len(texts)
    with pytest.raises(GraphQLError, match="PersistedQueryNotFound"):
        documents.asked(schema._schema, None, by_hash(texts[0])["extensions"])
    assert documents.asked(schema._schema, None, by_hash(texts[-1])["extensions"]).document is not None


async def test_trusted_documents_are_planned_at_once() -> None:
    schema = with_trust(TrustedDocuments("allow", [HELLO]))
    assert (await schema.execute(None, operation_extensions=by_hash(HELLO)["extensions"])).errors is None
    (one,) = schema.documents.plans.documents.values()
    assert len(one.variants) == 1


def with_trust(trusted: TrustedDocuments) -> MallSchema:
    return assemble(small.Query, trusted=trusted)


# --- the manifest --------------------------------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(main, ["documents", *words])
    return answer.exit_code, answer.output


def test_the_command_writes_what_a_process_reads(tmp_path: Path) -> None:
    one, two = tmp_path / "one.graphql", tmp_path / "two.graphql"
    one.write_text("query One { viewer { locale } }\n")
    two.write_text("# 漆\nquery A { viewer { locale } } query B { viewer { company { name } } }")
    out = tmp_path / "manifest.json"
    assert run(str(one), str(two), str(one), "--out", str(out)) == (0, f"2 documents in {out}\n")
    written = json.loads(out.read_text())
    assert (written["format"], written["version"]) == ("apollo-persisted-query-manifest", 1)
    assert [(entry["name"], entry["type"]) for entry in written["operations"]] == [("One", "query"), ("A B", "query")]
    assert run(str(one))[1] == manifest(written["operations"][:1]).decode()
    trusted = read_trusted("only", out)
    assert trusted.by_hash == {hash_of(path.read_text()): path.read_text() for path in (one, two)}


def test_the_command_names_the_file_that_is_wrong(tmp_path: Path) -> None:
    good, wrong, half = (tmp_path / name for name in ("good.graphql", "wrong.graphql", "half.graphql"))
    good.write_text("{ viewer { locale } }")
    wrong.write_text("{ viewer { nothing } }")
    half.write_text("fragment F on Viewer { locale }")
    status, said = run(str(good), str(wrong), str(half), "--out", str(tmp_path / "out.json"))
    assert status == 1
    assert "wrong.graphql: Cannot query field 'nothing'" in said
    assert "half.graphql: " in said
    assert "good.graphql" not in said
    assert not (tmp_path / "out.json").exists()


def test_an_unusable_manifest_is_said_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    with pytest.raises(UnusableManifest, match="needs TRIBUTARY_TRUSTED_MANIFEST"):
        read_trusted("only", None)
    with pytest.raises(UnusableManifest, match="cannot be read"):
        read_trusted("allow", path)
    path.write_text('{"operations": [{"id": 1}]}')
    with pytest.raises(UnusableManifest, match="is no manifest"):
        read_trusted("allow", path)
    path.write_bytes(manifest([{"id": hash_of(HELLO), "body": HELLO + " "}]))
    with pytest.raises(UnusableManifest, match="is not the SHA-256 of its text"):
        read_trusted("allow", path)
