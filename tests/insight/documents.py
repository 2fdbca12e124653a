"""What is asked about customers: a list with all of its figures, and the whole card."""

from typing import Any

MONTH = "{ month orders turnover { amount } }"
BELOW = f"""id seller {{ name }} buyer {{ name }} status level silentDays lastOrder {{ number placedAt }}
    thisMonth {MONTH} lastMonth {MONTH} unconfirmedOrders confirmedOrders"""
FIGURES = f"""id status customerCode buyer {{ name }} thisMonth {MONTH} lastMonth {MONTH} change {{ amount currency }}
    changeBp lastOrder {{ number placedAt }} silentDays openOrders {{ unconfirmed confirmed value {{ amount }} }}
    account {{ receivable {{ amount }} overdue {{ amount }}
        credit {{ limit {{ amount }} exposure {{ amount }} available {{ amount }} }} }}
    leads {{ offered accepted lost }}"""
LIST = f"""query($filter: CustomerFilterInput, $sort: CustomerSort! = OPENED, $first: Int, $after: String) {{
    backoffice {{ customers(filter: $filter, sort: $sort, first: $first, after: $after) {{
        edges {{ node {{ {FIGURES} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
CARD = f"""query($id: ID!, $last: Int! = 12) {{ backoffice {{ customer(relationId: $id) {{ {FIGURES}
    members invitedUntil months(last: $last) {MONTH} latestOrders {{ number status totals {{ gross {{ amount }} }} }}
    terms {{ netDays funding }} shipTos {{ edges {{ node {{ name }} }} }} channelOrders {{ edges {{ node {{ id }} }} }}
    channelTotals {{ buyers active ordering thisMonthOrders lastMonthOrders }}
    channel {{ edges {{ node {{ {BELOW} }} }} }}
    history {{ edges {{ node {{ what }} }} }}
}} }} }}"""
CHANNEL = f"""query($id: ID!, $filter: ChannelFilterInput, $first: Int, $after: String) {{ backoffice {{
    channel(networkId: $id, filter: $filter, first: $first, after: $after) {{
        edges {{ node {{ {BELOW} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""


def month(first_day: str, orders: int, turnover: str) -> dict[str, Any]:
    return {"month": first_day, "orders": orders, "turnover": {"amount": turnover}}
