"""What a client is told when something goes wrong.

A `Refusal` becomes a member of the field's union (after the act has rolled back). A `Fault` becomes `errors[]` with
`extensions.code`. A mistake in the document or its variables is BAD_REQUEST. Everything else is ours: the client gets
INTERNAL and a trace id, the server's log gets the same id with the traceback.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import uuid4

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryGraphQLError
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from app.kernel.refusal import BadRequest, Fault, RateLimited, Refusal, Worded
from app.kernel.wording import in_locale

logger = logging.getLogger("tributary.graphql")

SUGGESTION = re.compile(r" Did you mean [^?]*\?")  # would give the schema away where introspection is off
# graphql-core prints the values that it refuses: a lead without a source as a whole, with the person's name and number
REFUSED_VALUE = re.compile(r"(?:[,;.] [fF]ound|(cannot represent [^:]*)): .*|( found (?:Block)?String) .*", re.DOTALL)
LONGEST_MESSAGE = 1_000
INTERNAL = "Something went wrong on our side. Quote the trace id when you report it."


def locale_of(context: object) -> str:
    """The reader's language: `context.locale`, else English."""
    return getattr(context, "locale", None) or "en"


# --- refusals as union members -------------------------------------------------------------------------------------


def shown_as(kind: type[Any], refusal: Worded, locale: str) -> object:
    """A refusal as its GraphQL type: `kind.of(refusal, locale)` where the type has one, else field by field.

    Field by field, `code` and `message` are the refusal's own and every other field is its attribute of that name.
    """
    made_by_type = getattr(kind, "of", None)
    if made_by_type is not None:
        return made_by_type(refusal, locale)
    definition = get_object_definition(kind, strict=True)
    said: dict[str, Any] = {"code": refusal.code, "message": refusal.message(locale)}
    plain = [one.python_name for one in definition.fields if one.base_resolver is None]
    return kind(**{name: said[name] if name in said else getattr(refusal, name) for name in plain})


class RefusalAsMember:
    """One entry of `exception_handlers`: this refusal, wherever the field's union holds that type."""

    def __init__(self, refusal: type[Refusal], kind: type[Any]) -> None:
        self.exception_type = refusal
        self.error_type = kind

    def handle(self, exception: Exception, *, field: StrawberryField, info: strawberry.Info[Any, Any]) -> object:
        """The union member for the refusal that was raised."""
        return shown_as(self.error_type, cast("Refusal", exception), locale_of(info.context))


def refusal_handlers(kinds: Mapping[type[Refusal], type[Any]]) -> list[RefusalAsMember]:
    """Handlers for `Schema(exception_handlers=…)`. The first match wins there, so subclasses come first."""
    return [RefusalAsMember(one, kinds[one]) for one in sorted(kinds, key=lambda one: -len(one.__mro__))]


class Unreadable(ValueError):
    """A value from the client that its scalar does not take; graphql-core says which argument or variable it was."""


# --- errors --------------------------------------------------------------------------------------------------------


def cause(error: GraphQLError) -> Exception:
    """What was raised at first: GraphQL wraps an error once for every hand it passes through."""
    original: Exception = error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    return original


def facts_of(said: Worded, locale: str) -> dict[str, Any]:
    """The parameters of a fault that a program may want; a NotFound says no more than that."""
    if isinstance(said, BadRequest):
        return {"field": said.field, "expected": in_locale(said.expected, locale)}
    if isinstance(said, RateLimited):
        return {"retryAfterSeconds": said.retry_after_s}
    return {}


def as_error(said: Worded, locale: str) -> GraphQLError:
    """A fault that was raised outside any field, as an entry of `errors[]`."""
    return GraphQLError(said.message(locale), extensions={"code": said.code, **facts_of(said, locale)})


def took_too_long(seconds: float) -> GraphQLError:
    """An operation was stopped because its time was up."""
    message = f"The operation took longer than {seconds:g} seconds and was stopped."
    return GraphQLError(message, extensions={"code": "TIMEOUT"})


def trace(message: str, error: BaseException) -> str:
    """Write a failure of ours to the log with its traceback; returns the id under which it stands there."""
    trace_id = uuid4().hex
    logger.error("%s, trace %s", message, trace_id, exc_info=error)
    return trace_id


def internal(message: str, error: BaseException) -> GraphQLError:
    """A failure of ours, as a client may see it."""
    return GraphQLError(INTERNAL, extensions={"code": "INTERNAL", "traceId": trace(message, error)})


def without_values(message: str) -> str:
    """What is wrong and where, without what somebody sent: errors end in the logs and reports of clients."""
    return REFUSED_VALUE.sub(lambda found: f"{found[1] or found[2] or ''}.", message)


def settle(errors: Iterable[GraphQLError], context: object) -> None:
    """Give every error its final message and code, in place."""
    for error in errors:
        code = (error.extensions or {}).get("code")
        if code is None:
            settle_one(error, context)


def settle_one(error: GraphQLError, context: object) -> None:
    """Give one error its final message and code."""
    said = cause(error)
    if isinstance(said, Fault | Refusal):
        locale = locale_of(context)
        error.message = said.message(locale)
        error.extensions = {"code": said.code, **facts_of(said, locale)}
        return
    if isinstance(said, GraphQLError) and (code := (said.extensions or {}).get("code")):
        error.extensions = {**(said.extensions or {}), "code": code}
        return
    if isinstance(said, Unreadable):
        error.extensions = {"code": "BAD_REQUEST"}
        return
    ours = not isinstance(said, GraphQLError) or (
        error.path is not None and not isinstance(said, StrawberryGraphQLError)
    )
    if ours:
        where = ".".join(str(one) for one in error.path or ())
        masked = internal(f"GraphQL field {where or '(none)'} failed", said)
        error.message, error.extensions = masked.message, masked.extensions
        return
    error.message = without_values(SUGGESTION.sub("", error.message))[:LONGEST_MESSAGE]
    error.extensions = {"code": "SYNTAX_ERROR" if isinstance(said, GraphQLSyntaxError) else "BAD_REQUEST"}
