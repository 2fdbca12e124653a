"""No read of a storefront needs a whole table that grows: with sequential scans made dear, no plan has one.

Little data is read whole whatever the indexes; so the server is asked for its plan without that way out.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import pytest

from app.storefront.narrowing import Mall, Narrowed
from app.storefront.offers import list_offers, read_offer_of
from app.storefront.queries import read_facets
from app.storefront.sorting import OfferSort
from tests.storefront.mall import open_catalogue, open_mall
from tests.worlds import Party, World, open_world

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]
GROWING = {
    *("sku", "sku_unit", "product", "listing", "listing_audience", "stock_level", "reservation"),
    *("price_row", "price_list", "price_assignment", "trade_relation"),
}
SEARCHES = ["外墙乳胶漆", "外墙", "exterior emulsion", "exterior emulsoin", "WQ-500", "漆"]


@pytest.fixture(scope="module")
async def mall(database: str) -> tuple[Mall, Party]:
    world: World = await open_world()
    await open_catalogue(world)
    await open_mall(world)
    return Mall(world.brand.company_id, world.network_id), await world.buyer(world.brand)


@pytest.mark.parametrize("sort", list(OfferSort))
@pytest.mark.parametrize("search", [None, *SEARCHES])
async def test_a_list_reads_no_table_whole(
    mall: tuple[Mall, Party], counted: Counted, database: str, search: str | None, sort: OfferSort
) -> None:
    place, dealer = mall
    async with counted() as statements:
        await list_offers(dealer.viewer, place, Narrowed(search=search), sort=sort, first=5)
    assert await read_whole(database, statements) == set()


async def test_an_offer_and_the_facets_of_a_search_read_no_table_whole(
    mall: tuple[Mall, Party], counted: Counted, database: str
) -> None:
    place, dealer = mall
    async with counted() as statements:
        assert await read_offer_of(dealer.viewer, place, code="WQ-500-20L") is not None
        assert (await read_facets(dealer.viewer, place, Narrowed(search="外墙"))).count
    assert len(statements) == 2
    assert await read_whole(database, statements) == set()


async def read_whole(url: str, statements: list[str]) -> set[str]:
    """The growing tables that a plan for anybody's parameters reads by sequential scan."""
    assert statements
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        found: set[str] = set()
        for number, statement in enumerate(statements):
            await connection.execute(f"PREPARE asked_{number} AS {statement}")
            nulls = ["NULL"] * max(int(place) for place in re.findall(r"\$(\d+)", statement))
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked_{number} ({', '.join(nulls)})")
            found |= set(scanned(json.loads(plan)[0]["Plan"]))
        return found & GROWING
    finally:
        await connection.close()


def scanned(node: dict[str, Any]) -> Iterator[str]:
    """The tables of a plan's sequential scans."""
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from scanned(child)
