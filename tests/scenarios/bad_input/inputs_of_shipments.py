"""Inputs that would be accepted, of the mutations about shipments; with these `ALL_INPUTS` are complete."""

from typing import Any, Final

from tests.scenarios.bad_input.inputs import INPUTS, Stage, buyer, one, seller, shopkeeper


@seller
async def ship_order_(stage: Stage) -> dict[str, Any]:
    order_id = await stage.confirmed()
    carried = {"carrier": "SF", "trackingNumber": "1", "expectedVersion": 2}
    return {"orderId": str(order_id), "lines": [await stage.line(order_id)], **carried}


@seller
async def correct_packages(stage: Stage) -> dict[str, Any]:
    shipment_id = await stage.shipped()
    package = {
        "id": str(await one("SELECT id FROM shipment_package WHERE shipment_id = $1", shipment_id)),
        "carrier": "SF",
        "trackingNumber": "1",
        "weightG": 1,
        "volumeCm3": 1,
        "pieces": 1,
    }
    return {"shipmentId": str(shipment_id), "packages": [package], "reason": "mistyped", "expectedVersion": 1}


@shopkeeper
async def save_logistics_rule(stage: Stage) -> dict[str, Any]:
    return {**stage.network, "carrier": "SF", "stalledAfterHours": 24, "autoSignDays": 7}


@seller
async def record_tracking(stage: Stage) -> dict[str, Any]:
    event = {"code": "ARRIVED", "text": "到", "place": "佛山", "at": "2026-01-01T00:00:00Z"}
    shipment_id = await stage.shipped()
    package_id = await one("SELECT id FROM shipment_package WHERE shipment_id = $1", shipment_id)
    return {"shipmentId": str(shipment_id), "packageId": str(package_id), "events": [event]}


@buyer
async def confirm_delivery(stage: Stage) -> dict[str, Any]:
    shipment_id = await stage.shipped()
    line_id = await one("SELECT order_line_id FROM shipment_line WHERE shipment_id = $1", shipment_id)
    line = {"lineId": str(line_id), "signed": "3", "reason": "SHORT", "note": "one was not there"}
    return {"shipmentId": str(shipment_id), "lines": [line]}


ALL_INPUTS: Final = INPUTS
