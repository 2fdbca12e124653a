"""How a login is written: an e-mail address, or a phone number however somebody types it."""

import pytest

from app.network.rules import checked_login


@pytest.mark.parametrize(
    "said",
    [
        "13800138000",
        " 138 0013 8000 ",
        "138-0013-8000",
        "+86 138 0013 8000",
        "0086-138-0013-8000",
        "１３８００１３８０００",
    ],
)
def test_a_phone_number_is_the_same_however_it_is_typed(said: str) -> None:
    assert checked_login("login", said) == "13800138000"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Li@Example.com ", "li@example.com"),
        ("+49 (30) 123456", "+4930123456"),
        ("86138001", "86138001"),
        ("+86 20 8888 9999", "+862088889999"),  # a landline keeps its country: its area code would be another's number
        ("1号店", "1号店"),
    ],
)
def test_other_logins_stay_what_they_are(said: str, kept: str) -> None:
    assert checked_login("login", said) == kept
