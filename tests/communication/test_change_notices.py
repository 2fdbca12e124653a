"""Who is told of an order that the seller placed, and of what became of a change, which every fact of it names."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import orjson
import pytest

from app import database as db
from app.kernel import clock
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering.answer_change import refuse_change, withdraw_change
from app.ordering.place_on_behalf import place_on_behalf
from tests.api import Api
from tests.communication.telling import INBOX, kinds_told, tell
from tests.order_desk.changing import accept, cancel, down_to, line_ids, propose
from tests.ordering.market import open_market
from tests.ordering_lifecycle.orders import Goods, Shop, open_shop
from tests.worlds import Party, new_key
from workers.expiries import lapse_due_changes

# Time is simulated here: to the audit, which lives now, stock was given back too early
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.unaudited("line_is_promised_what_is_open")]


async def proposed(shop: Shop) -> UUID:
    order_id = await shop.place([Goods("10", 100000)])
    (line,) = await line_ids(order_id)
    return await propose(shop, order_id, down_to(line, "4"))


async def newest(api: Api, party: Party, language: str = "en") -> dict[str, str]:
    """The newest line of an inbox."""
    answer = await api.data(party, INBOX, language=language, first=1)
    node: dict[str, str] = answer["notifications"]["edges"][0]["node"]
    return node


async def number_of(order_id: UUID) -> str:
    row = await db.row("SELECT number FROM sales_order WHERE id = $1", order_id)
    assert row is not None
    return str(row["number"])


async def test_an_order_on_ones_behalf_is_told_to_the_buyer_and_to_the_clerks_colleagues() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="10.00")
    clerk, colleague = [await market.world.member(market.seller, [Role.ORDER_CLERK]) for _ in range(2)]
    purchaser = await market.world.member(market.buyer, [Role.BUYER])
    storeman = await market.world.member(market.buyer, [Role.WAREHOUSE])
    elsewhere = await market.world.member(
        market.seller, [Role.CHANNEL_MANAGER, Role.ORDER_CLERK], scope=Scope(relation_ids=())
    )
    await tell()
    before = len(await kinds_told(purchaser))
    placed = await place_on_behalf(
        clerk.viewer,
        client_key=new_key(),
        buyer_id=market.buyer.company_id,
        order=market.asked([(paint, "3")]),
        expected_total=Decimal("30.00"),
    )
    await tell()
    assert await kinds_told(clerk) == await kinds_told(elsewhere) == await kinds_told(storeman) == []
    assert await kinds_told(colleague) == ["order_placed"]
    assert (await kinds_told(purchaser))[before:] == ["order_placed_for_you"]
    told = await newest(api, purchaser)
    assert (told["linkId"], told["priority"], told["title"]) == (str(placed["id"]), "HIGH", "Ordered for you")
    number = placed["number"]
    seller = market.seller.viewer.company_name
    assert told["text"] == f"{seller} placed the order {number} for you; you can cancel it until it is confirmed."
    chinese = await newest(api, purchaser, "zh")
    assert (chinese["title"], chinese["text"]) == ("代客下单", f"{seller}已代您提交订单 {number}，确认前可取消。")
    assert (await newest(api, colleague))["text"] == f"The order {number} of Outlet came in: please confirm it."

    await market.place([(paint, "1")])  # one's own is told to nobody of the buyer's
    await tell()
    assert (await kinds_told(purchaser))[before:] == ["order_placed_for_you"]
    assert await kinds_told(colleague) == ["order_placed", "order_placed"]


async def test_what_became_of_a_change_is_told_to_the_side_that_waits_for_it() -> None:
    api, shop = Api(), await open_shop()
    await tell()
    told: dict[str, list[list[str]]] = {}
    for what in ("accepted", "refused", "withdrawn", "lapsed"):
        order_id = await proposed(shop)
        await tell()
        before = [await kinds_told(party) for party in (shop.seller, shop.clerk, shop.purchaser)]
        if what == "accepted":
            await accept(shop, order_id)
        elif what == "refused":
            await refuse_change(shop.purchaser.viewer, order_id=order_id, reason="all", client_key=new_key())
        elif what == "withdrawn":
            await withdraw_change(shop.clerk.viewer, order_id=order_id, reason=None, client_key=new_key())
        else:
            with clock.travel(timedelta(hours=48)):
                assert await lapse_due_changes() == 1
        await tell()
        after = [await kinds_told(party) for party in (shop.seller, shop.clerk, shop.purchaser)]
        told[what] = [now[len(was) :] for now, was in zip(after, before, strict=True)]
    assert told == {
        "accepted": [["order_change_accepted"], ["order_change_accepted"], []],
        "refused": [["order_change_refused"], ["order_change_refused"], []],
        "withdrawn": [[], [], ["order_change_withdrawn"]],
        "lapsed": [["order_change_lapsed"], ["order_change_lapsed"], ["order_change_lapsed"]],
    }
    number, seller = await number_of(order_id), shop.seller.viewer.company_name
    lapsed = await newest(api, shop.purchaser)
    assert lapsed["title"] == "Change lapsed"
    assert lapsed["text"] == (
        f"Outlet did not answer the change of the order {number} in time: the order stands as it was, and waits for "
        f"{seller}."
    )
    chinese = await newest(api, shop.clerk, "zh")
    assert (chinese["title"], chinese["text"]) == (
        "订单变更已失效",
        f"Outlet未及时答复订单 {number} 的变更，订单维持原样，待{seller}处理。",
    )


async def test_every_fact_of_a_change_names_it_and_none_holds_money() -> None:
    shop = await open_shop(levels=2)  # a brand above hears of it, too
    ended: dict[str, UUID] = {}
    for what in ("accepted", "withdrawn", "cancelled", "lines_cancelled"):
        order_id = ended[what] = await proposed(shop)
        (line,) = await line_ids(order_id)
        if what == "accepted":
            await accept(shop, order_id)
        elif what == "withdrawn":
            await withdraw_change(shop.clerk.viewer, order_id=order_id, reason="x", client_key=new_key())
        else:
            await cancel(shop, order_id, *([(line, "1")] if what == "lines_cancelled" else []))
    for what, order_id in ended.items():
        row = await db.row("SELECT id, expires_at FROM order_amendment WHERE order_id = $1", order_id)
        assert row is not None
        facts = await db.rows(
            "SELECT kind, what, payload FROM outbox WHERE subject_id = $1 AND what <> 'placed' ORDER BY kind, id",
            order_id,
        )
        last = what if "cancelled" in what else f"change_{what}"
        mine, expiry = {"changeId": str(row["id"])}, {"expiresAt": row["expires_at"].isoformat()}
        assert [(one["kind"], one["what"], orjson.loads(one["payload"])) for one in facts] == [
            (kind, said, mine | (expiry if said == "change_proposed" else {}))
            for kind in ("channel_order", "order")
            for said in ("change_proposed", last)
        ]
