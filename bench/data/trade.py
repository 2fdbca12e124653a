"""Companies, members with open sessions, relations, prices and stock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app.kernel.ids import uuid7
from app.ledger.rules import AccountKind
from bench.data.goods import SINCE, UNIT
from bench.data.sizes import Size

FOREVER = datetime(2100, 1, 1, tzinfo=UTC)
CURRENCY = "CNY"
MUCH = Decimal(1_000_000)
WAREHOUSES = 2
DEALER_ROLES = ("buyer", "approver")
"""The two members of each dealer; what they may hear of differs."""
BREAKS = (Decimal(0), Decimal(10), Decimal(50), Decimal(100))

Row = tuple[object, ...]

COLUMNS = {
    "company": ("id", "name"),
    "network": ("id", "name", "brand_id", "currency", "time_zone"),
    "person": ("id", "name", "locale"),
    "membership": ("id", "person_id", "company_id", "roles"),
    "session": ("id", "person_id", "membership_id", "refresh_hash", "expires_at"),
    "trade_relation": ("id", "network_id", "seller_id", "buyer_id", "currency", "level"),
    "credit_line": ("id", "relation_id"),
    "price_list": ("id", "network_id", "seller_id", "code", "name", "currency"),
    "price_assignment": ("id", "network_id", "seller_id", "price_list_id", "scope", "relation_id"),
    "warehouse": ("id", "network_id", "company_id", "code", "name", "priority"),
}
LISTING = ("id", "network_id", "seller_id", "sku_id", "unit", "minimum", "multiple")
STOCK_LEVEL = ("id", "network_id", "warehouse_id", "sku_id", "on_hand")
PRICE_ROW = ("id", "price_list_id", "sku_id", "unit", "min_quantity", "unit_price", "valid_from")


@dataclass(frozen=True, slots=True)
class Dealer:
    """A buyer: its company, its relation with the brand with the accounts of it, and who orders."""

    company: UUID
    relation: UUID
    membership: UUID
    accounts: dict[AccountKind, UUID]


@dataclass(frozen=True, slots=True)
class Trade:
    """Rows by table, and what others refer to."""

    network: UUID
    brand: UUID
    owner: UUID
    dealers: list[Dealer]
    lists: list[UUID]
    warehouses: list[UUID]
    rows: dict[str, list[Row]]


def trade(size: Size) -> Trade:
    """One brand, its network and its dealers."""
    network, brand = uuid7(), uuid7()
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    rows["company"].append((brand, "Tributary Coatings"))
    rows["network"].append((network, "Tributary", brand, CURRENCY, "Asia/Shanghai"))
    owner = _member(rows, brand, "Brand owner", "owner")
    lists = [uuid7() for _ in range(size.own_lists + 1)]
    for number, one in enumerate(lists):
        rows["price_list"].append((one, network, brand, f"L{number:03d}", f"List {number}", CURRENCY))
    rows["price_assignment"].append((uuid7(), network, brand, lists[0], "everybody", None))
    warehouses = [uuid7() for _ in range(WAREHOUSES)]
    for number, one in enumerate(warehouses):
        rows["warehouse"].append((one, network, brand, f"W{number}", f"Warehouse {number}", number))
    dealers = [_dealer(rows, network, brand, number, lists) for number in range(size.dealers)]
    return Trade(network, brand, owner, dealers, lists, warehouses, rows)


def _dealer(rows: dict[str, list[Row]], network: UUID, brand: UUID, number: int, lists: list[UUID]) -> Dealer:
    company, relation = uuid7(), uuid7()
    rows["company"].append((company, f"Dealer {number:03d}"))
    memberships = [_member(rows, company, f"Dealer {number:03d} {role}", role) for role in DEALER_ROLES]
    rows["trade_relation"].append((relation, network, brand, company, CURRENCY, 1))
    rows["credit_line"].append((uuid7(), relation))
    own = lists[1 + number % (len(lists) - 1)]
    rows["price_assignment"].append((uuid7(), network, brand, own, "relation", relation))
    return Dealer(company, relation, memberships[0], {kind: uuid7() for kind in AccountKind})


def _member(rows: dict[str, list[Row]], company: UUID, name: str, role: str) -> UUID:
    person, membership, session = uuid7(), uuid7(), uuid7()
    rows["person"].append((person, name, "en"))
    rows["membership"].append((membership, person, company, [role]))
    rows["session"].append((session, person, membership, session.hex * 2, FOREVER))
    return membership


def listings(made: Trade, skus: list[UUID]) -> Iterator[Row]:
    """The brand offers every SKU, in twos."""
    for sku in skus:
        yield uuid7(), made.network, made.brand, sku, UNIT, Decimal(2), Decimal(2)


def stock_levels(made: Trade, skus: list[UUID]) -> Iterator[Row]:
    """Much of everything in every warehouse."""
    for sku in skus:
        for warehouse in made.warehouses:
            yield uuid7(), made.network, warehouse, sku, MUCH


def price_rows(made: Trade, skus: list[UUID], breaks: int) -> Iterator[Row]:
    """Every list prices every SKU at every break; no two lists alike."""
    for place, sku in enumerate(skus):
        for number, one in enumerate(made.lists):
            for step in range(breaks):
                price = Decimal(2000 + place % 500 * 30 - number * 10 - step * 50) / 100
                yield uuid7(), one, sku, UNIT, BREAKS[step], price, SINCE
