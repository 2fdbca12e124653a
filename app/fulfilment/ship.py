"""The seller ships: goods leave allocated stock, their part of the hold is posted, the order moves on."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from app.fulfilment.events import tell_shipment
from app.fulfilment.packages import COLUMNS, PackageSaid, as_columns, judged_packages, lock_waybills, unnested
from app.fulfilment.progress import progress, times
from app.fulfilment.rules import ShipmentStatus
from app.inventory.issue import issue
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.lifecycle import OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.raise_shipped import raise_shipped, take_out
from app.ordering.wanted import LineQuantities, as_said, wanted

# The number is taken under the lock of the order.
_SHIPMENT = f"""
WITH goods AS (
    INSERT INTO shipment_line (id, shipment_id, order_line_id, quantity)
    SELECT g.id, $1, g.line_id, g.quantity
    FROM unnest($8::uuid[], $9::uuid[], $10::numeric[]) AS g(id, line_id, quantity)
), packed AS (
    INSERT INTO shipment_package (shipment_id, {COLUMNS}) SELECT $1, k.* FROM {unnested(11)}
)
INSERT INTO shipment (id, network_id, order_id, number, seller_id, status, amount_minor, shipped_at)
SELECT $1, $2, $3, $4 || '-' || (count(*) + 1), $5, 'shipped', $6, $7 FROM shipment s WHERE s.order_id = $3
RETURNING number
"""
_SPOKEN = "SELECT 1 FROM tracking_event WHERE waybill_id = ANY($1::uuid[]) LIMIT 1"


@act
async def ship_order(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    lines: LineQuantities | None,
    client_key: str,
    carrier: str | None = None,
    tracking_number: str | None = None,
    packages: Sequence[PackageSaid] | None = None,
    expected_version: int | None = None,
) -> UUID:
    """Ship quantities of lines, or all that is open (`lines` None). Returns the id of the shipment.

    It goes in `packages`, or in one that `carrier` brings under `tracking_number`.

    A relation that was suspended or has ended does not stand in the way: confirmed is confirmed. Raises MoreThanOpen,
    MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order or line.
    """
    viewer.require(Permission.SHIPMENT_MANAGE)
    packed = _packed(packages, carrier, tracking_number)
    shipment_id = uuid7()
    said = {
        "order": order_id,
        "lines": as_said(lines),
        "packages": [one.said() for one in packed],
        "version": expected_version,
    }
    earlier = await viewer.same_request(work, "shipOrder", client_key, said, shipment_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.SHIP, work.now)
    order.expect(expected_version)
    quantities = wanted(order.lines, lines)
    leaving = take_out(order, quantities)
    waybills = await lock_waybills(work, [one.waybill for one in packed])
    columns = as_columns([(uuid7(), one) for one in packed], waybills)
    number = await _write(work, order, shipment_id, quantities, leaving.worth.gross, columns)
    await raise_shipped(work, order, leaving, shipment_id=shipment_id, number=number, by=viewer.membership_id)
    await issue(work, order_id=order.id, shipment_id=shipment_id, lines=leaving.stock)
    tell_shipment(
        work,
        network_id=order.network_id,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        order_id=order.id,
        shipment_id=shipment_id,
        version=1,
        what="shipped",
        status=ShipmentStatus.SHIPPED.value,
    )
    if waybills.known and await work.row(_SPOKEN, list(waybills.ids.values())):  # the carrier was faster
        await progress(work, [shipment_id], what="tracked")
    else:
        await times(work, [shipment_id])
    return shipment_id


def _packed(
    packages: Sequence[PackageSaid] | None, carrier: str | None, tracking_number: str | None
) -> list[PackageSaid]:
    if packages is None:
        return judged_packages([PackageSaid(carrier, tracking_number)])
    if carrier is not None or tracking_number is not None:
        raise BadRequest("carrier", carrier or tracking_number, Said("nothing beside packages", "与 packages 二选一"))
    if any(one.id is not None for one in packages):
        raise BadRequest("id", "packages", Said("no id for a package that is new", "新包裹不带 id"))
    return judged_packages(packages)


async def _write(
    work: Work,
    order: OpenOrder,
    shipment_id: UUID,
    quantities: Mapping[UUID, Decimal],
    amount_minor: int,
    packages: Sequence[object],
) -> str:
    row = await work.row(
        _SHIPMENT,
        shipment_id,
        order.network_id,
        order.id,
        order.number,
        order.seller_id,
        amount_minor,
        work.now,
        [uuid7() for _ in quantities],
        list(quantities),
        list(quantities.values()),
        *packages,
    )
    assert row is not None
    number: str = row["number"]
    return number
