"""Random histories of orders against a model in plain Python: the same numbers after every act."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app.inventory.allocate import allocate
from app.inventory.issue import issue
from app.inventory.refusals import NotAllocated
from app.inventory.release import release
from app.kernel import clock
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from tests.inventory.shop import STOCK_ALONE, WAREHOUSES, Shop, cached_is_recomputed, open_shop

pytestmark = [pytest.mark.usefixtures("database"), STOCK_ALONE]

CODES = ("A", "B", "C")


@act
async def confirm(work: Work, order_id: UUID) -> dict[UUID, Decimal]:
    return await allocate(work, order_id=order_id)


@act
async def give_back(work: Work, order_id: UUID, lines: Mapping[UUID, Decimal] | None) -> dict[UUID, Decimal]:
    return await release(work, order_id=order_id, lines=lines)


@act
async def ship(work: Work, order_id: UUID, lines: Mapping[UUID, Decimal]) -> None:
    await issue(work, order_id=order_id, shipment_id=uuid7(), lines=lines)


@dataclass
class Promise:
    """What the model knows of a placed order."""

    sku_of: dict[UUID, str]
    left: dict[UUID, int]
    expires_at_minute: int | None
    allocated: bool = False


@dataclass
class Model:
    """Totals per SKU over all warehouses."""

    on_hand: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[UUID, Promise] = field(default_factory=dict)
    minute: int = 0

    def counts(self, promise: Promise) -> bool:
        """An expired reservation counts as given back."""
        late = promise.expires_at_minute is not None and promise.expires_at_minute <= self.minute
        return promise.allocated or not late

    def free(self, sku: str) -> int:
        promised = sum(
            left
            for promise in self.orders.values()
            if self.counts(promise)
            for line, left in promise.left.items()
            if promise.sku_of[line] == sku
        )
        return self.on_hand[sku] - promised


async def place(shop: Shop, model: Model, chance: random.Random) -> None:
    lines = [(chance.choice(CODES), chance.randint(1, 8)) for _ in range(chance.randint(1, 4))]
    minutes = chance.choice([None, 5, 30])
    wanted: dict[str, int] = defaultdict(int)
    for sku, quantity in lines:
        wanted[sku] += quantity
    short = {sku: model.free(sku) for sku, quantity in wanted.items() if model.free(sku) < quantity}
    order_id, line_ids, answer = await shop.order(*lines, minutes=minutes)
    assert {sku_id: int(there) for sku_id, there in answer.shortages.items()} == {
        shop.skus[sku]: there for sku, there in short.items()
    }
    if not short:
        left = {line: quantity for line, (_, quantity) in zip(line_ids, lines, strict=True)}
        skus = {line: sku for line, (sku, _) in zip(line_ids, lines, strict=True)}
        model.orders[order_id] = Promise(skus, left, None if minutes is None else model.minute + minutes)


async def act_on_one(model: Model, chance: random.Random) -> None:
    order_id, promise = chance.choice(list(model.orders.items()))
    alive = model.counts(promise)
    what = chance.choice(["confirm", "confirm", "release", "release all", "ship", "ship"])
    if what == "confirm":
        moved = await confirm(order_id)
        standing = alive and not promise.allocated
        assert moved == ({line: left for line, left in promise.left.items() if left} if standing else {})
        promise.allocated = promise.allocated or bool(moved)
        return
    asked = {line: chance.randint(1, left) for line, left in promise.left.items() if left and chance.random() < 0.7}
    if what == "ship":
        lines = {line: Decimal(quantity) for line, quantity in asked.items()}
        if asked and not promise.allocated:
            with pytest.raises(NotAllocated):
                await ship(order_id, lines)
            return
        await ship(order_id, lines)
        for line, quantity in asked.items():
            promise.left[line] -= quantity
            model.on_hand[promise.sku_of[line]] -= quantity
        return
    if not alive:
        return  # what is left of it is the next lock's to give back, or this one's: either way it is free already
    if what == "release all":
        asked = {line: left for line, left in promise.left.items() if left}
    given = await give_back(
        order_id, None if what == "release all" else {line: Decimal(quantity) for line, quantity in asked.items()}
    )
    assert given == asked
    for line, quantity in asked.items():
        promise.left[line] -= quantity


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_history_adds_up_after_every_act(seed: int) -> None:
    chance = random.Random(seed)
    shop, model = await open_shop(*CODES), Model()
    await shop.stock(W1=dict.fromkeys(CODES, 20))
    model.on_hand.update(dict.fromkeys(CODES, 20))
    with clock.travel(timedelta()) as journey:
        for _ in range(80):
            step = chance.random()
            if step < 0.15:
                warehouse, sku = chance.choice(WAREHOUSES), chance.choice(CODES)
                there = (await shop.levels()).get(f"{warehouse}/{sku}", (0, 0, 0))[0]
                await shop.stock(**{warehouse: {sku: there + 10}})
                model.on_hand[sku] += 10
            elif step < 0.25:
                minutes = chance.randint(1, 12)
                journey.forward(timedelta(minutes=minutes))
                model.minute += minutes
            elif step < 0.55 or not model.orders:
                await place(shop, model, chance)
            else:
                await act_on_one(model, chance)
            await cached_is_recomputed()
        totals: dict[str, int] = defaultdict(int)
        for place_name, (on_hand, _, _) in (await shop.levels()).items():
            totals[place_name.split("/")[1]] += on_hand
        assert totals == model.on_hand
    assert any(promise.allocated for promise in model.orders.values())
