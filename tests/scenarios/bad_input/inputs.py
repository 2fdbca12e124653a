"""For every mutation an input that would be accepted, said by somebody who may say it.

`stage = await open_stage()`, then `party, input = await INPUTS["placeOrder"](stage)`: fresh at every call.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app import database
from app.fulfilment.ship import ship_order
from app.kernel.ids import uuid7
from app.kernel.page import encode_cursor
from app.network import open_relation as opening
from app.network.invite_member import invite_member
from app.network.open_relation import Buyer, Invited
from app.network.roles import Role
from app.network.rules import NewCompany, Scope, Terms
from app.network.tokens import invitation_code
from app.ordering.confirm import confirm_order
from app.ordering.request_cancellation import request_cancellation
from tests.ordering.market import Market, open_market
from tests.worlds import PASSWORD, Party, new_key, new_login, ship_to

Said = tuple[Party | None, dict[str, Any]]
Input = Callable[["Stage"], Awaitable[Said]]


@dataclass(slots=True)
class Stage:
    """A market to order in, a shop of another network to change settings in, which is never ordered from, and the ids
    of everything in somebody else's market."""

    market: Market
    sku: UUID
    shop: Market
    foreign: list[str]

    @property
    def seller(self) -> Party:
        return self.market.seller

    @property
    def buyer(self) -> Party:
        return self.market.buyer

    @property
    def network(self) -> dict[str, str]:
        return {"networkId": str(self.shop.world.network_id)}

    @property
    def relation(self) -> str:
        return str(self.shop.relation_id)

    async def placed(self) -> UUID:
        return await self.market.place([(self.sku, "4")])

    async def confirmed(self) -> UUID:
        order_id = await self.placed()
        await confirm_order(self.seller.viewer, order_id=order_id, client_key=new_key())
        return order_id

    async def line(self, order_id: UUID) -> dict[str, str]:
        return {
            "lineId": str(await one("SELECT id FROM sales_order_line WHERE order_id = $1", order_id)),
            "quantity": "1",
        }

    async def shipped(self) -> UUID:
        order_id = await self.confirmed()
        await ship_order(
            self.seller.viewer, order_id=order_id, lines=None, carrier=None, tracking_number=None, client_key=new_key()
        )
        return await one("SELECT id FROM shipment WHERE order_id = $1", order_id)


async def one(sql: str, *params: object) -> UUID:
    """The only column of the first row."""
    found = await database.row(sql, *params)
    assert found is not None, sql
    value: UUID = found[0]
    return value


async def open_stage() -> Stage:
    shop, _ = await _open_market()
    stage = Stage(*await _open_market(), shop=shop, foreign=[])
    other = Stage(*await _open_market(), shop=shop, foreign=[])
    order_id = await other.confirmed()
    shipment_id = await other.shipped()
    member = await other.market.world.member(other.seller, [Role.BUYER])
    market, line = other.market, await other.line(order_id)
    ids = [market.world.network_id, other.seller.company_id, other.buyer.company_id, market.relation_id, other.sku]
    ids += [order_id, shipment_id, market.price_list, market.category, market.warehouses[0]]
    ids += [member.viewer.membership_id, await ship_to(other.buyer)]
    stage.foreign = [line["lineId"], *(str(one) for one in ids)]
    return stage


async def _open_market() -> tuple[Market, UUID]:
    market = await open_market()
    return market, await market.sku("PAINT", price="10.00", stock="100000", units={"carton": "12"})


INPUTS: dict[str, Input] = {}


def said_by(party: Callable[[Stage], Party | None], *, key: bool = True) -> Callable[[Any], Any]:
    """Register the input of the mutation that the function is called after."""

    def register(made: Callable[[Stage], Awaitable[dict[str, Any]]]) -> Any:
        async def build(stage: Stage) -> Said:
            said = await made(stage)
            return party(stage), {"clientKey": new_key(), **said} if key else said

        # an act of that name is imported: then the function ends with an underscore
        first, *rest = made.__name__.rstrip("_").split("_")
        INPUTS[first + "".join(one.capitalize() for one in rest)] = build
        return made

    return register


shopkeeper = said_by(lambda stage: stage.shop.seller)
seller = said_by(lambda stage: stage.seller)
buyer = said_by(lambda stage: stage.buyer)


def fresh(word: str) -> str:
    return f"{word}-{secrets.token_hex(4)}"


# --- catalog, stock and prices ---------------------------------------------------------------------------------------


@shopkeeper
async def save_tax_class(stage: Stage) -> dict[str, Any]:
    rates = [{"rateBp": 1300, "validFrom": "2020-01-01T00:00:00Z", "validTo": "2030-01-01T00:00:00Z"}]
    return {**stage.network, "code": fresh("vat"), "nameZh": "税", "nameEn": "Tax", "rates": rates}


