"""Ordering on the wire, up to the placed order.

types.py      orders as their two parties see them
channel.py    orders as the brand above them sees them
problems.py   why an order cannot be placed as it is
preview.py    what an order would come to, and what a client says of one
cart.py       carts
freight.py    what a seller charges for delivery
fields.py     root fields, and what ordering adds to Storefront and Backoffice
"""

from schema.ordering.fields import BackofficeOrdering, Mutations, Queries, StorefrontOrdering
from schema.ordering.problems import REFUSALS, TYPES

__all__ = ["REFUSALS", "TYPES", "BackofficeOrdering", "Mutations", "Queries", "StorefrontOrdering"]
