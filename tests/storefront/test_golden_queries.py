"""The search finds what people mean: for each of these words the wanted SKU is among the first five.

Asked against the demo's catalogue of 301 SKUs, as a dealer of the brand.
"""

import pytest

from app.storefront.narrowing import Mall, Narrowed
from app.storefront.offer_row import Columns
from app.storefront.offers import list_offers
from tests.storefront.mall import open_catalogue, open_mall
from tests.worlds import Party, World, open_world

# words -> the code of the wanted SKU; a code ending in * stands for any size of the product
GOLDEN = [
    # one character
    ("泥", "NQ-800*"),
    ("膏", "NZ-500*"),
    ("杆", "GT-500"),
    ("膜", "ZB-200*"),
    ("罩", "WZ-100*"),
    # two characters
    ("腻子", "NZ-500*"),
    ("辊筒", "GT-100*"),
    ("防水", "FS-300*"),
    ("底漆", "DP-100*"),
    ("砂纸", "ZB-300*"),
    ("色卡", "TS-200"),
    # three characters
    ("真石漆", "ZS-100*"),
    ("美缝剂", "MF-100*"),
    ("腻子粉", "NZ-100*"),
    ("木器漆", "MQ-300*"),
    ("堵漏王", "FS-600*"),
    ("硅藻泥", "NQ-800*"),
    ("内墙漆", "NQ-400*"),
    # four and more
    ("外墙乳胶漆", "WQ-500*"),
    ("弹性外墙乳胶漆", "WQ-700*"),
    ("聚氨酯防水涂料", "FS-300*"),
    ("外墙腻子粉 25公斤", "NZ-200-25KG"),
    ("环氧自流平", "DP-300*"),
    ("外墙漆 氟碳", "WQ-900*"),
    ("防锈漆水性", "JS-600*"),
    ("瓷砖美缝", "MF-100*"),
    ("珍珠白真瓷", "MF-100-WHT"),
    # English
    ("exterior emulsion", "WQ-500*"),
    ("roller", "GT-100*"),
    ("tile grout", "MF-100*"),
    ("wood wax oil", "MQ-600*"),
    ("sandpaper", "ZB-300*"),
    ("leak stopper", "FS-600*"),
    # beginnings of codes
    ("WQ-500", "WQ-500*"),
    ("wq-500-20", "WQ-500-20L"),
    ("mf-2", "MF-200*"),
    ("ts900", "TS-900"),
    # Latin typos
    ("exterior emulsoin", "WQ-500*"),
    ("sandpapr", "ZB-300*"),
    ("polyurethan waterprof", "FS-300*"),
    ("varnsh", "MQ-100*"),
    ("masking tpae", "ZB-100*"),
    # both languages, full-width letters, and a character that no name has
    ("外墙 emulsion", "WQ-500*"),
    ("ＷＱ－５００", "WQ-500*"),
    ("外墙乳交漆", "WQ-500*"),
]


@pytest.fixture(scope="module")
async def mall(database: str) -> tuple[World, Party]:
    world = await open_world()
    await open_catalogue(world)
    await open_mall(world)
    return world, await world.buyer(world.brand)


async def found(mall: tuple[World, Party], words: str, first: int = 5) -> list[str]:
    world, dealer = mall
    page = await list_offers(
        dealer.viewer,
        Mall(world.brand.company_id, world.network_id),
        Narrowed(search=words),
        first=first,
        asked=Columns.NONE,
    )
    return [offer.sku_code for offer, _ in page.rows[:first]]


def means(code: str, wanted: str) -> bool:
    return code.startswith(wanted.removesuffix("*")) if wanted.endswith("*") else code == wanted


@pytest.mark.parametrize(("words", "wanted"), GOLDEN)
async def test_the_wanted_sku_is_among_the_first_five(mall: tuple[World, Party], words: str, wanted: str) -> None:
    first_five = await found(mall, words)
    assert any(means(code, wanted) for code in first_five), first_five


def test_there_are_at_least_forty_of_every_kind() -> None:
    assert len(GOLDEN) >= 40
    chinese = [words for words, _ in GOLDEN if words.isalpha() and not words.isascii()]
    assert {1, 2, 3} <= {len(words) for words in chinese}
    assert any(len(words) > 3 for words in chinese)


@pytest.mark.parametrize(
    "words", ["!!!", "%", "_", "' | '", "\x00", "🎨", "\\", "'foo", "a & !b", ":*", "()", "漆" * 300]
)
async def test_odd_words_are_answered(mall: tuple[World, Party], words: str) -> None:
    assert isinstance(await found(mall, words), list)


async def test_a_code_that_is_there_brings_nothing_but_codes(mall: tuple[World, Party]) -> None:
    codes = await found(mall, "WQ-500", first=50)
    assert codes
    assert all(code.startswith("WQ-500") for code in codes), codes


async def test_a_word_may_go_on_and_characters_may_stand_apart(mall: tuple[World, Party]) -> None:
    whole, begun = await found(mall, "emulsion", first=100), await found(mall, "emulsio", first=100)
    assert whole
    assert set(whole) <= set(begun)
    together, apart = await found(mall, "内墙乳胶漆", first=100), await found(mall, "乳胶漆内墙", first=100)
    assert together
    assert set(together) <= set(apart)


async def test_what_is_not_there_is_not_found(mall: tuple[World, Party]) -> None:
    assert await found(mall, "拖拉机") == []
    assert await found(mall, "bicycle") == []