@shopkeeper
async def save_categories(stage: Stage) -> dict[str, Any]:
    category = {"code": fresh("c"), "parent": str(stage.shop.category), "nameZh": "类", "nameEn": "C", "position": 1}
    return {**stage.network, "categories": [category]}


@shopkeeper
async def save_products(stage: Stage) -> dict[str, Any]:
    unit = {"unit": "box", "factor": "6", "weightG": 1000, "volumeCm3": 1000, "barcode": "6901234567892"}
    sku = {
        "code": fresh("S"),
        "nameZh": "漆",
        "nameEn": "Paint",
        "baseUnit": "piece",
        "taxClass": "vat1300",
        "stocked": True,
        "units": [unit],
    }
    product = {
        "code": fresh("P"),
        "category": str(stage.shop.category),
        "nameZh": "漆",
        "nameEn": "Paint",
        "descriptionZh": "好",
        "descriptionEn": "Good",
        "brand": "Iris",
        "attributes": [{"name": "Colour", "value": "White"}],
        "media": [{"url": "https://example.com/1.jpg", "kind": "image"}],
        "skus": [sku],
    }
    return {**stage.network, "products": [product]}


@shopkeeper
async def save_listings(stage: Stage) -> dict[str, Any]:
    listing = {"sku": "PAINT", "unit": "piece", "onSale": True, "minimum": "1", "multiple": "1", "maximum": "100000"}
    return {**stage.network, "listings": [listing | {"availabilityDisplay": "EXACT"}]}


@shopkeeper
async def restrict_listing(stage: Stage) -> dict[str, Any]:
    listing = await one("SELECT id FROM listing WHERE seller_id = $1", stage.shop.seller.company_id)
    return {"listingId": str(listing), "relationIds": [stage.relation]}


@shopkeeper
async def save_warehouse(stage: Stage) -> dict[str, Any]:
    more = {"regionCode": "44", "serves": ["44"], "priority": 3, "status": "CLOSED"}
    return {**stage.network, "code": fresh("W"), "name": "仓", **more}


@shopkeeper
async def adjust_stock(stage: Stage) -> dict[str, Any]:
    row = {"warehouse": await stage.shop.warehouse_code(), "sku": "PAINT", "delta": "1", "reason": "ADJUSTMENT"}
    return {**stage.network, "stock": [row]}


@shopkeeper
async def save_price_list(stage: Stage) -> dict[str, Any]:
    dates = {"validFrom": "2020-01-01T00:00:00Z", "validTo": "2030-01-01T00:00:00Z"}
    more = {"currency": "CNY", "taxIncluded": True, "priority": -1, **dates}
    return {**stage.network, "code": fresh("L"), "name": "List", **more}


@shopkeeper
async def set_prices(stage: Stage) -> dict[str, Any]:
    dates = {"validFrom": "2020-01-01T00:00:00Z", "validTo": "2020-01-02T00:00:00Z"}
    price = {"sku": "PAINT", "unit": "piece", "minQuantity": "3", "unitPrice": "9.99", "onRequest": False, **dates}
    return {"priceListId": str(stage.shop.price_list), "prices": [price]}


@shopkeeper
async def assign_price_list(stage: Stage) -> dict[str, Any]:
    mine = {"scope": "RELATION", "relationId": stage.relation}
    return {"priceListId": str(stage.shop.price_list), "assign": [mine], "withdraw": [{"scope": "LEVEL", "level": 9}]}


@shopkeeper
async def end_price_list(stage: Stage) -> dict[str, Any]:
    return {"priceListId": str(uuid7())}  # none, so that the shop keeps its prices


@shopkeeper
async def save_freight_rule(stage: Stage) -> dict[str, Any]:
    amounts = {"base": "10.00", "perKg": "0.50", "perM3": "20.00", "freeAbove": "1"}
    return {**stage.network, "regionCode": "44", **amounts, "taxClass": "vat1300"}


# --- money -----------------------------------------------------------------------------------------------------------


@shopkeeper
async def record_receipt(stage: Stage) -> dict[str, Any]:
    return {"relationId": stage.relation, "amount": "1.00", "method": "CASH", "reference": "R", "to": "PREPAYMENT"}


@shopkeeper
async def set_credit_line(stage: Stage) -> dict[str, Any]:
    temporary = {"temporaryLimit": "5.00", "temporaryUntil": "2030-01-01T00:00:00Z"}
    return {"relationId": stage.relation, "limit": None, **temporary, "overdueBlockDays": 10, "expectedVersion": None}


# --- people and companies --------------------------------------------------------------------------------------------

nobody = said_by(lambda _: None)
nobody_keyless = said_by(lambda _: None, key=False)


