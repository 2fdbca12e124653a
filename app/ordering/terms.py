"""What a seller agreed with a buyer and what is true of both now: the plain values an order is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.kernel.money import Money
from app.kernel.refusal import BadRequest
from app.kernel.tax import TaxMode
from app.kernel.wording import Said
from app.ledger.rules import Funding, Position
from app.ordering.asked import AskedOrder, DeliveryMethod
from app.ordering.freight import FreightRule


@dataclass(frozen=True, slots=True)
class ShipToFacts:
    """An address of the buyer; `approved` by this seller."""

    id: UUID
    name: str
    contact: str
    phone: str
    address: str
    region_code: str | None
    region_path: str | None
    status: str
    approved: bool

    def snapshot(self) -> dict[str, str]:
        """As it is frozen on the order."""
        kept = {"name": self.name, "contact": self.contact, "phone": self.phone, "address": self.address}
        return kept if self.region_code is None else kept | {"regionCode": self.region_code}


@dataclass(frozen=True, slots=True)
class Terms:
    """A trade relation as an order meets it. `ship_to` is the address that was asked for, if it is the buyer's."""

    relation_id: UUID
    network_id: UUID
    seller_id: UUID
    buyer_id: UUID
    brand_id: UUID
    level: int
    region_path: str | None
    currency: str
    mode: TaxMode
    time_zone: str
    status: str
    seller_status: str
    buyer_status: str
    funding: Funding
    net_days: int
    order_minimum_minor: int | None
    reservation_minutes: int | None
    ship_to_approval: bool
    position: Position
    ship_to: ShipToFacts | None
    freight_rules: tuple[FreightRule, ...]

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def check_day(self, order: AskedOrder, now: datetime) -> None:
        """BadRequest for goods that are wanted on a day that is over, where the network's days begin."""
        today = now.astimezone(ZoneInfo(self.time_zone)).date()
        if order.requested_on is not None and order.requested_on < today:
            raise BadRequest("requestedOn", order.requested_on, Said(f"{today} or later", f" {today} 或之后的日期"))

    def destination(self, order: AskedOrder) -> str | None:
        """The path of the region the goods go to: decides on warehouses and freight. None where the buyer fetches them
        itself, or where neither address nor relation has a region: then every warehouse may serve."""
        if order.delivery_method is DeliveryMethod.PICKUP:
            return None
        if self.ship_to is not None and self.ship_to.region_path is not None:
            return self.ship_to.region_path
        return self.region_path
