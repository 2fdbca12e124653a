"""The seller corrects the packages of a shipment: a number mistyped, a parcel forgotten, a weight; with its history."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg
import orjson

from app.fulfilment.open_shipment import OpenShipment, open_shipment
from app.fulfilment.packages import (
    COLUMNS,
    PackageSaid,
    Waybills,
    as_columns,
    judged_packages,
    lock_waybills,
    unnested,
)
from app.fulfilment.progress import progress
from app.fulfilment.rules import ShipmentAction, allowed
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, ChangedMeanwhile, Forbidden, MoveNotAllowed, NotFound
from app.kernel.text import text
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer

LONGEST_REASON: Final = 400

_STANDING = """
SELECT id, carrier, tracking_number, weight_g, volume_cm3, pieces FROM shipment_package
WHERE shipment_id = $1 AND removed_at IS NULL ORDER BY position
"""
_SAVE = f"""
WITH gone AS (
    UPDATE shipment_package SET removed_at = $11
    WHERE shipment_id = $1 AND removed_at IS NULL AND id <> ALL($2::uuid[])
)
INSERT INTO shipment_package AS p (shipment_id, {COLUMNS}) SELECT $1, k.* FROM {unnested(2)}
ON CONFLICT (id) DO UPDATE SET position = excluded.position, carrier = excluded.carrier,
    carrier_code = excluded.carrier_code, tracking_number = excluded.tracking_number, waybill_id = excluded.waybill_id,
    weight_g = excluded.weight_g, volume_cm3 = excluded.volume_cm3, pieces = excluded.pieces
"""
_HISTORY = """
INSERT INTO shipment_package_change (id, package_id, what, before, after, reason, by, at)
SELECT c.id, c.package_id, c.what, c.before::jsonb, c.after::jsonb, $6, $7, $8
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS c(id, package_id, what, before, after)
"""

Values = dict[str, object]
Change = tuple[UUID, str, Values | None, Values | None]


@act
async def correct_packages(
    work: Work,
    viewer: Viewer,
    *,
    shipment_id: UUID,
    packages: Sequence[PackageSaid],
    reason: str,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """These are the packages of the shipment from now on: those with an id are corrected, those without are new, and
    those not named are taken out. Returns the id of the shipment.

    News of a number that a package no longer bears no longer count for it; those of its new number do, also those that
    came before. Nothing happens when nothing differs. Raises MoveNotAllowed once it was signed for, ChangedMeanwhile;
    Forbidden for the buyer; NotFound for a foreign shipment or package.
    """
    viewer.require(Permission.SHIPMENT_MANAGE)
    kept = judged_packages(packages)
    reason = text("reason", reason, LONGEST_REASON)
    said = {
        "shipment": shipment_id,
        "packages": [[one.id, one.said()] for one in kept],
        "reason": reason,
        "version": expected_version,
    }
    earlier = await viewer.same_request(work, "correctPackages", client_key, said, shipment_id)
    if earlier:
        return earlier
    waybills = await lock_waybills(work, [one.waybill for one in kept])
    shipment = await open_shipment(work, viewer, shipment_id)
    _require(viewer, shipment, expected_version)
    before = {row["id"]: row for row in await work.rows(_STANDING, shipment.id)}
    named = [one.id for one in kept if one.id is not None]
    for one in named:
        if one not in before:
            raise NotFound("package", one)
    if len(set(named)) < len(named):
        raise BadRequest("packages", str(named[0]), Said("every package once", "每个包裹只出现一次"))
    after = [(one.id or uuid7(), one) for one in kept]
    changes = _changes(before, after)
    if changes:
        await _save(work, viewer, shipment, after, waybills, changes, reason)
        await progress(work, [shipment.id], what="repacked")
    return shipment.id


def _require(viewer: Viewer, shipment: OpenShipment, expected_version: int | None) -> None:
    if viewer.company_id != shipment.seller_id:
        raise Forbidden(Permission.SHIPMENT_MANAGE.value)
    possible = allowed(shipment.status, is_seller=True, permissions=viewer.permissions)
    if ShipmentAction.CORRECT_PACKAGES not in possible:
        asked = ShipmentAction.CORRECT_PACKAGES.value
        raise MoveNotAllowed("shipment", shipment.status.value, asked, [one.value for one in possible])
    if expected_version is not None and expected_version != shipment.version:
        raise ChangedMeanwhile(expected_version=expected_version, version=shipment.version)


def _changes(before: Mapping[UUID, asyncpg.Record], after: Sequence[tuple[UUID, PackageSaid]]) -> list[Change]:
    was = {one: {name: value for name, value in row.items() if name != "id"} for one, row in before.items()}
    now = {package_id: one.said() for package_id, one in after}
    changes: list[Change] = [(one, "removed", values, None) for one, values in was.items() if one not in now]
    for one, values in now.items():
        if one not in was:
            changes.append((one, "added", None, values))
        elif was[one] != values:
            changes.append((one, "changed", was[one], values))
    return changes


async def _save(
    work: Work,
    viewer: Viewer,
    shipment: OpenShipment,
    after: Sequence[tuple[UUID, PackageSaid]],
    waybills: Waybills,
    changes: Sequence[Change],
    reason: str,
) -> None:
    await work.run(_SAVE, shipment.id, *as_columns(after, waybills), work.now)
    await work.run(
        _HISTORY,
        [uuid7() for _ in changes],
        [package_id for package_id, _, _, _ in changes],
        [what for _, what, _, _ in changes],
        [None if was is None else orjson.dumps(was).decode() for _, _, was, _ in changes],
        [None if becomes is None else orjson.dumps(becomes).decode() for _, _, _, becomes in changes],
        reason,
        viewer.membership_id,
        work.now,
    )
