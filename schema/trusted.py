"""Documents that are asked for by the SHA-256 of their text instead of the text.

*Trusted* ones were written into a manifest when the clients were built (`tributary documents`); every process knows
them from its start. *Automatic* ones a process learns from clients: the first sends text and hash, all others the hash
alone, and who asks a process that has not learned it (yet, or any more) gets `PersistedQueryNotFound` and sends both.
Both travel as `extensions.persistedQuery.sha256Hash`, as Apollo's clients send it.

    off     texts only
    allow   texts, trusted and automatic documents
    only    trusted documents, by hash or by text; everything else is DOCUMENT_NOT_TRUSTED
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import orjson
from graphql import GraphQLError

Trust = Literal["off", "allow", "only"]

FORMAT: Final = "apollo-persisted-query-manifest"
HASH: Final = re.compile(r"[0-9a-f]{64}")


class UnusableManifest(ValueError):
    """The manifest cannot be read, or an id in it is not the hash of its text."""


class Asked(NamedTuple):
    """The text that a request means. `learn`: the hash under which it came, if it is to be remembered."""

    text: str
    learn: str | None = None


def hash_of(text: str) -> str:
    """What `sha256sum` says of a file that holds the text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def error(message: str, code: str) -> GraphQLError:
    """A request that means no document."""
    return GraphQLError(message, extensions={"code": code})


class TrustedDocuments:
    """What one process trusts, and how strictly."""

    def __init__(self, trust: Trust = "allow", texts: Sequence[str] = ()) -> None:
        self.trust = trust
        self.by_hash = {hash_of(text): text for text in texts}
        self.texts = frozenset(texts)

    def asked(self, text: str | None, extensions: Mapping[str, Any] | None, learned: Mapping[str, str]) -> Asked:
        """The text that a request means. GraphQLError when it means none that is answered here."""
        given = wanted_hash(extensions) if self.trust != "off" else None
        if self.trust == "only":
            return Asked(self.trusted(text, given))
        if text:
            if given is None or learned.get(given) == text or self.by_hash.get(given) == text:
                return Asked(text)
            if hash_of(text) != given:
                raise error("provided sha does not match query", "BAD_REQUEST")
            return Asked(text, learn=given)
        if given is None:
            if names_hash(extensions):
                raise error("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
            raise GraphQLError("query: there is none.")
        known = self.by_hash.get(given) or learned.get(given)
        if known is None:
            raise error("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        return Asked(known)

    def trusted(self, text: str | None, given: str | None) -> str:
        """A text of the manifest."""
        if text and text in self.texts and (given is None or self.by_hash.get(given) == text):
            return text
        if not text and given in self.by_hash:
            return self.by_hash[given]
        if not text and given is None:
            raise GraphQLError("query: there is none.")
        raise error("Only trusted documents are answered here, and this is none of them.", "DOCUMENT_NOT_TRUSTED")


def names_hash(extensions: object) -> bool:
    """Whether a request may do without a text."""
    return isinstance(extensions, Mapping) and extensions.get("persistedQuery") is not None


def wanted_hash(extensions: Mapping[str, Any] | None) -> str | None:
    """The hash in `extensions.persistedQuery`; GraphQLError when there is something else."""
    if not extensions or not names_hash(extensions):
        return None
    said = extensions["persistedQuery"]
    if isinstance(said, Mapping) and said.get("version") == 1:
        given = said.get("sha256Hash")
        if isinstance(given, str) and HASH.fullmatch(given):
            return given
    raise error(
        "extensions.persistedQuery must hold version 1 and a sha256Hash of 64 lower-case digits.", "BAD_REQUEST"
    )


# --- manifests -----------------------------------------------------------------------------------------------------


def manifest(entries: Sequence[Mapping[str, str]]) -> bytes:
    """The manifest of operations with `id`, `name`, `type` and `body`, as Apollo's tools write it."""
    said = {"format": FORMAT, "version": 1, "operations": list(entries)}
    return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_manifest(path: Path) -> list[str]:
    """The texts of a manifest. UnusableManifest, with the reason."""
    try:
        said = orjson.loads(path.read_bytes())
        entries = [(str(one["id"]), str(one["body"])) for one in said["operations"]]
    except OSError as failure:
        raise UnusableManifest(f"{path} cannot be read: {failure.strerror}") from failure
    except (ValueError, KeyError, TypeError) as failure:
        raise UnusableManifest(f"{path} is no manifest of `tributary documents`") from failure
    for given, body in entries:
        if hash_of(body) != given:
            raise UnusableManifest(f"{path}: {given} is not the SHA-256 of its text")
    return [body for _, body in entries]


def read_trusted(trust: Trust, path: Path | None) -> TrustedDocuments:
    """What the settings say. UnusableManifest also where only trusted documents count and there are none."""
    if trust == "only" and path is None:
        raise UnusableManifest("TRIBUTARY_TRUSTED_DOCUMENTS=only needs TRIBUTARY_TRUSTED_MANIFEST")
    return TrustedDocuments(trust, read_manifest(path) if path and trust != "off" else ())
