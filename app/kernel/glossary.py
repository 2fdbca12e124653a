"""What the codes of the mall are called by people, in English and in Chinese (the words of the trade).

Documents, statuses, moves and permissions travel as codes that never change; a sentence for people says these words.
A code that has no word is shown as it is.
"""

from typing import Final

from app.kernel.wording import Said

NOUNS: Final = {
    "SKU": "SKU",
    "brand": "品牌商",
    "carrier": "承运商",
    "category": "分类",
    "company": "公司",
    "dealer": "经销商",
    "export": "导出任务",
    "file": "文件",
    "freight rule": "运费规则",
    "invitation": "邀请",
    "lead": "线索",
    "lead rule": "线索分配规则",
    "listing": "上架商品",
    "logistics rule": "物流规则",
    "member": "成员",
    "network": "渠道网络",
    "network, region or tax class": "渠道网络、区域或税率类别",
    "notification": "通知",
    "object": "对象",
    "offer": "在售商品",
    "order": "订单",
    "order line": "订单行",
    "package": "包裹",
    "price list": "价目表",
    "receipt": "收款记录",
    "region": "区域",
    "relation": "交易关系",
    "seller": "供应商",
    "ship-to address": "收货地址",
    "shipment": "发货单",
    "storefront": "商城",
    "tax class": "税率类别",
    "territory": "经销区域",
    "trade relation": "交易关系",
    "warehouse": "仓库",
}
"""English nouns of documents and master data, and their Chinese words."""

STATUSES: Final = {
    "active": Said("active", "正常"),
    "suspended": Said("suspended", "已暂停"),
    "ended": Said("ended", "已终止"),
    "submitted": Said("waiting for confirmation", "待确认"),
    "change_proposed": Said("waiting for the buyer to answer a change", "变更待买方确认"),
    "confirmed": Said("confirmed", "已确认"),
    "fulfilling": Said("being shipped", "发货中"),
    "completed": Said("completed", "已完成"),
    "cancel_requested": Said("waiting for a decision about its cancellation", "取消待处理"),
    "cancelled": Said("cancelled", "已取消"),
    "rejected": Said("rejected", "已拒绝"),
    "expired": Said("expired", "已失效"),
    "closed_short": Said("closed with a part shipped", "部分发货后关闭"),
    "shipped": Said("on its way", "已发货"),
    "in_transit": Said("on its way", "运输中"),
    "out_for_delivery": Said("out for delivery", "派送中"),
    "arrived": Said("there by the carrier's word", "承运商已送达"),
    "exception": Said("in trouble on its way", "运输异常"),
    "returned_to_sender": Said("returned to its sender", "已退回"),
    "delivered": Said("delivered", "已签收"),
    "new": Said("new", "新建"),
    "duplicate": Said("a duplicate", "重复"),
    "offered": Said("offered to a dealer", "待接收"),
    "accepted": Said("accepted", "已接收"),
    "pooled": Said("in the pool", "线索池"),
    "won": Said("won", "已成交"),
    "lost": Said("lost", "已流失"),
    "invalid": Said("no lead at all", "无效"),
    "gone": Said("no longer yours", "已不归您处理"),
}
"""What a document is."""

