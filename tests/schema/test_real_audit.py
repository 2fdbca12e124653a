"""The GraphQL over HTTP audit of npm's graphql-http against the mall itself, not against a schema made for tests."""

import json

from tests.live.processes import Serving
from tests.schema.serving import node


def test_the_mall_passes_every_audit_of_graphql_http(database: str, redis_url: str) -> None:
    with Serving(database, redis_url) as api:
        run = node("audit.mjs", f"{api.url}/graphql")
        assert run.returncode == 0, run.stderr
        results = json.loads(run.stdout)
        assert [one for one in results if one["status"] != "ok"] == []
        assert len(results) == 61
        assert "Traceback" not in api.logged()
