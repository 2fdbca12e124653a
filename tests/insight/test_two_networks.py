"""One seller in two networks: each counts its months where it is, in its own currency, and for itself.

Iris    the brand of a network in Shanghai: 佛山 and 广州 buy in CNY, 澳门 in USD
Onyx    the brand of a network in New York, of which Iris is a dealer: Yonkers buys from Iris, in USD
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.kernel import clock
from tests.api import Api
from tests.insight.documents import CARD, CHANNEL, LIST, month
from tests.ordering.market import market_between
from tests.worlds import Party, World, open_world, party_of

CHINA, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
OPENED = datetime(2026, 10, 20, 9, tzinfo=CHINA)
ORDERED = datetime(2026, 11, 1, 0, 30, tzinfo=CHINA)  # in New York the October is not over: 12:30 of its last day
STILL = datetime(2026, 11, 1, 11, 59, tzinfo=CHINA)  # its last minute there
AFTER = datetime(2026, 11, 1, 12, 0, tzinfo=CHINA)
NIGHT = datetime(2026, 11, 2, 0, 30, tzinfo=NEW_YORK)  # a day of 25 hours later: clocks went back


@dataclass(slots=True)
class Two:
    """Iris, and who buys from it, by name."""

    api: Api
    china: World
    america: World
    iris: Party
    buyers: dict[str, Party]

    def relation(self, name: str) -> str:
        world = self.america if name == "Yonkers" else self.china
        return str(world.relation(self.iris, self.buyers[name]))

    async def at(self, moment: datetime, **asked: Any) -> dict[str, dict[str, Any]]:
        """The list at this moment, by name, in its order."""
        with clock.at(moment):
            found = (await self.api.data(await self.reader(), LIST, **asked))["customers"]["edges"]
        return {edge["node"]["buyer"]["name"]: edge["node"] for edge in found}

    async def reader(self) -> Party:
        """Iris with a token of this very moment."""
        return await party_of("Iris", self.iris.login)


@pytest.fixture(scope="module")
async def two(database: str) -> Two:
    with clock.at(OPENED):
        china = await open_world("Iris")
        america = await open_world("Onyx", currency="USD", time_zone="America/New_York")
        iris = china.brand
        await america.also_buys(america.brand, iris)
        buyers = {
            "佛山": await china.buyer(iris, "佛山"),
            "澳门": await china.buyer(iris, "澳门", currency="USD"),
            "广州": await china.buyer(iris, "广州"),
            "Yonkers": await america.buyer(iris, "Yonkers"),
        }
        markets = {
            name: await market_between(america if name == "Yonkers" else china, iris, buyer)
            for name, buyer in buyers.items()
            if name != "广州"
        }
        markets["广州"] = markets["佛山"]
        markets["澳门"].tax_classes = markets["佛山"].tax_classes
        skus: dict[str, UUID] = {}
        for name in ("佛山", "澳门", "Yonkers"):
            skus[name] = await markets[name].sku(f"PAINT-{name}", price="10.00")
        skus["广州"] = skus["佛山"]
    with clock.at(ORDERED):
        for name, quantity in {"佛山": "10", "澳门": "40", "广州": "30", "Yonkers": "20"}.items():
            market = markets[name]
            market.buyer = buyers[name]
            await market.credit(None)
            await market.place([(skus[name], quantity)])
    return Two(Api(), china, america, iris, buyers)


async def test_a_month_begins_where_the_network_is(two: Two) -> None:
    seen = await two.at(STILL)
    for name, turnover in {"佛山": "100.00", "广州": "300.00", "澳门": "400.00"}.items():
        assert seen[name]["thisMonth"] == month("2026-11-01", 1, turnover)
        assert (seen[name]["lastMonth"], seen[name]["silentDays"]) == (month("2026-10-01", 0, "0.00"), 0)
    yonkers = seen["Yonkers"]
    assert (yonkers["thisMonth"], yonkers["lastMonth"]) == (
        month("2026-10-01", 1, "200.00"), month("2026-09-01", 0, "0.00")
    )  # fmt: skip
    assert yonkers["silentDays"] == 0

    seen = await two.at(AFTER)
    assert seen["佛山"]["thisMonth"] == month("2026-11-01", 1, "100.00")
    yonkers = seen["Yonkers"]
    assert (yonkers["thisMonth"], yonkers["lastMonth"], yonkers["silentDays"]) == (
        month("2026-11-01", 0, "0.00"), month("2026-10-01", 1, "200.00"), 1
    )  # fmt: skip
    assert (yonkers["change"], yonkers["changeBp"]) == ({"amount": "-200.00", "currency": "USD"}, -10_000)


async def test_days_of_silence_are_days_there(two: Two) -> None:
    for moment, silent in ((STILL, ""), (AFTER, "Yonkers"), (NIGHT, "佛山 澳门 广州 Yonkers")):
        assert " ".join(await two.at(moment, filter={"silentDays": 1})) == silent, moment
    assert " ".join(await two.at(NIGHT, filter={"silentDays": 2})) == "Yonkers"  # the 31st there, the 1st in Shanghai


async def test_amounts_of_two_currencies_are_never_compared(two: Two) -> None:
    sorts = {
        "MOST_TURNOVER": "广州 佛山 澳门 Yonkers",
        "LEAST_TURNOVER": "佛山 广州 Yonkers 澳门",
        "MOST_RISEN": "广州 佛山 澳门 Yonkers",
        "MOST_FALLEN": "佛山 广州 Yonkers 澳门",
        "MOST_OVERDUE": "佛山 广州 澳门 Yonkers",  # nobody is: by who came first
    }
    for sort, order in sorts.items():
        assert " ".join(await two.at(STILL, sort=sort)) == order
        seen, after = [], None
        with clock.at(STILL):
            reader = await two.reader()
            for _ in range(4):
                page = (await two.api.data(reader, LIST, sort=sort, first=1, after=after))["customers"]
                (edge,), after = page["edges"], page["pageInfo"]["endCursor"]
                seen.append(edge["node"]["buyer"]["name"])
        assert " ".join(seen) == order
        for currency in ("CNY", "USD"):
            listed = await two.at(STILL, sort=sort, filter={"currency": currency})
            assert list(listed) == [name for name in order.split() if name in listed]
            assert {one["change"]["currency"] for one in listed.values()} == {currency}
            assert len(listed) == 2
    assert await two.at(STILL, filter={"currency": "EUR"}) == {}
    with clock.at(STILL):
        wrong = await two.api.ask(await two.reader(), LIST, filter={"currency": "yuan"})
    assert [one["extensions"]["code"] for one in wrong["errors"]] == ["BAD_REQUEST"]


async def test_a_network_is_looked_at_for_itself(two: Two) -> None:
    listed = """query($id: ID!) { backoffice { customers(networkId: $id) { edges { node { buyer { name } } } } } }"""
    with clock.at(STILL):
        reader = await two.reader()
        for world, names in ((two.china, ["佛山", "澳门", "广州"]), (two.america, ["Yonkers"])):
            found = (await two.api.data(reader, listed, id=str(world.network_id)))["customers"]["edges"]
            assert [edge["node"]["buyer"]["name"] for edge in found] == names
        for name in two.buyers:
            card = (await two.api.data(reader, CARD, id=two.relation(name)))["customer"]
            # Leads, and a view below, are the brand's: in New York that is Onyx
            assert (card["leads"] is None) is (name == "Yonkers")
            assert (card["channelTotals"] is None) is (name == "Yonkers")


async def test_each_brand_sees_its_own_network(two: Two) -> None:
    with clock.at(STILL):
        iris, onyx = await two.reader(), await party_of("Onyx", two.america.brand.login)
        asked = {"id": str(two.america.network_id)}
        found = (await two.api.data(onyx, CHANNEL, **asked))["channel"]["edges"]
        assert await two.api.code(iris, CHANNEL, **asked) == "NOT_FOUND"
        assert await two.api.code(onyx, CHANNEL, id=str(two.china.network_id)) == "NOT_FOUND"
        onyx_sells = str(two.america.relation(two.america.brand, two.iris))
        card = (await two.api.data(onyx, CARD, id=onyx_sells))["customer"]
    assert [(one["node"]["seller"]["name"], one["node"]["buyer"]["name"]) for one in found] == [
        ("Onyx", "Iris"), ("Iris", "Yonkers")
    ]  # fmt: skip
    below = found[1]["node"]
    assert below["thisMonth"] == {"month": "2026-10-01", "orders": 1, "turnover": None}
    # What Iris sells in its own network is nothing of Onyx's
    assert card["channel"]["edges"] == [{"node": below}]
    assert card["channelTotals"] == {
        "buyers": 1, "active": 1, "ordering": 1, "thisMonthOrders": 1, "lastMonthOrders": 0
    }  # fmt: skip
    assert len(card["channelOrders"]["edges"]) == 1
