"""How a network deals with leads: its rules, its working hours and deadlines, and how many a dealer may have open."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, ChangedMeanwhile, NotFound
from app.kernel.text import optional_text, text
from app.kernel.wording import KNOWN_REGION, Said, one_of, whole_number
from app.leads.rules import MOST_OPEN, LeadSettings, RuleSaid
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_RULES: Final = 200
STRATEGIES: Final = ("round_robin", "pool")
_WHOLE: Final = Said("setting how leads are dealt with", "线索分配设置")

_OWN = "SELECT 1 FROM network WHERE id = $1 AND brand_id = $2 FOR NO KEY UPDATE"
_KNOWN_RULES = "SELECT id FROM lead_rule WHERE network_id = $1"
_REGIONS = "SELECT code FROM region WHERE code = ANY($1::text[])"
_CATEGORIES = "SELECT code, id FROM category WHERE network_id = $1 AND code = ANY($2::text[])"
_DEALERS = "SELECT DISTINCT buyer_id FROM trade_relation WHERE network_id = $1 AND buyer_id = ANY($2::uuid[])"
_DROP_RULES = "DELETE FROM lead_rule WHERE network_id = $1 AND id <> ALL($2::uuid[])"
_SAVE_RULE = """
INSERT INTO lead_rule (id, network_id, name, precedence, region_id, category_id, product_line, source, strategy,
    company_ids)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, precedence = excluded.precedence, region_id = excluded.region_id,
    category_id = excluded.category_id, product_line = excluded.product_line, source = excluded.source,
    strategy = excluded.strategy, company_ids = excluded.company_ids
"""
_VERSION = "SELECT version FROM lead_settings WHERE network_id = $1"
_SAVE_SETTINGS = """
INSERT INTO lead_settings (id, network_id, time_zone, weekdays, opens_minute, closes_minute, holidays, extra_days,
    accept_seconds, most_lapses, stagnant_days)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (network_id) DO UPDATE SET time_zone = excluded.time_zone, weekdays = excluded.weekdays,
    opens_minute = excluded.opens_minute, closes_minute = excluded.closes_minute, holidays = excluded.holidays,
    extra_days = excluded.extra_days, accept_seconds = excluded.accept_seconds, most_lapses = excluded.most_lapses,
    stagnant_days = excluded.stagnant_days, version = lead_settings.version + 1
"""
_SAVE_CAPACITY = """
INSERT INTO lead_capacity (id, network_id, company_id, most_open) VALUES ($1, $2, $3, $4)
ON CONFLICT (network_id, company_id) DO UPDATE SET most_open = excluded.most_open
"""


@act
async def save_lead_rules(
    work: Work, viewer: Viewer, *, network_id: UUID, rules: Sequence[RuleSaid], client_key: str
) -> UUID:
    """The network's rules are these from now on; a rule that keeps its id keeps its turns. Returns the network's id."""
    if await _begin(work, viewer, "saveLeadRules", client_key, network_id, [repr(one) for one in rules]):
        return network_id
    if len(rules) > MOST_RULES:
        raise BadRequest("rules", len(rules), whole_number(0, MOST_RULES))
    checked = [_checked(position, one) for position, one in enumerate(rules)]
    known = {row["id"] for row in await work.rows(_KNOWN_RULES, network_id)}
    named = [one.rule_id for one in checked if one.rule_id is not None]
    for rule_id in named:
        if rule_id not in known or named.count(rule_id) > 1:
            raise NotFound("lead rule", rule_id)
    categories = await _require_what_they_name(work, network_id, checked)
    ids = [one.rule_id or uuid7() for one in checked]
    await work.run(_DROP_RULES, network_id, ids)
    for rule_id, one in zip(ids, checked, strict=True):
        category = categories[one.category_code] if one.category_code else None
        companies = None if one.company_ids is None else list(one.company_ids)
        where = one.region_code, category, one.product_line, one.source
        await work.run(_SAVE_RULE, rule_id, network_id, one.name, one.precedence, *where, one.strategy, companies)
    return network_id


@act
async def save_lead_settings(
    work: Work,
    viewer: Viewer,
    *,
    network_id: UUID,
    settings: LeadSettings,
    expected_version: int | None,
    client_key: str,
) -> UUID:
    """For the offers to come; those that stand keep their deadlines. Returns the network's id."""
    working = settings.checked().working
    if await _begin(work, viewer, "saveLeadSettings", client_key, network_id, [_said(settings), expected_version]):
        return network_id
    found = await work.row(_VERSION, network_id)
    version = 0 if found is None else found["version"]
    if expected_version is not None and expected_version != version:
        raise ChangedMeanwhile(expected_version, version)
    await work.run(
        _SAVE_SETTINGS,
        uuid7(),
        network_id,
        working.zone.key,
        sorted(working.weekdays),
        working.opens_minute,
        working.closes_minute,
        sorted(working.holidays),
        sorted(working.extra_days),
        settings.accept_seconds,
        settings.most_lapses,
        settings.stagnant_days,
    )
    return network_id


