"""A tax class of the network and its dated rates, saved."""

from collections.abc import Sequence
from uuid import UUID

from app.catalog.inputs import TaxRateInput
from app.catalog.refusals import ItemProblem
from app.catalog.rules import code_problem, tax_rate_problems, text_problem
from app.catalog.standing import refuse_if_any, require_brand, require_size
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_RATES = 100

_CLASS = """
INSERT INTO tax_class (id, network_id, code, name_zh, name_en) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (network_id, code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en
RETURNING id
"""
_FORGET = "DELETE FROM tax_rate WHERE tax_class_id = $1"
_RATES = """
INSERT INTO tax_rate (id, tax_class_id, rate_bp, valid_from, valid_to)
SELECT r.id, $1, r.rate_bp, r.valid_from, r.valid_to
FROM unnest($2::uuid[], $3::int[], $4::timestamptz[], $5::timestamptz[]) AS r(id, rate_bp, valid_from, valid_to)
"""


@act
async def save_tax_class(
    work: Work,
    viewer: Viewer,
    *,
    network_id: UUID,
    code: str,
    name_zh: str,
    name_en: str,
    rates: Sequence[TaxRateInput],
    client_key: str,
) -> UUID:
    """Save the class by its code; `rates` are all of its dated rates and replace the earlier ones. Returns its id.

    Orders keep the rate they were placed with. Raises ItemsRefused (position: the rate), Forbidden, NotFound.
    """
    viewer.require(Permission.CATALOG_MANAGE)
    said = {"network": network_id, "code": code, "zh": name_zh, "en": name_en, "rates": rates}
    class_id = uuid7()
    if await viewer.same_request(work, "saveTaxClass", client_key, said, class_id):
        found = await work.row("SELECT id FROM tax_class WHERE network_id = $1 AND code = $2", network_id, code)
        return found["id"] if found else class_id
    await require_brand(work, viewer, network_id)
    require_size(rates, MOST_RATES)
    problems = tax_rate_problems(rates)
    for field, why in (
        ("code", code_problem(code, 40)),
        ("nameZh", text_problem(name_zh, 120)),
        ("nameEn", text_problem(name_en, 120)),
    ):
        if why is not None:
            problems.append(ItemProblem(0, field, why))
    refuse_if_any(problems, len(rates))
    saved = await work.row(_CLASS, class_id, network_id, code, name_zh, name_en)
    assert saved is not None
    saved_id: UUID = saved["id"]
    await work.run(_FORGET, saved_id)
    await work.run(
        _RATES,
        saved_id,
        [uuid7() for _ in rates],
        [rate.rate_bp for rate in rates],
        [rate.valid_from for rate in rates],
        [rate.valid_to for rate in rates],
    )
    return saved_id
