"""Pure decisions of the network over plain values."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.kernel.money import MOST_MINOR, exponent_of
from app.kernel.refusal import BadRequest
from app.kernel.text import optional_text, text
from app.kernel.wording import KNOWN_REGION, Said, one_of, whole_number
from app.network.roles import Role

INVITATION_DAYS: Final = 14
MOST_FAILURES: Final = 10
FAILURE_WINDOW: Final = timedelta(minutes=15)
PREVIOUS_TOKEN_LIVES: Final = timedelta(seconds=60)
LOCALES: Final = ("zh", "en")
TAX_MODES: Final = ("included", "excluded")
FUNDINGS: Final = ("credit", "prepayment")
MOST_NET_DAYS: Final = 3650
MOST_MINUTES: Final = 525_600
LONGEST_PATH: Final = 200
_PHONE: Final = re.compile(r"\+?\d[\d\s()\-]{5,40}")
_BETWEEN: Final = re.compile(r"[\s()\-]")
_HOME: Final = re.compile(r"^(?:\+|00)86(?=1\d{10}$)")


def checked_login(field: str, login: str) -> str:
    """An e-mail address in lower case, or a phone number as China dials it: 138 0013 8000, 138-0013-8000 and
    +86 138 0013 8000 are the same."""
    said = unicodedata.normalize("NFKC", text(field, login, 200)).lower()
    if not _PHONE.fullmatch(said):
        return said
    return _HOME.sub("", _BETWEEN.sub("", said))


def checked_roles(field: str, roles: Sequence[str]) -> tuple[Role, ...]:
    """The roles, each once, in the order of the enum. BadRequest for none or an unknown one."""
    known = {role.value for role in Role}
    for role in roles:
        if role not in known:
            raise BadRequest(field, role, one_of(*sorted(known)))
    if not roles:
        raise BadRequest(field, None, Said("at least one role", "至少一个角色"))
    return tuple(role for role in Role if role in set(roles))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a channel manager is limited to; None is no limit."""

    relation_ids: tuple[UUID, ...] | None = None
    region_codes: tuple[str, ...] | None = None

    def check(self, roles: Sequence[Role]) -> None:
        """A scope belongs to a channel manager, and not to an owner or admin, who would see past it anyway."""
        if self.relation_ids is None and self.region_codes is None:
            return
        if Role.CHANNEL_MANAGER not in roles or Role.OWNER in roles or Role.ADMIN in roles:
            raise BadRequest(
                "scope",
                Said("one for somebody else", "用于其他角色的范围"),
                Said(
                    "a scope only for a channel manager who is neither owner nor admin",
                    "仅用于渠道经理（非所有者、非管理员）",
                ),
            )


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company to be registered."""

    name: str
    registration_code: str | None = None
    region_code: str | None = None

    @classmethod
    def checked(cls, field: str, name: str, registration_code: str | None, region_code: str | None) -> "NewCompany":
        return cls(
            text(f"{field}.name", name, 200),
            _code(f"{field}.registrationCode", registration_code),
            optional_text(f"{field}.regionCode", region_code, 20),
        )


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be registered; the password is hashed already."""

    name: str
    login: str | None
    password_hash: str | None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What seller and buyer agree on. `None` for a limit is no limit."""

    currency: str
    tax_mode: str = "included"
    funding: str = "credit"
    net_days: int = 30
    order_minimum_minor: int | None = None
    reservation_minutes: int | None = None
    ship_to_approval: bool = False
    grants_money_to_brand: bool = False
    customer_code: str | None = None
    region_code: str | None = None

    def checked(self) -> "Terms":
        """Itself; BadRequest names the field that cannot be."""
        exponent_of(self.currency)
        _among("taxMode", self.tax_mode, TAX_MODES)
        _among("funding", self.funding, FUNDINGS)
        _between("netDays", self.net_days, 0, MOST_NET_DAYS)
        _between("orderMinimum", self.order_minimum_minor, 0, MOST_MINOR)
        _between("reservationMinutes", self.reservation_minutes, 1, MOST_MINUTES)
        optional_text("customerCode", self.customer_code, 60)
        optional_text("regionCode", self.region_code, 20)
        return self


@dataclass(frozen=True, slots=True)
class NewRegion:
    """A region to be saved."""

    code: str
    parent_code: str | None
    name_zh: str
    name_en: str


def paths_of(regions: Sequence[NewRegion], known: Mapping[str, str]) -> dict[str, str]:
    """The path of each new region ("CN/44/4401/"); `known` are the paths of the saved ones.

    BadRequest for a code with a slash, a parent that is neither saved nor given, a circle, or too deep a chain.
    """
    given = {one.code: one for one in regions}
    paths = dict(known)
    for one in regions:
        if "/" in one.code:
            raise BadRequest("code", one.code, Said("a code without a slash", "不含斜杠的编码"))
        chain: list[NewRegion] = []
        current: NewRegion | None = one
        while current is not None and current.code not in paths:
            if current in chain:
                raise BadRequest(
                    "parentCode", current.code, Said("a parent outside of the region itself", "该区域以外的上级区域")
                )
            chain.append(current)
            parent = current.parent_code
            if parent is not None and parent not in paths and parent not in given:
                raise BadRequest("parentCode", parent, KNOWN_REGION)
            current = given.get(parent) if parent is not None and parent not in paths else None
        for region in reversed(chain):
            path = f"{paths[region.parent_code] if region.parent_code else ''}{region.code}/"
            if len(path) > LONGEST_PATH:
                raise BadRequest(
                    "code",
                    region.code,
                    Said(
                        f"a region whose chain of codes has at most {LONGEST_PATH} characters",
                        f"各级编码合计不超过 {LONGEST_PATH} 个字符的区域",
                    ),
                )
            paths[region.code] = path
    return {code: path for code, path in paths.items() if code in given}


def _code(field: str, code: str | None) -> str | None:
    kept = optional_text(field, code, 40)
    return kept.upper() if kept else None


def _among(field: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise BadRequest(field, value, one_of(*known))


def _between(field: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise BadRequest(field, value, whole_number(least, most))
