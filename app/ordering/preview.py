"""Preview an order: the same checks and the same arithmetic as placing it, without a lock and without a trace."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app import database
from app.inventory.free_stock import free_stock
from app.kernel.clock import now as this_moment
from app.ledger.rules import Funding
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.asked import AskedOrder
from app.ordering.facts import price_of, relation_facts
from app.ordering.read_terms import read_terms
from app.ordering.rules import Judged, judge
from app.ordering.terms import Terms
from app.storefront.offer_facts import OfferFacts, offer_facts


@dataclass(frozen=True, slots=True)
class Preview:
    """What the order would come to now, and everything that would refuse it."""

    terms: Terms
    offers: dict[UUID, OfferFacts]
    judged: Judged
    at: datetime


async def preview_order(viewer: Viewer, order: AskedOrder) -> Preview:
    """Three statements, whatever the number of lines. NotFound for a company that is no seller of the viewer's;
    BadRequest for what no order can be. An order without lines comes to nothing and has no problem for it.
    """
    viewer.require(Permission.STOREFRONT_READ)
    order, now = order.checked(), this_moment()
    terms, _, _, lapsed = await read_terms(database.rows, viewer.company_id, order, now)
    given_back = terms.position.without(
        credit_minor=lapsed.get(Funding.CREDIT, 0), prepaid_minor=lapsed.get(Funding.PREPAYMENT, 0)
    )
    terms = replace(terms, position=given_back)
    terms.check_day(order, now)
    relation = relation_facts(terms)
    offers = await offer_facts(database.rows, relation, order.sku_ids, now)
    stock = await free_stock(
        database.rows,
        network_id=terms.network_id,
        seller_id=terms.seller_id,
        sku_ids=[sku_id for sku_id, offer in offers.items() if offer.stocked],
        now=now,
    )
    judged = judge(order, terms=terms, offers=offers, price_of=price_of(offers, relation, now), stock=stock, now=now)
    return Preview(terms, offers, judged, now)
