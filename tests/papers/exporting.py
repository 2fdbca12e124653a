"""Exports for tests: ask for a list, let a worker write it, and read it as the client would."""

from typing import Any

from app.kernel.event_log import publish
from tests.api import Api
from tests.papers.reading import cells
from tests.worlds import Party, new_key
from workers.exports import write_what_waits

FIELDS = """id list title status version cursor rowsDone rowsTotal progress sizeBytes url createdAt finishedAt expiresAt
    canCancel problem { code message }"""
START = f"""mutation($input: StartExportInput!) {{ startExport(input: $input) {{ __typename
    ... on Export {{ {FIELDS} }} ... on Refused {{ code message }} ... on TooManyExports {{ most }} }} }}"""
CANCEL = f"""mutation($input: CancelExportInput!) {{ cancelExport(input: $input) {{ __typename
    ... on Export {{ {FIELDS} }} ... on Refused {{ code message }} }} }}"""
EXPORT = f"query($id: ID!) {{ export(id: $id) {{ {FIELDS} }} }}"
EXPORTS = f"{{ exports {{ edges {{ node {{ {FIELDS} }} }} }} }}"

Wanted = dict[str, dict[str, Any]]


async def asked(api: Api, party: Party, of: Wanted, locale: str | None = None) -> dict[str, Any]:
    """The export that was started."""
    said = {"clientKey": new_key(), "of": of, "locale": locale}
    answer: dict[str, Any] = await api.data(party, START, input=said)
    assert answer["__typename"] == "Export", answer
    assert (answer["status"], answer["progress"], answer["url"]) == ("WAITING", 0.0, None)
    return answer


async def written(api: Api, party: Party, of: Wanted, locale: str | None = None) -> dict[str, Any]:
    """The export after a worker has come by."""
    export = await asked(api, party, of, locale)
    await write_what_waits()
    found: dict[str, Any] = await api.data(party, EXPORT, id=export["id"])
    return found


async def fetched(api: Api, export: dict[str, Any]) -> bytes:
    """The file of an export that is done."""
    assert export["status"] == "DONE", export
    response = await api.get(export["url"])
    assert response.status_code == 200, response.text
    assert len(response.content) == export["sizeBytes"]
    return response.content


async def listed(api: Api, party: Party, of: Wanted, locale: str | None = None) -> list[list[Any]]:
    """The rows of the file: heading, rows, totals."""
    return cells(await fetched(api, await written(api, party, of, locale)))


def column(rows: list[list[Any]], title: str) -> list[Any]:
    """What stands under a heading."""
    return [row[rows[0].index(title)] for row in rows[1:]]


async def publish_everything() -> None:
    """Facts of exports are read by nobody but subscribers; they must be publishable all the same."""
    while (await publish()).moved:
        pass
