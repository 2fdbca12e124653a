"""A seller's warehouse, saved by its code: where it is, which regions it serves, and whether it is open."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from app.catalog.refusals import ItemProblem, UnknownCode, ValueNotAllowed
from app.catalog.rules import code_problem, text_problem
from app.catalog.standing import refuse_if_any, require_member
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.wording import Said, one_of, whole_number
from app.network.roles import Permission
from app.network.viewer import Viewer

STATUSES: Final = ("active", "closed")
MOST_REGIONS: Final = 500
_PRIORITIES = range(-1_000_000, 1_000_001)

_REGIONS = "SELECT code, path FROM region WHERE code = ANY($1::text[])"
_FIND = "SELECT id FROM warehouse WHERE network_id = $1 AND company_id = $2 AND code = $3"
_SAVE = """
INSERT INTO warehouse (id, network_id, company_id, code, name, region_id, serves_regions, priority, status, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (network_id, company_id, code) DO UPDATE SET name = excluded.name, region_id = excluded.region_id,
    serves_regions = excluded.serves_regions, priority = excluded.priority, status = excluded.status
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class WarehouseInput:
    """A warehouse by its code. `serves` are region codes (None: everywhere); lower `priority` is taken from first."""

    code: str
    name: str
    region: str | None = None
    serves: tuple[str, ...] | None = None
    priority: int = 0
    status: str = "active"


@act
async def save_warehouse(
    work: Work, viewer: Viewer, *, network_id: UUID, warehouse: WarehouseInput, client_key: str
) -> UUID:
    """Save a warehouse of the viewer's company in a network. Returns its id.

    A closed one promises nothing more; what it has promised still leaves it. Raises ItemsRefused, NotFound.
    """
    viewer.require(Permission.STOCK_MANAGE)
    said = {"network": network_id, "warehouse": asdict(warehouse)}
    new_id = uuid7()
    if await viewer.same_request(work, "saveWarehouse", client_key, said, new_id):
        found = await work.row(_FIND, network_id, viewer.company_id, warehouse.code)
        return found["id"] if found else new_id
    await require_member(work, viewer, network_id)
    asked = [*(warehouse.serves or ()), *([warehouse.region] if warehouse.region else [])]
    paths = {row["code"]: row["path"] for row in await work.rows(_REGIONS, asked)} if asked else {}
    refuse_if_any(_problems(warehouse, paths), 1)
    saved = await work.row(
        _SAVE,
        new_id,
        network_id,
        viewer.company_id,
        warehouse.code,
        warehouse.name,
        warehouse.region,
        None if warehouse.serves is None else sorted({paths[code] for code in warehouse.serves}),
        warehouse.priority,
        warehouse.status,
        work.now,
    )
    assert saved is not None
    saved_id: UUID = saved["id"]
    return saved_id


def _problems(warehouse: WarehouseInput, known: dict[str, str]) -> list[ItemProblem]:
    wrong = [
        ("code", code_problem(warehouse.code, 40)),
        ("name", text_problem(warehouse.name, 120, least=1)),
    ]
    if warehouse.status not in STATUSES:
        wrong.append(("status", ValueNotAllowed(value=warehouse.status, expected=one_of(*STATUSES))))
    if warehouse.priority not in _PRIORITIES:
        expected = whole_number(_PRIORITIES[0], _PRIORITIES[-1])
        wrong.append(("priority", ValueNotAllowed(value=warehouse.priority, expected=expected)))
    if warehouse.region is not None and warehouse.region not in known:
        wrong.append(("region", UnknownCode(what="region", unknown=warehouse.region)))
    serves: Sequence[str] = warehouse.serves or ()
    if len(serves) > MOST_REGIONS:
        wrong.append(
            (
                "serves",
                ValueNotAllowed(
                    value=len(serves), expected=Said(f"at most {MOST_REGIONS} regions", f"最多 {MOST_REGIONS} 个区域")
                ),
            )
        )
    for n, code in enumerate(serves):
        if code not in known:
            wrong.append((f"serves.{n}", UnknownCode(what="region", unknown=code)))
    return [ItemProblem(0, field, why) for field, why in wrong if why is not None]