@act
async def set_lead_capacity(
    work: Work, viewer: Viewer, *, network_id: UUID, company_id: UUID, most_open: int | None, client_key: str
) -> UUID:
    """How many leads a dealer may have open; None is no limit, 0 is none. What it has already stays with it.

    Returns the dealer's id.
    """
    if await _begin(work, viewer, "setLeadCapacity", client_key, network_id, [company_id, most_open]):
        return company_id
    if most_open is not None and not 0 <= most_open <= MOST_OPEN:
        raise BadRequest("mostOpen", most_open, whole_number(0, MOST_OPEN))
    if not await work.rows(_DEALERS, network_id, [company_id]):
        raise NotFound("dealer", company_id)
    await work.run(_SAVE_CAPACITY, uuid7(), network_id, company_id, most_open)
    return company_id


async def _begin(
    work: Work, viewer: Viewer, name: str, client_key: str, network_id: UUID, said: Sequence[object]
) -> bool:
    """True when the same was done before. The network must be the viewer's, who must be limited to no part of it."""
    viewer.require(Permission.LEAD_MANAGE)
    viewer.require_no_scope(_WHOLE)
    if await viewer.same_request(work, name, client_key, [network_id, *said], network_id):
        return True
    if await work.row(_OWN, network_id, viewer.company_id) is None:
        raise NotFound("network", network_id)
    return False


def _said(settings: LeadSettings) -> str:
    working = settings.working
    days = [sorted(one) for one in (working.weekdays, working.holidays, working.extra_days)]
    hours = working.zone.key, working.opens_minute, working.closes_minute
    return repr((hours, days, settings.accept_seconds, settings.most_lapses, settings.stagnant_days))


def _checked(position: int, rule: RuleSaid) -> RuleSaid:
    field = f"rules.{position}"
    if not -1_000_000 <= rule.precedence <= 1_000_000:
        raise BadRequest(f"{field}.precedence", rule.precedence, whole_number(-1_000_000, 1_000_000))
    if rule.strategy not in STRATEGIES:
        raise BadRequest(f"{field}.strategy", rule.strategy, one_of(*STRATEGIES))
    return RuleSaid(
        text(f"{field}.name", rule.name, 120),
        rule.precedence,
        optional_text(f"{field}.regionCode", rule.region_code, 20),
        optional_text(f"{field}.category", rule.category_code, 60),
        optional_text(f"{field}.productLine", rule.product_line, 120),
        optional_text(f"{field}.source", rule.source, 60),
        rule.strategy,
        rule.company_ids,
        rule.rule_id,
    )


async def _require_what_they_name(work: Work, network_id: UUID, rules: Sequence[RuleSaid]) -> dict[str, UUID]:
    """The categories by code. BadRequest for an unknown region or category, NotFound for a company that buys nothing
    in the network."""
    regions = {row["code"] for row in await work.rows(_REGIONS, [one.region_code for one in rules])}
    codes = [one.category_code for one in rules]
    categories = {row["code"]: row["id"] for row in await work.rows(_CATEGORIES, network_id, codes)}
    named = sorted({company for one in rules for company in one.company_ids or ()})
    dealers = {row["buyer_id"] for row in await work.rows(_DEALERS, network_id, named)}
    for position, one in enumerate(rules):
        field = f"rules.{position}"
        if one.region_code is not None and one.region_code not in regions:
            raise BadRequest(f"{field}.regionCode", one.region_code, KNOWN_REGION)
        if one.category_code is not None and one.category_code not in categories:
            known = Said("the code of a category of this network", "本渠道网络的分类编码")
            raise BadRequest(f"{field}.category", one.category_code, known)
        for company in one.company_ids or ():
            if company not in dealers:
                raise NotFound("dealer", company)
    return categories
