"""Ask for a list as XLSX: everything that happens then. A worker writes it (`begin_export` and what follows)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.wording import is_chinese
from app.network.viewer import Viewer
from app.papers.events import tell_export
from app.papers.lists import LISTS
from app.papers.refusals import TooManyExports
from app.settings import settings

MOST_AT_ONCE: Final = 3

_INSERT: Final = """
INSERT INTO export_job (id, company_id, membership_id, list_name, filters, locale, status, version, attempt, rows_done,
    created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 1, 0, 0, $7, $8)
"""


@act
async def start_export(
    work: Work, viewer: Viewer, *, list_name: str, filters: Mapping[str, Any], locale: str, client_key: str
) -> UUID:
    """Returns the export's id. `filters` are JSON values, as the list's own `Filters` reads them.

    Raises Forbidden without the rights that the list needs, BadRequest for filters that cannot be, TooManyExports.
    """
    wanted = LISTS[list_name]
    wanted.require(viewer)
    wanted.filters(filters)
    export_id, said = uuid7(), {"list": list_name, "filters": filters, "locale": locale}
    earlier = await viewer.same_request(work, "startExport", client_key, said, export_id)
    if earlier:
        return earlier
    # The member's row is locked, so that two requests at once count each other
    await work.run("SELECT FROM membership WHERE id = $1 FOR UPDATE", viewer.membership_id)
    under_way = await work.row(
        "SELECT count(*) AS n FROM export_job WHERE membership_id = $1 AND status IN ('waiting', 'running')"
        " AND expires_at > $2",
        viewer.membership_id,
        work.now,
    )
    if under_way is not None and under_way["n"] >= MOST_AT_ONCE:
        raise TooManyExports(MOST_AT_ONCE)
    await work.run(
        _INSERT,
        export_id,
        viewer.company_id,
        viewer.membership_id,
        list_name,
        orjson.dumps(filters).decode(),
        "zh" if is_chinese(locale) else "en",
        work.now,
        work.now + timedelta(hours=settings().export_hours),
    )
    tell_export(work, membership_id=viewer.membership_id, export_id=export_id, version=1, what="asked")
    return export_id