@nobody_keyless
async def log_in(stage: Stage) -> dict[str, Any]:
    return {"login": new_login("nobody"), "password": PASSWORD, "companyId": None, "device": "phone"}


@nobody_keyless
async def log_in_with_we_chat(stage: Stage) -> dict[str, Any]:
    return {"code": "o-wang#1", "companyId": None, "device": "phone"}


@nobody_keyless
async def refresh_session(stage: Stage) -> dict[str, Any]:
    return {"refreshToken": "r.nobody", "companyId": None}


@said_by(lambda stage: stage.shop.buyer, key=False)
async def switch_company(stage: Stage) -> dict[str, Any]:
    return {"companyId": str(stage.shop.seller.company_id)}


@nobody_keyless
async def log_out(stage: Stage) -> dict[str, Any]:
    return {"everywhere": True}


@said_by(lambda stage: stage.shop.buyer, key=False)
async def choose_language(stage: Stage) -> dict[str, Any]:
    return {"locale": "zh"}


@nobody_keyless
async def accept_invitation(stage: Stage) -> dict[str, Any]:
    login = new_login("new")
    invitation_id = await invite_member(
        stage.shop.seller.viewer, client_key=new_key(), name="New", login=login, roles=(Role.BUYER,), scope=Scope()
    )
    password = {"login": login, "password": PASSWORD, "isNew": True, "name": "New"}
    return {"code": invitation_code(invitation_id), "password": password, "device": "phone"}


@shopkeeper
async def invite_member_(stage: Stage) -> dict[str, Any]:
    scope = {"relationIds": [stage.relation], "regionCodes": ["44"]}
    return {"name": "Manager", "login": new_login("manager"), "roles": ["CHANNEL_MANAGER"], "scope": scope}


async def _member(stage: Stage) -> dict[str, Any]:
    member = await stage.shop.world.member(stage.shop.seller, [Role.BUYER])
    return {"memberId": str(member.viewer.membership_id)}


@shopkeeper
async def change_member(stage: Stage) -> dict[str, Any]:
    scope = {"relationIds": [stage.relation], "regionCodes": ["44"]}
    return {**await _member(stage), "roles": ["CHANNEL_MANAGER"], "scope": scope}


@shopkeeper
async def suspend_member(stage: Stage) -> dict[str, Any]:
    return await _member(stage)


@shopkeeper
async def resume_member(stage: Stage) -> dict[str, Any]:
    return await _member(stage)


@nobody
async def open_network(stage: Stage) -> dict[str, Any]:
    owner = {"name": "Owner", "login": new_login("owner"), "password": PASSWORD}
    brand = {"name": "Brand", "registrationCode": fresh("RC").upper(), "regionCode": "44"}
    return {"name": "Channel", "currency": "CNY", "timeZone": "Asia/Shanghai", "brand": brand, "owner": owner}


@shopkeeper
async def open_relation(stage: Stage) -> dict[str, Any]:
    company = {"name": "Dealer", "registrationCode": fresh("RC").upper(), "regionCode": "44"}
    owner = {"name": "Owner", "login": new_login("owner"), "password": PASSWORD}
    return {**stage.network, "buyer": {"company": company, "owner": owner}, "terms": TERMS}


TERMS = {
    "currency": "CNY",
    "taxMode": "INCLUDED",
    "funding": "CREDIT",
    "netDays": 30,
    "orderMinimum": None,
    "reservationMinutes": None,
    "shipToApproval": False,
    "grantsMoneyToBrand": False,
    "customerCode": "C-1",
    "regionCode": "44",
}


@shopkeeper
async def change_relation(stage: Stage) -> dict[str, Any]:
    other = await stage.shop.world.buyer(stage.shop.seller, "Changed")
    return {"relationId": str(stage.shop.world.relation(stage.shop.seller, other)), "terms": TERMS}


async def _relation(stage: Stage) -> dict[str, Any]:
    other = await stage.shop.world.buyer(stage.shop.seller, "Acted on")
    relation_id = str(stage.shop.world.relation(stage.shop.seller, other))
    return {"relationId": relation_id, "reason": "Moved away", "expectedVersion": 1}


@shopkeeper
async def suspend_relation(stage: Stage) -> dict[str, Any]:
    return await _relation(stage)


@shopkeeper
async def invite_owner(stage: Stage) -> dict[str, Any]:
    shop = stage.shop
    buyer = Buyer(company=NewCompany("Awaited"), owner=Invited("店长", None))
    seller, network_id, terms = shop.seller.viewer, shop.world.network_id, Terms(currency="CNY")
    relation_id = await opening.open_relation(
        seller, client_key=new_key(), network_id=network_id, buyer=buyer, terms=terms
    )
    return {"relationId": str(relation_id), "name": "店长", "login": new_login("owner")}


