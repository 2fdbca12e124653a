"""Whose turn it is, and what may be done with a lead. Pure."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.leads.lifecycle import LEAD, LeadAction, LeadStatus, PoolReason, allowed
from app.leads.rules import Candidate, in_turn, tiers, why_nobody
from app.network.roles import Permission, Role, permissions_of

COMPANIES = st.lists(st.integers(1, 50), min_size=1, max_size=20, unique=True).map(
    lambda numbers: [UUID(int=one) for one in numbers]
)


def candidate(number: int, depth: int = 1, most: int | None = None, now: int = 0, refused: bool = False) -> Candidate:
    return Candidate(UUID(int=number), f"r{depth}", depth, most, now, refused)


@given(companies=COMPANIES, leads=st.integers(1, 200))
def test_turns_differ_by_one_at_most(companies: list[UUID], leads: int) -> None:
    tier = tiers([candidate(one.int) for one in companies])[0]
    last, given_to = None, Counter[UUID]()
    for _ in range(leads):
        last = in_turn(tier, last)[0].company_id
        given_to[last] += 1
    counts = [given_to[one] for one in companies]
    assert max(counts) - min(counts) <= 1


def test_the_narrowest_territory_comes_first_and_who_cannot_is_left_out() -> None:
    found = tiers([candidate(1, 1), candidate(2, 5), candidate(3, 5, most=2, now=2), candidate(4, 5, refused=True),
                   candidate(5, 3, most=0), candidate(6, 3, most=1)])  # fmt: skip
    assert [[one.company_id.int for one in tier] for tier in found] == [[2], [6], [1]]


def test_why_nobody_takes_it() -> None:
    assert why_nobody([]) is PoolReason.NO_DEALER
    assert why_nobody([candidate(1, refused=True)]) is PoolReason.NOBODY_LEFT
    assert why_nobody([candidate(1, refused=True), candidate(2, most=0)]) is PoolReason.NO_CAPACITY


@pytest.mark.parametrize("status", LeadStatus)
def test_what_may_be_done_follows_the_table_and_the_side(status: LeadStatus) -> None:
    everything = permissions_of(frozenset({Role.OWNER}))

    def may(
        *, is_brand: bool, holds: bool, lapsed: bool = False, rights: frozenset[Permission] = everything
    ) -> set[str]:
        return set(allowed(status, is_brand=is_brand, holds=holds, has_lapsed=lapsed, permissions=rights))

    dealers = {"accept", "reject"} if status is LeadStatus.OFFERED else set()
    dealers = {"follow", "win", "lose"} if status is LeadStatus.ACCEPTED else dealers
    assert may(is_brand=False, holds=True) == dealers
    assert may(is_brand=False, holds=False) == may(is_brand=False, holds=True, lapsed=True) == set()
    assert may(is_brand=True, holds=False) == {
        one for one in ("assign", "reroute", "take_back", "discard") if LEAD.allows(status, one)
    }
    assert may(is_brand=True, holds=False, rights=frozenset({Permission.LEAD_FOLLOW})) == set()
    assert {one.value for one in LeadAction} == set(LEAD.moves) - {"link", "offer", "pool", "lapse", "withdraw"}
