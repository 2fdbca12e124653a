"""Networks, companies, trade relations and places on the wire."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.kernel.page import Page
from app.network import places
from app.network.history import HistoryPage, histories
from app.network.lifecycle import RELATION, RelationStatus
from app.network.roles import Permission
from app.network.viewer import Viewer
from schema.context import Info
from schema.ledger import RelationLedger
from schema.money import Money
from schema.open_orders import RelationOrders
from schema.page import After, Connection, First, connection
from schema.scalars import uuid_of

Row = Mapping[str, Any]

strawberry.enum(
    RelationStatus,
    description="SUSPENDED and ENDED take no new orders; what is open may still be paid, signed and returned.",
)


@strawberry.enum(description="Whether prices are given with tax (含税) or without (未税).")
class TaxMode(Enum):
    """`trade_relation.tax_mode`."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


@strawberry.enum(description="What an order draws on: the credit line (授信额度), or money paid in advance (预存款).")
class Funding(Enum):
    """`trade_relation.funding`."""

    CREDIT = "credit"
    PREPAYMENT = "prepayment"


@strawberry.enum(description="What a seller may do with a relation now.")
class RelationAction(Enum):
    """Moves of the relation's lifecycle, and changing its terms."""

    CHANGE_TERMS = "change_terms"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"


