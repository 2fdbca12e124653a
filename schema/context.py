"""What a resolver is given: the viewer, the language, and one loader per kind; made per request, and per operation of a
socket."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from app.kernel.refusal import Fault, Unauthenticated
from app.kernel.wording import DEFAULT_LOCALE, Said, preferred_locale
from app.network.queries import read_viewer
from app.network.tokens import TokenExpired, read_access_token
from app.network.viewer import Viewer
from schema.sessions import Session

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Batch: TypeAlias = Callable[[Viewer, Sequence[K]], Awaitable[Mapping[K, V]]]
"""`x_by_ids(viewer, ids)` of a domain: the things found, by id; what is absent or foreign is not in the answer."""


class Context:
    """One request. `viewer` raises Unauthenticated when nobody is logged in; `maybe_viewer` does not.

    A socket closes itself at `expires_at`, and when its `session` ends (see `schema.sessions`).
    """

    __slots__ = ("_loaders", "expires_at", "locale", "maybe_viewer", "session", "unauthenticated")

    def __init__(
        self,
        viewer: Viewer | None,
        locale: str = DEFAULT_LOCALE,
        unauthenticated: Fault | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        self.maybe_viewer = viewer
        self.unauthenticated = unauthenticated
        self.expires_at = expires_at
        self.session: Session | None = None
        self.locale = viewer.locale if viewer else locale
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    @property
    def viewer(self) -> Viewer:
        if self.maybe_viewer is None:
            raise self.unauthenticated or Unauthenticated()
        return self.maybe_viewer

    @property
    def whose(self) -> UUID | None:
        """Whose operations are counted together: the session's; None for somebody unknown."""
        return self.maybe_viewer.session_id if self.maybe_viewer else None

    def loader(self, batch: "Batch[K, V]") -> "DataLoader[K, V | None]":
        """The one loader of this request for a by-ids query: calls made in one tick become one statement."""
        if batch not in self._loaders:
            viewer = self.viewer

            async def load(keys: list[K]) -> Sequence[V | None]:
                found = await batch(viewer, keys)
                return [found.get(key) for key in keys]

            self._loaders[batch] = DataLoader(load_fn=load)
        return self._loaders[batch]

    def fork(self) -> "Context":
        """The same viewer with empty loaders: for the next operation of a socket."""
        return Context(self.maybe_viewer, self.locale, self.unauthenticated, self.expires_at)


Info: TypeAlias = strawberry.Info[Context, None]


async def read_context(authorization: str | None, accept_language: str | None = None) -> Context:
    """The context of whoever sends this `Authorization` header (`Bearer …`, or the bare access token of a socket).

    Never raises for bad credentials: the fields that need nobody still answer, the others raise `unauthenticated`.
    One statement when a well-signed token is there, none otherwise.
    """
    locale = preferred_locale(accept_language)
    token = (authorization or "").strip()
    if token[:7].lower() == "bearer ":
        token = token[7:].strip()
    if not token:
        return Context(None, locale)
    try:
        claims = read_access_token(token)
    except (Unauthenticated, TokenExpired) as reason:
        return Context(None, locale, reason)
    viewer = await read_viewer(claims.session_id, claims.membership_id, locale)
    if viewer is None:
        return Context(None, locale, Unauthenticated(Said("this session has ended", "登录会话已结束")))
    return Context(viewer, locale, expires_at=claims.until)


async def read_socket_context(
    params: Mapping[str, object], header: str | None, accept_language: str | None = None
) -> Context:
    """The context of a socket: `connectionParams` with `authorization` (or `accessToken`), else the header.

    Unlike over HTTP nobody comes in without credentials: raises Unauthenticated for missing, wrong and ended ones,
    TokenExpired for those that a refresh mends.
    """
    given = next((params[name] for name in ("authorization", "Authorization", "accessToken") if name in params), header)
    context = await read_context(given if isinstance(given, str) else None, accept_language)
    if context.maybe_viewer is None:
        raise context.unauthenticated or Unauthenticated()
    return context
