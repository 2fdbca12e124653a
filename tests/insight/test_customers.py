"""What a channel manager is shown of a quarter, to the cent: figures, sorts, filters, the card."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from app.insight.customers import CustomerSort
from app.kernel import clock
from app.network.roles import Role
from tests.insight.documents import CARD, LIST, month
from tests.insight.quarter import NOON, Quarter, open_quarter
from tests.worlds import Party

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]


@pytest.fixture(scope="module")
async def quarter(database: str) -> Quarter:
    return await open_quarter()


async def listed(quarter: Quarter, party: Party | None = None, **variables: Any) -> list[dict[str, Any]]:
    with clock.at(NOON):
        page = (await quarter.api.data(party or quarter.brand, LIST, **variables))["customers"]
    return [edge["node"] for edge in page["edges"]]


async def letters(quarter: Quarter, party: Party | None = None, **variables: Any) -> str:
    return "".join(quarter.letter(node["id"]) for node in await listed(quarter, party, **variables))


async def test_figures_of_a_quarter(quarter: Quarter) -> None:
    a, b, c, d = await listed(quarter)
    assert a["thisMonth"] == month("2026-11-01", 1, "300.00")
    assert a["lastMonth"] == month("2026-10-01", 2, "190.00")  # 40 of the night to October, 200 less 50
    assert (a["change"], a["changeBp"]) == ({"amount": "110.00", "currency": "CNY"}, 5789)
    assert (a["lastOrder"]["placedAt"], a["silentDays"]) == ("2026-11-05T01:00:00Z", 16)
    assert a["openOrders"] == {"unconfirmed": 1, "confirmed": 2, "value": {"amount": "300.00"}}
    assert a["account"] == {
        "receivable": {"amount": "180.00"},  # 40 + 150 - 10
        "overdue": {"amount": "30.00"},  # of the 40 that were due on November 4th
        "credit": {"limit": None, "exposure": {"amount": "480.00"}, "available": None},
    }
    assert a["leads"] == {"offered": 0, "accepted": 0, "lost": 0}
    assert (b["thisMonth"], b["lastMonth"]) == (month("2026-11-01", 0, "0.00"), month("2026-10-01", 1, "100.00"))
    assert (b["change"]["amount"], b["changeBp"], b["silentDays"]) == ("-100.00", -10_000, 40)
    assert (c["thisMonth"], c["changeBp"], c["silentDays"]) == (month("2026-11-01", 1, "50.00"), None, 0)
    assert (d["lastOrder"], d["silentDays"], d["changeBp"]) == (None, 256, None)
    assert d["openOrders"] == {"unconfirmed": 0, "confirmed": 0, "value": {"amount": "0.00"}}


SORTED = {
    CustomerSort.OPENED: "ABCD",
    CustomerSort.MOST_TURNOVER: "ACBD",
    CustomerSort.LEAST_TURNOVER: "BDCA",
    CustomerSort.MOST_FALLEN: "BDCA",
    CustomerSort.MOST_RISEN: "ACDB",
    CustomerSort.MOST_OVERDUE: "ABCD",
    CustomerSort.LONGEST_SILENT: "DBAC",
    CustomerSort.LATEST_ORDER: "CABD",
}


@pytest.mark.parametrize("sort", list(CustomerSort))
async def test_sorts_and_their_pages(quarter: Quarter, sort: CustomerSort) -> None:
    assert await letters(quarter, sort=sort.name) == SORTED[sort]
    seen, after = "", None
    with clock.at(NOON):
        for _ in range(4):
            asked = {"sort": sort.name, "first": 1, "after": after}
            page = (await quarter.api.data(quarter.brand, LIST, **asked))["customers"]
            seen += "".join(quarter.letter(edge["node"]["id"]) for edge in page["edges"])
            after = page["pageInfo"]["endCursor"]
        other = "OPENED" if sort is not CustomerSort.OPENED else "LATEST_ORDER"
        foreign = await quarter.api.ask(quarter.brand, LIST, sort=other, after=after)
    assert (seen, page["pageInfo"]["hasNextPage"]) == (SORTED[sort], False)
    assert [one["extensions"]["code"] for one in foreign["errors"]] == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "ABCD"),
        ({"silentDays": 16}, "ABD"),
        ({"silentDays": 17}, "BD"),
        ({"silentDays": 40}, "BD"),
        ({"silentDays": 41}, "D"),
        ({"silentDays": 257}, ""),
        ({"overdue": True}, "A"),
        ({"regionCode": "44"}, "AB"),
        ({"regionCode": "3301"}, "C"),
        ({"regionCode": "nowhere"}, ""),
        ({"text": "k-b"}, "B"),
        ({"text": "商 C t"}, "C"),
        ({"text": "%"}, ""),
        ({"text": "  "}, "ABCD"),
        ({"statuses": ["ACTIVE"]}, "ABCD"),
        ({"statuses": ["ENDED", "SUSPENDED"]}, ""),
        ({"statuses": []}, ""),
        ({"regionCode": "44", "silentDays": 17}, "B"),
        ({"lagging": {}}, ""),
    ],
)
async def test_filters(quarter: Quarter, wanted: dict[str, Any], found: str) -> None:
    assert await letters(quarter, filter=wanted) == found
    assert sorted(await letters(quarter, filter=wanted, sort="MOST_TURNOVER")) == sorted(found)


@pytest.mark.parametrize(
    "wrong",
    [
        {"silentDays": 0},
        {"silentDays": 3651},
        {"text": "x" * 101},
        {"lagging": {"belowBp": 0}},
        {"lagging": {"months": 12}},
        {"lagging": {"baseMonths": 0}},
    ],
)
async def test_filters_that_cannot_be(quarter: Quarter, wrong: dict[str, Any]) -> None:
    with clock.at(NOON):
        answer = await quarter.api.ask(quarter.brand, LIST, filter=wrong)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["BAD_REQUEST"]


async def test_the_card(quarter: Quarter) -> None:
    with clock.at(NOON):
        one = (await quarter.api.data(quarter.brand, CARD, id=quarter.relation("A")))["customer"]
        short = (await quarter.api.data(quarter.brand, CARD, id=quarter.relation("A"), last=1))["customer"]
        wrong = await quarter.api.ask(quarter.brand, CARD, id=quarter.relation("A"), last=25)
    (same,) = [node for node in await listed(quarter) if node["id"] == quarter.relation("A")]
    assert {name: one[name] for name in same} == same
    assert [row["month"] for row in one["months"]] == ["2025-12-01", *(f"2026-{n:02}-01" for n in range(1, 12))]
    assert one["months"][-2:] == [month("2026-10-01", 2, "190.00"), month("2026-11-01", 1, "300.00")]
    assert all(row["orders"] == 0 and row["turnover"]["amount"] == "0.00" for row in one["months"][:-2])
    assert short["months"] == one["months"][-1:]
    assert [(row["status"], row["totals"]["gross"]["amount"]) for row in one["latestOrders"]] == [
        ("SUBMITTED", "300.00"), ("FULFILLING", "200.00"), ("FULFILLING", "40.00")
    ]  # fmt: skip
    assert (one["members"], one["invitedUntil"], one["terms"]["netDays"]) == (1, None, 30)
    assert [error["extensions"]["code"] for error in wrong["errors"]] == ["BAD_REQUEST"]


async def test_a_page_is_one_statement(quarter: Quarter, counted: Counted) -> None:
    for sort in CustomerSort:
        async with counted() as statements:
            await listed(quarter, sort=sort.name, filter={"lagging": None, "text": "K"})
        asked = [one for one in statements if "session" not in one and "pg_catalog" not in one]  # nor the driver's own
        assert len(asked) == 1, asked
        assert "customer_figures" in asked[0]


async def test_a_longer_page_and_a_whole_card_cost_no_more_statements(quarter: Quarter, counted: Counted) -> None:
    more = LIST.replace("thisMonth", "history(first: 1) { edges { node { what } } } thisMonth", 1)
    asked = []
    for document, variables in (
        (more, {"first": 1}),
        (more, {"first": 4}),
        (CARD, {"id": quarter.relation("D")}),
        (CARD, {"id": quarter.relation("A"), "last": 24}),
    ):
        with clock.at(NOON):
            async with counted() as statements:
                await quarter.api.data(quarter.brand, document, **variables)
        asked.append([one for one in statements if "session" not in one and "pg_catalog" not in one])
    one, four, empty, full = asked
    assert (len(one), len(four)) == (2, 2)  # the page, and the histories of all of it
    # The customer; its people; its latest orders, and what they say; ship-to addresses; who buys from it, how much in
    # all, which orders, and what these say; its history
    assert (len(empty), len(full)) == (10, 10)


async def test_money_is_for_who_may_read_it(quarter: Quarter) -> None:
    with clock.at(NOON):
        storeman = await quarter.world.member(quarter.brand, [Role.WAREHOUSE])
        seen = await listed(quarter, storeman)
        assert [(node["account"], node["leads"]) for node in seen] == [(None, None)] * 4
        for asked in ({"sort": "MOST_OVERDUE"}, {"filter": {"overdue": True}}):
            answer = await quarter.api.ask(storeman, LIST, **asked)
            assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]


async def test_months_follow_the_calendar(quarter: Quarter) -> None:
    """In the new year nothing of the old quarter is this month or last, and the series still knows it."""
    later = NOON.replace(year=2027, month=2, day=1, hour=0, minute=1)
    with clock.at(later):
        brand = await quarter.world.member(quarter.brand, [Role.CHANNEL_MANAGER])
        one = (await quarter.api.data(brand, CARD, id=quarter.relation("A")))["customer"]
    assert (one["thisMonth"], one["lastMonth"]) == (month("2027-02-01", 0, "0.00"), month("2027-01-01", 0, "0.00"))
    assert one["months"][7:9] == [month("2026-10-01", 2, "190.00"), month("2026-11-01", 1, "300.00")]
    assert one["account"]["overdue"] == {"amount": "180.00"}
