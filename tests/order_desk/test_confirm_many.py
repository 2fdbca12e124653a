"""Many orders confirmed at once: an outcome each, also while their buyers cancel them; and ordering on behalf."""

from decimal import Decimal

import pytest

from app import database
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, Forbidden, MoveNotAllowed, NotFound
from app.network.roles import Role
from app.ordering.cancel import cancel_order
from app.ordering.confirm_many import MOST_AT_ONCE, confirm_orders
from app.ordering.place_on_behalf import place_on_behalf
from app.ordering.queries import TimelinePage, timelines
from tests.ordering.market import open_market
from tests.ordering_lifecycle.orders import Goods, everything, open_shop, timeline
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")


async def test_each_has_its_outcome_in_the_order_named_and_the_same_key_confirms_once() -> None:
    shop = await open_shop()
    first, second, third = [await shop.place([Goods("1", 100)]) for _ in range(3)]
    await cancel_order(shop.purchaser.viewer, order_id=second, lines=None, reason="no", client_key=new_key())
    absent, key = uuid7(), new_key()
    for _ in range(2):
        outcomes = await confirm_orders(shop.clerk.viewer, order_ids=[third, second, absent, first], client_key=key)
        assert [one.order_id for one in outcomes] == [third, second, absent, first]
        problems = [one.problem for one in outcomes]
        assert [type(one) for one in problems] == [type(None), MoveNotAllowed, NotFound, type(None)]
    assert await timeline(first) == await timeline(third) == ["placed", "confirmed"]
    before = await everything()
    for ids in ([], [first, first], [uuid7() for _ in range(MOST_AT_ONCE + 1)]):
        with pytest.raises(BadRequest):
            await confirm_orders(shop.clerk.viewer, order_ids=ids, client_key=new_key())
    with pytest.raises(Forbidden):
        await confirm_orders(shop.purchaser.viewer, order_ids=[first], client_key=new_key())
    assert await everything() == before


class TestOnBehalf:
    async def test_the_desk_orders_with_the_buyers_prices_and_money_and_says_so(self) -> None:
        market = await open_market(credit=100_00)
        paint = await market.sku("PAINT", price="10.00")
        clerk = await market.world.member(market.seller, [Role.ORDER_CLERK])
        key = new_key()
        placed = [
            await place_on_behalf(
                clerk.viewer,
                client_key=key,
                buyer_id=market.buyer.company_id,
                order=market.asked([(paint, "3")]),
                expected_total=Decimal("30.00"),
            )
            for _ in range(2)
        ]
        assert placed[0]["id"] == placed[1]["id"]
        assert (placed[0]["buyer_id"], placed[0]["gross_minor"]) == (market.buyer.company_id, 3000)
        parties = {market.seller.company_id, market.buyer.company_id}
        (fact,) = await database.rows("SELECT audience, payload FROM outbox WHERE subject_id = $1", placed[0]["id"])
        assert (set(fact["audience"]), "onBehalf" in fact["payload"]) == (parties, True)
        page = TimelinePage(placed[0]["id"], 5, None)
        (entry,) = (await timelines(market.buyer.viewer, [page]))[page]
        assert entry["company_id"] == market.seller.company_id

    async def test_only_for_a_buyer_of_ones_own_and_only_by_the_desk(self) -> None:
        market = await open_market()
        paint = await market.sku("PAINT", price="10.00")
        stranger = await open_market()
        before = await everything()
        for viewer, buyer, refusal in (
            (market.seller.viewer, stranger.buyer.company_id, NotFound),
            (stranger.seller.viewer, market.buyer.company_id, NotFound),
            ((await market.world.member(market.buyer, [Role.BUYER])).viewer, market.buyer.company_id, Forbidden),
        ):
            before = await everything()
            with pytest.raises(refusal):
                await place_on_behalf(
                    viewer,
                    client_key=new_key(),
                    buyer_id=buyer,
                    order=market.asked([(paint, "3")]),
                    expected_total=Decimal("30.00"),
                )
            assert await everything() == before
