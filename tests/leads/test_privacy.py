"""What says who somebody is lies nowhere in the clear: every table, every fact, every log and every foreign answer are
searched for it, after all that can be done with a lead."""

import logging
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import database
from app.kernel.event_log import publish
from app.network.roles import Role
from tests.api import Api
from tests.leads.desk import LEAD, ONE, SUBMIT, Desk, document, open_desk
from tests.worlds import Party, new_key
from workers.leads import sweep_deadlines, sweep_dealers

pytestmark = pytest.mark.usefixtures("database")

SECRETS = (
    "欧阳修远", "13977778888", "139 7777 8888", "77778888", "ouyang.private@secret-mail.example", "secret-mail",
    "秘密路 99 号", "请打我老婆电话", "量房时孩子在睡觉", "太远了不顺路", "合同-绝密-42", "已迁往上海",
)  # fmt: skip
CONTACT: dict[str, Any] = {
    "name": "欧阳修远",
    "phone": "139 7777 8888",
    "email": "Ouyang.Private@secret-mail.example",
    "address": "秘密路 99 号",
    "note": "请打我老婆电话",
}
MASKED = {"isRevealed": False, "name": "欧**", "phone": "139****8888", "email": "o***@***.example"}
MY_LEADS = (
    f"{{ myLeads {{ edges {{ node {{ {LEAD} timeline {{ edges {{ node {{ what note dealer {{ id }} }} }} }} }} }} }} }}"
)
EVENTS = f"""query($after: Cursor) {{ eventsSince(after: $after, first: 100) {{ ... on EventPage {{ nodes {{ event {{
    __typename ... on LeadChanged {{ what lead {{ {LEAD}
        timeline {{ edges {{ node {{ note }} }} }} }} }} }} }} }} }} }}"""


