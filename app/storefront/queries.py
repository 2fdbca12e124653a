"""The other reads of a storefront: facets and the category tree; one statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from app import database
from app.kernel.clock import now as this_moment
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.storefront.narrowing import SOURCE, Mall, Narrowed
from app.storefront.offer_row import CategoryFacts
from app.storefront.search import hits, sought
from app.storefront.sql import LISTED, OF_NETWORK, OFFERED, Parameters

MOST_COUNTED: Final = 2_000


class FacetValue(NamedTuple):
    """A value that offers have, and how many do. For categories `value` is the id."""

    value: str
    offers: int
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing by which offers differ: `category`, `brand`, or `attribute` with its name."""

    kind: str
    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """`too_many`: more offers than are counted, and no facets. `count`: how many offers there are otherwise."""

    too_many: bool
    count: int | None
    facets: tuple[Facet, ...]


_FACETS: Final = """
SELECT '' AS kind, '' AS name, '' AS value, (SELECT count(*) FROM cand) AS count, '' AS name_zh, '' AS name_en,
       rel.relations FROM rel
UNION ALL
SELECT 'category', '', c.id::text, count(*), c.name_zh, c.name_en, 1
FROM cand JOIN category c ON c.id = cand.category_id
GROUP BY c.id HAVING (SELECT count(*) FROM cand) <= {most}
UNION ALL
SELECT 'brand', '', brand, count(*), brand, brand, 1 FROM cand WHERE brand IS NOT NULL
GROUP BY brand HAVING (SELECT count(*) FROM cand) <= {most}
UNION ALL
SELECT 'attribute', a.key, a.value, count(*), a.value, a.value, 1 FROM cand, jsonb_each_text(cand.attributes) a
GROUP BY a.key, a.value HAVING (SELECT count(*) FROM cand) <= {most}
ORDER BY 1, 2, 4 DESC, 3
"""


async def read_facets(viewer: Viewer, mall: Mall, narrowed: Narrowed | None = None) -> Facets:
    """How many of the offers have which category, brand and attributes, over at most 2,000 offers."""
    viewer.require(Permission.STOREFRONT_READ)
    narrowed = narrowed or Narrowed()
    words = sought(narrowed.search)
    p = Parameters()
    ctes, source = [mall.rel(p, viewer, this_moment())], SOURCE
    where = f"{OF_NETWORK} AND {OFFERED}{narrowed.conditions(p)}"
    if words is not None:
        ctes.append(hits(p, words, SOURCE if narrowed.asks_product else LISTED, where, MOST_COUNTED + 1))
        source, where = f"{SOURCE} JOIN hits h ON h.id = s.id", "true"
    ctes.append(f"""cand AS MATERIALIZED (SELECT p.category_id, p.brand, p.attributes FROM {source}
    WHERE {where} LIMIT {MOST_COUNTED + 1})""")
    found = await database.rows(f"WITH {', '.join(ctes)} {_FACETS.format(most=MOST_COUNTED)}", *p.values)
    total = mall.check(found[0] if found else None)["count"]
    if total > MOST_COUNTED:
        return Facets(True, None, ())
    grouped: dict[tuple[str, str], list[FacetValue]] = {}
    for row in found[1:]:
        value = FacetValue(row["value"], row["count"], row["name_zh"], row["name_en"])
        grouped.setdefault((row["kind"], row["name"]), []).append(value)
    return Facets(False, total, tuple(Facet(kind, name, tuple(values)) for (kind, name), values in grouped.items()))


_TREE: Final = """
SELECT rel.relations, c.id, c.network_id, c.parent_id, c.path, c.code, c.name_zh, c.name_en, c.position
FROM rel LEFT JOIN category c ON c.network_id = rel.network_id
ORDER BY c.path LIMIT 10000
"""


async def read_categories(viewer: Viewer, mall: Mall) -> list[CategoryFacts]:
    """The network's whole category tree, parents before their children, siblings by position."""
    viewer.require(Permission.STOREFRONT_READ)
    p = Parameters()
    found = await database.rows(f"WITH {mall.rel(p, viewer, this_moment())} {_TREE}", *p.values)
    mall.check(found[0] if found else None)
    nodes = [CategoryFacts(*(row[name] for name in CategoryFacts._fields)) for row in found if row["id"] is not None]
    return _in_tree_order(nodes)


def _in_tree_order(nodes: list[CategoryFacts]) -> list[CategoryFacts]:
    children: dict[UUID | None, list[CategoryFacts]] = {}
    for node in sorted(nodes, key=lambda one: (one.position, one.code), reverse=True):
        children.setdefault(node.parent_id, []).append(node)
    ordered: list[CategoryFacts] = []
    waiting = list(children.get(None, ()))
    while waiting:
        node = waiting.pop()
        ordered.append(node)
        waiting += children.get(node.id, ())
    return ordered


async def relations_of_malls(viewer: Viewer, malls: Sequence[Mall]) -> dict[Mall, UUID]:
    """The relation in which the viewer's company looks at each of these malls: one statement per mall, as a rule one.

    NotFound without a relation, BadRequest where the network must be named.
    """
    viewer.require(Permission.STOREFRONT_READ)
    found: dict[Mall, UUID] = {}
    for mall in malls:
        p = Parameters()
        statement = f"WITH {mall.rel(p, viewer, this_moment())} SELECT relation_id, relations FROM rel"
        found[mall] = mall.check(await database.row(statement, *p.values))["relation_id"]
    return found
