"""The JSON of the bare handlers, written out by hand from the rows: the same as the mall's, or nothing is measured.

Prices are chosen here once more, as somebody would who knows this data only: the first list that has a row for the
quantity, relation before everybody.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import orjson

from app.kernel.page import encode_cursor
from schema.scalars import write_decimal

FIRST = 24
ORDERS = 20
LOW_BELOW = 20
PRECEDENCE = ("relation", "level", "region", "everybody")

Row: TypeAlias = Mapping[str, Any]
Json: TypeAlias = dict[str, Any]


def catalog(rows: Sequence[Row]) -> Json:
    """The catalog page."""
    lists = _lists(rows[0]["lists"])
    return _offers(rows, [_catalog_offer(row, lists) for row in rows[:FIRST]], "offers:name:en")


def search(rows: Sequence[Row]) -> Json:
    """The page of what was found."""
    lists = _lists(rows[0]["lists"])
    return _offers(rows, [_found_offer(row, lists) for row in rows[:FIRST]], "offers:relevance:")


def detail(rows: Sequence[Row]) -> Json:
    """The page of one product."""
    row = rows[0]
    lists = _lists(row["lists"])
    units = orjson.loads(row["units"])
    attributes = orjson.loads(row["attributes"])
    unit, rows_of = row["unit"], _rows_by_list(row["candidates"])
    chosen = next(found for one in lists if (found := rows_of.get(one[0])))
    everybody = next((rows_of[one[0]] for one in lists if one[3] == "everybody" and one[0] in rows_of), None)
    best = _best(chosen, row["minimum"] or 1)
    priced = {"amount": _shown(best), "currency": row["currency"], "unit": unit, "taxIncluded": row["tax_included"]}
    offer = {
        "id": str(row["listing_id"]),
        "sku": {
            "id": str(row["sku_id"]),
            "code": row["sku_code"],
            "name": row["name_en"],
            "nameZh": row["name_zh"],
            "nameEn": row["name_en"],
            "baseUnit": row["base_unit"],
            "stocked": row["stocked"],
            "taxClass": row["tax_class"],
            "units": [
                {
                    "unit": one,
                    "factor": _number(Decimal(factor)),
                    "weightG": weight,
                    "volumeCm3": volume,
                    "barcode": barcode,
                }
                for one, factor, weight, volume, barcode in units
            ],
        },
        "product": {
            "id": str(row["product_id"]),
            "code": row["product_code"],
            "name": row["product_en"],
            "description": row["description_en"],
            "brand": row["brand"],
            "attributes": [{"name": name, "value": value} for name, value in sorted(attributes.items())],
        },
        "category": {"id": str(row["category_id"]), "code": row["category_code"], "name": row["category_en"]},
        "price": {
            "state": "PRICED",
            "unitPrice": priced,
            "listPrice": None if everybody is None else {"amount": _shown(everybody[0][1])},
            "breaks": [
                {"minQuantity": _number(Decimal(least)), "unitPrice": {"amount": _shown(price)}}
                for least, price in chosen
            ],
        },
        "availability": _availability(row),
        "quantityRule": {
            "unit": unit,
            "minimum": _number(row["minimum"]),
            "multiple": _number(row["multiple"]),
            "maximum": _number(row["maximum"]),
        },
    }
    return {"data": {"storefront": {"offer": offer}}}


def history(orders: Sequence[Row], lines: Sequence[Row]) -> Json:
    """The page of orders."""
    lines_of: dict[Any, list[Json]] = {}
    for line in lines:
        lines_of.setdefault(line["order_id"], []).append(
            {
                "id": str(line["id"]),
                "position": line["position"],
                "skuCode": line["sku_code"],
                "name": line["name_en"],
                "unit": line["unit"],
                "unitPrice": {"amount": _shown(format(line["unit_price"], "f"))},
                "ordered": _number(line["ordered"]),
                "gross": {"amount": _major(line["gross_minor"])},
            }
        )
    edges = [
        {
            "node": {
                "id": str(order["id"]),
                "number": order["number"],
                "status": order["status"].upper(),
                "paymentStatus": order["payment_status"].upper(),
                "fulfilmentStatus": order["fulfilment_status"].upper(),
                "placedAt": order["placed_at"].isoformat().replace("+00:00", "Z"),
                "totals": {"gross": {"amount": _major(order["gross_minor"]), "currency": order["currency"]}},
                "lines": lines_of[order["id"]],
            }
        }
        for order in orders[:ORDERS]
    ]
    cursor = encode_cursor([orders[len(edges) - 1]["id"]], "orders")
    info = {"hasNextPage": len(orders) > ORDERS, "endCursor": cursor}
    return {"data": {"storefront": {"orders": {"edges": edges, "pageInfo": info}}}}


def _catalog_offer(row: Row, lists: list[list[Any]]) -> Json:
    return {
        "node": {
            "id": str(row["listing_id"]),
            "sku": {
                "id": str(row["sku_id"]),
                "code": row["sku_code"],
                "name": row["name_en"],
                "baseUnit": row["base_unit"],
            },
            "product": {"id": str(row["product_id"]), "name": row["product_en"]},
            "category": {"name": row["category_en"]},
            "price": _price(row, lists),
            "availability": _availability(row),
            "quantityRule": {"minimum": _number(row["minimum"])},
        }
    }


def _found_offer(row: Row, lists: list[list[Any]]) -> Json:
    return {
        "node": {
            "id": str(row["listing_id"]),
            "sku": {
                "id": str(row["sku_id"]),
                "code": row["sku_code"],
                "nameZh": row["name_zh"],
                "nameEn": row["name_en"],
            },
            "price": _price(row, lists),
            "availability": _availability(row),
        }
    }


def _offers(rows: Sequence[Row], edges: list[Json], order: str) -> Json:
    last = rows[len(edges) - 1]
    cursor = encode_cursor([last["key_0"], last["key_1"]], order)
    info = {"hasNextPage": len(rows) > FIRST, "endCursor": cursor}
    return {"data": {"storefront": {"offers": {"edges": edges, "pageInfo": info}}}}


def _lists(found: str) -> list[list[Any]]:
    """The assigned lists in the order in which they are asked."""
    lists: list[list[Any]] = orjson.loads(found)
    return sorted(lists, key=lambda one: (PRECEDENCE.index(one[3]), -one[4], one[1]))


def _price(row: Row, lists: list[list[Any]]) -> Json:
    rows_of = _rows_by_list(row["candidates"])
    chosen = next((found for one in lists if (found := rows_of.get(one[0]))), None)
    if chosen is None:
        return {"state": "NO_PRICE", "unitPrice": None}
    best = _best(chosen, row["minimum"] or 1)
    return {"state": "PRICED", "unitPrice": {"amount": _shown(best), "unit": row["unit"]}}


def _rows_by_list(found: str) -> dict[str, list[tuple[str, str]]]:
    rows_of: dict[str, list[tuple[str, str]]] = {}
    for list_id, _, _, least, price, _, _ in orjson.loads(found):
        rows_of.setdefault(list_id, []).append((least, price))
    return rows_of


def _best(rows: list[tuple[str, str]], quantity: Decimal | int) -> str:
    """The price of the highest break that the quantity reaches; the rows rise."""
    best = rows[0][1]
    for least, price in rows[1:]:
        if Decimal(least) > quantity:
            break
        best = price
    return best


def _availability(row: Row) -> Json:
    free = row["available"]
    return {"state": "NONE" if free <= 0 else "LOW" if free < LOW_BELOW else "PLENTY", "quantity": _number(free)}


def _shown(price: str) -> str:
    """At least two decimals, more only where the price has them."""
    whole, _, decimals = price.partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def _number(value: Decimal | None) -> str | None:
    return None if value is None else write_decimal(value)


def _major(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
