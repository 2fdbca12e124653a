"""Exports on the wire: a list that a member wants as XLSX, and how far it is."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import strawberry

from app.kernel.wording import Said, in_locale
from app.papers.lifecycle import EXPORT, ExportFailure, ExportStatus
from app.papers.links import FileKind, Link
from app.papers.lists import LISTS
from schema.scalars import Cursor

Row = Mapping[str, Any]

strawberry.enum(ExportStatus, description="How far an export is. EXPIRED: its file is not kept any more.")
strawberry.enum(
    ExportFailure,
    description="Why there is no file. NO_RIGHT: I may not see the list any more, or what it was narrowed to is gone.",
)

_WHY = {
    ExportFailure.TOO_MANY_ROWS: Said("The list is too long. Narrow it down.", "列表过长，请缩小筛选范围。"),
    ExportFailure.TOO_LARGE: Said("The file would be too large. Narrow it down.", "文件过大，请缩小筛选范围。"),
    ExportFailure.NO_RIGHT: Said("You may not see this list.", "您无权查看该列表。"),
    ExportFailure.GAVE_UP: Said("It could not be written. Try it again.", "导出未能完成，请重试。"),
}


@strawberry.type(description="Why there is no file of an export.")
class ExportProblem:
    """See `ExportFailure`."""

    code: ExportFailure = strawberry.field(description="For programs.")
    message: str = strawberry.field(description="For people, in the reader's language.")


@strawberry.type(description="A list that I wanted as XLSX. Nobody else sees it.")
class Export:
    """One row of `export_job`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    list: str = strawberry.field(description="Which list, as `ExportOf` names it.")
    title: str = strawberry.field(description="What the list is called, in the reader's language.")
    status: ExportStatus = strawberry.field(description="How far it is.")
    version: int = strawberry.field(description="Rises with every change.")
    cursor: Cursor = strawberry.field(description="Subscribe from here and miss nothing after this answer.")
    rows_done: int = strawberry.field(description="Rows that are written.")
    rows_total: int | None = strawberry.field(description="Rows that there are; null until they were counted.")
    progress: float = strawberry.field(description="From 0 to 1.")
    problem: ExportProblem | None = strawberry.field(description="Why there is no file.")
    size_bytes: int | None = strawberry.field(description="How large the file is; null while there is none.")
    url: str | None = strawberry.field(
        description="Where to get the file until `expiresAt`; begins with a slash unless the mall knows its own name."
    )
    created_at: dt.datetime = strawberry.field(description="When I asked for it.")
    finished_at: dt.datetime | None = strawberry.field(description="When it came to an end.")
    expires_at: dt.datetime = strawberry.field(description="Until when it is kept.")
    can_cancel: bool = strawberry.field(description="True while it is under way.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "Export":
        status, done, total = ExportStatus(row["status"]), row["rows_done"], row["rows_total"]
        failure = None if row["failure"] is None else ExportFailure(row["failure"])
        listed = LISTS[row["list_name"]]
        return cls(
            id=strawberry.ID(str(row["id"])),
            list=listed.key,
            title=in_locale(listed.title, locale),
            status=status,
            version=row["version"],
            cursor=Cursor(row["cursor"]),
            rows_done=done,
            rows_total=total,
            progress=1.0 if status is ExportStatus.DONE else (done / total if total else 0.0),
            problem=None if failure is None else ExportProblem(code=failure, message=in_locale(_WHY[failure], locale)),
            size_bytes=row["size_bytes"] if status is ExportStatus.DONE else None,
            url=_link(row).url if status is ExportStatus.DONE else None,
            created_at=row["created_at"],
            finished_at=row["finished_at"],
            expires_at=row["expires_at"],
            can_cancel=EXPORT.allows(status, "cancel"),
        )


def _link(row: Row) -> Link:
    until = row["expires_at"].replace(microsecond=0)
    return Link(FileKind.EXPORT, row["id"], row["company_id"], row["membership_id"], row["locale"], until)
