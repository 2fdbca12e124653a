"""The ways in which an order is refused. A problem names the lines it is about, by zero-based position in the input;
an order gets all of its problems in one answer."""

from decimal import Decimal
from uuid import UUID

from app.kernel.money import Money, UnitPrice
from app.kernel.refusal import Refusal
from app.ledger.rules import ExposurePart


class OrderProblem(Refusal):
    """One reason why the order cannot be placed as it is."""

    lines: list[int]


class NotOffered(OrderProblem):
    """The seller does not offer this SKU to the buyer; whether it exists is not said."""

    code = "NOT_OFFERED"
    en = "The seller does not offer this article to you."
    zh = "供应商未向您提供该商品。"
    sku_id: UUID


class UnitNotOffered(OrderProblem):
    """The SKU cannot be ordered in this unit; `units` are those it can be ordered in."""

    code = "UNIT_NOT_OFFERED"
    en = "{sku_code} is not sold in {unit}. Possible: {units}."
    zh = "{sku_code} 不按 {unit} 销售，可选单位：{units}。"
    sku_id: UUID
    sku_code: str
    unit: str
    units: list[str]


class NoPrice(OrderProblem):
    """There is no price for this buyer, or it is on request."""

    code = "NO_PRICE"
    en = "There is no price for {sku_code}. Ask the seller for one."
    zh = "{sku_code} 暂无价格，请向供应商询价。"
    sku_id: UUID
    sku_code: str
    on_request: bool


class PriceChanged(OrderProblem):
    """What the buyer saw is not what it costs now. With lines: their unit price before and now, per unit of measure.
    Without: only the total differs. Placing again with `now`, or accepting price changes, goes through."""

    code = "PRICE_CHANGED"
    en = "Prices changed since you looked: you saw {seen}, it is now {current}."
    zh = "价格已变动：您看到的是 {seen}，现在是 {current}。"
    sku_id: UUID | None
    before: UnitPrice | None
    now: UnitPrice | None
    total_before: Money | None
    total_now: Money

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
    en = "{sku_code}: {asked} {unit} cannot be ordered. Nearest possible: {nearest}."
    zh = "{sku_code}：不能订购 {asked} {unit}，最接近的可订数量：{nearest}。"
    sku_id: UUID
    sku_code: str
    unit: str
    asked: Decimal
    minimum: Decimal | None
    multiple: Decimal | None
    maximum: Decimal | None
    lower: Decimal | None
    upper: Decimal | None

    @property
    def nearest(self) -> list[Decimal]:
        return [quantity for quantity in (self.lower, self.upper) if quantity is not None]


class StockShort(OrderProblem):
    """Less of a SKU is available for this address than its lines ask for together; in `unit`."""

    code = "STOCK_SHORT"
    en = "{sku_code}: {asked} {unit} asked for, {available} available, {missing} short."
    zh = "{sku_code}：需要 {asked} {unit}，可供 {available}，缺 {missing}。"
    sku_id: UUID
    sku_code: str
    unit: str
    asked: Decimal
    available: Decimal

    @property
    def missing(self) -> Decimal:
        return self.asked - self.available


class CreditShort(OrderProblem):
    """The order is worth more than the credit that is left; `parts` say what the credit is used for."""

    code = "CREDIT_SHORT"
    en = "Your credit is {short_by} short: the order needs {asked}, {available} is available."
    zh = "信用额度不足 {short_by}：本单需要 {asked}，可用 {available}。"
    asked: Money
    available: Money
    short_by: Money
    limit: Money
    parts: list[ExposurePart]


class CreditBlocked(OrderProblem):
    """Something has been unpaid for longer than the credit line bears: no new order on credit until it is paid."""

    code = "CREDIT_BLOCKED"
    en = "{overdue} is overdue for more than {days} days. Pay it to order on credit again."
    zh = "有 {overdue} 逾期超过 {days} 天，付清后方可继续赊购。"
    overdue: Money
    days: int


class PrepaymentShort(OrderProblem):
    """The order is worth more than the prepaid money that is free."""

    code = "PREPAYMENT_SHORT"
    en = "Your prepayment is {short_by} short: the order needs {asked}, {available} is free."
    zh = "预存款不足 {short_by}：本单需要 {asked}，可用 {available}。"
    asked: Money
    available: Money
    short_by: Money


class ShipToNotAllowed(OrderProblem):
    """Goods cannot go there: MISSING, UNKNOWN, CLOSED or NOT_APPROVED (by the seller)."""

    code = "SHIP_TO_NOT_ALLOWED"
    en = "The ship-to address cannot be used: {reason}."
    zh = "该收货地址不可用：{reason}。"
    reason: str


class PickupIncomplete(OrderProblem):
    """Goods are handed only to somebody who was named: the picker's name and the plate number are missing."""

    code = "PICKUP_INCOMPLETE"
    en = "Say who picks the goods up, and with which plate number."
    zh = "请填写提货人姓名和车牌号。"


class RelationNotActive(OrderProblem):
    """The two do not trade now: PENDING, SUSPENDED or ENDED, or the company of one of them is suspended."""

    code = "RELATION_NOT_ACTIVE"
    en = "New orders are not possible with this seller now: {reason}."
    zh = "目前无法向该供应商下单：{reason}。"
    reason: str


class BelowOrderMinimum(OrderProblem):
    """The goods are worth less than the least order, by `short_by`."""

    code = "BELOW_ORDER_MINIMUM"
    en = "The order is {short_by} below the minimum of {minimum}."
    zh = "订单金额低于最低起订额 {minimum}，还差 {short_by}。"
    minimum: Money
    short_by: Money


class OrderRefused(Refusal):
    """Nothing was ordered; `problems` are all the reasons, at once."""

    code = "ORDER_REFUSED"
    en = "The order was not placed: {reasons}"
    zh = "订单未提交：{reasons}"
    problems: list[OrderProblem]

    @property
    def reasons(self) -> str:
        return ", ".join(dict.fromkeys(problem.code for problem in self.problems))


class CartChangedMeanwhile(Refusal):
    """Somebody else changed the cart after it was read; nothing was changed. Read it again and repeat."""

    code = "CART_CHANGED_MEANWHILE"
    en = "The cart was changed meanwhile: you expected version {expected_version}, it is now {version}."
    zh = "购物车已被他人修改：您基于版本 {expected_version}，当前为版本 {version}。"
    expected_version: int
    version: int
