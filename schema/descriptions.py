"""Descriptions that follow from a rule, or that belong to single values of enums, put on the schema in one place.

A client reads the contract in its tools: every type, field, argument and value says what it means.
"""

from collections.abc import Mapping
from typing import Final

from graphql import GraphQLEnumType, GraphQLSchema, GraphQLUnionType, get_named_type

from app.communication.wording import WORDS

VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "AccountKind": {
        "RECEIVABLE": "What the buyer owes (应收).",
        "PREPAYMENT": "What the buyer has paid in advance (预存款).",
        "CLEARING": "Where money comes in.",
        "REVENUE": "What was sold, without tax.",
        "OUTPUT_TAX": "The tax in what was sold (销项税).",
    },
    "AvailabilityState": {
        "NONE": "Nothing is free.",
        "LOW": "Little is free.",
        "PLENTY": "Enough is free.",
        "NOT_STOCKED": "A service, which never runs out.",
    },
    "CustomerSort": {
        "OPENED": "The relation that was opened first.",
        "MOST_TURNOVER": "The highest turnover this month.",
        "LEAST_TURNOVER": "The lowest turnover this month.",
        "MOST_FALLEN": "The largest fall of turnover, this month against last.",
        "MOST_RISEN": "The largest rise of turnover, this month against last.",
        "MOST_OVERDUE": "The highest amount past due; needs money.read.",
        "LONGEST_SILENT": "Who has not ordered for longest; who never did counts from the opening of its relation.",
        "LATEST_ORDER": "Who ordered last.",
    },
    "DeliveryMethod": {
        "DELIVERY": "The seller brings the goods and charges freight (送货).",
        "PICKUP": "The buyer comes for them (自提).",
        "COLLECT": "A carrier brings them and the buyer pays it (到付).",
    },
    "DueWhen": {
        "AT_PLACEMENT": "Placing the order: it is paid from money paid in advance.",
        "AFTER_SHIPMENT": "Each shipment, of its own part.",
    },
    "ExportFailure": {
        "TOO_MANY_ROWS": "The list is longer than may be exported: narrow it down.",
        "TOO_LARGE": "The file would be larger than is kept: narrow it down.",
        "NO_RIGHT": "I may not see the list (any more), or what it was narrowed to is not there.",
        "GAVE_UP": "It was begun several times and never came to an end.",
    },
    "ExportStatus": {
        "WAITING": "A worker will write it.",
        "RUNNING": "It is being written.",
        "DONE": "Its file can be fetched.",
        "FAILED": "There is no file; `problem` says why.",
        "CANCELLED": "I cancelled it.",
        "EXPIRED": "Its file was kept as long as it is, or it was not written in all that time.",
    },
    "ExposurePartKind": {
        "PENDING": "Ordered, not confirmed.",
        "OPEN": "Confirmed, not shipped.",
        "SHIPPED": "Shipped, not billed.",
        "RECEIVABLE": "Billed, not paid.",
    },
    "FulfilmentStatus": {
        "NONE": "Nothing is set aside for it.",
        "ALLOCATED": "Stock is set aside, nothing has left.",
        "PARTIAL": "A part has left, more will.",
        "SHIPPED": "All that will leave has left, something has not arrived.",
        "DELIVERED": "All that left has arrived (签收).",
    },
    "Funding": {
        "CREDIT": "The credit line (授信额度): a debt when it ships.",
        "PREPAYMENT": "Money paid in advance (预存款): set aside when the order is placed.",
    },
    "InvitationProblem": {
        "UNKNOWN": "There is no such code.",
        "EXPIRED": "Its time is over.",
        "USED": "It was accepted before.",
        "OTHER_LOGIN": "It is meant for another login.",
        "ALREADY_MEMBER": "Whoever accepts is a member already.",
    },
    "LogInRefusedReason": {
        "BAD_CREDENTIALS": "The login or the password is wrong.",
        "TOO_MANY_ATTEMPTS": "Too many attempts failed; wait `retryAfterSeconds`.",
        "NO_MEMBERSHIP": "Not an active member of that company, or of any.",
        "CLOSED": "This way of logging in is closed on this server.",
        "SESSION_ENDED": "The session has ended: log in anew.",
        "NOT_BOUND": "The WeChat account is bound to nobody: accept an invitation.",
        "WECHAT_CODE_INVALID": "WeChat does not know the code: call `wx.login` again.",
        "WECHAT_TOO_OFTEN": "WeChat asks to wait.",
        "WECHAT_USER_BLOCKED": "WeChat has blocked this user.",
        "WECHAT_UNAVAILABLE": "WeChat does not answer.",
    },
    "LeadAction": {
        "ACCEPT": "`acceptLead`, by the dealer that was asked.",
        "REJECT": "`rejectLead`, by the dealer that was asked.",
        "FOLLOW": "`followLead`, by the dealer that has it.",
        "WIN": "`winLead`, by the dealer that has it.",
        "LOSE": "`loseLead`, by the dealer that has it.",
        "ASSIGN": "`assignLead`, by the brand.",
        "REROUTE": "`rerouteLead`, by the brand.",
        "TAKE_BACK": "`takeBackLead`, by the brand.",
        "DISCARD": "`discardLead`, by the brand.",
    },
    "LeadLostReason": {
        "UNREACHABLE": "Nobody answers.",
        "NO_NEED": "Nothing is needed, or not now.",
        "PRICE": "It was too dear.",
        "COMPETITOR": "Somebody else got it.",
        "WRONG_CONTACT": "It was somebody else's number.",
        "OTHER": "Something else: see the note.",
    },
    "LeadPoolReason": {
        "NO_REGION": "Nobody knows where the person is.",
        "NO_DEALER": "Nobody's territory covers it; it is tried again by itself.",
        "NO_CAPACITY": "Whoever could take it has as many as they may; it is tried again by itself.",
        "NOBODY_LEFT": "Whoever could take it did not; it is tried again when another can.",
        "RECALLED_OFTEN": "It lapsed too often.",
        "RULE": "A rule says so.",
        "TAKEN_BACK": "The brand took it from a dealer.",
        "DEALER_GONE": "It was accepted, and its dealer can take no leads any more.",
    },
    "LeadRejectReason": {
        "TOO_FAR": "Too far away.",
        "TOO_BUSY": "Nobody has time.",
        "NOT_OUR_BUSINESS": "We do not sell that.",
        "KNOWN_CUSTOMER": "A customer of ours already.",
        "OTHER": "Something else: see the note.",
    },
    "LeadStage": {
        "CONTACTED": "Spoken to (已联系).",
        "VISITED": "Visited (已拜访).",
        "QUOTED": "Offered a price (已报价).",
        "NEGOTIATING": "Negotiating (洽谈中).",
    },
    "MemberStatus": {"ACTIVE": "May act for the company.", "SUSPENDED": "May do nothing for the company."},
    "NotificationChannel": {
        "WECHAT": "A subscribe message (订阅消息) in WeChat, where the member has accepted one.",
        "EMAIL": "An e-mail to the login, where that is an address.",
    },
    "NotificationKind": {kind.name: f"{words.title} ({words.title.zh})." for kind, words in WORDS.items()},
    "NotificationLink": {
        "ORDER": "`order`.",
        "SHIPMENT": "`shipment`.",
        "RELATION": "`relation`.",
        "LEAD": "A lead.",
        "EXPORT": "A file that was made.",
    },
    "NotificationPriority": {
        "URGENT": "Something is lost if nobody acts at once; waits for no quiet hours.",
        "HIGH": "Somebody waits for it.",
        "NORMAL": "Good to know soon.",
        "LOW": "Good to know.",
    },
    "NotReachableReason": {
        "CLOSED": "This installation does not send this by this channel.",
        "NO_ADDRESS": "The login is no e-mail address.",
        "NOT_BOUND": "No WeChat account is bound.",
    },
    "OfferSort": {
        "RELEVANCE": "What fits the search best, first; the first 1,000.",
        "NAME": "By name in the reader's language.",
        "SKU": "By the SKU's code.",
        "NEWEST": "What was offered last, first.",
        "PRICE": "The cheapest first, what has no price last; at most 2,000 offers.",
    },
    "OrderAction": {
        "CONFIRM": "`confirmOrder`, by the seller.",
        "REJECT": "`rejectOrder`, by the seller.",
        "GRANT_DISCOUNT": "`grantDiscount`, by the seller.",
        "PROPOSE_CHANGE": "`proposeOrderChange`, by the seller before confirming.",
        "WITHDRAW_CHANGE": "`withdrawOrderChange`, by the seller.",
        "ACCEPT_CHANGE": "`acceptOrderChange`, by the buyer.",
        "REFUSE_CHANGE": "`refuseOrderChange`, by the buyer.",
        "CANCEL": "`cancelOrder`: by the buyer before confirmation, by the seller after it.",
        "REQUEST_CANCELLATION": "`requestCancellation`, by the buyer after confirmation.",
        "DECIDE_CANCELLATION": "`decideCancellation`, by the seller.",
        "SHIP": "`shipOrder`, by the seller.",
        "CONFIRM_DELIVERY": "`confirmDelivery` of one of its shipments, by either side.",
    },
    "WorklistSort": {"NEWEST": "Newest first.", "OLDEST": "Oldest first.", "LARGEST": "By gross total, largest first."},
    "WaitsFor": {
        "SELLER": "The seller confirms, decides or ships.",
        "BUYER": "The buyer answers a proposed change.",
    },
    "AmendmentStatus": {
        "PROPOSED": "Waits for the buyer (待确认).",
        "ACCEPTED": "The buyer agreed; the order became that (已接受).",
        "REFUSED": "The buyer did not agree (已拒绝).",
        "WITHDRAWN": "The seller took it back (已撤回).",
        "LAPSED": "Nobody answered in time (已失效).",
        "VOID": "The order was cancelled or expired first (已作废).",
    },
    "OrderKind": {"STANDARD": "Goods at the buyer's own prices."},
    "OrderSide": {"SELLER": "A member of the seller.", "BUYER": "A member of the buyer.", "SYSTEM": "The mall itself."},
    "OrderStatus": {
        "SUBMITTED": "Placed; the seller has not decided (待确认).",
        "CHANGE_PROPOSED": "The seller proposed a change; the buyer has not answered (变更待确认).",
        "CONFIRMED": "The seller will deliver (已确认).",
        "FULFILLING": "A part or all of it has left (发货中).",
        "COMPLETED": "All of it has arrived (已完成).",
        "CANCEL_REQUESTED": "The buyer asks to cancel; nothing is shipped until the seller has decided (取消待处理).",
        "CANCELLED": "Nothing of it will be (已取消).",
        "REJECTED": "The seller has said no (已拒绝).",
        "EXPIRED": "It was not confirmed in time (已失效).",
        "CLOSED_SHORT": "A part was shipped, the rest never will be (部分发货后关闭).",
    },
    "PaymentStatus": {
        "UNPAID": "Nothing is paid. An order on credit stays so: its debt is the account's.",
        "DEPOSIT_PAID": "The deposit is paid.",
        "PARTIAL": "A part is paid.",
        "PAID": "All of it is paid, or set aside from money paid in advance.",
        "OVERPAID": "More than all of it is paid.",
        "REFUNDED_PART": "A part of what was paid has been given back.",
        "REFUNDED": "All that was paid has been given back.",
    },
    "PriceListStatus": {"ACTIVE": "It prices while it is valid.", "ENDED": "It prices nothing any more."},
    "PriceOutcome": {
        "MANUAL": "Set by hand, in a change of the order that its buyer accepted.",
        "CHOSEN": "Its price counts.",
        "LOWER_PRECEDENCE": "A list before it had a price.",
        "NOT_VALID_NOW": "It does not hold yet, or no longer.",
        "OTHER_CURRENCY": "Its prices are in another currency than the relation's.",
        "OTHER_TAX_MODE": "Its prices are with tax and the relation's without, or the other way round.",
        "NO_ROW": "It does not price this SKU now.",
        "OTHER_UNIT": "It prices the SKU in another unit, and none that converts.",
        "BELOW_FIRST_BREAK": "It prices the SKU from a larger quantity on.",
    },
    "PriceScope": {
        "RELATION": "One buyer.",
        "LEVEL": "Every buyer on one level below the brand.",
        "REGION": "Every buyer in a region and all inside it; the nearest region first.",
        "EVERYBODY": "Every buyer.",
    },
    "PriceState": {
        "PRICED": "There is a price.",
        "NO_PRICE": "No list has a price, so it cannot be ordered.",
        "ON_REQUEST": "The seller names a price when asked, so it cannot be ordered as it is.",
    },
    "ReceiptMethod": {"TRANSFER": "By bank transfer.", "CASH": "In cash."},
    "ReceiptTo": {
        "RECEIVABLE": "It pays what is owed, oldest first; the rest is prepaid.",
        "PREPAYMENT": "All of it is prepaid.",
    },
    "RelationAction": {
        "CHANGE_TERMS": "`changeRelation`.",
        "SUSPEND": "`suspendRelation`.",
        "RESUME": "`resumeRelation`.",
        "END": "`endRelation`.",
    },
    "QuietHoursProblem": {
        "NOT_A_TIME": "A time is written HH:MM.",
        "ALL_DAY": "They begin and end at the same time.",
        "UNKNOWN_TIME_ZONE": "No IANA time zone.",
    },
    "RelationNotActiveReason": {
        "SUSPENDED": "The seller takes no new orders from this buyer for now.",
        "ENDED": "The two trade no more.",
        "SELLER_SUSPENDED": "The seller's company is suspended.",
        "BUYER_SUSPENDED": "The buyer's company is suspended.",
    },
    "RelationStatus": {
        "ACTIVE": "New orders are taken.",
        "SUSPENDED": "No new orders for now; what is open may be paid, signed and returned.",
        "ENDED": "No new orders any more; what is open may be paid, signed and returned.",
    },
    "Role": {
        "OWNER": "May do everything, and make owners.",
        "ADMIN": "May do everything.",
        "BUYER": "Orders from suppliers (采购).",
        "APPROVER": "Reads what is ordered, and approves.",
        "ORDER_CLERK": "Decides about incoming orders (订单专员).",
        "FINANCE": "Credit lines, receipts and accounts (财务).",
        "WAREHOUSE": "Stock and shipments (仓库).",
        "CHANNEL_MANAGER": "Buyers, their terms and prices; all of them or those in scope (渠道经理).",
    },
    "ShipToNotAllowedReason": {
        "MISSING": "The seller approves addresses, so one must be named.",
        "UNKNOWN": "Not an address of my company.",
        "CLOSED": "No longer in use.",
        "NOT_APPROVED": "The seller has not approved it.",
    },
    "RejectReason": {
        "SHORT": "It was not there (短少).",
        "DAMAGED": "It was damaged (破损).",
        "REFUSED": "It was not taken (拒收).",
        "RETURNED": "The carrier brought it back (退回).",
    },
    "ShipmentAction": {
        "RECORD_TRACKING": "`recordTracking`.",
        "CORRECT_PACKAGES": "`correctPackages`.",
        "CONFIRM_DELIVERY": "`confirmDelivery`.",
    },
    "ShipmentStatus": {
        "SHIPPED": "It left.",
        "IN_TRANSIT": "It was seen on its way.",
        "OUT_FOR_DELIVERY": "It is on its last way (派件).",
        "ARRIVED": "The carrier says it arrived; nobody has signed for quantities yet.",
        "EXCEPTION": "Something is wrong, or a part of it came back (疑难).",
        "RETURNED_TO_SENDER": "All of it came back (退签).",
        "DELIVERED": "A party of the order signed for it, or its time for that was over (签收).",
    },
    "SubscriptionAnswer": {
        "ACCEPT": "One more message may be sent.",
        "REJECT": "No further one now.",
        "BAN": "WeChat has blocked the template.",
        "FILTER": "WeChat left it out, because of its title.",
    },
    "TaxMode": {"INCLUDED": "Prices with tax (含税).", "EXCLUDED": "Prices without tax (未税)."},
    "TrackingCode": {
        "PICKED_UP": "The carrier has it.",
        "IN_TRANSIT": "On its way.",
        "OUT_FOR_DELIVERY": "On its last way.",
        "ARRIVED": "The carrier says it arrived; a party still confirms the delivery.",
        "EXCEPTION": "Something is wrong.",
        "RETURNING": "It is on its way back to the sender.",
        "RETURNED": "The sender has it again.",
    },
    "TradeSide": {
        "SELLING": "As their seller.",
        "BUYING": "As their buyer.",
    },
    "TransferKind": {
        "SHIPMENT": "Goods left: a debt, or money paid in advance is used.",
        "RECEIPT": "Money came in.",
        "REVERSAL": "An earlier posting is taken back.",
    },
}
"""By enum and value; what a value says itself, in the class that declares it, stands."""


def describe(schema: GraphQLSchema) -> None:
    """Say what has not been said: the `input` of a mutation is what its type says, a union is what its root field
    answers, and a value of an enum is what VALUES says of it."""
    roots = [root.fields for root in (schema.query_type, schema.mutation_type) if root is not None]
    answers = {get_named_type(field.type).name: name for fields in roots for name, field in fields.items()}
    for field in schema.mutation_type.fields.values() if schema.mutation_type else ():
        for argument in field.args.values():
            argument.description = argument.description or get_named_type(argument.type).description
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLUnionType) and kind.description is None and kind.name in answers:
            kind.description = f"What `{answers[kind.name]}` answers: what was asked for, or why not."
        elif isinstance(kind, GraphQLEnumType):
            for name, value in kind.values.items():
                value.description = value.description or VALUES.get(kind.name, {}).get(name)