@shopkeeper
async def resume_relation(stage: Stage) -> dict[str, Any]:
    return await _relation(stage)


@shopkeeper
async def end_relation(stage: Stage) -> dict[str, Any]:
    return await _relation(stage)


@said_by(lambda stage: stage.shop.seller, key=False)
async def save_regions(stage: Stage) -> dict[str, Any]:
    code = secrets.token_hex(4)
    return {"regions": [{"code": code, "parentCode": "44", "nameZh": "区", "nameEn": "Region"}]}


@buyer
async def save_ship_to(stage: Stage) -> dict[str, Any]:
    address = {"name": "Yard", "contact": "Li", "phone": "1", "regionCode": "44", "address": "1 Road", "isOpen": True}
    return {"id": str(await ship_to(stage.buyer)), "expectedVersion": None, **address}


@shopkeeper
async def approve_ship_to(stage: Stage) -> dict[str, Any]:
    return {"relationId": stage.relation, "shipToId": str(await ship_to(stage.shop.buyer)), "approved": True}


@shopkeeper
async def grant_territory(stage: Stage) -> dict[str, Any]:
    return {**stage.network, "companyId": str(stage.shop.buyer.company_id), "regionCode": "33", "exclusive": False}


@shopkeeper
async def revoke_territory(stage: Stage) -> dict[str, Any]:
    return {"territoryId": str(uuid7())}


# --- orders ----------------------------------------------------------------------------------------------------------


@buyer
async def change_cart(stage: Stage) -> dict[str, Any]:
    found = await database.row("SELECT version FROM cart WHERE relation_id = $1", stage.market.relation_id)
    line = {"skuId": str(stage.sku), "quantity": "2", "unit": "carton"}
    version = found["version"] if found else 0
    return {
        "sellerId": str(stage.seller.company_id),
        "networkId": str(stage.market.world.network_id),
        "expectedVersion": version,
        "clear": True,
        "lines": [line],
    }


@buyer
async def place_order(stage: Stage) -> dict[str, Any]:
    line = {"skuId": str(stage.sku), "quantity": "2", "unit": "piece", "expectedUnitPrice": "10.00"}
    order = {
        "sellerId": str(stage.seller.company_id),
        "networkId": str(stage.market.world.network_id),
        "lines": [line],
        "shipToId": str(await ship_to(stage.buyer)),
        "deliveryMethod": "DELIVERY",
        "pickup": {"pickerName": "Li", "plateNumber": "粤A12345"},
        "requestedOn": "2035-01-01",
        "buyerReference": "PO",
        "remarks": "快",
    }
    return {"order": order, "expectedTotal": "20.00", "acceptPriceChanges": False}


@seller
async def confirm_order_(stage: Stage) -> dict[str, Any]:
    return {"orderId": str(await stage.placed()), "expectedVersion": 1}


@seller
async def reject_order(stage: Stage) -> dict[str, Any]:
    return {"orderId": str(await stage.placed()), "reason": "no", "expectedVersion": 1}


@buyer
async def cancel_order(stage: Stage) -> dict[str, Any]:
    order_id = await stage.placed()
    return {"orderId": str(order_id), "reason": "no", "lines": [await stage.line(order_id)], "expectedVersion": 1}


@buyer
async def request_cancellation_(stage: Stage) -> dict[str, Any]:
    order_id = await stage.confirmed()
    return {"orderId": str(order_id), "reason": "no", "lines": [await stage.line(order_id)], "expectedVersion": 2}


@seller
async def decide_cancellation(stage: Stage) -> dict[str, Any]:
    order_id = await stage.confirmed()
    await request_cancellation(stage.buyer.viewer, order_id=order_id, lines=None, reason="no", client_key=new_key())
    return {"orderId": str(order_id), "accept": False, "reason": "no", "expectedVersion": 3}


@seller
async def grant_discount(stage: Stage) -> dict[str, Any]:
    return {"orderId": str(await stage.placed()), "amount": "1.00", "reason": "gift", "expectedVersion": 1}


# --- being told ------------------------------------------------------------------------------------------------------


@said_by(lambda stage: stage.seller, key=False)
async def mark_read(stage: Stage) -> dict[str, Any]:
    return {"upTo": encode_cursor([uuid7()], "notifications")}


@said_by(lambda stage: stage.seller, key=False)
async def save_notification_settings(stage: Stage) -> dict[str, Any]:
    quiet = {"start": "22:00", "end": "07:30", "timeZone": "Asia/Shanghai"}
    off = {"kind": "ORDER_PLACED", "channel": "EMAIL", "enabled": False}
    return {"language": "zh", "quietHours": quiet, "preferences": [off]}


@seller
async def report_subscriptions(stage: Stage) -> dict[str, Any]:
    return {"results": [{"templateId": "T-orders", "answer": "ACCEPT"}]}
