"""Kuaidi100 (快递100): subscribe to a parcel, and be pushed its news until it has arrived.

The contract is theirs, https://api.kuaidi100.com/document/5f0ffa8f2977d50a94e1023c: a subscription is a form POST of
`schema` and `param`; a push is a form POST of `sign` and `param`, where `sign` is the upper-case MD5 of `param` and the
salt that we chose, and `param` is JSON with the whole history of the parcel, newest first. A push that is not
acknowledged comes again after half an hour, three times. Times are Beijing's.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

import orjson

from app.fulfilment.carrier import Answer, Asked, Malformed, NotSigned, Pushed, Reply
from app.fulfilment.companies import NEEDS_PHONE, carrier_code, waybill_number
from app.fulfilment.packages import LONGEST_NUMBER
from app.fulfilment.rules import LONGEST_PLACE, LONGEST_TEXT, TrackingCode, TrackingSaid

if TYPE_CHECKING:
    import httpx

NAME: Final = "kuaidi100"
BEIJING: Final = timezone(timedelta(hours=8))
MOST_FIELDS: Final = 20

_C = TrackingCode

# The state of a parcel, or of one entry where the subscription asked for states of entries; codes of three digits start
# with it: 501 (in a locker) is a 5. 1001 to 1003 are stations on the way, 10 to 13 steps of customs, 14 is refused by
# its recipient.
_CODES: Final = {
    "0": _C.IN_TRANSIT,
    "1": _C.PICKED_UP,
    "2": _C.EXCEPTION,
    "3": _C.ARRIVED,
    "4": _C.RETURNED,
    "5": _C.OUT_FOR_DELIVERY,
    "6": _C.RETURNING,
    "7": _C.IN_TRANSIT,
    "8": _C.IN_TRANSIT,
    "10": _C.IN_TRANSIT,
    "11": _C.IN_TRANSIT,
    "12": _C.IN_TRANSIT,
    "13": _C.EXCEPTION,
    "14": _C.EXCEPTION,
    "1001": _C.IN_TRANSIT,
    "1002": _C.IN_TRANSIT,
    "1003": _C.IN_TRANSIT,
}
_NAMES: Final = {
    "在途": _C.IN_TRANSIT,
    "揽收": _C.PICKED_UP,
    "疑难": _C.EXCEPTION,
    "签收": _C.ARRIVED,
    "退签": _C.RETURNED,
    "派件": _C.OUT_FOR_DELIVERY,
    "退回": _C.RETURNING,
    "转投": _C.IN_TRANSIT,
    "转单": _C.IN_TRANSIT,
    "清关": _C.IN_TRANSIT,
    "拒签": _C.EXCEPTION,
}
_REPEATED: Final = "501"  # subscribed before: what we wanted
# Our data are wrong, or the carrier is not served: asking again changes nothing. All else may pass.
_FOR_GOOD: Final = frozenset({"700", "701", "702"})


@dataclass(frozen=True, slots=True)
class Kuaidi100:
    """One account there. `salts` sign the pushes, `key` is the account's; `repr` shows neither.

    A parcel is subscribed to with the first salt, and its pushes are signed with that for weeks; so a new one is put in
    front, and the old ones stay as long as parcels of theirs are on their way.
    """

    key: str
    salts: tuple[str, ...]
    url: str
    callback_url: str
    name: str = NAME

    def __repr__(self) -> str:
        return f"Kuaidi100({self.url})"

    def serves(self, carrier: str) -> bool:
        """Every carrier of its list, which is longer than ours; an account without a key only hears."""
        return bool(self.key and self.callback_url)

    def verify(self, body: bytes, content_type: str) -> str:
        """The `param` of a form that is signed with a salt of ours, as plain JSON that every reader takes."""
        if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            raise Malformed("a form is expected")
        try:
            form = parse_qs(body.decode(), strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS)
        except ValueError:
            raise Malformed("the form cannot be read") from None
        param, sign = form.get("param", []), form.get("sign", [])
        if len(param) != 1 or len(sign) > 1:
            raise Malformed("one param and one sign are expected")
        said = sign[0].upper().encode() if sign else b""
        if not any(hmac.compare_digest(said, signature(param[0], salt).encode()) for salt in self.salts):
            raise NotSigned("the signature is missing or wrong")
        return orjson.dumps(_json(param[0])).decode()

    def read(self, message: str) -> Pushed:
        """The whole history that a push carries. An entry without a state of its own was seen on its way, but for the
        newest of a history without any, which is where the parcel stands."""
        said = _mapping(_json(message))
        last = _mapping(said.get("lastResult"))
        # With autoCheck 1 they found that the parcel is another carrier's; comOld is the one that we asked about.
        corrected = str(said.get("autoCheck")) == "1" and said.get("comOld")
        carrier = carrier_code(_text(said.get("comOld") if corrected else last.get("com"), 40))
        number = waybill_number(_text(last.get("nu"), LONGEST_NUMBER))
        if carrier is None or number is None:
            raise Malformed("lastResult names no parcel")
        entries = [] if last.get("data") is None else last["data"]
        if not isinstance(entries, list):
            raise Malformed("lastResult.data is no list")
        rows = [_mapping(one) for one in entries]
        own = [_code(row.get("statusCode"), row.get("status")) for row in rows]
        if rows and not any(own):
            newest = max(range(len(rows)), key=lambda n: _moment(rows[n]))
            own[newest] = _code(last.get("state"), None)
        events = tuple(_event(row, code or _C.IN_TRANSIT) for row, code in zip(rows, own, strict=True))
        ended = _text(said.get("message") or "abort", 200) if said.get("status") == "abort" else None
        return Pushed(carrier, number, events, ended)

    def acknowledge(self) -> Reply:
        """What they ask for: result true and 200."""
        return Reply(200, '{"result":true,"returnCode":"200","message":"成功"}'.encode())

    def refuse(self, status: int, why: str) -> Reply:
        """The same form with result false: they send it again later."""
        return Reply(status, orjson.dumps({"result": False, "returnCode": str(status), "message": why}))

    async def subscribe(self, http: httpx.AsyncClient, asked: Asked) -> Answer:
        """POST /poll. Refusals for good: 700 wrong data, 701 a carrier that is not served, 702 no carrier found."""
        parameters = {"callbackurl": self.callback_url, "salt": self.salts[0], "resultv2": "4"}
        if asked.phone and asked.carrier in NEEDS_PHONE:
            parameters["phone"] = asked.phone
        param = {"company": asked.carrier, "number": asked.number, "key": self.key, "parameters": parameters}
        form = {"schema": "json", "param": orjson.dumps(param).decode()}
        httpx = importlib.import_module("httpx")  # only workers subscribe; who serves does not load it
        try:
            response = await http.post(f"{self.url}/poll", data=form)
            said = orjson.loads(response.content) if response.status_code == 200 else None
        except (httpx.HTTPError, orjson.JSONDecodeError):
            said = None
        if not isinstance(said, dict):
            return Answer(subscribed=False, again=True, why="no answer")
        code = str(said.get("returnCode"))
        if said.get("result") is True or code == _REPEATED:
            return Answer(subscribed=True)
        return Answer(subscribed=False, again=code not in _FOR_GOOD, why=f"refused with {code}"[:200])


def signature(param: str, salt: str) -> str:
    """Upper-case MD5 of the parameter and the salt, as their contract has it."""
    return hashlib.md5((param + salt).encode(), usedforsecurity=False).hexdigest().upper()


def _json(message: str) -> object:
    try:
        return orjson.loads(message)
    except orjson.JSONDecodeError:
        raise Malformed("param is no JSON") from None


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("an object is expected")
    return value


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise Malformed("a text is missing or too long")
    return value


def _code(code: object, name: object) -> TrackingCode | None:
    digits = str(code) if isinstance(code, int | str) else ""
    found = _CODES.get(digits) or (_CODES.get(digits[0]) if len(digits) == 3 and digits.isdecimal() else None)
    return found or (_NAMES.get(name) if isinstance(name, str) else None)


def _moment(row: dict[str, Any]) -> datetime:
    written = row.get("ftime") or row.get("time")
    try:
        return datetime.strptime(_text(written, 40), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        raise Malformed("a time is not written as YYYY-MM-DD hh:mm:ss") from None


def _event(row: dict[str, Any], code: TrackingCode) -> TrackingSaid:
    context, place = row.get("context"), row.get("areaName")
    if not isinstance(context, str):
        raise Malformed("an entry says nothing")
    words = context.replace("\x00", "").strip()[:LONGEST_TEXT].strip()
    where = place.replace("\x00", "").strip()[:LONGEST_PLACE].strip() if isinstance(place, str) else ""
    return TrackingSaid(code, words or code.value, where or None, _moment(row))
