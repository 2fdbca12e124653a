"""A brand with dealers in territories, and leads for them, all through the public API.

desk = await open_desk(dealers=3)                # each has 广东 (44) as its territory
lead = await desk.submit(name="王小明", phone="138 0013 8000", regionCode="4401")
await desk.does(desk.dealers[0], "acceptLead", leadId=lead["id"])
"""

import secrets
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from uuid import UUID

from app import database
from app.kernel.event_log import publish
from app.network.grant_territory import grant_territory
from app.network.tokens import access_token
from tests.api import Api
from tests.worlds import Party, World, new_key, open_world

LEAD = """id version status source externalId campaign productLine categoryCode region { code }
    contact { isRevealed name phone email address note } stage nextAt isStagnant orderId orderNumber orderReference
    poolReason duplicateOfId repeats allowedActions
    offer { dealer { id name } state deadlineAt warnedPercent answerMinutes acceptedBy reason }"""
REFUSED = "... on Refused { code message }"
ONE = f"query($id: ID!) {{ lead(id: $id) {{ {LEAD} }} }}"
SUBMIT = f"""mutation($input: SubmitLeadInput!) {{ submitLead(input: $input) {{ __typename
    ... on LeadSubmitted {{ wasKnown lead {{ {LEAD} }} }} ... on ContactNotValid {{ field expected }} {REFUSED} }} }}"""
INPUTS = {
    name: f"{name[0].upper()}{name[1:]}Input"
    for name in ("acceptLead", "rejectLead", "followLead", "winLead", "loseLead", "assignLead", "rerouteLead",
                 "takeBackLead", "discardLead")
}  # fmt: skip
SETTINGS = """mutation($input: SaveLeadSettingsInput!) { saveLeadSettings(input: $input) { __typename
    ... on LeadSettings { version acceptSeconds mostLapses timeZone weekdays holidays } ... on Refused { code } } }"""
RULES = """mutation($input: SaveLeadRulesInput!) { saveLeadRules(input: $input) { __typename
    ... on LeadRulesSaved { rules { id name precedence regionCode category productLine source strategy companyIds } }
    ... on Refused { code } } }"""
CAPACITY = """mutation($input: SetLeadCapacityInput!) { setLeadCapacity(input: $input) { __typename
    ... on LeadDealer { mostOpen open } ... on Refused { code } } }"""
ALWAYS = {
    "timeZone": "Asia/Shanghai",
    "weekdays": [1, 2, 3, 4, 5, 6, 7],
    "opensMinute": 0,
    "closesMinute": 1440,
    "acceptSeconds": 3600,
    "mostLapses": None,
    "stagnantDays": 7,
}
"""Settings of a network that never sleeps, so that an hour is an hour."""


