"""Phrases in both languages of the mall, for the places of a refusal's sentence."""

from __future__ import annotations

from typing import Final


class Said(str):
    """A phrase in English and Chinese. As a text it is the English one; a refusal's sentence picks its reader's.

    Said("at most 500 lines", "最多 500 行")
    """

    zh: str

    def __new__(cls, en: str, zh: str) -> Said:
        self = super().__new__(cls, en)
        self.zh = zh
        return self

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # a pickle rebuilds it from both
        return str(self), self.zh

    def in_language(self, chinese: bool) -> str:
        return self.zh if chinese else str(self)


def is_chinese(locale: str) -> bool:
    """Anything that starts with "zh" reads Chinese, everything else English."""
    return locale.lower().startswith("zh")


LOCALES: Final = ("en", "zh")
DEFAULT_LOCALE: Final = "en"


def preferred_locale(accept_language: str | None) -> str:
    """The best of our languages by an `Accept-Language` header; English when it names none of them."""
    best, best_quality = DEFAULT_LOCALE, 0.0
    for part in (accept_language or "")[:500].split(","):
        tag, _, parameter = part.strip().lower().partition(";")
        language = tag.strip().partition("-")[0]
        name, _, value = parameter.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            quality = 0.0
        if language in LOCALES and quality > best_quality:
            best, best_quality = language, quality
    return best


def in_locale(text: str, locale: str) -> str:
    """A phrase in the reader's language; a text that has only one is that text."""
    return text.in_language(is_chinese(locale)).strip() if isinstance(text, Said) else text


def one_of(*codes: str) -> Said:
    """What would be valid where the valid values are few and are codes."""
    return Said(f"one of {', '.join(codes)}", f"以下之一：{'、'.join(codes)}")


def whole_number(least: int, most: int) -> Said:
    """What would be valid where a whole number is asked for."""
    return Said(f"a whole number from {least} to {most}", f" {least} 到 {most} 之间的整数")


def later_than(moment: str) -> Said:
    """What would be valid where one moment must follow another."""
    return Said(f"later than {moment}", f"晚于 {moment} 的时间")


MORE_THAN_NOTHING: Final = Said("more than 0", "大于 0 的数")
ONE_LANGUAGE: Final = Said("a name in at least one language", "至少一种语言的名称")
KNOWN_REGION: Final = Said("a known region code", "已保存的区域编码")
WHICH_NETWORK: Final = Said(
    "the network meant, because you trade with this seller in several",
    "渠道网络的 id（您与该供应商在多个渠道网络中有交易）",
)
ZERO_OR_MORE: Final = Said("an amount of zero or more", "零或以上的金额")
BELOW_ZERO: Final = Said("less than zero", "负数")
NOTHING_OR_LESS: Final = Said("zero or less", "零或负数")
TO_KNOW_THE_BUYER: Final = Said(
    "a customer code or a registration code, to know the buyer by", "客户编码或统一社会信用代码，用于识别客户"
)
EMPTY: Final = Said("(empty)", "（空）")
OTHERWISE: Final = Said("something else", "其他内容")
"""In place of a value that is too long to show, that is several, or that may say who somebody is."""


def kept_in(currency: str) -> Said:
    """What would be valid where a relation's accounts are kept in a currency already."""
    return Said(f"{currency}, in which its accounts are kept", f"{currency}（其账户所用货币）")
