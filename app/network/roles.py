"""Roles that a member holds in a company, and what each may do."""

from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """What a member does in a company."""

    OWNER = "owner"
    ADMIN = "admin"
    BUYER = "buyer"
    APPROVER = "approver"
    ORDER_CLERK = "order_clerk"  # 订单专员
    FINANCE = "finance"  # 财务
    WAREHOUSE = "warehouse"  # 仓库
    CHANNEL_MANAGER = "channel_manager"  # 渠道经理, scoped to chosen relations or regions


class Permission(StrEnum):
    """One thing a member may do for the company."""

    MEMBER_MANAGE = "member.manage"
    RELATION_MANAGE = "relation.manage"
    SHIP_TO_MANAGE = "ship_to.manage"
    CATALOG_MANAGE = "catalog.manage"  # categories, products, SKUs, tax classes, listings
    PRICE_MANAGE = "price.manage"
    STOCK_MANAGE = "stock.manage"
    CREDIT_MANAGE = "credit.manage"
    RECEIPT_RECORD = "receipt.record"
    ORDER_READ = "order.read"
    ORDER_PLACE = "order.place"  # as a buyer: cart, preview, place, cancel, request cancellation
    ORDER_DECIDE = "order.decide"  # as a seller: confirm, reject, discount, decide cancellations
    SHIPMENT_MANAGE = "shipment.manage"  # as a seller: ship, track
    DELIVERY_CONFIRM = "delivery.confirm"  # either side
    MONEY_READ = "money.read"  # accounts, credit, receipts
    BACKOFFICE_READ = "backoffice.read"
    STOREFRONT_READ = "storefront.read"
    LEAD_MANAGE = "lead.manage"  # as a brand: take leads in, route them, watch the pool
    LEAD_FOLLOW = "lead.follow"  # as a dealer: accept, reject, follow up, win, lose


_P = Permission
_EVERYTHING = frozenset(Permission)
_READING = frozenset({_P.ORDER_READ, _P.STOREFRONT_READ, _P.BACKOFFICE_READ})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _EVERYTHING,
    Role.ADMIN: _EVERYTHING,
    Role.BUYER: frozenset(
        {_P.STOREFRONT_READ, _P.ORDER_READ, _P.ORDER_PLACE, _P.SHIP_TO_MANAGE, _P.DELIVERY_CONFIRM, _P.MONEY_READ}
        | {_P.LEAD_FOLLOW}
    ),
    Role.APPROVER: frozenset({_P.STOREFRONT_READ, _P.ORDER_READ, _P.MONEY_READ}),
    Role.ORDER_CLERK: _READING | {_P.ORDER_DECIDE, _P.MONEY_READ, _P.DELIVERY_CONFIRM},
    Role.FINANCE: _READING | {_P.CREDIT_MANAGE, _P.RECEIPT_RECORD, _P.MONEY_READ},
    Role.WAREHOUSE: _READING | {_P.STOCK_MANAGE, _P.SHIPMENT_MANAGE, _P.DELIVERY_CONFIRM},
    Role.CHANNEL_MANAGER: _READING | {_P.RELATION_MANAGE, _P.PRICE_MANAGE, _P.MONEY_READ, _P.LEAD_MANAGE},
}


@lru_cache(maxsize=256)
def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """The union of what these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles)) if roles else frozenset()
