"""Carriers' names: what sellers write (顺丰, SF Express), and the code by which news of a parcel name the carrier.

The codes are those of Kuaidi100's list, which other services of the Chinese market use too. A carrier that is not
listed here is meant by its code; a name that is no code (a seller's own truck) has none, and no carrier tells of it.
"""

import re
from typing import Final

_NAMES: Final = {
    "shunfeng": ("顺丰", "顺丰速运", "顺丰快递", "sf", "sf express", "s.f. express"),
    "shunfengkuaiyun": ("顺丰快运",),
    "yuantong": ("圆通", "圆通速递", "圆通快递", "yto", "yto express"),
    "zhongtong": ("中通", "中通快递", "zto", "zto express"),
    "zhongtongkuaiyun": ("中通快运", "zto freight"),
    "shentong": ("申通", "申通快递", "sto", "sto express"),
    "yunda": ("韵达", "韵达速递", "韵达快递", "yunda express"),
    "jtexpress": ("极兔", "极兔速递", "j&t", "j&t express"),
    "jd": ("京东", "京东物流", "京东快递", "jd logistics"),
    "ems": ("ems", "邮政ems", "中国邮政ems"),
    "youzhengguonei": ("邮政", "中国邮政", "邮政快递包裹", "china post"),
    "debangwuliu": ("德邦", "德邦物流", "deppon"),
    "debangkuaidi": ("德邦快递",),
    "annengwuliu": ("安能", "安能物流", "安能快运", "ane"),
    "yimidida": ("壹米滴答",),
    "kuayue": ("跨越", "跨越速运", "kye"),
    "baishiwuliu": ("百世", "百世快运", "best"),
    "danniao": ("菜鸟", "丹鸟", "丹鸟物流", "cainiao"),
    "dhl": ("dhl",),
    "fedex": ("联邦", "联邦快递", "fedex"),
    "ups": ("ups",),
}
_CODES: Final = {name: code for code, names in _NAMES.items() for name in names}
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")

NEEDS_PHONE: Final = frozenset({"shunfeng", "shunfengkuaiyun", "zhongtong"})
"""Carriers that tell of a parcel only to who knows a phone number of its sender or recipient."""


def carrier_code(name: str | None) -> str | None:
    """The code of a carrier by any of its names, or by the code itself; None where nobody could tell of it."""
    if name is None:
        return None
    plain = " ".join(name.split()).casefold()
    return _CODES.get(plain) or (plain if _CODE.fullmatch(plain) else None)


def waybill_number(written: str | None) -> str | None:
    """A carrier's number as carriers write it: without spaces, in capitals."""
    return "".join(written.split()).upper() or None if written is not None else None
