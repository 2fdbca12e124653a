"""Fragments of SQL about what is offered. They expect `rel` (see `app.pricing.sql`) and a listing `l`."""

# The listing is on sale, and the relation may see it.
OFFERED = """l.on_sale AND (NOT l.restricted OR EXISTS (
    SELECT FROM listing_audience la WHERE la.listing_id = l.id AND la.relation_id = rel.relation_id))"""
