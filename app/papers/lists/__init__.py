"""What can be exported: one entry per list. A domain that has a list adds its module here.

`LISTS` is by the name that is stored with an export and spelt in the contract; it never changes.
"""

from typing import Any, Final

from app.papers.lists.account_entries import ACCOUNT_ENTRIES
from app.papers.lists.channel_orders import CHANNEL_ORDERS
from app.papers.lists.customers import CUSTOMERS
from app.papers.lists.entry import ExportList
from app.papers.lists.leads import LEADS, MY_LEADS
from app.papers.lists.listings import LISTINGS
from app.papers.lists.offers import OFFERS
from app.papers.lists.order_lines import ORDER_LINES
from app.papers.lists.orders import ORDERS
from app.papers.lists.price_rows import PRICE_ROWS
from app.papers.lists.ship_tos import SHIP_TOS
from app.papers.lists.shipments import SHIPMENTS
from app.papers.lists.stock import STOCK
from app.papers.lists.suppliers import SUPPLIERS
from app.papers.lists.worklist import WORKLIST

_ALL: Final[tuple[ExportList[Any], ...]] = (
    ORDERS,
    ORDER_LINES,
    WORKLIST,
    CHANNEL_ORDERS,
    SHIPMENTS,
    LISTINGS,
    OFFERS,
    PRICE_ROWS,
    STOCK,
    CUSTOMERS,
    SUPPLIERS,
    SHIP_TOS,
    ACCOUNT_ENTRIES,
    LEADS,
    MY_LEADS,
)
LISTS: Final[dict[str, ExportList[Any]]] = {one.name: one for one in _ALL}
