"""Which of a seller's offers a person's words mean, and how well.

First codes by their beginning, and what holds all pairs of characters and all words; then words that only begin so.
Where that is little: what holds the characters apart from each other. Only when nothing offered does: what holds more
than half of them, and Latin words spelt alike (trigrams); numbers and codes are not guessed at.

Each of these ways is a CTE of its own. The server does not begin one when the ways before it have found enough, and a
way weighs only what differs among its own: where everything is held no terms are counted, and trigrams are for typos.
What is enough does not depend on the page that is asked for, so a cursor goes on in the same list.
"""

import re
from typing import NamedTuple

from app.catalog.search import folded, parse_query
from app.kernel.page import Page
from app.storefront.sorting import Order
from app.storefront.sql import Parameters

MOST_RELEVANT = 1_000
"""The list by relevance ends here."""
MOST_WEIGHED = 1_000
"""So many matches of one way are weighed against each other for it."""
MOST_MATCHED = 5_000
"""A search in another order looks no further."""
MOST_CODES = 200
"""So many codes that begin as the words do come first; what else begins so is found by its words."""
ENOUGH = 100
"""With so many that hold all pairs and words, characters apart from each other are not looked for."""
REPEATED = 50_000
"""What each further SKU of a product loses, so that the first page shows more than the sizes of one product."""

_CODE = re.compile(r"(?=.*[0-9])[a-z0-9]+(?:[-_.][a-z0-9]+)+[-_.]?")


class Sought(NamedTuple):
    """A person's words, ready for the statement. The tsqueries may be empty: then nothing matches them."""

    phrase: str  # the words as typed, folded
    exact: str  # all pairs of characters and all words
    every: str  # the same, and words may go on
    chars: str  # all characters and all words: matches whatever `every` does
    some: str  # any pair of characters or word
    terms: list[str]  # pairs, words and characters, each on its own
    latin: str  # words of at least four Latin letters
    is_code: bool  # looks like the code of a SKU, or its beginning

    def ways(self, most: int) -> dict[str, int]:
        """The ways by words, each wider than the one before; with so many found, the next is not tried."""
        found = {"exact": most, "whole": ENOUGH, "apart": 1}
        if self.exact == self.every:
            del found["exact"]
        if self.chars == self.every:
            del found["apart"]
        return found


def sought(text: str | None) -> Sought | None:
    """None when nothing was asked for."""
    if text is None or not text.strip():
        return None
    query = parse_query(text)
    terms = query.every.split(" & ") if query.every else []
    loose: dict[str, None] = {}
    for term in terms:
        # A word ends in :* and stays whole; a run of Chinese falls apart into its characters.
        loose.update(dict.fromkeys([term] if term.endswith(":*") else (f"'{char}'" for char in term.strip("'"))))
    phrase = " ".join(folded(text).split())
    latin = " ".join(re.findall("[a-z]{4,}", query.latin))
    each = list(dict.fromkeys([*terms, *loose]))
    exact = " & ".join(term.removesuffix(":*") for term in terms)
    is_code = _CODE.fullmatch(phrase) is not None
    return Sought(phrase, exact, query.every, " & ".join(loose), query.some, each, latin, is_code)


# The words as columns of one row, and the terms as rows: read once for the statement. (A scalar subquery over them is
# unknown to the planner, who would otherwise plan anew for every person's words: 4 ms, more than most searches take.)
_ASKED = """asked AS MATERIALIZED (
    SELECT {phrase}::text AS phrase, {beyond}::text AS beyond, {latin}::text AS latin,
           to_tsquery('simple', {exact}) AS exact, to_tsquery('simple', {every}) AS whole,
           to_tsquery('simple', {chars}) AS apart, to_tsquery('simple', {some}) AS part),
term AS MATERIALIZED (SELECT to_tsquery('simple', one) AS query FROM unnest({terms}::text[]) one)"""
_PHRASE = "(SELECT phrase FROM asked)"
_HELD = "(SELECT count(*) FROM term WHERE s.search @@ term.query)"
_TERMS = "(SELECT count(*) FROM term)"

