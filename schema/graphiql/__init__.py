"""GraphiQL, the query page at /graphql for browsers. Every file is served by us; nothing is fetched from elsewhere.

The `.min.js` and `.css` files are the published builds of graphiql 3.9.0, react 18.3.1, react-dom 18.3.1 and graphql-ws
5.16.2 (all MIT; each file begins with its licence), without source map references and embedded fonts. They are never
edited: to renew them, take the builds from the npm packages of those names.

Ready queries are the files of `examples/`: `name.graphql`, with its variables in `name.json` where it has any. They
stand in tabs, in the order of their names.
"""

from hashlib import sha256
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

HERE: Final = files(__name__)
KINDS: Final = {".js": "text/javascript", ".css": "text/css"}
PAGE_HEADERS: Final = {
    "cache-control": "no-store",
    "vary": "accept",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def read_assets(folder: Traversable) -> dict[str, tuple[bytes, str]]:
    """The files a page may ask for, by name, with their media types."""
    found = {}
    for file in folder.iterdir():
        kind = KINDS.get("." + file.name.rpartition(".")[2])
        if kind:
            found[file.name] = (file.read_bytes(), kind)
    return found


def read_examples(folder: Traversable) -> list[dict[str, str]]:
    """The ready queries, as tabs of the page."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.is_file()}
    names = sorted(name.removesuffix(".graphql") for name in texts if name.endswith(".graphql"))
    return [{"query": texts[f"{name}.graphql"], "variables": texts.get(f"{name}.json", "")} for name in names]


ASSETS: Final = read_assets(HERE)
EXAMPLES: Final = read_examples(HERE / "examples")
ASSETS["examples.json"] = (orjson.dumps(EXAMPLES), "application/json")
TAGS: Final = {name: f'"{sha256(content).hexdigest()[:24]}"' for name, (content, _) in ASSETS.items()}
TEMPLATE: Final = (HERE / "page.html").read_text(encoding="utf-8")


def page(path: str) -> str:
    """The page, for an endpoint at this path."""
    return TEMPLATE.replace("{endpoint}", escape(path.rstrip("/"), quote=True))


async def asset(request: Request) -> Response:
    """One file of the page."""
    name = request.path_params["name"]
    if name not in ASSETS:
        return Response(status_code=404)
    headers = {"etag": TAGS[name], "cache-control": "no-cache", "x-content-type-options": "nosniff"}
    if request.headers.get("if-none-match") == TAGS[name]:
        return Response(status_code=304, headers=headers)
    content, kind = ASSETS[name]
    return Response(content, media_type=kind, headers=headers)
