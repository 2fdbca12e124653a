"""Units of measure: any code is one, and the well-known ones have names for people and know whether they are counted.

The code is what a product says, what a client sends and what is stored; it never changes. A name is only shown. The
well-known codes are the words of the trade in English and Chinese and the common codes of UN/CEFACT Recommendations 20
and 21, in upper or lower case: "carton", "CTN", "CT" and 箱 are all called carton in English and 箱 in Chinese.
"""

from decimal import Decimal
from typing import Final, NamedTuple

from app.kernel.refusal import grouped
from app.kernel.wording import Said


class Unit(NamedTuple):
    """A well-known unit. `counted`: there is no half of it to sell, unless its seller says so."""

    en: str
    many: str
    zh: str
    counted: bool


_COUNTED: Final = (
    # name, plural, Chinese, further codes: its own name and its Chinese one are codes too
    ("piece", "pieces", "个", "pc pcs ea each c62 h87 nar 件 只 块 把"),
    ("carton", "cartons", "箱", "ctn ct"),
    ("case", "cases", "箱", "cs"),
    ("box", "boxes", "盒", "bx"),
    ("pallet", "pallets", "托盘", "plt pf px 托 板"),
    ("pail", "pails", "桶", "pl"),
    ("bucket", "buckets", "桶", "bj"),
    ("drum", "drums", "桶", "dr"),
    ("barrel", "barrels", "桶", "ba"),
    ("can", "cans", "罐", "ca"),
    ("tin", "tins", "罐", "tn"),
    ("bottle", "bottles", "瓶", "btl bo"),
    ("bag", "bags", "袋", "bg"),
    ("sack", "sacks", "袋", "sa"),
    ("pack", "packs", "包", "pk"),
    ("package", "packages", "包", ""),
    ("bundle", "bundles", "捆", "be"),
    ("roll", "rolls", "卷", "ro"),
    ("set", "sets", "套", "kit"),
    ("pair", "pairs", "双", "pr 对"),
    ("dozen", "dozen", "打", "dz dzn"),
    ("sheet", "sheets", "张", "st"),
    ("bar", "bars", "根", "条"),
    ("tube", "tubes", "支", "tu 管"),
    ("unit", "units", "台", ""),
)
_MEASURED: Final = (
    ("g", "g", "克", "gram grm"),
    ("kg", "kg", "千克", "kilogram kgm 公斤"),
    ("t", "t", "吨", "tonne ton tne"),
    ("ml", "ml", "毫升", "mlt"),
    ("l", "l", "升", "litre liter ltr"),
    ("mm", "mm", "毫米", "mmt"),
    ("cm", "cm", "厘米", "cmt"),
    ("m", "m", "米", "metre meter mtr"),
    ("m²", "m²", "平方米", "m2 mtk sqm ㎡ 平米"),
    ("m³", "m³", "立方米", "m3 mtq cbm"),
    ("hour", "hours", "小时", "hur"),
    ("day", "days", "天", "日"),
)


def _well_known() -> dict[str, Unit]:
    known: dict[str, Unit] = {}
    for rows, counted in ((_COUNTED, True), (_MEASURED, False)):
        for en, many, zh, codes in rows:
            for code in (en, many, zh, *codes.split()):
                known.setdefault(code, Unit(en, many, zh if code.isascii() else code, counted))
    return known


WELL_KNOWN: Final = _well_known()
"""By code, lower-cased. A Chinese code is its own Chinese name: somebody who wrote 只 does not read 个."""


def is_counted(code: str) -> bool:
    """True for a well-known unit that is sold in whole numbers."""
    unit = WELL_KNOWN.get(code.casefold())
    return unit is not None and unit.counted


def many_of(code: str) -> Said:
    """The unit where there are many: "pieces", "个"."""
    unit = WELL_KNOWN.get(code.casefold())
    return Said(code, code) if unit is None else Said(unit.many, unit.zh)


def unit_name(code: str) -> Said:
    """The unit's name; the code itself where it is not well known."""
    unit = WELL_KNOWN.get(code.casefold())
    return Said(code, code) if unit is None else Said(unit.en, unit.zh)


def amount_of(quantity: Decimal, code: str) -> Said:
    """A quantity with its unit: "1,308 pieces", "1,308 个"."""
    unit, number = WELL_KNOWN.get(code.casefold()), grouped(quantity)
    if unit is None:
        return Said(f"{number} {code}", f"{number} {code}")
    return Said(f"{number} {unit.en if quantity == 1 else unit.many}", f"{number} {unit.zh}")