@dataclass(slots=True)
class Desk:
    """The brand's desk for leads."""

    world: World
    api: Api
    dealers: list[Party] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(secrets.randbelow(10_000_000)))

    @property
    def brand(self) -> Party:
        return self.world.brand

    @property
    def network_id(self) -> str:
        return str(self.world.network_id)

    async def data(self, by: Party, asked: str, **variables: Any) -> Any:
        """The value of the only root field, with a token of this very moment: tests let hours pass."""
        token, _ = access_token(by.viewer.session_id, by.viewer.membership_id)
        return await self.api.data(replace(by, token=token), asked, **variables)

    def phone(self) -> str:
        """A mobile number that nobody else in this network has."""
        return f"138{next(self.numbers) % 100_000_000:08d}"

    async def dealer(self, name: str, *regions: str, exclusive: bool = False) -> Party:
        """One more dealer, with these territories."""
        party = await self.world.buyer(self.brand, name)
        for region in regions:
            await self.grant(party, region, exclusive=exclusive)
        self.dealers.append(party)
        return party

    async def grant(self, party: Party, region: str, *, exclusive: bool = False) -> UUID:
        return await grant_territory(
            self.brand.viewer,
            client_key=new_key(),
            network_id=self.world.network_id,
            company_id=party.company_id,
            region_code=region,
            exclusive=exclusive,
        )

    async def answer(self, by: Party | None = None, *, key: str | None = None, **said: Any) -> dict[str, Any]:
        """What `submitLead` answers to a lead of these fields; a phone number nobody has, in 广州, unless said."""
        lead = {"source": "website", "name": "王小明", "phone": self.phone(), "regionCode": "4401", **said}
        told = {"clientKey": key or new_key(), "networkId": self.network_id, "lead": lead}
        answered: dict[str, Any] = await self.data(by or self.brand, SUBMIT, input=told)
        return answered

    async def submit(self, **said: Any) -> dict[str, Any]:
        """The lead, which must have been taken in."""
        answered = await self.answer(**said)
        assert answered["__typename"] == "LeadSubmitted", answered
        lead: dict[str, Any] = answered["lead"]
        return lead

    async def does(self, by: Party, name: str, *, key: str | None = None, **said: Any) -> dict[str, Any]:
        """What a mutation on a lead answers: the lead as `by` sees it then, or a refusal."""
        answered: dict[str, Any] = await self.data(by, document(name), input={"clientKey": key or new_key(), **said})
        return answered

    async def read(self, by: Party, lead_id: str) -> dict[str, Any]:
        lead: dict[str, Any] = await self.data(by, ONE, id=lead_id)
        return lead

    async def set(self, **said: Any) -> None:
        """The network's settings: those of ALWAYS, and these."""
        told = {"clientKey": new_key(), "networkId": self.network_id, **ALWAYS, **said}
        answered = await self.data(self.brand, SETTINGS, input=told)
        assert answered["__typename"] == "LeadSettings", answered

    async def rules(self, *rules: dict[str, Any]) -> list[dict[str, Any]]:
        told = {"clientKey": new_key(), "networkId": self.network_id, "rules": list(rules)}
        answered = await self.data(self.brand, RULES, input=told)
        assert answered["__typename"] == "LeadRulesSaved", answered
        saved: list[dict[str, Any]] = answered["rules"]
        return saved

    async def capacity(self, dealer: Party, most_open: int | None) -> None:
        told = {"clientKey": new_key(), "networkId": self.network_id, "companyId": str(dealer.company_id)}
        answered = await self.data(self.brand, CAPACITY, input={**told, "mostOpen": most_open})
        assert answered["__typename"] == "LeadDealer", answered

    def holder(self, lead: dict[str, Any]) -> Party:
        """The dealer that a lead, as the brand sees it, is with."""
        (found,) = [one for one in self.dealers if str(one.company_id) == lead["offer"]["dealer"]["id"]]
        return found

    async def timeline(self, lead_id: str) -> list[str]:
        """What happened, in order, from the table."""
        rows = await database.rows("SELECT what FROM lead_event WHERE lead_id = $1 ORDER BY version", UUID(lead_id))
        return [row["what"] for row in rows]


async def open_desk(*, dealers: int = 2, region: str = "44", api: Api | None = None) -> Desk:
    """A brand, and dealers who share a territory; the network never sleeps."""
    world = await open_world("Iris")
    await world.regions()
    desk = Desk(world, api or Api())
    for number in range(dealers):
        await desk.dealer(f"Dealer {number}", region)
    desk.dealers.sort(key=lambda one: one.company_id)  # the order of their turns
    await desk.set()
    return desk


def document(name: str) -> str:
    """The mutation, with the lead and every refusal that it may answer."""
    return f"""mutation($input: {INPUTS[name]}!) {{ {name}(input: $input) {{ __typename
        ... on Lead {{ {LEAD} }} {REFUSED}
        ... on MoveNotAllowed {{ statusNow asked allowed }} {MORE.get(name, "")} }} }}"""


MORE = {
    name: "... on OfferLapsed { deadlineAt }" for name in INPUTS if name in ("acceptLead", "rejectLead", "followLead")
}
MORE["assignLead"] = "... on DealerCannotTake { dealer reason }"


async def facts(lead_id: str | None = None) -> list[tuple[str, frozenset[UUID]]]:
    """What was told of a lead, or of all: what, and to whom; in order."""
    while (await publish()).moved:
        pass
    rows = await database.rows(
        "SELECT e.what, array_agg(a.company_id) AS audience FROM event e"
        " JOIN event_audience a ON a.delivery_no = e.delivery_no"
        " WHERE e.kind = 'lead' AND ($1::uuid IS NULL OR e.subject_id = $1) GROUP BY e.delivery_no, e.what"
        " ORDER BY e.delivery_no",
        None if lead_id is None else UUID(lead_id),
    )
    return [(row["what"], frozenset(row["audience"])) for row in rows]
