"""What preview, place and cart hand to the rules besides the terms."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from app.kernel.tax import TaxMode
from app.ordering.lines import PriceOf
from app.ordering.terms import Terms
from app.storefront.offer_facts import OfferFacts, RelationFacts


def relation_facts(terms: Terms) -> RelationFacts:
    """The relation as pricing and visibility need it."""
    return RelationFacts(
        relation_id=terms.relation_id,
        network_id=terms.network_id,
        seller_id=terms.seller_id,
        level=terms.level,
        region_path=terms.region_path,
        currency=terms.currency,
        tax_included=terms.mode is TaxMode.INCLUDED,
    )


def price_of(offers: Mapping[UUID, OfferFacts], relation: RelationFacts, now: datetime) -> PriceOf:
    """How the rules ask for a price."""
    return lambda sku_id, quantity, unit: offers[sku_id].price(relation, quantity, unit, now)
