"""What a source says of a person: one form for every spelling, masked, sealed, and found again."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.sealed import CannotOpen, KeyRing, KeyRingNotValid, new_key_ring
from app.leads.contact import Contact, mask_email, mask_name, mask_phone, normal_email, normal_phone
from app.leads.keys import ContactKeys
from app.leads.refusals import ContactNotValid


@pytest.mark.parametrize(
    ("said", "kept", "masked"),
    [
        ("138 0013 8000", "+8613800138000", "138****8000"),
        ("+86-138-0013-8000", "+8613800138000", "138****8000"),
        ("0086 13800138000", "+8613800138000", "138****8000"),
        ("１３８００１３８０００", "+8613800138000", "138****8000"),
        ("(020) 8888 1234", "+862088881234", "+86****34"),
        ("+49 30 1234567", "+49301234567", "+49****67"),
        ("010-12345678", "+861012345678", "+86****78"),
        ("0755-23456789转801", "+8675523456789;ext=801", "755****6789"),
        ("０７５５－２３４５６７８９ 分机：801", "+8675523456789;ext=801", "755****6789"),
        ("(0755)23456789-801", "+8675523456789;ext=801", "755****6789"),
        ("+86 755 2345 6789 ext. 801", "+8675523456789;ext=801", "755****6789"),
        ("tel:+86-755-23456789;ext=801", "+8675523456789;ext=801", "755****6789"),
        ("0755-2345-6789", "+8675523456789", "755****6789"),
        ("400-800-1234", "+864008001234", "+86****34"),
    ],
)
def test_a_phone_number_has_one_form_however_it_is_spelt(said: str, kept: str, masked: str) -> None:
    assert normal_phone(said) == kept
    assert mask_phone(kept) == masked


def test_two_extensions_of_one_switchboard_are_two_people() -> None:
    keys, network = ContactKeys(_ring(new_key_ring())), uuid4()
    found = [keys.phone_key(network, normal_phone(f"0755-23456789{more}")) for more in ("转801", "-802", "-801", "")]
    assert found[0] == found[2]
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    "said",
    [
        "138-0013-8000-1",
        "8888 1234",
        "13800138000/13900139000",
        "1299",
        "abc",
        "138001380001234567",
        "+86 1",
        "\x00",
        "138\ud80000138000",
        "9" * 100,
    ],
)
def test_what_is_no_phone_number_is_refused_without_being_repeated(said: str) -> None:
    with pytest.raises(ContactNotValid) as refused:
        normal_phone(said)
    for locale in ("en", "zh"):
        assert said not in refused.value.message(locale)


def test_mail_addresses_and_names() -> None:
    assert normal_email(" Li.Lei@Example.COM ") == "li.lei@example.com"
    assert mask_email("li.lei@example.com") == "l***@***.com"
    assert [mask_name(name) for name in ("王小明", "Li Lei", "欧")] == ["王**", "L**", "欧**"]
    for wrong in ("x", "a@b", "a b@example.com", "a@@example.com", "<a@example.com>", f"{'x' * 300}@example.com"):
        with pytest.raises(ContactNotValid, match="email"):
            normal_email(wrong)
    with pytest.raises(ContactNotValid, match="a phone number or an e-mail address"):
        Contact.checked("Li", None, " ")
    assert "Li" not in repr(Contact.checked("Li", None, "li@example.com"))


RING = KeyRing.read(new_key_ring())
assert RING is not None


@given(text=st.text(max_size=300), belongs_to=st.text(max_size=40))
def test_what_is_sealed_opens_where_it_belongs_and_nowhere_else(text: str, belongs_to: str) -> None:
    assert RING is not None
    sealed = RING.seal(text, belongs_to)
    assert RING.open(sealed, belongs_to) == text
    assert RING.seal(text, belongs_to) != sealed
    if len(text) > 3:
        assert text.encode() not in sealed
    for wrong, where in ((sealed, belongs_to + "x"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), belongs_to), (b"", "")):
        with pytest.raises(CannotOpen):
            RING.open(wrong, where)


def test_a_new_key_seals_the_old_ones_open_and_the_last_finds_duplicates() -> None:
    old, lead_id = new_key_ring(), uuid4()
    first, new = ContactKeys(_ring(old)), ContactKeys(_ring(f"{new_key_ring().replace('k1', 'k2')}, {old}"))
    contact = Contact.checked("王小明", "13800138000", None)
    assert Contact.unpacked(new.ring.open(first.seal(lead_id, contact), f"lead.contact {lead_id}")) == contact
    with pytest.raises(CannotOpen, match="not on the ring"):
        first.ring.open(new.seal(lead_id, contact), f"lead.contact {lead_id}")
    one, other = uuid4(), uuid4()
    assert first.phone_key(one, "+8613800138000") == new.phone_key(one, "+8613800138000")
    assert first.phone_key(one, "+8613800138000") != first.phone_key(other, "+8613800138000")
    assert first.email_key(one, "+8613800138000") != first.phone_key(one, "+8613800138000")


@pytest.mark.parametrize(
    "said",
    ["x", "k:", "k:!!", "k:QUJD", f"{new_key_ring()},{new_key_ring()}", " :abc"],
    ids=["no colon", "no key", "no base64", "short", "one name twice", "no name"],
)
def test_a_setting_that_is_no_ring_is_refused_without_its_keys(said: str) -> None:
    with pytest.raises(KeyRingNotValid) as refused:
        KeyRing.read(said)
    for part in said.split(":")[1:]:
        assert len(part) < 4 or part not in str(refused.value)
    assert KeyRing.read("") is KeyRing.read(" , ") is None


def _ring(text: str) -> KeyRing:
    ring = KeyRing.read(text)
    assert ring is not None
    return ring
