"""How far a role goes by hand: manual prices, discounts and rounding off, by one role or several, then and now."""

from collections.abc import Awaitable
from decimal import Decimal
from uuid import UUID

import pytest

from app.kernel.refusal import BadRequest, Forbidden, NotFound
from app.network.roles import Role
from app.ordering.act_refusals import DiscountBeyondLimit, PriceBeyondLimit
from app.ordering.amendment import LineChange
from app.ordering.answer_change import withdraw_change
from app.ordering.asked_change import AskedChange
from app.ordering.grant_discount import grant_discount
from app.ordering.save_desk_limit import save_desk_limit
from tests.order_desk.changing import accept, limit, line_ids, nothing_done, propose, refused
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import Goods, Shop, open_shop, order_row
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

HUNDRED = [Goods("10", 100000)]  # 10 at 100.00


def discount(by: Party, order_id: UUID, amount: str) -> Awaitable[UUID]:
    return grant_discount(by.viewer, order_id=order_id, amount=Decimal(amount), reason="x", client_key=new_key())


async def test_a_role_goes_as_far_as_its_limit_and_the_refusal_names_it() -> None:
    shop = await open_shop()
    order_id = await shop.place(HUNDRED)
    (line,) = await line_ids(order_id)
    await limit(shop, Role.ORDER_CLERK, price_bp=500, discount_minor=1000)
    said = await refused(shop, order_id, AskedChange([LineChange(line, None, Decimal("94.99"))]))
    assert isinstance(said, PriceBeyondLimit)
    sku = said.sku_code
    assert (said.lowest.amount, said.limit_bp) == (Decimal("95"), 500)
    assert said.message("en") == (
        f"{sku}: 94.99 CNY/piece is too low for your role, which may go 5% below the price: at least 95.00 CNY/piece."
    )
    assert said.message("zh") == f"{sku}：94.99 元/个 超出您的改价权限（最多下调 5%），最低为 95.00 元/个。"
    for off in (
        await refused(shop, order_id, AskedChange(round_off=Decimal("10.01"))),
        await nothing_done(discount(shop.clerk, order_id, "10.01")),
    ):
        assert isinstance(off, DiscountBeyondLimit)
        assert off.message("en") == (
            "10.01 CNY off this order is more than your role may take off: at most 10.00 CNY in all."
        )
        assert off.message("zh") == "该订单累计优惠 10.01 元，超出您的优惠与抹零权限，合计最多 10.00 元。"
    await propose(shop, order_id, AskedChange([LineChange(line, None, Decimal("95"))], round_off=Decimal(10)))
    await accept(shop, order_id)
    assert (await order_row(order_id))["gross_minor"] == 94000
    assert await wrong_books() == []


async def test_discounts_and_rounding_off_share_one_limit() -> None:
    shop = await open_shop()
    order_id = await shop.place(HUNDRED)
    await limit(shop, Role.ORDER_CLERK, discount_minor=1000)
    await discount(shop.clerk, order_id, "6")
    said = await refused(shop, order_id, AskedChange(round_off=Decimal("4.01")))
    assert isinstance(said, DiscountBeyondLimit)
    assert (said.asked.minor, said.limit.minor) == (1001, 1000)
    # an owner, who has no limit, went further: the clerk can still propose what takes nothing off
    await discount(shop.seller, order_id, "50")
    (line,) = await line_ids(order_id)
    await propose(shop, order_id, AskedChange([LineChange(line, Decimal(5))]))
    await accept(shop, order_id)
    assert (await order_row(order_id))["discount_minor"] == 2800


async def test_nothing_is_less_than_no_limit() -> None:
    shop = await open_shop()
    order_id = await shop.place(HUNDRED)
    (line,) = await line_ids(order_id)
    await limit(shop, Role.ORDER_CLERK, discount_minor=0)
    assert isinstance(await refused(shop, order_id, AskedChange(round_off=Decimal("0.01"))), DiscountBeyondLimit)
    free = AskedChange([LineChange(line, None, Decimal(0))])
    await propose(shop, order_id, free)  # prices have no limit
    await withdraw_change(shop.clerk.viewer, order_id=order_id, reason=None, client_key=new_key())
    await limit(shop, Role.ORDER_CLERK, price_bp=0, discount_minor=None)
    cent = AskedChange([LineChange(line, None, Decimal("99.9999"))])
    assert isinstance(await refused(shop, order_id, cent), PriceBeyondLimit)
    await propose(shop, order_id, AskedChange([LineChange(line, None, Decimal("100.01"))], dearer=True))


