"""Objects that never change, so that what was written of them once is written again.

An object type says that it is one by this base class, and an instance by `keep_answers`: nothing that its plain fields
show will ever change, nor anything below them. Its compiled functions then keep what they return with the object, and
a remembered object costs one look-up. It lives and goes with its object, and nobody may change what was returned.
"""

from typing import Any, ClassVar, Final

MOST_ANSWERS: Final = 4
"""Selections whose answers one object keeps: a list, a page of its own, and two more. With more it begins anew."""


class Unchanging:
    """Base class of an object type. See the module."""

    kept_answers: "ClassVar[Answers | None]" = None
    """By the function that wrote it: what is selected on this object, completed."""

    def keep_answers(self) -> None:
        """From now on this object does not change."""
        self.__dict__["kept_answers"] = Answers()


class Answers(dict[object, dict[str, Any]]):
    """The answers of one object by selection."""

    __slots__ = ("__weakref__",)

    def keep(self, selection: object, answer: dict[str, Any]) -> dict[str, Any]:
        """Remember and return it."""
        if len(self) >= MOST_ANSWERS:
            self.clear()
        self[selection] = answer
        return answer
