"""My company as a seller: one type, whose fields come from the domains."""

import strawberry

from app.network.roles import Permission
from schema.access import access
from schema.catalog import BackofficeCatalog
from schema.channel import BackofficeChannel
from schema.context import Info
from schema.customers import BackofficeCustomers
from schema.inventory import BackofficeInventory
from schema.logistics import BackofficeLogistics
from schema.network import BackofficeNetwork
from schema.ordering import BackofficeOrdering
from schema.pricing import BackofficePricing


@strawberry.type(description="My company as a seller: customers, listings, prices, stock, incoming orders, worklists.")
class Backoffice(
    BackofficeNetwork,
    BackofficeCustomers,
    BackofficeChannel,
    BackofficeCatalog,
    BackofficePricing,
    BackofficeInventory,
    BackofficeOrdering,
    BackofficeLogistics,
):
    """Each base is one domain's part."""


@strawberry.type
class Queries:
    """The root field."""

    @strawberry.field(description="My company as a seller.")
    @access(Permission.BACKOFFICE_READ)
    def backoffice(self, info: Info) -> Backoffice | None:
        return Backoffice()
