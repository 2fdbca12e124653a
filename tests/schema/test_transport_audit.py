"""The GraphQL over HTTP audit of npm's graphql-http, all of it, against a real server."""

import json

from tests.schema.serving import node, serving


def test_every_audit_of_graphql_http_is_ok() -> None:
    with serving() as server:
        run = node("audit.mjs", server.url)
        assert run.returncode == 0, run.stderr
        results = json.loads(run.stdout)
        assert [one for one in results if one["status"] != "ok"] == []
        assert len(results) == 61
        assert "Traceback" not in server.logged()
