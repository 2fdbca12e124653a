"""Whose mall is looked at, and what the offers must be like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from app.inventory.sql import FREE
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import WHICH_NETWORK
from app.network.viewer import Viewer
from app.storefront.sql import LISTED, Parameters, rel

SOURCE: Final = f"{LISTED} JOIN product p ON p.id = s.product_id JOIN category c ON c.id = p.category_id"
_IN_STOCK: Final = FREE.format(
    network="(SELECT network_id FROM rel)",
    seller="(SELECT seller_id FROM rel)",
    sku="s.id",
    region="(SELECT region_path FROM rel)",
    now="(SELECT moment FROM rel)",
)


@dataclass(frozen=True, slots=True)
class Mall:
    """One seller's mall in a network; the network may be left out where buyer and seller meet in one only."""

    seller_id: UUID
    network_id: UUID | None = None

    def rel(self, p: Parameters, viewer: Viewer, moment: datetime) -> str:
        """The CTE `rel` for the viewer's company as the buyer."""
        return rel(p(viewer.company_id), p(self.seller_id), p(self.network_id), p(moment))

    def check(self, found: asyncpg.Record | None) -> asyncpg.Record:
        """The row that was found of `rel`. NotFound without a relation that may look, BadRequest where the network
        must be named."""
        if found is None:
            raise NotFound("storefront", self.seller_id)
        if found["relations"] > 1:
            raise BadRequest("networkId", None, WHICH_NETWORK)
        return found


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What offers must be like. None does not narrow; of an attribute any of the values will do."""

    search: str | None = None
    category_id: UUID | None = None
    brands: tuple[str, ...] | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    in_stock: bool = False

    @property
    def asks_product(self) -> bool:
        """The conditions are on product or category too."""
        return self.category_id is not None or self.brands is not None or bool(self.attributes)

    def conditions(self, p: Parameters) -> str:
        """Conditions on `SOURCE`, each with AND before it; the search is not among them."""
        found = ""
        if self.category_id is not None:
            found += f""" AND starts_with(c.path, (SELECT top.path FROM category top
                WHERE top.id = {p(self.category_id)} AND top.network_id = (SELECT network_id FROM rel)))"""
        if self.brands is not None:
            found += f" AND p.brand = ANY({p(list(self.brands))}::text[])"
        for name, values in self.attributes.items():
            found += f" AND p.attributes ->> {p(name)} = ANY({p(list(values))}::text[])"
        if self.in_stock:
            found += f" AND (NOT s.stocked OR {_IN_STOCK} > 0)"
        return found
