"""Whatever filter is accepted, a worker can write the list: nothing that was asked for makes it give up."""

from typing import Any

import pytest

from app import database as db
from schema.build import build_schema
from tests.api import Api
from tests.ordering.market import open_market
from tests.papers.exporting import START
from tests.scenarios.bad_input.values import LONE, NUL, places, sample, values_for, with_value
from tests.worlds import new_key
from workers.exports import write_what_waits

pytestmark = pytest.mark.usefixtures("database")

INPUT: Any = build_schema()._schema.type_map["StartExportInput"]
LISTS = sorted(INPUT.fields["of"].type.of_type.fields)


@pytest.mark.parametrize("name", LISTS)
async def test_every_accepted_filter_comes_to_an_end(name: str) -> None:
    api, market = Api(), await open_market()
    await market.place([(await market.sku("PAINT"), "1")])
    own = {
        "sellerId": str(market.seller.company_id),
        "networkId": str(market.world.network_id),
        "priceListId": str(market.price_list),
        "relationId": str(market.relation_id),
    }
    kind = INPUT.fields["of"].type.of_type.fields[name].type
    said = {one: own.get(one, value) for one, value in sample(kind).items()}
    accepted: dict[str, tuple[Any, Any]] = {}
    for path, field in places(kind):
        for value in values_for(field, []):
            if value in (NUL, LONE):  # the door itself refuses these
                continue
            of = {name: with_value(said, path, value, kind)}
            answer = await api.ask(market.seller, START, input={"clientKey": new_key(), "of": of})
            started = (answer.get("data") or {}).get("startExport") or {}
            if started.get("__typename") == "Export":
                accepted[started["id"]] = (path, value)
                await write_what_waits()
    rows = await db.rows("SELECT id::text, status, failure FROM export_job WHERE id::text = ANY($1)", list(accepted))
    odd = {accepted[row["id"]]: row["failure"] for row in rows if row["failure"] not in (None, "no_right")}
    assert odd == {}
    assert len(rows) == len(accepted)
