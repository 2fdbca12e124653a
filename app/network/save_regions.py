"""Save regions: a brand brings the administrative regions that it sells in."""

from collections.abc import Sequence

from app.kernel.act import Work, act
from app.kernel.refusal import BadRequest, Forbidden
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.rules import NewRegion, paths_of
from app.network.viewer import Viewer

MOST_REGIONS = 5000

_KNOWN = "SELECT code, path FROM region WHERE code = ANY($1)"
_SAVE = """
INSERT INTO region (code, parent_code, path, name_zh, name_en)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (code) DO NOTHING RETURNING code
"""


@act
async def save_regions(work: Work, viewer: Viewer, *, regions: Sequence[NewRegion]) -> int:
    """How many regions were new. Parents may stand anywhere among them.

    Regions are shared by all networks, so a code that is saved stays as it is; asking again changes nothing.
    """
    viewer.require(Permission.RELATION_MANAGE)
    viewer.require_no_scope(Said("saving regions", "保存区域"))
    if await work.row("SELECT 1 FROM network WHERE brand_id = $1", viewer.company_id) is None:
        raise Forbidden(Said("saving regions, which is the brand's", "保存区域（仅限品牌商）"))
    if not 1 <= len(regions) <= MOST_REGIONS:
        raise BadRequest("regions", len(regions), Said(f"1 to {MOST_REGIONS} regions", f" 1 到 {MOST_REGIONS} 个区域"))
    by_code = {one.code: one for one in regions}
    asked = set(by_code) | {one.parent_code for one in regions if one.parent_code}
    known = {row["code"]: row["path"] for row in await work.rows(_KNOWN, sorted(asked))}
    fresh = sorted((one for one in by_code.values() if one.code not in known), key=lambda one: one.code)
    paths = paths_of(fresh, known)
    saved = await work.rows(
        _SAVE,
        [one.code for one in fresh],
        [one.parent_code for one in fresh],
        [paths[one.code] for one in fresh],
        [one.name_zh for one in fresh],
        [one.name_en for one in fresh],
    )
    return len(saved)
