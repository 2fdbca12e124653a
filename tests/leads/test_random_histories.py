"""Thousands of random steps in one network: accepted, rejected, lapsed, followed, members and relations gone and back,
capacities and territories changed, time passing. After every few of them each lead is with somebody, in the pool or at
its end, and nothing was offered beyond a capacity or again to who did not want it."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import database
from app.kernel import clock
from app.kernel.clock import Journey
from app.kernel.refusal import NotFound, Refusal
from app.leads.answer import accept_lead, reject_lead
from app.leads.arrange import set_lead_capacity
from app.leads.contact import Contact
from app.leads.follow import follow_lead, lose_lead, win_lead
from app.leads.lifecycle import LostReason, RejectReason, Stage
from app.leads.submit import NewLead, submit_lead
from app.leads.watch_pool import assign_lead, discard_lead, reroute_lead, take_back_lead
from app.network.change_relation import resume_relation, suspend_relation
from tests.leads.desk import Desk, open_desk
from tests.worlds import Party, new_key
from workers.invariants import audit
from workers.invariants.leads import LEADS
from workers.leads import sweep_deadlines, sweep_dealers, sweep_forgotten

pytestmark = pytest.mark.usefixtures("database")

STEPS = 300
CHECKED_EVERY = 25
REGIONS = ("4401", "4406", "44", "3301", None)
DEALERS = 4


class Histories:
    """One desk and what may be done there next."""

    def __init__(self, desk: Desk, chance: random.Random, journey: Journey) -> None:
        self.desk, self.chance, self.journey = desk, chance, journey
        self.limits: dict[UUID, int | None] = {}
        self.done = Counter[str]()

    async def step(self) -> None:
        name = self.chance.choices(
            ["submit", "answer", "work", "time", "sweep", "capacity", "relation", "member", "brand", "territory"],
            [20, 30, 12, 10, 8, 5, 3, 3, 7, 2],
        )[0]
        try:
            await getattr(self, name)()
            self.done[name] += 1
        except (Refusal, NotFound):
            self.done[f"{name} refused"] += 1

    async def some_lead(self, *statuses: str) -> UUID:
        rows = await database.rows(
            "SELECT id FROM lead WHERE network_id = $1 AND status = ANY($2) ORDER BY id",
            self.desk.world.network_id,
            list(statuses),
        )
        if not rows:
            raise NotFound("lead")
        found: UUID = self.chance.choice(rows)["id"]
        return found

    async def holder(self, lead_id: UUID) -> Party:
        row = await database.row(
            "SELECT company_id FROM lead_assignment WHERE lead_id = $1 AND closed_at IS NULL", lead_id
        )
        if row is None or self.chance.random() < 0.1:
            return self.chance.choice(self.desk.dealers)
        return next(one for one in self.desk.dealers if one.company_id == row["company_id"])

    async def submit(self) -> None:
        phone = f"1390000{self.chance.randrange(10_000):04d}"
        said = NewLead("web", Contact.checked("Li", phone, None), region_code=self.chance.choice(REGIONS))
        await submit_lead(
            self.desk.brand.viewer, network_id=self.desk.world.network_id, said=said, client_key=new_key()
        )

    async def answer(self) -> None:
        lead_id = await self.some_lead("offered")
        viewer, key = (await self.holder(lead_id)).viewer, new_key()
        if self.chance.random() < 0.6:
            await accept_lead(viewer, lead_id=lead_id, client_key=key)
        else:
            await reject_lead(viewer, lead_id=lead_id, reason=RejectReason.OTHER, note=None, client_key=key)

    async def work(self) -> None:
        lead_id = await self.some_lead("accepted")
        viewer, key, chance = (await self.holder(lead_id)).viewer, new_key(), self.chance.random()
        if chance < 0.5:
            await follow_lead(viewer, lead_id=lead_id, stage=Stage.VISITED, note="x", next_at=None, client_key=key)
        elif chance < 0.75:
            await win_lead(viewer, lead_id=lead_id, order_id=None, reference="7", note=None, client_key=key)
        else:
            await lose_lead(viewer, lead_id=lead_id, reason=LostReason.PRICE, note=None, client_key=key)

    async def time(self) -> None:
        self.journey.forward(timedelta(minutes=self.chance.choice([1, 10, 30, 45, 30 * 60])))

    async def sweep(self) -> None:
        await asyncio.gather(sweep_deadlines(), sweep_dealers(), sweep_forgotten())

    async def capacity(self) -> None:
        dealer = self.chance.choice(self.desk.dealers)
        await set_lead_capacity(
            self.desk.brand.viewer,
            network_id=self.desk.world.network_id,
            company_id=dealer.company_id,
            most_open=self.chance.choice([None, 0, 1, 2, 5]),
            client_key=new_key(),
        )

    async def relation(self) -> None:
        relation_id = self.desk.world.relation(self.desk.brand, self.chance.choice(self.desk.dealers))
        change = self.chance.choice([suspend_relation, resume_relation, resume_relation])
        await change(self.desk.brand.viewer, client_key=new_key(), relation_id=relation_id)

    async def member(self) -> None:
        """The dealer's only member leaves, or comes back."""
        await database.rows(
            "UPDATE membership SET status = $2 WHERE id = $1",
            self.chance.choice(self.desk.dealers).viewer.membership_id,
            self.chance.choice(["suspended", "active", "active"]),
        )

    async def brand(self) -> None:
        viewer, key, chance = self.desk.brand.viewer, new_key(), self.chance.random()
        if chance < 0.3:
            await take_back_lead(viewer, lead_id=await self.some_lead("accepted"), note=None, client_key=key)
        elif chance < 0.4:
            await discard_lead(viewer, lead_id=await self.some_lead("offered"), note=None, client_key=key)
        elif chance < 0.7:
            company_id, lead_id = self.chance.choice(self.desk.dealers).company_id, await self.some_lead("pooled")
            await assign_lead(viewer, lead_id=lead_id, company_id=company_id, client_key=key)
        else:
            region = self.chance.choice(["4401", "3301", None])
            await reroute_lead(viewer, lead_id=await self.some_lead("pooled"), region_code=region, client_key=key)

    async def territory(self) -> None:
        await self.desk.grant(self.chance.choice(self.desk.dealers), self.chance.choice(["4401", "44", "33"]))


async def every_lead_is_somewhere(network_id: UUID) -> None:
    assert await audit(LEADS) == []
    lost = await database.rows(
        """SELECT l.id, l.status FROM lead l WHERE l.network_id = $1 AND NOT (
               (l.status IN ('offered', 'accepted') AND (SELECT count(*) FROM lead_assignment a
                                                         WHERE a.lead_id = l.id AND a.closed_at IS NULL) = 1)
               OR (l.status = 'pooled' AND l.pool_reason IS NOT NULL) OR l.closed_at IS NOT NULL)""",
        network_id,
    )
    assert lost == []


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
async def test_whatever_happens_each_lead_is_somewhere(seed: int) -> None:
    chance, desk = random.Random(seed), await open_desk(dealers=DEALERS)
    with clock.travel(timedelta()) as journey:
        histories = Histories(desk, chance, journey)
        for step in range(STEPS):
            await asyncio.gather(*(histories.step() for _ in range(chance.choice([1, 1, 3]))))
            if step % CHECKED_EVERY == 0:
                await every_lead_is_somewhere(desk.world.network_id)
        await histories.sweep()
        await every_lead_is_somewhere(desk.world.network_id)
    assert histories.done["submit"] > 20
    assert histories.done["answer"] > 10
