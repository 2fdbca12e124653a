"""Who may ask: role × field. Every root field declares it, next to its resolver, under `@strawberry.field`:

    @strawberry.field(description="…")
    @access(Permission.ORDER_READ)
    async def order(self, info: Info, id: strawberry.ID) -> Order | None: ...

`ANYBODY` needs no log-in, `MEMBER` any role. Several permissions mean: one of them is enough. This is the door only;
the rows are the queries' to scope. A root field that declares nothing fails a test, and `docs/access.md` is
written from these declarations by `make schema`.
"""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from enum import Enum
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import strawberry
from strawberry.types.base import get_object_definition

from app.kernel.refusal import Forbidden
from app.network.roles import GRANTS, Permission
from schema.context import Context

P = ParamSpec("P")
R = TypeVar("R")


class Door(Enum):
    """Doors that are no single permission."""

    ANYBODY = "anybody"
    MEMBER = "any member"


ANYBODY: Final = Door.ANYBODY
MEMBER: Final = Door.MEMBER

Allowed = tuple[Door | Permission, ...]
_MARK: Final = "__access__"


def access(*allowed: Door | Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare who may ask this root field, and check it before the resolver runs.

    The resolver must take `info`. Raises Unauthenticated or Forbidden at the request, TypeError at import.
    """
    if not allowed or (len(allowed) > 1 and any(isinstance(one, Door) for one in allowed)):
        raise TypeError("say ANYBODY, MEMBER, or one or more permissions")

    def declare(resolver: Callable[P, R]) -> Callable[P, R]:
        if ANYBODY in allowed:
            setattr(resolver, _MARK, allowed)
            return resolver
        if "info" not in inspect.signature(resolver).parameters:
            raise TypeError(f"{resolver.__qualname__} must take `info` to be guarded")
        guarded = _guarded(resolver, frozenset(one for one in allowed if isinstance(one, Permission)))
        setattr(guarded, _MARK, allowed)
        return guarded

    return declare


def _guarded(resolver: Callable[P, R], permissions: frozenset[Permission]) -> Callable[P, R]:
    def check(context: Context) -> None:
        viewer = context.viewer
        if permissions and permissions.isdisjoint(viewer.permissions):
            raise Forbidden(sorted(permissions))

    if inspect.isasyncgenfunction(resolver):

        @wraps(resolver)
        async def stream(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            check(kwargs["info"].context)
            async with aclosing(resolver(*args, **kwargs)) as source:
                async for one in source:
                    yield one

        return stream  # type: ignore[return-value]

    if inspect.iscoroutinefunction(resolver):

        @wraps(resolver)
        async def answer(*args: Any, **kwargs: Any) -> Any:
            check(kwargs["info"].context)
            return await resolver(*args, **kwargs)

        return answer  # type: ignore[return-value]

    @wraps(resolver)
    def answer_now(*args: Any, **kwargs: Any) -> Any:
        check(kwargs["info"].context)
        return resolver(*args, **kwargs)

    return answer_now


def declared(schema: strawberry.Schema) -> dict[str, Allowed | None]:
    """Every root field ("Query.order") with what it declares; None where it declares nothing."""
    found: dict[str, Allowed | None] = {}
    for root in (schema.query, schema.mutation, schema.subscription):
        if root is None:
            continue
        definition = get_object_definition(root, strict=True)
        for field in definition.fields:
            name = schema.config.name_converter.from_field(field)
            resolver = field.base_resolver.wrapped_func if field.base_resolver else None
            found[f"{definition.name}.{name}"] = getattr(resolver, _MARK, None)
    return found


def as_markdown(schema: strawberry.Schema) -> str:
    """`docs/access.md`: one row per root field, one column per role."""
    roles = list(GRANTS)
    lines = [
        "# Who may ask what",
        "",
        "Written by `make schema` from the declarations of the root fields; a test compares it. This is",
        "the door only: behind it every read is limited to the rows that the member's company may see.",
        "",
        "| root field | needs | " + " | ".join(roles) + " |",
        "|---|---|" + "---|" * len(roles),
    ]
    for name, allowed in sorted(declared(schema).items()):
        needs = " or ".join(f"`{one.value}`" if isinstance(one, Permission) else one.value for one in allowed or ())
        marks = ["✓" if _opens(allowed or (), GRANTS[role]) else "" for role in roles]
        lines.append(f"| `{name}` | {needs} | " + " | ".join(marks) + " |")
    return "\n".join(lines) + "\n"


def _opens(allowed: Allowed, granted: frozenset[Permission]) -> bool:
    return any(isinstance(one, Door) or one in granted for one in allowed)