# How well SKU `s` fits, by the way in which it was found: 10 or 6 million for a code, 2 for everything, up to 1 for a
# part, 0.3 for the spelling; then the phrase in a name, and short names first. (Each term is in `search` once: then
# the rank of an OR is 0.061 times the share of its terms, and much cheaper than counting them.)
_CODED = f"CASE WHEN lower(s.code) = {_PHRASE} THEN 10000000 ELSE 6000000 END"
_SCORES = {
    "exact": "2200000",
    "whole": "2000000",
    "apart": "(16000000 * ts_rank(s.search, (SELECT part FROM asked)))::int",
}
_SHARE = f"1000000 * {_HELD} / greatest({_TERMS}, 1)"
_ALIKE = "(300000 * word_similarity((SELECT latin FROM asked), s.latin_text))::int"
_NAMED = f"""CASE WHEN starts_with(lower(s.name_zh), {_PHRASE}) OR starts_with(lower(s.name_en), {_PHRASE}) THEN 600000
    WHEN position({_PHRASE} IN lower(s.name_zh || ' ' || s.name_en)) > 0 THEN 400000 ELSE 0 END
    - 100 * least(length(s.name_zh) + length(s.name_en), 300)"""


def hits(p: Parameters, words: Sought, source: str, where: str, most: int, *, weighed: bool = False) -> str:
    """CTEs that end in `hits (id)`: the SKUs out of `source` and `where` that the words mean, about `most` at most.

    `weighed`: they end in `hits (id, product_id, code, score)`, with how well each SKU fits as a whole number.
    """

    def way(name: str, condition: str, score: str, limit: int = most) -> str:
        columns = f"s.id, s.product_id, s.code, ({score} + {_NAMED})::bigint AS score" if weighed else "s.id"
        return f"{name} AS MATERIALIZED (SELECT {columns} FROM {source} WHERE {where} AND {condition} LIMIT {limit})"

    asked = _ASKED.format(
        phrase=p(words.phrase),
        beyond=p(words.phrase + "\U0010ffff"),
        latin=p(words.latin),
        exact=p(words.exact),
        every=p(words.every),
        chars=p(words.chars),
        some=p(words.some),
        terms=p(words.terms),
    )
    begins = f"lower(s.code) ~>=~ {_PHRASE} AND lower(s.code) ~<~ (SELECT beyond FROM asked)"
    ways = {"coded": way("coded", begins, _CODED, MOST_CODES)}
    unless = ["NOT EXISTS (SELECT FROM coded)"] if words.is_code else []
    for name, enough in words.ways(most).items():
        ways[name] = way(name, " AND ".join([*unless, _holds(name), *map(_not_in, ways)]), _SCORES[name])
        unless.append(f"NOT EXISTS (SELECT FROM {name} OFFSET {enough - 1})")
    nothing = " AND ".join(f"NOT EXISTS (SELECT FROM {one})" for one in ways)
    near = f"{_SHARE} + {_ALIKE}" if words.latin else _SHARE
    most_terms = f"{_TERMS} > 2 AND 2 * {_HELD} > {_TERMS}"  # more than half of two are both: `whole`
    ways["part"] = way("part", f"{nothing} AND {_holds('part')} AND {most_terms}", near)
    if words.latin:
        spelt = "SELECT sku_spelt_like((SELECT network_id FROM rel), (SELECT latin FROM asked))"
        ways["alike"] = way("alike", f"{nothing} AND s.id IN ({spelt}) AND {_not_in('part')}", near)
    union = " UNION ALL ".join(f"SELECT * FROM {one}" for one in ways)
    return ",\n".join([asked, *ways.values(), f"hits AS ({union})"])


def _holds(query: str) -> str:
    return f"s.search @@ (SELECT {query} FROM asked)"


def _not_in(way: str) -> str:
    return f"s.id NOT IN (SELECT id FROM {way})"


def best(p: Parameters, order: Order, page: Page) -> str:
    """The CTE `best (id, code, score)`: the page's part of the most relevant of `hits`, which are weighed."""
    return f"""best AS (
    SELECT f.id, f.code, f.score FROM (
        SELECT id, code, score - {REPEATED} * (row_number() OVER of_product - 1) AS score
        FROM hits WINDOW of_product AS (PARTITION BY product_id ORDER BY score DESC, code)
        ORDER BY 3 DESC, code LIMIT {MOST_RELEVANT}) f
    WHERE true{order.after(p, page.after)} {order.by} LIMIT {page.limit})"""
