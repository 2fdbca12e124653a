"""Save a ship-to address: a company's place to receive goods."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import ChangedMeanwhile, NotFound
from app.network.register import require_regions
from app.network.roles import Permission
from app.network.viewer import Viewer

_NEW = """
INSERT INTO ship_to (id, company_id, name, contact, phone, region_id, address, status, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_OWN = "SELECT version FROM ship_to WHERE id = $1 AND company_id = $2 FOR UPDATE"
_CHANGE = """
UPDATE ship_to SET name = $2, contact = $3, phone = $4, region_id = $5, address = $6, status = $7, version = version + 1
WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class ShipToFields:
    """What a ship-to address says; a closed one can no longer be ordered to."""

    name: str
    contact: str
    phone: str
    region_code: str | None
    address: str
    is_open: bool = True

    @property
    def status(self) -> str:
        return "active" if self.is_open else "closed"


@act
async def save_ship_to(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    fields: ShipToFields,
    ship_to_id: UUID | None = None,
    expected_version: int | None = None,
) -> UUID:
    """The id of the address, new or changed. Orders keep the address as it was when they were placed."""
    viewer.require(Permission.SHIP_TO_MANAGE)
    answer_id = ship_to_id or uuid7()
    said = [ship_to_id, expected_version, repr(fields)]
    earlier = await viewer.same_request(work, "saveShipTo", client_key, said, answer_id)
    if earlier:
        return earlier
    await require_regions(work, [fields.region_code])
    values = (fields.name, fields.contact, fields.phone, fields.region_code, fields.address, fields.status)
    if ship_to_id is None:
        await work.run(_NEW, answer_id, viewer.company_id, *values, work.now)
        return answer_id
    own = await work.row(_OWN, ship_to_id, viewer.company_id)
    if own is None:
        raise NotFound("ship-to address", ship_to_id)
    if expected_version is not None and expected_version != own["version"]:
        raise ChangedMeanwhile(expected_version, own["version"])
    await work.run(_CHANGE, ship_to_id, *values)
    return ship_to_id
