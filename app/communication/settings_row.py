"""What a member's rows say about how they can be reached."""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.communication.channels import Open
from app.communication.kinds import Channel, NotificationKind
from app.communication.rules import QuietHours, time_of_day

_ADDRESS: Final = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[a-z0-9][a-z0-9.\-]*\.[a-z0-9\-]+")


def address_of(login: str | None) -> str | None:
    """The e-mail address, where the login is one and no phone number."""
    return login if login and login.isascii() and _ADDRESS.fullmatch(login) else None


def quiet_hours(row: Mapping[str, Any]) -> QuietHours | None:
    """The quiet hours of a row of `notification_setting`; None where there are none."""
    start, end = time_of_day(row["quiet_from"] or ""), time_of_day(row["quiet_until"] or "")
    return QuietHours(start, end, row["time_zone"]) if start is not None and end is not None else None


def reachable(open_channels: Open, kind: NotificationKind, *, login: str | None, bound: bool) -> set[Channel]:
    """The channels by which this kind can reach somebody with this login, whose WeChat account is bound or not."""
    ways = set()
    if bound and kind in open_channels.templates:
        ways.add(Channel.WECHAT)
    if open_channels.email and address_of(login) is not None:
        ways.add(Channel.EMAIL)
    return ways
