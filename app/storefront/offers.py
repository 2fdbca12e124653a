"""What a seller offers to the viewer's company: lists in pages, and one offer by id or code; one statement each.

Relevance ends after the first 1,000. The order of prices is worked out over at most 2,000 offers, which the statement
brings whole; more are refused with `TooManyToSort`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app import database
from app.kernel.clock import now as this_moment
from app.kernel.page import Page, SortValue
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.pricing.sql import ASSIGNED, LISTS
from app.storefront.narrowing import SOURCE, Mall, Narrowed
from app.storefront.offer_row import Columns, OfferRow, inner_columns, outer_columns
from app.storefront.rules import price_place
from app.storefront.search import MOST_MATCHED, MOST_WEIGHED, best, hits, sought
from app.storefront.sorting import MOST_SORTED, OfferSort, Order, TooManyToSort, order_of
from app.storefront.sql import LISTED, OF_NETWORK, OFFERED, Parameters

Placed = tuple[OfferRow, tuple[SortValue, ...]]


@dataclass(frozen=True, slots=True)
class OfferPage:
    """The rows of a page with their sort values, one row more than asked for where more follow."""

    rows: list[Placed]
    first: int
    order: str


async def list_offers(
    viewer: Viewer,
    mall: Mall,
    narrowed: Narrowed | None = None,
    *,
    sort: OfferSort | None = None,
    first: int | None = None,
    after: str | None = None,
    asked: Columns = Columns.ALL,
    locale: str = "en",
) -> OfferPage:
    """One page of offers, by relevance where something is searched, else by name.

    Raises NotFound without a relation, TooManyToSort, and BadRequest for a page or cursor that is none.
    """
    viewer.require(Permission.STOREFRONT_READ)
    narrowed = narrowed or Narrowed()
    words = sought(narrowed.search)
    if sort is None or (sort is OfferSort.RELEVANCE and words is None):
        sort = OfferSort.NAME if words is None else OfferSort.RELEVANCE
    order = order_of(sort, locale)
    name = f"offers:{sort}:{locale[:2] if sort is OfferSort.NAME else ''}"
    page = Page.of(first, after, kinds=order.kinds, order=name)
    if sort is OfferSort.PRICE:
        asked |= Columns.PRICE
    p, moment = Parameters(), this_moment()
    ctes, source, where = [mall.rel(p, viewer, moment)], SOURCE, f"{OF_NETWORK} AND {OFFERED}{narrowed.conditions(p)}"
    if words is not None:
        most = {OfferSort.RELEVANCE: MOST_WEIGHED, OfferSort.PRICE: MOST_SORTED + 1}.get(sort, MOST_MATCHED)
        listed, weighed = SOURCE if narrowed.asks_product else LISTED, sort is OfferSort.RELEVANCE
        ctes.append(hits(p, words, listed, where, most, weighed=weighed))
        source, where = f"{SOURCE} JOIN hits h ON h.id = s.id", "true"
    if sort is OfferSort.RELEVANCE:
        ctes.append(best(p, order, page))
        source = f"{SOURCE} JOIN best f ON f.id = s.id"
    else:
        where += order.after(p, page.after)
    limit = page.limit if order.columns else MOST_SORTED + 1
    found = await _read(ctes, f"{source} WHERE {where}", order, limit, asked, p)
    if mall.check(found[0] if found else None)["matched"] > MOST_SORTED:
        raise TooManyToSort(MOST_SORTED)
    offers = _offers(found, asked, moment, order)
    if sort is OfferSort.PRICE:
        return OfferPage(_by_price(offers, page), page.first, name)
    keys = slice(len(offers[0].content), len(offers[0].content) + len(order.columns)) if offers else slice(0)
    placed = [(offer, offer.row[keys]) for offer in offers]
    return OfferPage(placed, page.first, name)


async def read_offer_of(
    viewer: Viewer, mall: Mall, *, sku_id: UUID | None = None, code: str | None = None, asked: Columns = Columns.ALL
) -> OfferRow | None:
    """The offer of one SKU, by id or by code; None where there is none for this buyer. NotFound without a relation."""
    viewer.require(Permission.STOREFRONT_READ)
    p, moment = Parameters(), this_moment()
    rel = mall.rel(p, viewer, moment)
    which = f"s.id = {p(sku_id)}" if sku_id is not None else f"s.code = {p(code)}"
    source = f"{SOURCE} WHERE {OF_NETWORK} AND {OFFERED} AND {which}"
    order = Order((), ())
    found = await _read([rel], source, order, 1, asked, p)
    mall.check(found[0] if found else None)
    offers = _offers(found, asked, moment, order)
    return offers[0] if offers else None


async def _read(
    ctes: list[str], source: str, order: Order, limit: int, asked: Columns, p: Parameters
) -> Sequence[asyncpg.Record]:
    """`rel`, beside the rows of the page, if any and not more than can be sorted; in order."""
    assigned = [ASSIGNED] if asked & Columns.PRICE else []
    page = f"""page AS MATERIALIZED (SELECT {inner_columns(asked)}{order.keys}, row_number() OVER ({order.by}) AS place
    FROM {source} {order.by} LIMIT {limit})"""
    with_ = ",\n".join([*ctes, *assigned, page])
    few = f"(SELECT count(*) FROM page) <= {MOST_SORTED}" if limit > MOST_SORTED else "true"
    about = f"(SELECT count(*) FROM page) AS matched, {_LISTS if assigned else 'NULL'} AS lists"
    statement = f"""WITH {with_}
SELECT {outer_columns(asked)}, page.*, rel.relations, {about} FROM rel LEFT JOIN page ON {few} ORDER BY page.place"""
    return await database.rows(statement, *p.values)


# The same for every row of the page, so the first one says it.
_LISTS = f"CASE WHEN page.place = 1 THEN {LISTS} END"
_ABOUT = 4  # columns behind the page's keys: place, relations, matched, lists


def _offers(found: Sequence[asyncpg.Record], asked: Columns, moment: datetime, order: Order) -> list[OfferRow]:
    if not found or found[0]["listing_id"] is None:
        return []
    bits, lists, width = asked.value, found[0]["lists"], len(found[0]) - len(order.columns) - _ABOUT
    return [OfferRow(row, bits, lists, moment, width) for row in found]


def _by_price(offers: list[OfferRow], page: Page) -> list[Placed]:
    """The page out of all offers, the cheapest first; those without a price last."""
    placed: list[Placed] = []
    for offer in offers:
        assert offer.price is not None
        placed.append((offer, (*price_place(offer.price), offer.sku_id)))
    after = page.after
    following = placed if after is None else [one for one in placed if one[1] > after]
    return sorted(following, key=lambda one: one[1])[: page.limit]
