"""The mall as its clients reach it: GraphQL over HTTP, with keep-alive, one log-in per company."""

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

TRIES = 4
PASSWORD = "replayed history, not a secret"
LOG_IN = """
mutation ($input: LogInInput!) { logIn(input: $input) { __typename
    ... on Session { accessToken } ... on LogInRefused { code message } } }
"""


class Refused(RuntimeError):
    """The mall said no; the message is its own."""


@dataclass(slots=True)
class Party:
    """A company with its log-in."""

    name: str
    login: str
    token: str | None = None
    relation_id: str = ""
    price_list_id: str = ""
    prices: dict[str, Any] = field(default_factory=dict)
    """What stands in the price list, by SKU code."""


class Mall:
    """One mall at a URL. A request that got no answer is sent again: every mutation carries a client key."""

    def __init__(self, url: str, concurrency: int) -> None:
        limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        self._client = httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ask(self, party: Party | None, document: str, *wanted: str, **variables: Any) -> dict[str, Any]:
        """The value of the only root field, of one of the `wanted` types. Raises Refused for anything else.

        A party that is not logged in yet, or not any more, logs in first.
        """
        if party is not None and party.token is None:
            await self.log_in(party)
        answer = await self._post(party, document, variables)
        if party is not None and _codes(answer) & {"UNAUTHENTICATED", "TOKEN_EXPIRED"}:
            await self.log_in(party)
            answer = await self._post(party, document, variables)
        if answer.get("errors"):
            raise Refused("; ".join(str(error.get("message")) for error in answer["errors"]))
        (value,) = answer["data"].values()
        if not isinstance(value, dict) or (wanted and value.get("__typename") not in wanted):
            raise Refused(_said(value))
        return value

    async def log_in(self, party: Party) -> None:
        """A fresh access token for the party."""
        variables = {"input": {"login": party.login, "password": PASSWORD}}
        answer = await self._post(None, LOG_IN, variables)
        session = (answer.get("data") or {}).get("logIn") or {}
        if session.get("__typename") != "Session":
            raise Refused(f"{party.login}: {_said(session or answer)}")
        party.token = session["accessToken"]

    async def _post(self, party: Party | None, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        headers = {} if party is None else {"authorization": f"Bearer {party.token}"}
        for attempt in range(1, TRIES + 1):
            try:
                response = await self._client.post(
                    "/graphql", json={"query": document, "variables": variables}, headers=headers
                )
                if response.status_code < 500:
                    answer: dict[str, Any] = response.json()
                    return answer
                trouble = f"HTTP {response.status_code}"
            except (httpx.TransportError, ValueError) as error:
                trouble = f"{type(error).__name__}: {error}"
            if attempt < TRIES:
                await asyncio.sleep(0.2 * 2**attempt)
        raise Refused(f"no answer from the mall: {trouble}")


def _codes(answer: dict[str, Any]) -> set[str]:
    return {str((error.get("extensions") or {}).get("code")) for error in answer.get("errors") or ()}


def _said(value: Any) -> str:
    """What a refusal says, with the problems it names."""
    if not isinstance(value, dict):
        return f"no answer ({value})"
    problems = [f"{one.get('code')}: {one.get('message')}" for one in value.get("problems") or ()]
    return "; ".join([f"{value.get('code', value.get('__typename'))}: {value.get('message', '')}", *problems[:3]])
