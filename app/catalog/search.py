"""How text becomes searchable, Chinese and Latin, without a server extension or a dictionary.

Chinese has no spaces: each run of it is cut into single characters and overlapping pairs (外墙漆 → 外 墙 漆 外墙 墙漆).
Words of other scripts stay whole and are found by their beginning. Texts and queries go through this one tokenizer; the
database stores `to_tsvector('simple', search_text)` and is asked with a tsquery.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

LONGEST_QUERY: Final = 200
"""Characters of a query that are looked at."""
MOST_TERMS: Final = 32
_LONGEST_WORD: Final = 64

_CJK: Final = "々〇぀-ヿ㐀-䶿一-鿿가-힯豈-﫿\U00020000-\U0003ffff"
_RUN = re.compile(f"(?P<cjk>[{_CJK}]+)|(?P<word>[^\\W_{_CJK}]+)")
_CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)+")
_POINT = re.compile(r"(?<=[0-9])\.(?=[0-9])")
_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to ask the database for a person's words.

    `every`: a tsquery that all terms must match; `some`: one that any may match, for a second try. Both are empty when
    nothing in the query can be searched. `latin`: the query in lower case for trigrams (typos), empty without Latin
    letters or digits. `prefix`: the whole query as a LIKE pattern on a lower-case code.
    """

    every: str
    some: str
    latin: str
    prefix: str

    @property
    def is_empty(self) -> bool:
        """Nothing to search for."""
        return not self.every


def folded(text: str) -> str:
    """Full-width, compatibility and upper-case spellings made one; controls and lone surrogates become spaces."""
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Cn", "Co") else c for c in text)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    for found in _RUN.finditer(_POINT.sub("d", text)):  # 2.5L is one word, and not found by 5L
        if (run := found["cjk"]) is not None:
            yield True, run
        else:
            yield False, found["word"][:_LONGEST_WORD]


def tokens(text: str) -> list[str]:
    """Every term under which a text is found, each once, in order of appearance."""
    text = folded(text)
    found: dict[str, None] = {}
    for chinese, run in _runs(text):
        if chinese:
            found.update(dict.fromkeys(run))
            found.update(dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1)))
        else:
            found[run] = None
    for code in _CODE.findall(text):  # WQ-500 is also found as wq500
        found[re.sub("[-_]", "", code)[:_LONGEST_WORD]] = None
    return list(found)


def search_text(texts: Iterable[str | None]) -> str:
    """What goes into `sku.search_text`: the terms of all these texts, by spaces."""
    return " ".join(dict.fromkeys(term for text in texts if text for term in tokens(text)))


def latin_text(texts: Iterable[str | None]) -> str:
    """What goes into `sku.latin_text`: Latin words and codes in lower case, for trigrams."""
    words: dict[str, None] = {}
    for text in texts:
        for word in folded(text or "").split():
            latin = re.sub(f"[{_CJK}]+", " ", word).strip()
            if _LATIN.search(latin):
                words[latin] = None
    return " ".join(words)


def parse_query(text: str) -> SearchQuery:
    """A person's words as a query. Never fails: what cannot be searched is left out."""
    text = folded(text[:LONGEST_QUERY]).strip()
    terms: dict[str, None] = {}
    for chinese, run in _runs(text):
        if not chinese:
            terms[f"'{run}':*"] = None
        elif len(run) == 1:
            terms[f"'{run}'"] = None
        else:
            terms.update(dict.fromkeys(f"'{run[i : i + 2]}'" for i in range(len(run) - 1)))
    asked = list(terms)[:MOST_TERMS]
    return SearchQuery(
        every=" & ".join(asked),
        some=" | ".join(asked),
        latin=latin_text([text]),
        prefix=re.sub(r"([\\%_])", r"\\\1", text) + "%" if text else "",
    )
