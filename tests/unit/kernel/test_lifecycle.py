"""What may follow what, and which tables are refused at import."""

from collections.abc import Callable
from enum import StrEnum

import pytest

from app.kernel.lifecycle import Lifecycle, Move
from app.kernel.refusal import MoveNotAllowed


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


ORDER = Lifecycle(
    "order",
    initial=Status.DRAFT,
    moves={
        "submit": Move(from_=Status.DRAFT, to=Status.SUBMITTED),
        "confirm": Move(from_=Status.SUBMITTED, to=Status.CONFIRMED),
        "complete": Move(from_=Status.CONFIRMED, to=Status.COMPLETED),
        "cancel": Move(from_=(Status.DRAFT, Status.SUBMITTED), to=Status.CANCELLED),
        "send_back": [
            Move(from_=Status.SUBMITTED, to=Status.DRAFT),
            Move(from_=Status.CONFIRMED, to=Status.SUBMITTED),
        ],
    },
    final=(Status.COMPLETED, Status.CANCELLED),
    states=Status,
)


def test_moves_lead_where_the_table_says() -> None:
    assert ORDER.after(Status.DRAFT, "submit") is Status.SUBMITTED
    assert ORDER.after(Status.SUBMITTED, "cancel") is Status.CANCELLED
    assert ORDER.after(Status.SUBMITTED, "send_back") is Status.DRAFT
    assert ORDER.after(Status.CONFIRMED, "send_back") is Status.SUBMITTED
    assert ORDER.after("draft", "submit") is Status.SUBMITTED  # type: ignore[arg-type]


def test_moves_from_a_status_stand_in_the_order_of_the_table() -> None:
    assert ORDER.moves_from(Status.SUBMITTED) == ["confirm", "cancel", "send_back"]
    assert ORDER.moves_from(Status.COMPLETED) == []
    assert ORDER.sources("cancel") == {Status.DRAFT, Status.SUBMITTED}
    assert ORDER.allows(Status.DRAFT, "cancel")
    assert not ORDER.allows(Status.CONFIRMED, "cancel")
    assert ORDER.is_final(Status.CANCELLED)
    assert not ORDER.is_final(Status.DRAFT)


def test_a_move_that_is_not_allowed_names_those_that_are() -> None:
    with pytest.raises(MoveNotAllowed) as refused:
        ORDER.after(Status.CONFIRMED, "cancel")
    assert refused.value.params == {
        "document": "order",
        "status": "confirmed",
        "asked": "cancel",
        "allowed": ["complete", "send_back"],
    }


def test_every_status_and_move_answers_one_way() -> None:
    for status in Status:
        for move in ORDER.moves:
            if ORDER.allows(status, move):
                assert ORDER.after(status, move) in Status
                assert status in ORDER.sources(move)
            else:
                with pytest.raises(MoveNotAllowed):
                    ORDER.after(status, move)


def test_unknown_words_are_mistakes_of_ours() -> None:
    with pytest.raises(ValueError, match="no move"):
        ORDER.after(Status.DRAFT, "fly")
    with pytest.raises(ValueError, match="no status"):
        ORDER.after("lost", "submit")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no status"):
        ORDER.moves_from("lost")  # type: ignore[arg-type]


def test_without_an_enum_the_states_are_those_of_the_table() -> None:
    lead = Lifecycle("lead", "new", {"win": Move(from_="new", to="won")}, final=("won",))
    assert lead.states == ("new", "won")
    assert lead.after("new", "win") == "won"


def test_a_cycle_needs_no_final_state() -> None:
    switch = Lifecycle("switch", "on", {"off": Move(from_="on", to="off"), "on": Move(from_="off", to="on")})
    assert switch.after(switch.after("on", "off"), "on") == "on"


STEP = Move(from_="a", to="b")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Lifecycle("x", "a", {"go": STEP}), "a dead end that is not final: b"),
        (lambda: Lifecycle("x", "a", {"go": STEP}, final=("b",), states=("a", "b", "c")), "without a row .*: c"),
        (lambda: Lifecycle("x", "a", {"go": STEP}, final=("b",), states=("a",)), "not one of its states: b"),
        (lambda: Lifecycle("x", "a", {"go": STEP}, final=("b", "c")), "not reachable: c"),
        (lambda: Lifecycle("x", "a", {"go": STEP, "in": Move(from_="c", to="b")}, final=("b",)), "not reachable: c"),
        (lambda: Lifecycle("x", "a", {"go": STEP, "re": Move(from_="b", to="a")}, final=("b",)), "yet has a move: b"),
        (lambda: Lifecycle("x", "a", {"go": [STEP, STEP]}, final=("b",)), "go from a is in the table twice"),
        (
            lambda: Lifecycle(
                "x",
                "a",
                {"go": STEP, "stay": Move(from_="a", to="c"), "spin": Move(from_="c", to="c")},
                final=("b",),
            ),
            "cannot reach a final state: c",
        ),
    ],
)  # fmt: skip
def test_a_table_with_a_hole_fails_at_import(make: Callable[[], object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make()