MOVES: Final = {
    "confirm": Said("confirming", "确认"),
    "reject": Said("rejecting", "拒绝"),
    "grant_discount": Said("granting a discount", "给予优惠"),
    "propose_change": Said("proposing a change", "发起变更"),
    "withdraw_change": Said("withdrawing the change", "撤回变更"),
    "accept_change": Said("accepting the change", "接受变更"),
    "refuse_change": Said("refusing the change", "拒绝变更"),
    "resume_submitted": Said("going back to waiting for confirmation", "恢复待确认"),
    "cancel": Said("cancelling", "取消"),
    "request_cancellation": Said("asking for cancellation", "申请取消"),
    "decide_cancellation": Said("deciding about the cancellation", "处理取消申请"),
    "ship": Said("shipping", "发货"),
    "confirm_delivery": Said("confirming delivery", "签收"),
    "record_tracking": Said("recording tracking", "登记物流"),
    "correct_packages": Said("correcting packages", "更正包裹"),
    "forget_news": Said("forgetting news of another number", "清除错误运单的物流"),
    "set_off": Said("setting off", "启运"),
    "go_out": Said("going out for delivery", "派送"),
    "arrive": Said("arriving", "送达"),
    "go_wrong": Said("getting into trouble", "登记异常"),
    "come_back": Said("coming back", "退回"),
    "deliver": Said("confirming delivery", "签收"),
    "expire": Said("expiring", "失效"),
    "complete": Said("completing", "完成"),
    "close_short": Said("closing with a part shipped", "部分发货后关闭"),
    "resume_confirmed": Said("going on", "继续执行"),
    "resume_fulfilling": Said("going on", "继续执行"),
    "suspend": Said("suspending", "暂停"),
    "resume": Said("resuming", "恢复"),
    "end": Said("ending", "终止"),
    "reopen": Said("opening again", "重新开通"),
    "change_terms": Said("changing the terms", "修改条款"),
    "save": Said("changing", "修改"),
    "set_prices": Said("setting prices", "设置价格"),
    "assign": Said("assigning", "分配"),
    "link": Said("linking", "关联"),
    "offer": Said("offering", "派发"),
    "pool": Said("putting into the pool", "放入线索池"),
    "accept": Said("accepting", "接收"),
    "lapse": Said("recalling in time", "超时收回"),
    "withdraw": Said("withdrawing", "撤回"),
    "take_back": Said("taking back", "收回"),
    "reroute": Said("routing again", "重新派发"),
    "follow": Said("following up", "跟进"),
    "win": Said("winning", "标记成交"),
    "lose": Said("losing", "标记流失"),
    "discard": Said("discarding", "作废"),
}
"""What can be done with a document."""

RIGHTS: Final = {
    "member.manage": Said("managing members", "成员管理"),
    "relation.manage": Said("managing trade relations", "交易关系管理"),
    "ship_to.manage": Said("managing ship-to addresses", "收货地址管理"),
    "catalog.manage": Said("managing products and listings", "商品管理"),
    "price.manage": Said("managing prices", "价格管理"),
    "stock.manage": Said("managing stock", "库存管理"),
    "credit.manage": Said("managing credit lines", "授信管理"),
    "receipt.record": Said("recording receipts", "收款登记"),
    "order.read": Said("seeing orders", "查看订单"),
    "order.place": Said("placing orders", "下单"),
    "order.decide": Said("confirming, rejecting and discounting orders", "订单审核"),
    "shipment.manage": Said("shipping", "发货管理"),
    "delivery.confirm": Said("confirming deliveries", "签收"),
    "money.read": Said("seeing accounts and credit", "查看账户与授信"),
    "backoffice.read": Said("seeing the back office", "查看后台"),
    "storefront.read": Said("seeing the mall", "查看商城"),
    "lead.manage": Said("managing leads", "线索管理"),
    "lead.follow": Said("following up leads", "线索跟进"),
}
"""What a role may allow, by permission."""

CANNOT_TAKE: Final = {
    "no_relation": Said("its trade relation is not active", "交易关系未生效"),
    "no_member": Said("none of its members may follow leads", "没有可跟进线索的成员"),
    "no_room": Said("it has as many open leads as it may", "在跟线索数已达上限"),
}
"""Why a dealer cannot be given a lead."""


def noun(code: str) -> Said:
    """A kind of document or master data."""
    return Said(code, NOUNS.get(code, code))


def status(code: str) -> Said:
    """What a document is."""
    return STATUSES.get(code) or Said(code, code)


def move(code: str) -> Said:
    """What is done with a document."""
    return MOVES.get(code) or Said(code, code)


def right(code: str) -> Said:
    """What a permission allows; a phrase says itself."""
    return code if isinstance(code, Said) else RIGHTS.get(code) or Said(code, code)
