"""The public API for tests: `api = Api()`, then `await api.data(party, document, **variables)`.

The real ASGI application in this process, over its HTTP interface, on the module's `database`; no socket is opened.
"""

from typing import Any

import httpx
from starlette.applications import Starlette

from app.asgi import create_application
from app.settings import settings
from tests.worlds import Party


class Api:
    """A client of the application. `token` overrides a party's own."""

    def __init__(self, application: Starlette | None = None) -> None:
        told = settings().model_copy(update={"introspection": True})
        transport = httpx.ASGITransport(app=application or create_application(told))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://mall.test")

    async def ask(
        self, party: Party | None, document: str, *, token: str | None = None, language: str = "en", **variables: Any
    ) -> dict[str, Any]:
        """The whole answer: `data` and `errors`."""
        headers = {"accept-language": language}
        token = token or (party.token if party else None)
        if token:
            headers["authorization"] = f"Bearer {token}"
        body = {"query": document, "variables": variables}
        response = await self._client.post("/graphql", json=body, headers=headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, party: Party | None, document: str, **variables: Any) -> Any:
        """The value of the only root field; fails on errors."""
        answer = await self.ask(party, document, **variables)
        assert "errors" not in answer, answer["errors"]
        (value,) = answer["data"].values()
        return value

    async def get(self, url: str, *, language: str = "en", **headers: str) -> httpx.Response:
        """A plain GET, without credentials."""
        return await self._client.get(url, headers={"accept-language": language, **headers})

    async def code(self, party: Party | None, document: str, **variables: Any) -> str:
        """The code of the only error, which took the only root field with it."""
        answer = await self.ask(party, document, **variables)
        assert [*(answer.get("data") or {None: None}).values()] == [None], answer
        (error,) = answer["errors"]
        code: str = error["extensions"]["code"]
        return code
