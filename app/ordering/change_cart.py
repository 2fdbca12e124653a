"""Change a cart: two people of the buyer may edit it, and the one who read an older version is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.quantity import parse_quantity
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import Said, one_of
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.asked import MOST_LINES, AskedOrder
from app.ordering.facts import relation_facts
from app.ordering.read_terms import read_terms
from app.ordering.refusals import CartChangedMeanwhile
from app.storefront.offer_facts import OfferFacts, offer_facts

_MAKE = """
INSERT INTO cart (id, network_id, relation_id, version, updated_at) VALUES ($1, $2, $3, 0, $4)
ON CONFLICT (relation_id) DO NOTHING
"""
_LOCK = "SELECT id, version FROM cart WHERE relation_id = $1 FOR NO KEY UPDATE"
_LINES = "SELECT sku_id, unit, quantity FROM cart_line WHERE cart_id = $1 ORDER BY position"
_EMPTY = """
WITH raised AS (UPDATE cart SET version = version + 1, updated_at = $2 WHERE id = $1)
DELETE FROM cart_line WHERE cart_id = $1
"""
_WRITE = """
INSERT INTO cart_line (id, cart_id, position, sku_id, unit, quantity)
SELECT l.id, $1, l.position - 1, l.sku_id, l.unit, l.quantity
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::numeric[])
    WITH ORDINALITY AS l(id, sku_id, unit, quantity, position)
"""


@dataclass(frozen=True, slots=True)
class CartLineChange:
    """So much of a SKU in a unit (None: the listing's); 0 takes it out of the cart."""

    sku_id: UUID
    quantity: Decimal
    unit: str | None = None


@act
async def change_cart(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    seller_id: UUID,
    expected_version: int,
    changes: Sequence[CartLineChange],
    network_id: UUID | None = None,
    clear: bool = False,
) -> UUID:
    """Set quantities in the viewer's cart with a seller (`clear`: empty it first); returns the seller's id.

    The version of a cart that nobody has used is 0. Raises CartChangedMeanwhile when it is not `expected_version` any
    more; NotFound for a SKU that is not offered; BadRequest for a unit the SKU lacks and for more than 1,000 lines.
    """
    viewer.require(Permission.ORDER_PLACE)
    if len(changes) > MOST_LINES:
        raise BadRequest("lines", len(changes), Said(f"at most {MOST_LINES} lines", f"最多 {MOST_LINES} 行"))
    said = [seller_id, network_id, expected_version, clear, [[c.sku_id, c.quantity, c.unit] for c in changes]]
    earlier = await viewer.same_request(work, "changeCart", client_key, said, seller_id)
    if earlier is not None:
        return earlier
    meant = AskedOrder(seller_id, network_id=network_id)
    terms = (await read_terms(work.rows, viewer.company_id, meant, work.now)).terms
    cart_id, version = await _lock_cart(work, terms.network_id, terms.relation_id)
    if version != expected_version:
        raise CartChangedMeanwhile(expected_version=expected_version, version=version)
    wanted = [change.sku_id for change in changes if change.quantity > 0]
    offers = await offer_facts(work.rows, relation_facts(terms), wanted, work.now)
    standing = [] if clear else await work.rows(_LINES, cart_id)
    lines = {(row["sku_id"], row["unit"]): row["quantity"] for row in standing}
    for position, change in enumerate(changes):
        _change(lines, change, offers, position)
    if len(lines) > MOST_LINES:
        raise BadRequest(
            "lines", len(lines), Said(f"a cart of at most {MOST_LINES} lines", f"最多 {MOST_LINES} 行的购物车")
        )
    await work.run(_EMPTY, cart_id, work.now)
    await _write(work, cart_id, lines)
    return seller_id


async def _lock_cart(work: Work, network_id: UUID, relation_id: UUID) -> tuple[UUID, int]:
    found = await work.row(_LOCK, relation_id)
    if found is None:
        await work.run(_MAKE, uuid7(), network_id, relation_id, work.now)
        found = await work.row(_LOCK, relation_id)
        assert found is not None
    return found["id"], found["version"]


def _change(
    lines: dict[tuple[UUID, str], Decimal], change: CartLineChange, offers: dict[UUID, OfferFacts], position: int
) -> None:
    quantity = parse_quantity(change.quantity, f"lines[{position}].quantity")
    if quantity == 0:
        for key in [key for key in lines if key[0] == change.sku_id and change.unit in (None, key[1])]:
            del lines[key]
        return
    offer = offers.get(change.sku_id)
    if offer is None:
        raise NotFound("offer", change.sku_id)
    unit = change.unit or offer.unit
    if unit not in offer.units:
        raise BadRequest(f"lines[{position}].unit", unit, one_of(*sorted(offer.units)))
    lines[change.sku_id, unit] = quantity


async def _write(work: Work, cart_id: UUID, lines: dict[tuple[UUID, str], Any]) -> None:
    if lines:
        await work.run(
            _WRITE,
            cart_id,
            [uuid7() for _ in lines],
            [sku_id for sku_id, _ in lines],
            [unit for _, unit in lines],
            list(lines.values()),
        )
