"""What preview, place and cart hand to the rules besides the terms."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

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


def day_of(now: datetime, time_zone: str) -> date:
    """The calendar day in the network's time zone."""
    return now.astimezone(ZoneInfo(time_zone)).date()
