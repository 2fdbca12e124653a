"""The statuses of an export, and what may follow what."""

from enum import StrEnum
from typing import Final

from app.kernel.lifecycle import Lifecycle, Move


class ExportStatus(StrEnum):
    """How far an export is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # it was kept as long as it is


class ExportFailure(StrEnum):
    """Why there is no file."""

    TOO_MANY_ROWS = "too_many_rows"
    TOO_LARGE = "too_large"
    NO_RIGHT = "no_right"  # the member may not see the list any more, or what it was narrowed to is not there
    GAVE_UP = "gave_up"  # it was begun several times and never came to an end


_S = ExportStatus

UNDER_WAY: Final = frozenset({_S.WAITING, _S.RUNNING})

EXPORT: Final = Lifecycle(
    "export",
    initial=_S.WAITING,
    moves={
        "begin": Move(from_=(_S.WAITING, _S.RUNNING), to=_S.RUNNING),  # from running: whoever ran it is gone
        "put_back": Move(from_=_S.RUNNING, to=_S.WAITING),
        "finish": Move(from_=_S.RUNNING, to=_S.DONE),
        "fail": Move(from_=(_S.WAITING, _S.RUNNING), to=_S.FAILED),
        "cancel": Move(from_=(_S.WAITING, _S.RUNNING), to=_S.CANCELLED),
        "expire": Move(from_=(_S.WAITING, _S.RUNNING, _S.DONE), to=_S.EXPIRED),
    },
    final=(_S.FAILED, _S.CANCELLED, _S.EXPIRED),
    states=ExportStatus,
)
