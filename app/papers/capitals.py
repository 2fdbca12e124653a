"""Amounts in Chinese capital numerals (人民币大写), as they stand on sales orders, receipts and cheques.

Written by the rules for payment vouchers (支付结算办法, annex 1): zeros between digits are read once, an amount that
ends at 元 or 角 is closed by 整, and 零 stands between 元 and 分 when there is no 角.
"""

from typing import Final

DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("", "拾", "佰", "仟")
WAN: Final = 10_000
YI: Final = 100_000_000
MOST_FEN: Final = 10**18 - 1
"""As much as the mall holds of any currency (`app.kernel.money.MOST_MINOR`): below 亿 times 亿."""


def in_capitals(fen: int) -> str:
    """An amount of fen (分) in capitals: 140950 is 壹仟肆佰零玖元伍角整. ValueError beyond 18 digits."""
    if not -MOST_FEN <= fen <= MOST_FEN:
        raise ValueError("an amount has at most 18 digits of fen")
    if fen < 0:
        return f"负{in_capitals(-fen)}"
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{whole or '零元'}整"
    between = f"{DIGITS[jiao]}角" if jiao else ("零" if yuan else "")
    return f"{whole}{between}{f'{DIGITS[last]}分' if last else '整'}"


def _whole(number: int) -> str:
    """A whole number above zero."""
    for size, name in ((YI, "亿"), (WAN, "万")):
        if number >= size:
            above, below = divmod(number, size)
            gap = "零" if 0 < below < size // 10 else ""
            return f"{_whole(above)}{name}{gap}{_whole(below) if below else ''}"
    said, after_zero = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            said += f"{'零' if after_zero and said else ''}{DIGITS[digit]}{PLACES[place]}"
        after_zero = digit == 0
    return said
