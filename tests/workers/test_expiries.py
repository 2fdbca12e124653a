"""The sweep: one order whose books are broken does not keep the others from expiring."""

import logging
from datetime import timedelta

import pytest

from app import database as db
from app.kernel import clock
from tests.ordering_lifecycle.orders import Goods, open_shop, order_row
from workers.expiries import expire_due

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.unaudited]  # a hold is taken away


async def test_an_order_that_cannot_expire_is_told_and_the_rest_expires(caplog: pytest.LogCaptureFixture) -> None:
    shop = await open_shop()
    broken, fine = [await shop.place([Goods("1", 100)], expires_in=timedelta(minutes=minutes)) for minutes in (10, 11)]
    await db.rows("DELETE FROM ledger_hold WHERE order_id = $1", broken)
    with clock.travel(timedelta(minutes=20)), caplog.at_level(logging.ERROR):
        assert await expire_due() == 1
    assert [(await order_row(one))["status"] for one in (broken, fine)] == ["submitted", "expired"]
    assert str(broken) in caplog.text
