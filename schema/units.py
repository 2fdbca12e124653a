"""Units of measure on the wire: a code that never changes, and its name for people."""

from typing import Any

import strawberry

from app.kernel.units import unit_name
from app.kernel.wording import in_locale
from schema.context import Info

NAME = "The unit's name in the reader's language, such as 箱; its code where it is not a well-known one."


def _of_unit(root: strawberry.Parent[Any], info: Info) -> str:
    return in_locale(unit_name(root.unit), info.context.locale)


def _of_maybe_unit(root: strawberry.Parent[Any], info: Info) -> str | None:
    return None if root.unit is None else in_locale(unit_name(root.unit), info.context.locale)


def _of_base_unit(root: strawberry.Parent[Any], info: Info) -> str:
    return in_locale(unit_name(root.base_unit), info.context.locale)


def named_unit() -> Any:
    """The field `unitName` of a type with a `unit`."""
    return strawberry.field(resolver=_of_unit, description=NAME)


def maybe_named_unit() -> Any:
    """The field `unitName` of a type whose `unit` may be null."""
    return strawberry.field(resolver=_of_maybe_unit, description=NAME)


def named_base_unit() -> Any:
    """The field `baseUnitName` of a type with a `baseUnit`."""
    return strawberry.field(resolver=_of_base_unit, description=NAME)
