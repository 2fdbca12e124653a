"""Fragments of SQL about the catalog that this domain and upper ones compose. Arguments are SQL expressions."""


def member_of(network: str, company: str) -> str:
    """Predicate: the company trades in the network, as its brand or in a relation that has not ended."""
    return f"""(EXISTS (SELECT 1 FROM network mn WHERE mn.id = {network} AND mn.brand_id = {company})
    OR EXISTS (SELECT 1 FROM trade_relation mr WHERE mr.network_id = {network} AND mr.buyer_id = {company}
               AND mr.status IN ('active', 'suspended'))
    OR EXISTS (SELECT 1 FROM trade_relation mr WHERE mr.network_id = {network} AND mr.seller_id = {company}
               AND mr.status IN ('active', 'suspended')))"""


def known_in(network: str, company: str) -> str:
    """Predicate: the company is or ever was part of the network, so that its documents there stay readable."""
    return f"""(EXISTS (SELECT 1 FROM network kn WHERE kn.id = {network} AND kn.brand_id = {company})
    OR EXISTS (SELECT 1 FROM trade_relation kr WHERE kr.network_id = {network} AND kr.buyer_id = {company})
    OR EXISTS (SELECT 1 FROM trade_relation kr WHERE kr.network_id = {network} AND kr.seller_id = {company}))"""


def shown_to(listing: str, relation: str) -> str:
    """Predicate: the listing is not restricted, or the relation is in its audience. `listing` is an alias."""
    return f"""(NOT {listing}.restricted OR EXISTS (
        SELECT 1 FROM listing_audience sa WHERE sa.listing_id = {listing}.id AND sa.relation_id = {relation}))"""


def within_reach(sku: str, company: str) -> str:
    """Predicate: the company may know the SKU: it is the brand, lists it itself, or is offered it by a supplier.

    `sku` is an alias of the table. What nobody offers to a dealer does not exist for it.
    """
    return f"""(EXISTS (SELECT 1 FROM network rn WHERE rn.id = {sku}.network_id AND rn.brand_id = {company})
    OR EXISTS (SELECT 1 FROM listing rl WHERE rl.sku_id = {sku}.id AND rl.seller_id = {company})
    OR EXISTS (SELECT 1 FROM listing rl JOIN trade_relation rr
                   ON rr.network_id = rl.network_id AND rr.seller_id = rl.seller_id AND rr.buyer_id = {company}
               WHERE rl.sku_id = {sku}.id AND rr.status IN ('active', 'suspended') AND {shown_to("rl", "rr.id")}))"""
