"""The ways in which an order is refused. A problem names the lines it is about, by zero-based position in the input;
an order gets all of its problems in one answer. Its buyer reads them, and so does a seller who orders on its behalf."""

from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.kernel.money import Money, UnitPrice
from app.kernel.refusal import Refusal
from app.kernel.units import amount_of, unit_name
from app.kernel.wording import Said
from app.ledger.rules import ExposurePart


class OrderProblem(Refusal):
    """One reason why the order cannot be placed as it is."""

    lines: list[int]


def article(sku_code: str, name_zh: str, name_en: str) -> Said:
    """What a SKU is called in a sentence: its name in either language where it has one, and its code."""
    english, chinese = name_en or name_zh, name_zh or name_en
    if sku_code in (english, chinese) or not english:
        return Said(english or sku_code, chinese or sku_code)
    return Said(f"{english} ({sku_code})", f"{chinese}（{sku_code}）")


class NotOffered(OrderProblem):
    """The seller does not offer this SKU to the buyer; whether it exists is not said."""

    code = "NOT_OFFERED"
    en = "The seller does not offer what line {numbers} asks for."
    zh = "第 {numbers} 行的商品不在供应商的供应范围内。"
    sku_id: UUID

    @property
    def numbers(self) -> list[int]:
        """The lines as people count them."""
        return [line + 1 for line in self.lines]


class UnitNotOffered(OrderProblem):
    """The SKU cannot be ordered in this unit; `units` are those it can be ordered in."""

    code = "UNIT_NOT_OFFERED"
    en = "{sku} is not sold by the {asked}. Possible: {possible}."
    zh = "{sku}不能按“{asked}”订购，可选单位：{possible}。"
    sku_id: UUID
    sku: Said
    unit: str
    units: list[str]

    @property
    def asked(self) -> Said:
        return unit_name(self.unit)

    @property
    def possible(self) -> list[Said]:
        return [unit_name(unit) for unit in self.units]


class NoPrice(OrderProblem):
    """There is no price for this buyer, or it is on request."""

    code = "NO_PRICE"
    en = "There is no price for {sku}. Ask the seller for one."
    zh = "{sku}暂无价格，请向供应商询价。"
    sku_id: UUID
    sku: Said
    on_request: bool


class PriceChanged(OrderProblem):
    """What the buyer saw is not what it costs now. With lines: their unit price before and now, per unit of measure.
    Without: only the total differs. Placing again with `now`, or accepting price changes, goes through."""

    code = "PRICE_CHANGED"
    en = "{what} changed since you looked: you saw {seen}, it is now {current}."
    zh = "{what}已变动：您看到的是 {seen}，现在是 {current}。"
    sku_id: UUID | None
    sku: Said | None
    before: UnitPrice | None
    now: UnitPrice | None
    total_before: Money | None
    total_now: Money

    @property
    def what(self) -> Said:
        if self.sku is None:
            return Said("The total", "订单总额")
        return Said(f"The price of {self.sku}", f"{self.sku.zh}的价格")

    @property
    def seen(self) -> object:
        return self.before or self.total_before

    @property
    def current(self) -> object:
        return self.now or self.total_now


class QuantityNotAllowed(OrderProblem):
    """The resulting quantity of a SKU breaks the listing's rule; `lower` and `upper` are the nearest that keep it.

    All quantities are in `unit`: the listing's, or the base unit where the lines mix units."""

    code = "QUANTITY_NOT_ALLOWED"
    en = "{sku}: {wanted} cannot be ordered; {rule}. Nearest possible: {nearest}."
    zh = "{sku}不能订购 {wanted}：{rule}。最接近的可订数量：{nearest}。"
    sku_id: UUID
    sku: Said
    unit: str
    asked: Decimal
    minimum: Decimal | None
    multiple: Decimal | None
    maximum: Decimal | None
    lower: Decimal | None
    upper: Decimal | None

    @property
    def wanted(self) -> Said:
        return amount_of(self.asked, self.unit)

    @property
    def rule(self) -> Said:
        """What the seller set, in words."""
        minimum = None if self.minimum == self.multiple else self.minimum
        limits = (
            ("at least {}", "最少 {}", minimum),
            ("whole numbers only", "须为整数", self.multiple if self.multiple == 1 else None),
            ("multiples of {}", "须为 {}的整数倍", None if self.multiple == 1 else self.multiple),
            ("at most {}", "最多 {}", self.maximum),
        )
        said = [(en, zh, amount_of(limit, self.unit)) for en, zh, limit in limits if limit is not None]
        if not said:
            return Said("it must be more than 0", "数量须大于 0")
        return Said(
            "the seller takes " + ", ".join(en.format(limit) for en, _, limit in said),
            "，".join(zh.format(limit.zh) for _, zh, limit in said),
        )

    @property
    def nearest(self) -> list[Said]:
        return [amount_of(quantity, self.unit) for quantity in (self.lower, self.upper) if quantity is not None]


class StockShort(OrderProblem):
    """Less of a SKU is available for this address than its lines ask for together; in `unit`."""

    code = "STOCK_SHORT"
    en = "{sku}: {wanted} asked for, {there} available, {short} short."
    zh = "{sku}库存不足：需要 {wanted}，可供 {there}，缺 {short}。"
    sku_id: UUID
    sku: Said
    unit: str
    asked: Decimal
    available: Decimal

    @property
    def wanted(self) -> Said:
        return amount_of(self.asked, self.unit)

    @property
    def there(self) -> Said:
        return amount_of(self.available, self.unit)

    @property
    def short(self) -> Said:
        return amount_of(self.missing, self.unit)

    @property
    def missing(self) -> Decimal:
        return self.asked - self.available


