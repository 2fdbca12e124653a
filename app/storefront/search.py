"""Which of a seller's offers a person's words mean, and how well.

First what holds every character and every word, and codes by their beginning. Only when nothing offered does: what
holds more than half of them, and Latin words spelt alike (trigrams); numbers and codes are not guessed at.
"""

import re
from typing import NamedTuple

from app.catalog.search import folded, parse_query
from app.storefront.sql import Parameters

MOST_RELEVANT = 1_000
"""The list by relevance ends here."""
MOST_WEIGHED = 2_000
"""So many matches are weighed against each other for it; codes first, then what holds the words side by side."""
MOST_MATCHED = 5_000
"""A search in another order looks no further."""
REPEATED = 50_000
"""What each further SKU of a product loses, so that the first page shows more than the sizes of one product."""


class Sought(NamedTuple):
    """A person's words, ready for the statement. The tsqueries may be empty: then nothing matches them."""

    phrase: str  # the words as typed, folded
    every: str  # all pairs of characters and all words
    chars: str  # all characters and all words: matches whatever `every` does
    some: str  # any pair of characters or word
    terms: list[str]  # pairs, words and characters, each on its own
    latin: str  # words of at least four Latin letters


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
    return Sought(phrase, query.every, " & ".join(loose), query.some, each, latin)


def hits(p: Parameters, words: Sought, source: str, where: str, most: int) -> str:
    """CTEs that end in `hits (id)`: the SKUs out of `source` and `where` that the words mean, about `most` at most."""
    origin = f"FROM {source} WHERE {where}"
    within = f"SELECT s.id {origin}"
    first, last = p(words.phrase), p(words.phrase + "\U0010ffff")
    exact = f"""({within} AND lower(s.code) ~>=~ {first} AND lower(s.code) ~<~ {last} LIMIT {most})
    UNION ({within} AND s.search @@ {query(p, words.chars)} LIMIT {most})"""
    if words.every != words.chars and most <= MOST_WEIGHED:  # the best of very many, before the limit cuts them off
        exact += f" UNION ({within} AND s.search @@ {query(p, words.every)} LIMIT {most})"
    near = f"""SELECT id FROM (SELECT s.id, s.search {origin} AND s.search @@ {query(p, words.some)} LIMIT {most}) loose
    WHERE (SELECT 2 * count(*) FILTER (WHERE loose.search @@ to_tsquery('simple', term)) > count(*)
           FROM unnest({p(words.terms)}::text[]) term)"""
    if words.latin:
        alike = f"SELECT sku_spelt_like((SELECT network_id FROM rel), {p(words.latin)})"
        near += f" UNION {within} AND s.id IN ({alike})"
    return f"""exact AS MATERIALIZED ({exact}),
hits AS (SELECT id FROM exact UNION ALL SELECT id FROM ({near}) near WHERE NOT EXISTS (SELECT FROM exact))"""


def query(p: Parameters, words: str) -> str:
    """A tsquery that is read once for the statement, not once for each row."""
    return f"(SELECT to_tsquery('simple', {p(words)}))"


def score(p: Parameters, words: Sought) -> str:
    """How well SKU `s` fits, as a whole number: code, then all terms, then the phrase in a name; short names first."""
    phrase = p(words.phrase)
    fits = f"""(CASE WHEN lower(s.code) = {phrase} THEN 8000000 WHEN starts_with(lower(s.code), {phrase}) THEN 4000000
    ELSE 0 END + CASE WHEN s.search @@ {query(p, words.every)} THEN 2000000
    ELSE (SELECT 1000000 * count(*) FILTER (WHERE s.search @@ to_tsquery('simple', term)) / greatest(count(*), 1)
          FROM unnest({p(words.terms)}::text[]) term) END
    + CASE WHEN starts_with(lower(s.name_zh), {phrase}) OR starts_with(lower(s.name_en), {phrase}) THEN 600000
      WHEN position({phrase} IN lower(s.name_zh || ' ' || s.name_en)) > 0 THEN 400000 ELSE 0 END
    - 100 * least(length(s.name_zh) + length(s.name_en), 300)"""
    if words.latin:
        fits += f" + (300000 * word_similarity({p(words.latin)}, s.latin_text))::int"
    return f"{fits})::bigint"


def best(p: Parameters, words: Sought) -> str:
    """The CTE `best (id, score)`: the most relevant of `hits`."""
    return f"""best AS (
    SELECT id, score - {REPEATED} * (row_number() OVER (PARTITION BY product_id ORDER BY score DESC, code) - 1) AS score
    FROM (SELECT s.id, s.code, s.product_id, {score(p, words)} AS score FROM hits h JOIN sku s ON s.id = h.id) fit
    ORDER BY 2 DESC, code LIMIT {MOST_RELEVANT})"""