@strawberry.type(description="An administrative region (行政区划).")
class Region:
    """One row of `region`."""

    code: str = strawberry.field(description="Its code, such as 440106.")
    parent_code: str | None = strawberry.field(description="The region around it; null for an outermost one.")
    name: str = strawberry.field(description="Its name in the reader's language.")
    name_zh: str = strawberry.field(description="Its Chinese name.")
    name_en: str = strawberry.field(description="Its English name.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "Region":
        return cls(
            code=row["code"],
            parent_code=row["parent_code"],
            name=row["name_zh"] if locale.startswith("zh") else row["name_en"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
        )

    @classmethod
    def maybe(cls, row: Row, locale: str) -> "Region | None":
        """None where an outer join found no region."""
        return None if row["code"] is None else cls.of(row, locale)


@strawberry.type(description="A legal entity: brand, dealer, sub-dealer, outlet. Most buy and sell at once.")
class Company:
    """One row of `company`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its legal name.")
    registration_code: str | None = strawberry.field(description="统一社会信用代码, or another public registration.")
    region_code: str | None = strawberry.field(description="The region of its seat.")

    @classmethod
    def of(cls, row: Row, prefix: str = "company") -> "Company":
        """From columns named `{prefix}_id`, `{prefix}_name`, …"""
        return cls(
            id=strawberry.ID(str(row[f"{prefix}_id"])),
            name=row[f"{prefix}_name"],
            registration_code=row[f"{prefix}_registration_code"],
            region_code=row[f"{prefix}_region_code"],
        )


@strawberry.type(description="One brand's channel. Trade, prices, stock and money never cross from one to another.")
class Network:
    """One row of `network`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its name.")
    currency: str = strawberry.field(description="The currency that relations have unless they say otherwise.")
    time_zone: str = strawberry.field(description="Where its days begin, such as Asia/Shanghai.")
    brand_id: strawberry.ID = strawberry.field(description="The brand's company.")

    @classmethod
    def of(cls, row: Row) -> "Network":
        return cls(
            id=strawberry.ID(str(row["network_id"])),
            name=row["network_name"],
            currency=row["network_currency"],
            time_zone=row["time_zone"],
            brand_id=strawberry.ID(str(row["brand_id"])),
        )


@strawberry.type(description="What seller and buyer agreed on for new orders; placed orders keep what they froze.")
class PaymentTerms:
    """Columns of `trade_relation`."""

    currency: str = strawberry.field(description="Prices, orders and accounts are in it.")
    tax_mode: TaxMode = strawberry.field(description="Prices with tax, or without.")
    funding: Funding = strawberry.field(description="What an order draws on.")
    net_days: int = strawberry.field(description="A receivable falls due so many days after shipping.")
    order_minimum: Money | None = strawberry.field(description="The least total of an order; null: no minimum.")
    reservation_minutes: int | None = strawberry.field(
        description="An unconfirmed order gives its stock back after so many minutes; null: never."
    )
    ship_to_approval: bool = strawberry.field(description="Only addresses that the seller approved may be used.")
    grants_money_to_brand: bool = strawberry.field(description="The brand may see the money of these orders.")

    @classmethod
    def of(cls, row: Row) -> "PaymentTerms":
        return cls(
            currency=row["currency"],
            tax_mode=TaxMode(row["tax_mode"]),
            funding=Funding(row["funding"]),
            net_days=row["net_days"],
            order_minimum=Money.maybe(row["order_minimum_minor"], row["currency"]),
            reservation_minutes=row["reservation_minutes"],
            ship_to_approval=row["ship_to_approval"],
            grants_money_to_brand=row["grants_money_to_brand"],
        )


@strawberry.type(description="A place where a company receives goods (送达方).")
class ShipTo:
    """One row of `ship_to`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="What the company calls it.")
    contact: str = strawberry.field(description="Who receives there.")
    phone: str = strawberry.field(description="How to reach them.")
    region: Region | None = strawberry.field(description="Where it is; freight and warehouses depend on it.")
    address: str = strawberry.field(description="Street and house.")
    is_open: bool = strawberry.field(description="False: it can no longer be ordered to.")
    approved: bool | None = strawberry.field(description="The seller of the relation approved it; null outside of one.")
    version: int = strawberry.field(description="Rises with every change.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "ShipTo":
        return cls(
            id=strawberry.ID(str(row["id"])),
            name=row["name"],
            contact=row["contact"],
            phone=row["phone"],
            region=Region.maybe(row, locale),
            address=row["address"],
            is_open=row["status"] == "active",
            approved=row["approved"],
            version=row["version"],
        )


@strawberry.type(description="A decision about a relation.")
class RelationEvent:
    """One row of `relation_event`."""

    version: int = strawberry.field(description="The relation's version since then.")
    what: str = strawberry.field(description="opened, reopened, terms_changed, suspended, resumed or ended.")
    reason: str | None = strawberry.field(description="Why, where somebody said so.")
    by: str | None = strawberry.field(description="The member's name; only of my own company's members.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: Row, viewer: Viewer) -> "RelationEvent":
        return cls(
            version=row["version"],
            what=row["what"],
            reason=row["reason"],
            by=row["member_name"] if row["company_id"] == viewer.company_id else None,
            at=row["at"],
        )


@strawberry.type(description="Seller → buyer in one network: the unit of commerce. Everything agreed hangs here.")
class TradeRelation(RelationLedger, RelationOrders):
    """One row of `trade_relation` with its parties."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network: Network = strawberry.field(description="The network it belongs to.")
    seller: Company = strawberry.field(description="Who sells and is paid.")
    buyer: Company = strawberry.field(description="Who buys.")
    status: RelationStatus = strawberry.field(description="Whether new orders are taken.")
    level: int = strawberry.field(description="1 when the seller is the brand, else one more than the seller's lowest.")
    customer_code: str | None = strawberry.field(description="The seller's own number for this customer.")
    region: Region | None = strawberry.field(description="The region it belongs to, for prices and channel managers.")
    terms: PaymentTerms = strawberry.field(description="What was agreed.")
    version: int = strawberry.field(description="Rises with every change.")
    opened_at: datetime = strawberry.field(description="When it was opened first.")
    allowed_actions: list[RelationAction] = strawberry.field(description="What I may do with it now.")

    @classmethod
    def of(cls, row: Row, viewer: Viewer, locale: str) -> "TradeRelation":
        return cls(
            id=strawberry.ID(str(row["id"])),
            network=Network.of(row),
            seller=Company.of(row, "seller"),
            buyer=Company.of(row, "buyer"),
            status=RelationStatus(row["status"]),
            level=row["level"],
            customer_code=row["customer_code"],
            region=Region.maybe(row, locale),
            terms=PaymentTerms.of(row),
            version=row["version"],
            opened_at=row["created_at"],
            allowed_actions=_allowed(row, viewer),
        )

    @strawberry.field(description="The buyer's open addresses, oldest first.")
    async def ship_tos(self, info: Info, first: First = None, after: After = None) -> Connection[ShipTo]:
        page = Page.of(first, after, kinds=[UUID], order="ship-tos")
        rows = await places.ship_tos_of_relation(info.context.viewer, uuid_of(self.id), page)
        return connection(
            rows,
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: ShipTo.of(row, info.context.locale),
            order="ship-tos",
        )

    @strawberry.field(description="What was decided about it and why, the newest first. Both sides read it.")
    async def history(self, info: Info, first: First = None, after: After = None) -> Connection[RelationEvent]:
        page = Page.of(first, after, kinds=[int], order="history")
        position = page.after[0] if page.after else None
        assert position is None or isinstance(position, int)
        wanted = HistoryPage(uuid_of(self.id), page.limit, position)
        rows = await info.context.loader(histories).load(wanted)
        viewer = info.context.viewer
        return connection(
            rows or [],
            page.first,
            sort=lambda row: [row["version"]],
            node=lambda row: RelationEvent.of(row, viewer),
            order="history",
        )


def _allowed(row: Row, viewer: Viewer) -> list[RelationAction]:
    """From columns already read."""
    if row["seller_id"] != viewer.company_id or not viewer.may(Permission.RELATION_MANAGE):
        return []
    moves = RELATION.moves_from(RelationStatus(row["status"]))
    return [RelationAction.CHANGE_TERMS] + [one for one in RelationAction if one.value in moves]


@strawberry.type(description="A region in which a company may sell, within one network (经销区域).")
class Territory:
    """One row of `territory_grant`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    company: Company = strawberry.field(description="Who may sell there.")
    region: Region = strawberry.field(description="Where, with all regions inside.")
    exclusive: bool = strawberry.field(description="Nobody else may.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "Territory":
        return cls(
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            company=Company.of(row),
            region=Region.of(row, locale),
            exclusive=row["exclusive"],
        )


NetworkArgument = Annotated[strawberry.ID | None, strawberry.argument(description="Only this network; null: all.")]
