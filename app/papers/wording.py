"""The words on papers, in both languages, by what they stand for."""

from typing import Final

from app.kernel.wording import Said

SALES_ORDER: Final = Said("Sales order", "销售单")
DELIVERY_NOTE: Final = Said("Delivery note", "送货单")
PAGE_OF: Final = Said("Page {page} of {pages}", "第 {page} 页，共 {pages} 页")
LACKING: Final = Said(
    "〓 stands for a character that is not in the printing fonts: {codes}.", "〓 代表打印字库中没有的字符：{codes}。"
)
PRINTED: Final = Said("Printed {at} ({zone})", "打印时间 {at}（{zone}）")

SELLER: Final = Said("Seller", "供货方")
BUYER: Final = Said("Buyer", "购货方")
SHIP_TO: Final = Said("Ship to", "收货信息")
REGISTRATION: Final = Said("Reg. no. {code}", "统一社会信用代码 {code}")
CUSTOMER_CODE: Final = Said("Customer code {code}", "客户编码 {code}")

NUMBER: Final = Said("Order no.", "订单编号")
SHIPMENT_NUMBER: Final = Said("Shipment no.", "发货单号")
PLACED_AT: Final = Said("Order date", "下单日期")
CONFIRMED_AT: Final = Said("Confirmed", "确认日期")
SHIPPED_AT: Final = Said("Shipped", "发货日期")
REQUESTED_ON: Final = Said("Requested for", "要求到货")
STATUS: Final = Said("Status", "状态")
REFERENCE: Final = Said("Your reference", "客户单号")
PAYMENT: Final = Said("Payment", "结算方式")
DELIVERY: Final = Said("Delivery", "交货方式")
CURRENCY: Final = Said("Currency", "币种")
CARRIER: Final = Said("Carrier", "承运商")
TRACKING: Final = Said("Tracking no.", "运单号")
PICKER: Final = Said("Fetched by", "提货人")
PLATE: Final = Said("Plate", "车牌号")

DELIVERY_METHODS: Final = {
    "delivery": Said("delivered by the seller", "送货"),
    "pickup": Said("fetched by the buyer", "自提"),
    "collect": Said("freight collect", "运费到付"),
}
FUNDINGS: Final = {
    "credit": Said("on account, {days} days net", "赊销，账期 {days} 天"),
    "prepayment": Said("from prepayment", "预存款"),
}

POSITION: Final = Said("No.", "序号")
SKU: Final = Said("SKU", "商品编码")
NAME: Final = Said("Description", "品名")
SPEC: Final = Said("Specification", "规格")
UNIT: Final = Said("Unit", "单位")
QUANTITY: Final = Said("Quantity", "数量")
PRICE_WITH_TAX: Final = Said("Price incl. tax", "含税单价")
PRICE_WITHOUT_TAX: Final = Said("Price excl. tax", "未税单价")
DISCOUNT: Final = Said("Discount", "优惠")
TAX_RATE: Final = Said("Tax %", "税率")
TAX: Final = Said("Tax", "税额")
AMOUNT: Final = Said("Amount incl. tax", "价税合计")
SHIPMENT_VALUE: Final = Said(
    "Value of this shipment (tax, discounts and freight included)", "本次发货金额（含税、已扣优惠、含运费）"
)
PACKAGES: Final = Said("Packages", "包裹数")
PIECES: Final = Said("{packages} with {pieces} pieces", "{packages}（共 {pieces} 件）")
WEIGHT: Final = Said("Weight", "重量")
CONFIRMED_BY: Final = Said("Buyer (signature, stamp)", "购货方（签字盖章）")
SIGNED: Final = Said("Received", "实收数量")
FACTOR: Final = Said("1 {unit} = {base}", "1 {unit} = {base}")
CANCELLED: Final = Said("{quantity} cancelled", "已取消 {quantity}")

GOODS_TOTAL: Final = Said("Goods", "货款")
FREIGHT_TOTAL: Final = Said("Freight", "运费")
DISCOUNT_TOTAL: Final = Said("Discount (included)", "优惠（已扣）")
NET_TOTAL: Final = Said("Net", "未税金额")
TAX_TOTAL: Final = Said("Tax", "税额")
GROSS_TOTAL: Final = Said("Total", "合计")
CANCELLED_TOTAL: Final = Said("Cancelled", "已取消金额")
CAPITALS: Final = Said("Total in words (人民币大写)", "人民币大写")
LINES_TOTAL: Final = Said("Lines", "行数")
QUANTITY_TOTAL: Final = Said("Quantity", "数量合计")

REMARKS: Final = Said("Notes", "备注")
PREPARED_BY: Final = Said("Prepared by", "制单")
CARRIED_BY: Final = Said("Driver", "送货人")
RECEIVED_BY: Final = Said("Received by (signature, stamp)", "收货人（签字盖章）")
RECEIVED_ON: Final = Said("Date", "签收日期")
SIGNED_ON: Final = Said("Date", "日期")
CHECK_ON_ARRIVAL: Final = Said(
    "Please count and inspect the goods on arrival, enter what was received, and sign.",
    "请当面清点验收，在“实收数量”栏填写实收数，并签字确认。",
)
