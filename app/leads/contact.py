"""Who a lead is: read, put into one form, masked (脱敏). Pure; sealing it is `keys.py`'s."""

from __future__ import annotations

import importlib
import re
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from app.kernel.text import storable
from app.kernel.wording import Said
from app.leads.refusals import ContactNotValid

HOME: Final = "CN"
HOME_CODE: Final = 86
"""The country of a phone number that names none."""
LONGEST_NAME: Final = 120
LONGEST_ADDRESS: Final = 400
LONGEST_NOTE: Final = 2000
_LONGEST_PHONE: Final = 60
_LONGEST_EMAIL: Final = 254
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[^@\s.\"(),:;<>\[\]\\]+\.)+[^@\s.\"(),:;<>\[\]\\]{2,}")
_PHONE: Final = Said("a phone number such as 138 0013 8000 or +49 30 123456", "电话号码，例如 138 0013 8000")
_MASK: Final = "**"
# As Chinese landlines are written: 0755-23456789转801, 分机 801, 0755-23456789-801
_EXTENSION = re.compile(r"(?:转|轉|分机号?|分機號?)\s*:?\s*(?=[0-9]{1,6}\s*$)")
_DASHED = re.compile(r"^(\s*\(?0[0-9]{2,3}\)?[-\s]?[0-9]{7,8})\s*-\s*(?=[0-9]{1,6}\s*$)")


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """A person as a source names them. `phone` is in the form of E.164, with `;ext=801` where it has an extension;
    `email` in lower case."""

    name: str
    phone: str | None
    email: str | None
    address: str | None
    note: str | None

    @classmethod
    def checked(
        cls, name: str, phone: str | None, email: str | None, address: str | None = None, note: str | None = None
    ) -> Contact:
        """Raises ContactNotValid, which names the field; a phone number or an e-mail address must be there."""
        found = cls(
            private_text("name", name, LONGEST_NAME),
            normal_phone(phone),
            normal_email(email),
            optional_private_text("address", address, LONGEST_ADDRESS),
            optional_private_text("note", note, LONGEST_NOTE),
        )
        if found.phone is None and found.email is None:
            raise ContactNotValid(
                "phone", Said("a phone number or an e-mail address", "电话号码或电子邮箱（至少一项）")
            )
        return found

    def packed(self) -> str:
        """As it is sealed."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def unpacked(cls, text: str) -> Contact:
        return cls(**orjson.loads(text))

    def masked(self) -> Contact:
        """王**, 138****8000: enough to recognise on the phone, too little to call. Address and note are left out."""
        return Contact(mask_name(self.name), mask_phone(self.phone), mask_email(self.email), None, None)


def normal_phone(value: str | None, field: str = "phone") -> str | None:
    """+8613800138000, however it was written; +8675523456789;ext=801 behind a switchboard, where two extensions are two
    people. None for nothing. Raises ContactNotValid."""
    if value is None or not value.strip():
        return None
    if len(value) > _LONGEST_PHONE or not storable(value):
        raise ContactNotValid(field, _PHONE)
    numbers = _numbers()
    written = _DASHED.sub(r"\1 ext ", _EXTENSION.sub(" ext ", unicodedata.normalize("NFKC", value)))
    try:
        found = numbers.parse(written, HOME)
    except numbers.NumberParseException:
        raise ContactNotValid(field, _PHONE) from None
    if not numbers.is_valid_number(found):
        raise ContactNotValid(field, _PHONE)
    kept: str = numbers.format_number(found, numbers.PhoneNumberFormat.E164)
    return f"{kept};ext={found.extension}" if found.extension else kept


def normal_email(value: str | None, field: str = "email") -> str | None:
    """In lower case and normal width; None for nothing. Raises ContactNotValid."""
    if value is None or not value.strip():
        return None
    found = unicodedata.normalize("NFKC", value).strip().lower()
    if len(found) > _LONGEST_EMAIL or not storable(found) or not _EMAIL.fullmatch(found):
        raise ContactNotValid(field, Said("an e-mail address such as li@example.com", "电子邮箱，例如 li@example.com"))
    return found


def private_text(field: str, value: str, longest: int) -> str:
    """Like `app.kernel.text.text`, but the refusal does not repeat what was said."""
    value = value.strip()
    if not 1 <= len(value) <= longest or not storable(value):
        raise ContactNotValid(
            field,
            Said(f"a text of 1 to {longest} characters, without NUL", f" 1 到 {longest} 个字符的文本（不含 NUL）"),
        )
    return value


def optional_private_text(field: str, value: str | None, longest: int) -> str | None:
    """The same, where nothing, or nothing but space, means None."""
    return private_text(field, value, longest) if value is not None and value.strip() else None


def mask_name(name: str) -> str:
    """The first character: 王**."""
    return f"{name[:1]}{_MASK}"


def mask_phone(phone: str | None) -> str | None:
    """138****8000 of a number at home; of a foreign one the country and the last two digits: +49****56."""
    if phone is None:
        return None
    number = _numbers().parse(phone)
    national = str(number.national_number)
    if number.country_code == HOME_CODE and len(national) >= 11:
        return f"{national[:3]}****{national[-4:]}"
    return f"+{number.country_code}****{national[-2:]}"


def mask_email(email: str | None) -> str | None:
    """l***@***.com: a domain may be a person's own."""
    if email is None:
        return None
    return f"{email[:1]}***@***.{email.rpartition('.')[2]}"


def _numbers() -> Any:
    """The library of phone numbers, loaded when the first one is read: most processes read none for a long time."""
    return importlib.import_module("phonenumbers")
