"""What can be exported: one entry per list. A domain that has a list adds its module here.

`LISTS` is by the name that is stored with an export and spelt in the contract; it never changes.
"""

from typing import Any, Final

from app.papers.lists.customers import CUSTOMERS
from app.papers.lists.entry import ExportList
from app.papers.lists.listings import LISTINGS
from app.papers.lists.offers import OFFERS
from app.papers.lists.order_lines import ORDER_LINES
from app.papers.lists.orders import ORDERS
from app.papers.lists.shipments import SHIPMENTS
from app.papers.lists.stock import STOCK

LISTS: Final[dict[str, ExportList[Any]]] = {
    one.name: one for one in (ORDERS, ORDER_LINES, SHIPMENTS, LISTINGS, OFFERS, STOCK, CUSTOMERS)
}