async def everything_stored() -> str:
    """Every row of every table as text."""
    tables = await database.rows(
        "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )
    found = []
    for table in tables:
        found += [row[0] for row in await database.rows(f"SELECT t::text FROM {table['relname']} t")]
    return "\n".join(found)


def assert_silent(text: str, where: str) -> None:
    for secret in SECRETS:
        for spelt in (secret, secret.encode("unicode_escape").decode(), secret.encode().hex()):
            assert spelt not in text, f"{where} tells {secret}"


async def tried(desk: Desk, by: Party, name: str, **said: Any) -> None:
    """Something that is refused; the answer repeats nothing."""
    answer = await desk.api.ask(by, document(name), input={"clientKey": new_key(), **said})
    assert "errors" in answer or answer["data"][name]["code"]
    assert_silent(str(answer), "a refusal")


MISTAKES: tuple[dict[str, Any], ...] = (
    {"source": None},
    {"phone": 13977778888},
    {"phone": ["139 7777 8888"]},
    {"name": {"zh": "欧阳修远"}},
    {"telephone": "139 7777 8888"},
    {"source": "请打我老婆电话" * 20},
    {"productLine": "请打我老婆电话 139 7777 8888" * 20},
    {"campaign": "欧阳修远" * 40},
    {"externalId": "ouyang.private@secret-mail.example" * 20},
    {"regionCode": "13977778888"},
    {"category": "欧阳修远"},
)
"""Leads that cannot be read: fields mixed up, missing, or of another kind."""
DOCUMENTS = (
    'mutation { submitLead(input: { lead: { name: "欧阳修远" }, phone: "13977778888" }) { __typename } }',
    "mutation { submitLead(input: { lead: { name: 13977778888 } }) { __typename } }",
    '{ leads(networkId: "欧阳修远", first: "13977778888") { edges { cursor } } }',
    '{ leads "欧阳修远" }',
    '{ leads """欧阳修远""" }',
)
"""Documents with values in them that are wrong as such."""


def mistaken(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    """Requests that are answered with a mistake of the client's."""
    leads = [{"source": "web", "regionCode": "4401", **CONTACT, **one} for one in MISTAKES]
    leads[0].pop("source")
    one = {"networkId": desk.network_id, "clientKey": new_key()}
    asked: list[tuple[str, dict[str, Any]]] = [(SUBMIT, {"input": {**one, "lead": lead}}) for lead in leads]
    asked += [(SUBMIT, {"input": "欧阳修远"})]
    return asked + [(document, {}) for document in DOCUMENTS]


async def all_that_can_be_done(desk: Desk) -> dict[str, Any]:
    """A lead that is repeated, rejected, accepted, followed, withdrawn … and the refused requests about it."""
    first, second, third = desk.dealers
    lead = await desk.submit(**CONTACT, externalId="x1")
    await desk.submit(**CONTACT, externalId="x2")
    await desk.does(first, "rejectLead", leadId=lead["id"], reason="TOO_FAR", note="太远了不顺路")
    await tried(desk, first, "acceptLead", leadId=lead["id"])
    await tried(desk, third, "acceptLead", leadId=lead["id"])
    await desk.does(second, "acceptLead", leadId=lead["id"])
    await desk.does(second, "followLead", leadId=lead["id"], stage="VISITED", note="量房时孩子在睡觉")
    await tried(desk, second, "followLead", leadId=lead["id"], note="量房时孩子在睡觉" * 300)
    await tried(desk, second, "winLead", leadId=lead["id"], reference="合同-绝密-42", orderId=str(uuid4()))
    for wrong in ({"phone": "139777788889999"}, {"email": "ouyang.private@secret-mail"}, {"name": "欧阳修远" * 99}):
        refused = await desk.answer(**{**CONTACT, **wrong})
        assert_silent(str(refused), "a refusal")
    for asked, variables in mistaken(desk):
        answer = await desk.api.ask(desk.brand, asked, **variables)
        assert answer["errors"][0]["extensions"]["code"] in ("BAD_REQUEST", "NOT_FOUND", "SYNTAX_ERROR"), asked
        assert_silent(str(answer), f"the answer to {asked}")
    key = new_key()
    await desk.answer(key=key, **CONTACT)
    assert (await desk.answer(key=key, **{**CONTACT, "phone": "13977778889"}))["code"] == "KEY_REUSED"
    lead_too = await desk.submit(**{**CONTACT, "phone": "13977778887", "email": None})
    await desk.does(desk.brand, "takeBackLead", leadId=lead_too["id"], note="已迁往上海")
    await sweep_deadlines()
    await sweep_dealers()
    return lead


async def test_nothing_says_who_somebody_is(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    desk = await open_desk(dealers=3)
    start = (await desk.api.data(desk.brand, "{ eventsSince { ... on EventPage { cursor } } }"))["cursor"]
    lead = await all_that_can_be_done(desk)
    while (await publish()).moved:
        pass
    stored = await everything_stored()
    assert lead["id"] in stored
    assert_silent(stored, "the database")
    told = await database.rows(
        "SELECT payload::text FROM event WHERE kind = 'lead' AND subject_id = $1", UUID(lead["id"])
    )
    assert len(told) >= 5
    assert_silent(caplog.text, "the log")
    assert_silent("".join(capfd.readouterr()), "the output")

    first, second, third = desk.dealers
    foreign = await open_desk(dealers=1)
    clerk = await desk.world.member(second, [Role.ORDER_CLERK])
    for party in (first, third, clerk, foreign.brand, foreign.dealers[0]):
        for asked in (ONE, MY_LEADS, EVENTS):
            variables = {"id": lead["id"]} if asked is ONE else {"after": start} if asked is EVENTS else {}
            answer = await desk.api.ask(party, asked, **variables)
            assert_silent(str(answer).replace("太远了不顺路", "") if party is first else str(answer), party.name)
    for party in (desk.brand, second):
        seen = (await desk.api.data(party, ONE, id=lead["id"]))["contact"]
        assert (seen["isRevealed"], seen["phone"]) == (True, "+8613977778888")
        events = await desk.api.data(party, EVENTS, after=start)
        assert "+8613977778888" in str(events)


async def test_a_dealer_sees_its_own_part_and_absent_is_as_foreign() -> None:
    desk = await open_desk(dealers=3)
    first, second, third = desk.dealers
    lead = await desk.submit(**CONTACT)
    await desk.does(first, "rejectLead", leadId=lead["id"], reason="TOO_FAR", note="x")
    seen = await desk.read(second, lead["id"])
    assert MASKED.items() <= seen["contact"].items()
    gone = await desk.read(first, lead["id"])
    assert (gone["status"], gone["stage"], gone["offer"]["state"], gone["allowedActions"]) == (
        "GONE",
        None,
        "REJECTED",
        [],
    )
    await desk.does(second, "acceptLead", leadId=lead["id"])
    await desk.does(second, "followLead", leadId=lead["id"], stage="QUOTED", nextAt="2030-01-01T00:00:00Z")
    gone = await desk.read(first, lead["id"])
    assert (gone["status"], gone["stage"], gone["nextAt"]) == ("GONE", None, None)
    assert str(second.company_id) not in str(gone)
    page = "{ offers { edges { node { dealer { id } state } } } timeline { edges { node { what dealer { id } } } } }"
    whole = "query($id: ID!) { lead(id: $id) " + page + " }"
    told = await desk.api.data(first, whole, id=lead["id"])
    assert [one["node"]["what"] for one in told["timeline"]["edges"]] == ["offered", "rejected"]
    assert [one["node"]["state"] for one in told["offers"]["edges"]] == ["REJECTED"]
    told = await desk.api.data(desk.brand, whole, id=lead["id"])
    assert [one["node"]["state"] for one in told["offers"]["edges"]] == ["REJECTED", "ACCEPTED"]
    assert len(told["timeline"]["edges"]) == 5
    absent = str(uuid4())
    stranger = await open_desk(dealers=1)
    buyer = await desk.world.buyer(desk.brand, "No territory")
    for party in (third, buyer, stranger.brand, stranger.dealers[0]):
        answers = [await desk.api.ask(party, ONE, id=one) for one in (lead["id"], absent)]
        assert str(answers[0]).replace(lead["id"], "ID") == str(answers[1]).replace(absent, "ID")
        assert answers[0]["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_roles_open_the_doors() -> None:
    desk = await open_desk(dealers=1)
    (dealer,) = desk.dealers
    lead = await desk.submit()
    leads = "query($id: ID!) { leads(networkId: $id) { edges { node { id } } } }"

    async def may(api: Api, party: Party, document: str, **variables: Any) -> bool:
        answer = await api.ask(party, document, **variables)
        code = answer["errors"][0]["extensions"]["code"] if "errors" in answer else None
        assert code in (None, "FORBIDDEN", "NOT_FOUND")
        return code is None

    for role, manages, follows in (
        (Role.ADMIN, True, True),
        (Role.CHANNEL_MANAGER, True, False),
        (Role.BUYER, False, True),
        (Role.ORDER_CLERK, False, False),
        (Role.FINANCE, False, False),
    ):
        ours = await desk.world.member(desk.brand, [role])
        theirs = await desk.world.member(dealer, [role])
        assert await may(desk.api, ours, leads, id=desk.network_id) is manages, role
        assert await may(desk.api, ours, ONE, id=lead["id"]) is manages, role
        assert await may(desk.api, theirs, ONE, id=lead["id"]) is follows, role
        assert await may(desk.api, theirs, "{ myLeads { edges { cursor } } }") is follows, role
    assert (await desk.api.data(dealer, leads, id=desk.network_id)) == {"edges": []}