async def two_roles(shop: Shop, *roles: Role) -> Party:
    return await shop.world.member(shop.seller, list(roles))


async def test_of_several_roles_the_most_generous_counts() -> None:
    shop = await open_shop()
    order_id = await shop.place(HUNDRED)
    (line,) = await line_ids(order_id)
    await limit(shop, Role.ORDER_CLERK, price_bp=500, discount_minor=5000)
    await limit(shop, Role.ADMIN, price_bp=1000, discount_minor=100)

    def cheap(price: str, off: str = "0") -> AskedChange:
        return AskedChange([LineChange(line, None, Decimal(price))], round_off=Decimal(off))

    both = await two_roles(shop, Role.ORDER_CLERK, Role.ADMIN)
    said = await refused(shop, order_id, cheap("89.99"), by=both)
    assert isinstance(said, PriceBeyondLimit)
    assert (said.lowest.amount, said.limit_bp) == (Decimal(90), 1000)
    said = await refused(shop, order_id, cheap("90", "50.01"), by=both)
    assert isinstance(said, DiscountBeyondLimit)
    assert said.limit.minor == 5000
    # a role that decides no orders lends nothing; one without a limit has none
    keeper = await two_roles(shop, Role.ORDER_CLERK, Role.FINANCE)
    assert isinstance(await refused(shop, order_id, cheap("94.99"), by=keeper), PriceBeyondLimit)
    chief = await two_roles(shop, Role.ORDER_CLERK, Role.OWNER)
    await propose(shop, order_id, cheap("1", "9"), by=chief)


async def test_a_limit_is_asked_when_a_change_is_proposed_and_not_again() -> None:
    shop = await open_shop()
    orders = [await shop.place(HUNDRED) for _ in range(2)]
    for order_id in orders:
        (line,) = await line_ids(order_id)
        await propose(shop, order_id, AskedChange([LineChange(line, None, Decimal(50))], round_off=Decimal(20)))
    await limit(shop, Role.ORDER_CLERK, price_bp=100, discount_minor=0)
    await accept(shop, orders[0])
    assert (await order_row(orders[0]))["gross_minor"] == 48000
    await withdraw_change(shop.clerk.viewer, order_id=orders[1], reason="too cheap", client_key=new_key())
    (line,) = await line_ids(orders[1])
    again = AskedChange([LineChange(line, None, Decimal(50))])
    assert isinstance(await refused(shop, orders[1], again), PriceBeyondLimit)
    assert await wrong_books() == []


async def test_who_may_set_limits_and_for_whom() -> None:
    shop = await open_shop()

    def save(by: Party, role: Role = Role.ORDER_CLERK, price_bp: int | None = 100) -> Awaitable[UUID]:
        return save_desk_limit(
            by.viewer,
            client_key=new_key(),
            network_id=shop.world.network_id,
            role=role,
            price_bp=price_bp,
            discount_minor=None,
        )

    with pytest.raises(Forbidden):
        await save(shop.clerk)
    stranger = await open_shop()
    assert isinstance(await nothing_done(save(stranger.seller)), NotFound)
    for wrong in (
        save(shop.seller, Role.WAREHOUSE),
        save(shop.seller, price_bp=10_001),
        save(shop.seller, price_bp=-1),
    ):
        assert isinstance(await nothing_done(wrong), BadRequest)
    # a buyer's limits are for what it sells itself: they do not bind its supplier
    await save(shop.buyer, price_bp=0)
    order_id = await shop.place(HUNDRED)
    (line,) = await line_ids(order_id)
    await propose(shop, order_id, AskedChange([LineChange(line, None, Decimal(1))]))
