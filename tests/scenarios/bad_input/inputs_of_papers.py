"""Inputs that would be accepted, of the mutations about files; with these `ALL_INPUTS` are complete."""

from typing import Any, Final

from app import database
from app.papers.start_export import start_export
from tests.scenarios.bad_input.inputs import INPUTS, Stage, seller
from tests.scenarios.bad_input.inputs_of_leads import ALL_INPUTS as OTHERS


@seller
async def start_export_(stage: Stage) -> dict[str, Any]:
    await database.rows("UPDATE export_job SET status = 'cancelled' WHERE status = 'waiting'")
    wanted = {
        "statuses": ["SUBMITTED"],
        "number": "SO1",
        "buyerReference": "PO",
        "buyerId": str(stage.buyer.company_id),
    }
    placed = {"placedFrom": "2026-01-01T00:00:00Z", "placedBefore": "2035-01-01T00:00:00Z"}
    orders = {"side": "SELLING", "sellerId": str(stage.seller.company_id), "filter": wanted | placed}
    return {"of": {"orders": orders}, "locale": "zh"}


@seller
async def cancel_export(stage: Stage) -> dict[str, Any]:
    _, said = await INPUTS["startExport"](stage)
    stock: dict[str, Any] = {}
    export_id = await start_export(
        stage.seller.viewer, list_name="stock", filters=stock, locale="en", client_key=said["clientKey"]
    )
    return {"exportId": str(export_id)}


ALL_INPUTS: Final = OTHERS