class CreditShort(OrderProblem):
    """The order is worth more than the credit that is left; `parts` say what the credit is used for."""

    code = "CREDIT_SHORT"
    en = "The credit is {short_by} short: the order needs {asked}, {available} is available."
    zh = "授信额度不足：本单需要 {asked}，可用 {available}，还差 {short_by}。"
    asked: Money
    available: Money
    short_by: Money
    limit: Money
    parts: list[ExposurePart]


class CreditBlocked(OrderProblem):
    """Something has been unpaid for longer than the credit line bears: no new order on credit until it is paid."""

    code = "CREDIT_BLOCKED"
    en = "{overdue} is more than {days} days overdue. Pay it to order on credit again."
    zh = "有 {overdue} 逾期超过 {days} 天，付清后方可继续使用授信下单。"
    overdue: Money
    days: int


class PrepaymentShort(OrderProblem):
    """The order is worth more than the prepaid money that is free."""

    code = "PREPAYMENT_SHORT"
    en = "The prepayment is {short_by} short: the order needs {asked}, {available} is free."
    zh = "预存款不足：本单需要 {asked}，可用 {available}，还差 {short_by}。"
    asked: Money
    available: Money
    short_by: Money


class ShipToReason(StrEnum):
    """Why goods cannot go to an address."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    CLOSED = "closed"
    NOT_APPROVED = "not_approved"


_SHIP_TO: Final = {
    ShipToReason.MISSING: Said(
        "This seller delivers only to addresses that it approved: choose one",
        "该供应商只送达其审核通过的收货地址，请选择",
    ),
    ShipToReason.UNKNOWN: Said("This ship-to address is not one of the buyer's", "该收货地址不存在或不属于采购方"),
    ShipToReason.CLOSED: Said("This ship-to address was closed", "该收货地址已停用"),
    ShipToReason.NOT_APPROVED: Said("The seller has not approved this ship-to address", "该收货地址尚未通过供应商审核"),
}


class ShipToNotAllowed(OrderProblem):
    """Goods cannot go to this address."""

    code = "SHIP_TO_NOT_ALLOWED"
    en = "{why}."
    zh = "{why}。"
    reason: ShipToReason

    @property
    def why(self) -> Said:
        return _SHIP_TO[self.reason]


class PickupIncomplete(OrderProblem):
    """Goods are handed only to somebody who was named: the picker's name and the plate number are missing."""

    code = "PICKUP_INCOMPLETE"
    en = "Say who picks the goods up, and with which plate number."
    zh = "请填写提货人姓名和车牌号。"


class NotTrading(StrEnum):
    """Why two companies do not trade now."""

    SUSPENDED = "suspended"
    ENDED = "ended"
    SELLER_SUSPENDED = "seller_suspended"
    BUYER_SUSPENDED = "buyer_suspended"


_NOT_TRADING: Final = {
    NotTrading.SUSPENDED: Said("the seller has suspended this trade", "供应商已暂停该交易关系"),
    NotTrading.ENDED: Said("the trade relation has ended", "交易关系已终止"),
    NotTrading.SELLER_SUSPENDED: Said("the seller's company is suspended", "供应商已被停用"),
    NotTrading.BUYER_SUSPENDED: Said("the buyer's company is suspended", "采购方已被停用"),
}


class RelationNotActive(OrderProblem):
    """The two do not trade now: their relation is suspended or ended, or the company of one of them is suspended."""

    code = "RELATION_NOT_ACTIVE"
    en = "New orders are not possible with this seller now: {why}."
    zh = "目前无法向该供应商下单：{why}。"
    reason: NotTrading

    @property
    def why(self) -> Said:
        return _NOT_TRADING[self.reason]


class BelowOrderMinimum(OrderProblem):
    """The goods are worth less than the least order, by `short_by`."""

    code = "BELOW_ORDER_MINIMUM"
    en = "The goods are {short_by} below the least order of {minimum}."
    zh = "货款未达到起订金额 {minimum}，还差 {short_by}。"
    minimum: Money
    short_by: Money


MOST_REASONS: Final = 3


class OrderRefused(Refusal):
    """Nothing was ordered; `problems` are all the reasons, at once. The sentence says the first three of them."""

    code = "ORDER_REFUSED"
    en = "The order was not placed. {reasons}"
    zh = "订单未提交。{reasons}"
    problems: list[OrderProblem]

    @property
    def lacks_money(self) -> bool:
        """Credit or prepaid money does not reach."""
        return any(isinstance(problem, CreditShort | PrepaymentShort) for problem in self.problems)

    @property
    def reasons(self) -> Said:
        said, more = self.problems[:MOST_REASONS], len(self.problems) - MOST_REASONS
        english = [problem.message("en") for problem in said]
        chinese = [problem.message("zh") for problem in said]
        if more > 0:
            english.append(f"And {more} more {'problem' if more == 1 else 'problems'}.")
            chinese.append(f"另有 {more} 个问题。")
        return Said(" ".join(english), "".join(chinese))


class CartChangedMeanwhile(Refusal):
    """Somebody else changed the cart after it was read; nothing was changed. Read it again and repeat."""

    code = "CART_CHANGED_MEANWHILE"
    en = "Somebody else changed the cart after you looked at it. Look at it again before you go on."
    zh = "您查看之后购物车已被他人修改，请刷新后再操作。"
    expected_version: int
    version: int
