"""Leads: a brand's, and those that a dealer was offered. Who the person is stands masked in every file.

A file lies in the database for a day and then on somebody's desk; what says who a person is is sealed in the mall and
shown there, to those who may know, one lead at a time. A mask is enough to recognise a row.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.catalog.rules import localised
from app.kernel.page import Page
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.leads.keys import opened
from app.leads.lifecycle import LostReason, PoolReason, RejectReason, Stage
from app.leads.queries import count_leads_of_network, count_own_leads, leads_of_network, own_leads, standing
from app.leads.rules import LeadFilter
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.customers import region_of
from app.papers.lists.entry import (
    Column,
    ExportList,
    Kind,
    Reader,
    Row,
    codes_in,
    in_pages,
    local,
    moment_in,
    text,
    text_in,
    uuid_in,
)

_STAGES: Final = {
    Stage.CONTACTED: Said("contacted", "已联系"),
    Stage.VISITED: Said("visited", "已拜访"),
    Stage.QUOTED: Said("quoted", "已报价"),
    Stage.NEGOTIATING: Said("negotiating", "洽谈中"),
}
_POOLED: Final = {
    PoolReason.NO_REGION: Said("no region", "无区域"),
    PoolReason.NO_DEALER: Said("no dealer covers it", "无经销商覆盖"),
    PoolReason.NO_CAPACITY: Said("every dealer is full", "经销商线索已满"),
    PoolReason.NOBODY_LEFT: Said("nobody took it", "无人接收"),
    PoolReason.RECALLED_OFTEN: Said("recalled too often", "多次超时收回"),
    PoolReason.RULE: Said("by rule", "按规则入池"),
    PoolReason.TAKEN_BACK: Said("taken back", "已收回"),
    PoolReason.DEALER_GONE: Said("its dealer is gone", "经销商已退出"),
}
_REASONS: Final[dict[str, Said]] = {
    RejectReason.TOO_FAR: Said("too far", "距离太远"),
    RejectReason.TOO_BUSY: Said("too busy", "人手不足"),
    RejectReason.NOT_OUR_BUSINESS: Said("not our business", "非经营范围"),
    RejectReason.KNOWN_CUSTOMER: Said("a known customer", "已有客户"),
    LostReason.UNREACHABLE: Said("unreachable", "联系不上"),
    LostReason.NO_NEED: Said("no need", "无需求"),
    LostReason.PRICE: Said("price", "价格"),
    LostReason.COMPETITOR: Said("bought elsewhere", "选择竞品"),
    LostReason.WRONG_CONTACT: Said("wrong contact", "联系方式有误"),
    LostReason.OTHER: Said("another reason", "其他"),
}


@dataclass(frozen=True, slots=True)
class LeadsWanted:
    """Of which network, and which."""

    network_id: UUID
    filter: LeadFilter


def _filters(said: Mapping[str, Any]) -> LeadsWanted:
    network_id, phone = uuid_in(said, "networkId"), text_in(said, "phoneKey")
    if network_id is None:
        raise BadRequest("networkId", None, Said("the network", "渠道网络 id"))
    wanted = LeadFilter(
        statuses=codes_in(said, "statuses"),
        source=text_in(said, "source"),
        campaign=text_in(said, "campaign"),
        region_code=text_in(said, "regionCode"),
        dealer_id=uuid_in(said, "dealerId"),
        pool_reasons=codes_in(said, "poolReasons"),
        received_from=moment_in(said, "receivedFrom"),
        received_before=moment_in(said, "receivedBefore"),
        phone_key=None if phone is None else bytes.fromhex(phone),
    )
    return LeadsWanted(network_id, wanted)


def _states(said: Mapping[str, Any]) -> Sequence[str] | None:
    return codes_in(said, "states")


def _masked(rows: Sequence[Row]) -> list[Row]:
    """The rows without what is sealed in them, but with masks of it."""
    answer: list[Row] = []
    for row in rows:
        contact = opened(row["id"], row["contact"])
        shown = None if contact is None else contact.masked()
        who = {name: None if shown is None else getattr(shown, name) for name in ("name", "phone", "email")}
        answer.append({**dict(row), "contact": None, "reference": None, **who})
    return answer


def _pages(viewer: Viewer, wanted: LeadsWanted) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        return _masked(await leads_of_network(viewer, wanted.network_id, wanted.filter, page))

    return in_pages(read, lambda row: (row["id"],))


async def _count(viewer: Viewer, wanted: LeadsWanted, most: int) -> int:
    return await count_leads_of_network(viewer, wanted.network_id, wanted.filter, most)


def _own_pages(viewer: Viewer, states: Sequence[str] | None) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        return _masked(await own_leads(viewer, states, page))

    return in_pages(read, lambda row: (row["assignment_id"],))


def _moment(title: Said, column: str, *, known: bool = False) -> Column:
    """`known`: only for who may know what its dealer does with it."""

    def of(row: Row, reader: Reader) -> Any:
        return None if known and not row["is_revealed"] else local(row[column], row["network_time_zone"])

    return Column(title, of, Kind.MOMENT, 18)


def _category(row: Row, reader: Reader) -> str | None:
    if row["category_code"] is None:
        return None
    return localised(row["category_zh"], row["category_en"], reader.locale)


def _stage(row: Row, reader: Reader) -> str | None:
    return reader.say(_STAGES[Stage(row["stage"])]) if row["stage"] and row["is_revealed"] else None


def _why_pooled(row: Row, reader: Reader) -> str | None:
    return reader.say(_POOLED[PoolReason(row["pool_reason"])]) if row["pool_reason"] else None


def _reason(row: Row, reader: Reader) -> str | None:
    said = _REASONS.get(row["reason"] or "")
    return row["reason"] if said is None else reader.say(said)


_ABOUT: Final = (
    Column(Said("Source", "来源"), text("source")),
    Column(Said("Campaign", "活动"), text("campaign")),
    Column(Said("Region", "区域"), region_of),
    Column(Said("Category", "品类"), _category),
    Column(Said("Product line", "意向产品"), text("product_line"), width=20),
    Column(Said("Name (masked)", "姓名（已脱敏）"), text("name"), width=16),
    Column(Said("Phone (masked)", "电话（已脱敏）"), text("phone"), width=18),
    Column(Said("E-mail (masked)", "邮箱（已脱敏）"), text("email"), width=22),
)
_FOLLOWED: Final = (
    _moment(Said("Offered", "派发时间"), "offered_at"),
    _moment(Said("Deadline", "接收截止"), "deadline_at"),
    _moment(Said("Answered", "响应时间"), "answered_at"),
    Column(Said("Business minutes to answer", "响应时长（工作分钟）"), text("answer_minutes"), Kind.WHOLE, 10),
    Column(Said("Stage", "跟进阶段"), _stage),
    _moment(Said("Next contact", "下次联系"), "next_at", known=True),
    _moment(Said("Last touched", "最近跟进"), "touched_at", known=True),
    Column(Said("Reason", "原因"), _reason, width=18),
    Column(
        Said("Order no.", "订单编号"),
        lambda row, reader: row["order_number"] if row["is_revealed"] else None,
        width=20,
    ),
)
_ZONE: Final = Column(Said("Time zone", "时区"), text("network_time_zone"), width=16)

LEADS: Final = ExportList(
    name="leads",
    title=Said("Leads", "线索"),
    needs=(Permission.LEAD_MANAGE,),
    columns=(
        _moment(Said("Received", "收到时间"), "received_at"),
        Column(Said("Status", "状态"), lambda row, reader: reader.status(row["status"]), width=16),
        Column(Said("External id", "外部编号"), text("external_id"), width=20),
        *_ABOUT,
        Column(Said("Dealer", "经销商"), text("dealer_name"), width=24),
        *_FOLLOWED,
        Column(Said("Why in the pool", "入池原因"), _why_pooled, width=20),
        _moment(Said("In the pool since", "入池时间"), "pooled_at"),
        _moment(Said("Ended", "结束时间"), "closed_at"),
        Column(Said("Repeats", "重复次数"), text("repeats"), Kind.WHOLE, 8),
        _ZONE,
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
)

MY_LEADS: Final = ExportList(
    name="my_leads",
    title=Said("My leads", "我的线索"),
    needs=(Permission.LEAD_FOLLOW,),
    columns=(
        _moment(Said("Received", "收到时间"), "received_at"),
        Column(Said("Status", "状态"), lambda row, reader: reader.status(standing(row)), width=16),
        *_ABOUT,
        *_FOLLOWED,
        _moment(Said("Ended", "结束时间"), "ended_at"),
        _ZONE,
    ),
    filters=_states,
    pages=_own_pages,
    count=count_own_leads,
)
