"""The measured pages: their documents, and the variables of the requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.data.world import Member, World

DOCUMENTS = Path(__file__).with_name("documents")
WORDS = {
    "search.zh": (
        "外墙",
        "乳胶漆",
        "防水涂料",
        "弹性外墙",
        "净味内墙",
        "地坪环氧",
        "抗碱底漆",
        "屋面防水",
        "木器清漆",
        "快干",
    ),
    "search.en": (
        *("exterior", "emulsion", "waterproof coating", "elastic exterior", "low odour", "epoxy floor", "primer"),
        *("roof", "wood varnish", "matt topcoat"),
    ),
}
NAMES = ("catalog", "detail", "search.zh", "search.en", "history")


@cache
def document(name: str) -> str:
    """The text of a document."""
    return (DOCUMENTS / f"{name}.graphql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a page, by somebody."""

    member: Member
    variables: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """A page: the document's name, and requests by many dealers, sent in turn."""

    name: str
    requests: Sequence[Asked]

    @property
    def document(self) -> str:
        return document(self.name.split(".")[0])


def page(name: str, world: World, many: int = 200) -> MeasuredPage:
    """The page of this name with `many` different requests."""
    members = world.buyers
    return MeasuredPage(name, [Asked(members[n % len(members)], _variables(name, world, n)) for n in range(many)])


def _variables(name: str, world: World, n: int) -> Mapping[str, object]:
    variables: dict[str, object] = {"sellerId": str(world.brand)}
    if name in WORDS:
        variables["search"] = WORDS[name][n % len(WORDS[name])]
    if name == "detail":
        variables["skuId"] = str(world.skus[n * 37 % len(world.skus)])
    return variables
