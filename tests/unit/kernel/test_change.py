"""Changes of several steps as one statement: parameters keep their values, and no row is written by two of them."""

import pytest

from app.kernel.change import Change, as_one, check

RAISED = Change("raised AS (UPDATE account SET held = held + $1 WHERE id = $2)", (5, "a"))
KEPT = Change(
    "kept AS (INSERT INTO hold (account, amount) SELECT $1, $2 RETURNING id)",
    ("a", 5),
    must_write=("kept", 1),
    otherwise="no hold was kept",
)


def test_parameters_are_numbered_through() -> None:
    sql, params = as_one([RAISED, KEPT, Change("told AS (INSERT INTO outbox (what) VALUES ($1))", ("held",))])
    assert sql == (
        "WITH raised AS (UPDATE account SET held = held + $1 WHERE id = $2), "
        "kept AS (INSERT INTO hold (account, amount) SELECT $3, $4 RETURNING id), "
        "told AS (INSERT INTO outbox (what) VALUES ($5))\n"
        "SELECT (SELECT count(*) FROM kept) AS written_0, 1 AS done"
    )
    assert params == [5, "a", "a", 5, "held"]


def test_the_answer_stands_beside_the_counts() -> None:
    sql, _ = as_one([KEPT], "k.id FROM kept k")
    assert sql.endswith("\nSELECT (SELECT count(*) FROM kept) AS written_0, k.id FROM kept k")


def test_two_changes_of_one_table_are_refused() -> None:
    """PostgreSQL would do one of two updates of a row and say nothing."""
    with pytest.raises(ValueError, match="write account"):
        as_one([RAISED, Change("lowered AS (UPDATE account SET held = 0 WHERE id = $1)", ("a",))])
    # A lock and a conflict write nothing of another table
    locked = Change("k AS (SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE)", ("a",))
    as_one([RAISED, locked])


@pytest.mark.parametrize("found", [None, {"written_0": 0}, {"written_0": 2}])
def test_a_change_that_does_not_find_its_rows_is_no_success(found: object) -> None:
    with pytest.raises(LookupError, match="no hold was kept"):
        check([RAISED, KEPT], found)
    check([RAISED, KEPT], {"written_0": 1})
