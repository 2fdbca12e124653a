"""Two hundred shipments are pushed five times each, shuffled, a tenth forged, while workers are killed: one timeline
each, in the order in which things happened, and of the forged ones nothing."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
import pytest

from app import database as db
from app.fulfilment.ship import ship_order
from app.ordering.confirm import confirm_order
from tests.api import Api
from tests.fulfilment.kuaidi import FORM, SALT, form, param, sign
from tests.fulfilment.parcels import ago
from tests.live.processes import Serving, Valkey, Working
from tests.live.trade import until, until_published
from tests.ordering_lifecycle.orders import Goods, Shop, line_rows, open_shop
from tests.worlds import new_key

ORDERS, PARTS, PUSHES = 20, 10, 5
CODES = ("picked_up", "in_transit", "in_transit", "out_for_delivery", "arrived")
STATUS = {"picked_up": "IN_TRANSIT", "in_transit": "IN_TRANSIT", "out_for_delivery": "OUT_FOR_DELIVERY"}
READ = """query($id: ID!) { shipment(id: $id) { status version tracking { edges { node { code text at } } } } }"""


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with TemporaryDirectory(prefix="tributary-valkey-") as folder, Valkey(Path(folder)) as started:
        yield started


@dataclass
class Parcel:
    """A shipment, what happens to it, and how much of that the carrier managed to say."""

    shipment_id: UUID
    number: str
    story: list[tuple[str, str, datetime]]
    said: int = 0

    @property
    def told(self) -> list[tuple[str, str, datetime]]:
        return self.story[: self.said]


async def shipped(shop: Shop) -> list[Parcel]:
    """Shipments of one piece each, in parts of orders."""
    parcels = []
    for _ in range(ORDERS):
        order_id = await shop.place([Goods(str(PARTS), 1000)])
        await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
        [line] = await line_rows(order_id)
        for _ in range(PARTS):
            number = new_key().upper()
            shipment_id = await ship_order(
                shop.storeman.viewer,
                order_id=order_id,
                lines=[(line["id"], line["ordered"] / PARTS)],
                carrier="顺丰",
                tracking_number=number,
                client_key=new_key(),
            )
            story = [(code, f"{n}: {code}", ago(20 - n)) for n, code in enumerate(CODES)]
            parcels.append(Parcel(shipment_id, number, story))
    return parcels


async def push_all(url: str, pushes: list[tuple[Parcel, int, bool]]) -> Counter[int]:
    """Every push once, eight at a time; answers how often which status was answered."""
    answered: Counter[int] = Counter()
    waiting = iter(pushes)

    async def one_after_the_other(client: httpx.AsyncClient) -> None:
        for parcel, n, forged in waiting:
            history = [*parcel.story[:n], ("returned", "forged", ago(1))] if forged else parcel.story[:n]
            text = param("shunfeng", parcel.number, history)
            answer = await client.post(
                f"{url}/webhooks/carriers/kuaidi100", content=form(text, sign(text, "guessed") if forged else None)
            )
            answered[answer.status_code] += 1
            if not forged:
                assert answer.json()["result"] is True
                parcel.said = max(parcel.said, n)

    async with httpx.AsyncClient(headers=FORM, timeout=60, trust_env=False) as client:
        await asyncio.gather(*(one_after_the_other(client) for _ in range(8)))
    return answered


async def kill_again_and_again(workers: list[Working], over: asyncio.Event) -> int:
    """kill -9, now the one and now the other, each time in the middle of its work; how often."""
    kills = 0
    while not over.is_set():
        worker = workers[kills % len(workers)]
        await until_more_is_taken(over)
        await asyncio.to_thread(worker.kill)
        kills += 1
        await asyncio.to_thread(worker.start)
    return kills


async def untaken() -> int:
    row = await db.row("SELECT count(*) FROM inbox WHERE done_at IS NULL")
    assert row is not None
    waiting: int = row[0]
    return waiting


async def taken() -> int:
    row = await db.row("SELECT count(*) FROM inbox WHERE done_at IS NOT NULL")
    assert row is not None
    done: int = row[0]
    return done


async def until_more_is_taken(over: asyncio.Event) -> None:
    """Until some more pushes took effect, or it is over."""
    start = await taken()

    async def has_changed() -> bool:
        return over.is_set() or await taken() >= start + 150

    await until(has_changed, within_s=120)


async def seen(api: Api, shop: Shop, parcel: Parcel) -> Any:
    return await api.data(shop.purchaser, READ, id=str(parcel.shipment_id))


async def test_one_timeline_each(database: str, valkey: Valkey) -> None:
    shop = await open_shop()
    parcels = await shipped(shop)
    pushes = [(parcel, n + 1) for parcel in parcels for n in range(PUSHES)]
    chance = random.Random(20261121)
    chance.shuffle(pushes)
    forged = set(chance.sample(range(len(pushes)), len(pushes) // 10))
    over = asyncio.Event()
    told = {"TRIBUTARY_KUAIDI100_SALT": SALT}
    with (
        Serving(database, valkey.url, None, **told) as api,
        Working(database, valkey.url, **told) as one,
        Working(database, valkey.url, **told) as other,
    ):
        killing = asyncio.create_task(kill_again_and_again([one, other], over))
        answered = await push_all(api.url, [(parcel, n, i in forged) for i, (parcel, n) in enumerate(pushes)])

        async def nothing_waits() -> bool:
            return await untaken() == 0

        await until(nothing_waits, within_s=180)
        over.set()
        kills = await killing
        await until_published()
        logged = api.logged() + one.logged() + other.logged()
    assert answered == {200: 900, 403: 100}
    assert kills >= 3
    assert not any(secret in logged for secret in (SALT, "forged"))
    assert one.process is not None
    assert one.process.returncode in (-signal.SIGKILL, None)

    mall = Api()
    for parcel in parcels:
        found = await seen(mall, shop, parcel)
        timeline = [edge["node"] for edge in reversed(found["tracking"]["edges"])]
        assert [(node["code"].lower(), node["text"]) for node in timeline] == [one[:2] for one in parcel.told]
        assert [datetime.fromisoformat(node["at"]) for node in timeline] == [at for _, _, at in parcel.told]
        last = parcel.told[-1][0] if parcel.told else None
        assert found["status"] == ("SHIPPED" if last is None else STATUS.get(last, "ARRIVED"))
    counted = await db.row(
        "SELECT (SELECT count(*) FROM tracking_event) AS events, (SELECT count(*) FROM inbox) AS kept,"
        " (SELECT count(*) FROM event WHERE kind = 'shipment') AS facts,"
        " (SELECT sum(version) FROM shipment) AS versions"
    )
    assert counted is not None
    assert counted["events"] == sum(parcel.said for parcel in parcels)
    assert counted["kept"] == 900
    assert counted["facts"] == counted["versions"]
