"""Pure decisions of the network."""

import pytest

from app.kernel.refusal import BadRequest
from app.kernel.wording import preferred_locale
from app.network.lifecycle import RELATION, RelationStatus
from app.network.roles import Role, permissions_of
from app.network.rules import NewRegion, Scope, Terms, checked_roles, paths_of


def region(code: str, parent: str | None = None) -> NewRegion:
    return NewRegion(code, parent, code, code)


def test_paths_are_chains_of_codes_each_closed_by_a_slash() -> None:
    given = [region("4401", "44"), region("44", "CN"), region("CN"), region("33", "CN")]
    assert paths_of(given, {}) == {"CN": "CN/", "44": "CN/44/", "4401": "CN/44/4401/", "33": "CN/33/"}


def test_a_path_goes_on_from_a_saved_parent() -> None:
    assert paths_of([region("4401", "44")], {"44": "CN/44/"}) == {"4401": "CN/44/4401/"}


@pytest.mark.parametrize(
    "given",
    [
        [region("a", "b"), region("b", "a")],
        [region("a", "a")],
        [region("a", "nowhere")],
        [region("a/b")],
        [region(str(n) * 15, str(n - 1) * 15 if n > 1 else None) for n in range(1, 10)] + [region("z" * 90, "9" * 15)],
    ],
)
def test_regions_that_cannot_be(given: list[NewRegion]) -> None:
    with pytest.raises(BadRequest):
        paths_of(given, {})


def test_roles_are_kept_once_and_in_order() -> None:
    assert checked_roles("roles", ["finance", "buyer", "finance"]) == (Role.BUYER, Role.FINANCE)
    for wrong in ([], ["emperor"]):
        with pytest.raises(BadRequest):
            checked_roles("roles", wrong)


def test_a_scope_is_for_channel_managers_only() -> None:
    Scope(region_codes=("44",)).check([Role.CHANNEL_MANAGER])
    Scope().check([Role.OWNER])
    for roles in ([Role.BUYER], [Role.CHANNEL_MANAGER, Role.OWNER], [Role.CHANNEL_MANAGER, Role.ADMIN]):
        with pytest.raises(BadRequest):
            Scope(region_codes=()).check(roles)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(currency="XXQ"), "currency"),
        (Terms(currency="CNY", tax_mode="none"), "taxMode"),
        (Terms(currency="CNY", funding="gold"), "funding"),
        (Terms(currency="CNY", net_days=-1), "netDays"),
        (Terms(currency="CNY", net_days=3651), "netDays"),
        (Terms(currency="CNY", order_minimum_minor=-1), "orderMinimum"),
        (Terms(currency="CNY", reservation_minutes=0), "reservationMinutes"),
        (Terms(currency="CNY", customer_code="x" * 61), "customerCode"),
    ],
)
def test_terms_that_cannot_be(terms: Terms, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        terms.checked()
    assert refused.value.field == field


def test_a_relation_moves_as_the_table_says() -> None:
    moves = {status: RELATION.moves_from(status) for status in RelationStatus}
    assert moves == {"active": ["suspend", "end"], "suspended": ["resume", "end"], "ended": ["reopen"]}


def test_separate_hands() -> None:
    """Nobody but owner and admin both orders and confirms, or lends and confirms."""
    both = [role for role in Role if {"order.place", "order.decide"} <= permissions_of(frozenset({role}))]
    assert both == [Role.OWNER, Role.ADMIN]
    lends = [role for role in Role if {"credit.manage", "order.decide"} <= permissions_of(frozenset({role}))]
    assert lends == [Role.OWNER, Role.ADMIN]


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "en"),
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de, en;q=0.3, zh;q=0.5", "zh"),
        ("fr", "en"),
        ("zh;q=0", "en"),
        ("zh;q=nonsense", "en"),
        ("ZH-hans", "zh"),
    ],
)
def test_the_language_is_what_the_device_asks_for(header: str | None, locale: str) -> None:
    assert preferred_locale(header) == locale
