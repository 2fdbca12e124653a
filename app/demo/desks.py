"""What stands on the desks of the story: territories, leads, how far a clerk may go by hand, and who is told how."""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app import database
from app.communication.save_settings import Preference, checked_quiet_hours, save_notification_settings
from app.demo import story
from app.demo.cast import Cast, minor
from app.demo.story import Habits, Inquiry
from app.kernel.clock import now
from app.leads.answer import accept_lead
from app.leads.arrange import save_lead_rules, save_lead_settings, set_lead_capacity
from app.leads.contact import Contact
from app.leads.follow import follow_lead, lose_lead
from app.leads.rules import LeadSettings, RuleSaid
from app.leads.submit import NewLead, submit_lead
from app.leads.working_time import MINUTES_OF_A_DAY, WorkingTime
from app.network.grant_territory import grant_territory
from app.network.roles import Role
from app.ordering.save_desk_limit import save_desk_limit

_CHOSEN: Final = """
SELECT FROM notification_setting s JOIN membership m ON m.id = s.member_id JOIN person p ON p.id = m.person_id
WHERE p.login = $1
"""
ZONE: Final = "Asia/Shanghai"
ALWAYS: Final = WorkingTime(ZoneInfo(ZONE), frozenset(range(1, 8)), 0, MINUTES_OF_A_DAY)


async def is_told() -> bool:
    """Whether this database has heard the story to its end, which is how people want to be told."""
    last = (
        "SELECT FROM notification_setting s JOIN membership m ON m.id = s.member_id JOIN person p ON p.id = m.person_id"
    )
    return await database.row(f"{last} WHERE p.login = $1", story.HABITS[-1].login) is not None


async def furnish(cast: Cast) -> None:
    """Everything on this page, in the order in which it is needed."""
    for one in story.TERRITORIES:
        await grant_territory(
            cast.owners[one.brand],
            client_key=f"demo-territory-{one.firm}-{one.region}",
            network_id=cast.networks[one.brand],
            company_id=cast.owners[one.firm].company_id,
            region_code=one.region,
            exclusive=False,
        )
    await _arrange_leads(cast)
    for inquiry in story.INQUIRIES:
        await _ask(cast, inquiry)
    await save_desk_limit(
        cast.owners[story.BRAND.key],
        client_key="demo-desk-limit",
        network_id=cast.networks[story.BRAND.key],
        role=Role.ORDER_CLERK,
        price_bp=story.CLERKS_PRICE_BP,
        discount_minor=minor(story.CLERKS_DISCOUNT),
    )
    for habits in story.HABITS:
        await _choose(cast, habits)


async def _arrange_leads(cast: Cast) -> None:
    brand, network_id = cast.owners[story.BRAND.key], cast.networks[story.BRAND.key]
    settings = LeadSettings(ALWAYS, accept_seconds=story.LEAD_SECONDS)
    await save_lead_settings(
        brand, network_id=network_id, settings=settings, expected_version=None, client_key="demo-lead-settings"
    )
    tenders = RuleSaid(story.TENDERS, source="tender", strategy="pool")
    await save_lead_rules(brand, network_id=network_id, rules=[tenders], client_key="demo-lead-rules")
    await set_lead_capacity(
        brand,
        network_id=network_id,
        company_id=cast.owners["shunmei"].company_id,
        most_open=20,
        client_key="demo-lead-capacity",
    )


async def _ask(cast: Cast, one: Inquiry) -> None:
    said = NewLead(
        source=one.source,
        contact=Contact.checked(one.name, one.phone, None, note=one.words),
        external_id=one.number,
        region_code=one.region,
        category_code=one.category,
    )
    brand, key = cast.owners[story.BRAND.key], f"demo-lead-{one.number}"
    network_id = cast.networks[story.BRAND.key]
    lead_id = (await submit_lead(brand, network_id=network_id, said=said, client_key=key)).lead_id
    if one.dealer is None:
        return
    dealer = cast.owners[one.dealer]
    await accept_lead(dealer, lead_id=lead_id, client_key=key)
    if one.stage is not None:
        await follow_lead(
            dealer,
            lead_id=lead_id,
            stage=one.stage,
            note="已报价，周末再联系",
            next_at=now() + timedelta(days=2),
            client_key=key,
        )
    if one.lost is not None:
        await lose_lead(dealer, lead_id=lead_id, reason=one.lost, note=None, client_key=key)


async def _choose(cast: Cast, one: Habits) -> None:
    await save_notification_settings(
        cast.colleagues[one.login],
        quiet=checked_quiet_hours(*one.quiet, ZONE),
        locale=one.language,
        preferences=[Preference(kind, channel, False) for kind, channel in one.unwanted],
    )
