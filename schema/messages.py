"""Messages of graphql-transport-ws: their shape, checked before anything is taken from them."""

import json
from typing import Final

from schema.trusted import names_hash

LONGEST_ID: Final = 128
KINDS: Final = {"connection_init", "ping", "pong", "subscribe", "complete"}


def short(reason: str) -> str:
    """A close reason has room for 123 bytes."""
    return reason.encode()[:120].decode(errors="ignore")


def id_in(text: str) -> str | None:
    """The id of a subscribe message that could not be used, read leniently."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if mistake_in(message) or message["type"] != "subscribe":
        return None
    operation_id: str = message["id"]
    return operation_id if operation_id.isprintable() else None


def mistake_in(message: object) -> str | None:
    """What is wrong with the shape of a message; None when nothing is."""
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(kind, str) or kind not in KINDS:
        return "Not a message of graphql-transport-ws"
    payload = message.get("payload")
    if kind in ("connection_init", "ping", "pong"):
        return None if payload is None or isinstance(payload, dict) else f"The payload of {kind} must be an object"
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not 0 < len(operation_id) <= LONGEST_ID:
        return f"An id is a text of 1 to {LONGEST_ID} characters"
    if kind == "complete":
        return None
    if not isinstance(payload, dict):
        return "The payload of subscribe must hold a query"
    if not isinstance(payload.get("query"), str) and not (
        "query" not in payload and names_hash(payload.get("extensions"))
    ):
        return "The payload of subscribe must hold a query"
    for name, kinds in (("variables", dict), ("operationName", str), ("extensions", dict)):
        if payload.get(name) is not None and not isinstance(payload[name], kinds):
            return f"The {name} of a subscribe message are malformed"
    return None
