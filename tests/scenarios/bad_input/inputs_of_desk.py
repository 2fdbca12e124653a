"""Inputs that would be accepted, of the order desk's mutations; with these `ALL_INPUTS` are complete."""

import datetime as dt
from typing import Any, Final
from uuid import UUID

from app.ordering.asked_change import AskedChange
from app.ordering.propose_change import propose_change
from tests.scenarios.bad_input.inputs import INPUTS, Stage, buyer, seller
from tests.scenarios.bad_input.inputs_of_papers import ALL_INPUTS as OTHERS
from tests.worlds import new_key, ship_to


async def proposed(stage: Stage) -> UUID:
    """An order with a change that waits for its buyer."""
    order_id = await stage.placed()
    change = AskedChange(requested_on=dt.date(2035, 1, 1))
    await propose_change(stage.seller.viewer, order_id=order_id, change=change, reason="later", client_key=new_key())
    return order_id


@seller
async def propose_order_change(stage: Stage) -> dict[str, Any]:
    order_id = await stage.placed()
    line = await stage.line(order_id)
    moved = {"shipToId": str(await ship_to(stage.buyer)), "requestedOn": "2035-01-01", "until": None}
    money = {"freight": "0.00", "roundOff": "0.10", "dearer": False}
    return {
        "orderId": str(order_id),
        "reason": "short",
        "lines": [line | {"unitPrice": "9.00"}],
        **moved,
        **money,
        "expectedVersion": 1,
    }


@buyer
async def accept_order_change(stage: Stage) -> dict[str, Any]:
    return {"orderId": str(await proposed(stage)), "expectedVersion": 2}


@buyer
async def refuse_order_change(stage: Stage) -> dict[str, Any]:
    return {"orderId": str(await proposed(stage)), "reason": "no", "expectedVersion": 2}


@seller
async def withdraw_order_change(stage: Stage) -> dict[str, Any]:
    return {"orderId": str(await proposed(stage)), "reason": "no", "expectedVersion": 2}


@seller
async def confirm_orders(stage: Stage) -> dict[str, Any]:
    return {"orderIds": [str(await stage.placed())]}


@seller
async def note_order(stage: Stage) -> dict[str, Any]:
    return {"orderId": str(await stage.placed()), "text": "rings twice"}


@seller
async def tag_order(stage: Stage) -> dict[str, Any]:
    return {"orderId": str(await stage.placed()), "tags": ["urgent"]}


@seller
async def save_desk_limit(stage: Stage) -> dict[str, Any]:
    network_id = str(stage.market.world.network_id)
    return {"networkId": network_id, "role": "ORDER_CLERK", "priceBp": 500, "discount": "100.00"}


@seller
async def place_on_behalf(stage: Stage) -> dict[str, Any]:
    _, said = await INPUTS["placeOrder"](stage)
    order = {name: value for name, value in said.items() if name != "clientKey"}
    return {**order, "buyerId": str(stage.buyer.company_id)}


ALL_INPUTS: Final = OTHERS
