"""The measured documents as clients of a mall in production ask for them: by hash, known to the API from its start."""

from pathlib import Path
from typing import Any

from bench.pages import document
from schema.trusted import hash_of, manifest

NAMES = (
    *("catalog", "detail", "search", "history", "place_order"),
    *("live_short", "live_list", "live_detail", "live_everything"),
    *("submit_lead", "live_leads"),
)
SETTING = "TRIBUTARY_TRUSTED_MANIFEST"


def write_manifest(path: Path) -> None:
    """What `tributary documents` writes of them."""
    bodies = {name: document(name) for name in NAMES}
    path.write_bytes(
        manifest([{"id": hash_of(body), "name": name, "type": "", "body": body} for name, body in bodies.items()])
    )


def by_hash(body: str) -> dict[str, Any]:
    """The extensions of a request that names the document instead of sending it."""
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(body)}}
