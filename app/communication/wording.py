"""What a notification says, in both languages, by its kind. Placeholders are its `params`; what is absent reads —."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Final, NamedTuple

from app.communication.kinds import NotificationKind
from app.kernel.refusal import CONTROL
from app.kernel.wording import Said, is_chinese

_K = NotificationKind
ABSENT: Final = "—"


class Words(NamedTuple):
    """A title, and a sentence that says what happened and what can be done."""

    title: Said
    text: Said


WORDS: Final[Mapping[NotificationKind, Words]] = {
    _K.LEAD_OFFERED: Words(
        Said("New lead", "新线索"),
        Said(
            "{seller} offers you a lead: accept or reject it before its deadline.",
            "{seller}向您分配了一条线索，请在截止时间前接受或拒绝。",
        ),
    ),
    _K.LEAD_DUE_SOON: Words(
        Said("A lead waits for you", "线索即将超时"),
        Said(
            "A lead of {seller} is due soon and will then be recalled.", "{seller}分配的线索即将超时，超时后将被收回。"
        ),
    ),
    _K.LEAD_RECALLED: Words(
        Said("Lead recalled", "线索已收回"),
        Said(
            "A lead of {seller} is no longer yours: its time was over, or it was taken back.",
            "{seller}分配的一条线索已超时或被收回，不再由您跟进。",
        ),
    ),
    _K.LEAD_POOLED: Words(
        Said("A lead needs you", "线索待分配"),
        Said("Nobody can take a lead: it waits in the pool.", "有一条线索无人可接，已进入线索池待处理。"),
    ),
    _K.LEAD_STAGNANT: Words(
        Said("A lead is forgotten", "线索久未跟进"),
        Said("{buyer} has not followed up a lead for a while.", "{buyer}已有一段时间未跟进一条线索。"),
    ),
    _K.LEAD_ACCEPTED: Words(
        Said("Lead accepted", "线索已接受"), Said("{buyer} accepted a lead.", "{buyer}已接受一条线索。")
    ),
    _K.LEAD_REJECTED: Words(
        Said("Lead rejected", "线索被拒绝"), Said("{buyer} rejected a lead.", "{buyer}已拒绝一条线索。")
    ),
    _K.LEAD_WON: Words(Said("Lead won", "线索已成交"), Said("{buyer} won a lead.", "{buyer}的一条线索已成交。")),
    _K.LEAD_LOST: Words(Said("Lead lost", "线索已流失"), Said("{buyer} lost a lead.", "{buyer}的一条线索已流失。")),
    _K.ORDER_PLACED: Words(
        Said("New order", "新订单"),
        Said("The order {number} of {buyer} came in: please confirm it.", "{buyer}的新订单 {number}，请确认。"),
    ),
    _K.ORDER_PLACED_FOR_YOU: Words(
        Said("Ordered for you", "代客下单"),
        Said(
            "{seller} placed the order {number} for you; you can cancel it until it is confirmed.",
            "{seller}已代您提交订单 {number}，确认前可取消。",
        ),
    ),
    _K.ORDER_CONFIRMED: Words(
        Said("Order confirmed", "订单已确认"),
        Said("{seller} confirmed the order {number}.", "{seller}已确认订单 {number}。"),
    ),
    _K.ORDER_CHANGE_PROPOSED: Words(
        Said("Order: a change is proposed", "订单变更待确认"),
        Said(
            "{seller} proposes to change the order {number}: accept or refuse it.",
            "{seller}提出变更订单 {number}，请接受或拒绝。",
        ),
    ),
    _K.ORDER_CHANGE_ACCEPTED: Words(
        Said("Change accepted", "订单变更已接受"),
        Said("{buyer} accepted the change of the order {number}.", "{buyer}已接受订单 {number} 的变更。"),
    ),
    _K.ORDER_CHANGE_REFUSED: Words(
        Said("Change refused", "订单变更被拒绝"),
        Said("{buyer} refused the change of the order {number}.", "{buyer}已拒绝订单 {number} 的变更。"),
    ),
    _K.ORDER_CHANGE_WITHDRAWN: Words(
        Said("Change withdrawn", "订单变更已撤回"),
        Said(
            "{seller} took back the change of the order {number}, which stands as it was placed.",
            "{seller}已撤回订单 {number} 的变更，订单维持原样。",
        ),
    ),
    _K.ORDER_CHANGE_LAPSED: Words(
        Said("Change lapsed", "订单变更已失效"),
        Said(
            "{buyer} did not answer the change of the order {number} in time: the order stands as it was, and "
            "waits for {seller}.",
            "{buyer}未及时答复订单 {number} 的变更，订单维持原样，待{seller}处理。",
        ),
    ),
    _K.ORDER_REJECTED: Words(
        Said("Order rejected", "订单被拒绝"),
        Said("{seller} rejected the order {number}.", "{seller}已拒绝订单 {number}。"),
    ),
    _K.ORDER_CANCELLED: Words(
        Said("Order cancelled", "订单已取消"),
        Said("The order {number} of {buyer} was cancelled.", "{buyer}的订单 {number} 已取消。"),
    ),
    _K.ORDER_PARTLY_CANCELLED: Words(
        Said("Order partly cancelled", "订单部分取消"),
        Said("A part of the order {number} of {buyer} was cancelled.", "{buyer}的订单 {number} 已取消一部分。"),
    ),
    _K.ORDER_CANCELLATION_REQUESTED: Words(
        Said("Cancellation asked for", "申请取消订单"),
        Said("{buyer} asks to cancel the order {number}: please decide.", "{buyer}申请取消订单 {number}，请处理。"),
    ),
    _K.ORDER_CANCELLATION_ACCEPTED: Words(
        Said("Cancellation accepted", "取消申请已同意"),
        Said("{seller} agreed to cancel the order {number}.", "{seller}同意取消订单 {number}。"),
    ),
    _K.ORDER_CANCELLATION_REFUSED: Words(
        Said("Cancellation refused", "取消申请被拒绝"),
        Said("{seller} goes on with the order {number}.", "{seller}不同意取消订单 {number}，将继续执行。"),
    ),
    _K.ORDER_EXPIRED: Words(
        Said("Order expired", "订单已失效"),
        Said("The order {number} of {buyer} was not confirmed in time.", "{buyer}的订单 {number} 未及时确认，已失效。"),
    ),
    _K.SHIPMENT_SENT: Words(
        Said("Goods on their way", "已发货"),
        Said(
            "{seller} shipped {shipment} of the order {number}.", "{seller}已发出订单 {number} 的货物（{shipment}）。"
        ),
    ),
    _K.SHIPMENT_STALLED: Words(
        Said("Shipment stalled", "物流异常"),
        Said(
            "The shipment {shipment} of the order {number} has not moved for long.",
            "订单 {number} 的货物（{shipment}）物流长时间未更新。",
        ),
    ),
    _K.SHIPMENT_DELIVERED: Words(
        Said("Goods delivered", "已签收"),
        Said(
            "The shipment {shipment} of the order {number} was delivered to {buyer}.",
            "{buyer}的订单 {number} 的货物（{shipment}）已签收。",
        ),
    ),
    _K.ACCOUNT_RECEIVED: Words(
        Said("Payment received", "收款到账"),
        Said("{seller} received a payment of yours.", "{seller}已登记您的付款。"),
    ),
    _K.CREDIT_LINE_SET: Words(
        Said("Credit line changed", "授信额度调整"),
        Said("{seller} changed your credit line.", "{seller}调整了您的授信额度。"),
    ),
    _K.RELATION_OPENED: Words(
        Said("New supplier", "新增供应商"), Said("You can order from {seller} now.", "您现在可以向{seller}下单。")
    ),
    _K.RELATION_TERMS_CHANGED: Words(
        Said("Terms changed", "交易条款变更"),
        Said("{seller} changed the terms of trade with you.", "{seller}修改了与您的交易条款。"),
    ),
    _K.RELATION_SUSPENDED: Words(
        Said("Orders suspended", "暂停下单"),
        Said("{seller} takes no new orders from you for now.", "{seller}暂停接受您的新订单。"),
    ),
    _K.RELATION_RESUMED: Words(
        Said("Orders taken again", "恢复下单"),
        Said("{seller} takes orders from you again.", "{seller}已恢复接受您的订单。"),
    ),
    _K.RELATION_ENDED: Words(
        Said("Trade ended", "交易关系终止"),
        Said("{seller} ended the trade with you.", "{seller}已终止与您的交易关系。"),
    ),
    _K.EXPORT_READY: Words(
        Said("Export ready", "导出完成"), Said("The file {number} can be downloaded.", "文件 {number} 可以下载了。")
    ),
    _K.EXPORT_FAILED: Words(
        Said("Export failed", "导出失败"), Said("The file {number} could not be made.", "文件 {number} 未能生成。")
    ),
}

PARAMS: Final = frozenset(
    name for words in WORDS.values() for said in words for _, name, _, _ in Formatter().parse(said) if name
)
"""What a notification may hold besides its link: names of the two companies, and numbers of documents."""


class _Given(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ABSENT


def rendered(kind: NotificationKind, params: Mapping[str, str], locale: str) -> tuple[str, str]:
    """Title and text in a language."""
    words, chinese = WORDS[kind], is_chinese(locale)
    given = _Given({name: CONTROL.sub(" ", value) for name, value in params.items()})
    return words.title.in_language(chinese), words.text.in_language(chinese).format_map(given)
