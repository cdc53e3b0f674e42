"""The referee's judgement: what counts as a difference, and which are known."""

from __future__ import annotations

import pytest

from referee.answers import Found, difference, known, new_difference

ONE = Found([["1"], ["2"]], ["a"], ["integer"])


@pytest.mark.parametrize(
    ("sql", "trino", "sandbox", "told"),
    [
        ("SELECT 1", ONE, ONE, ""),
        ("SELECT 1", ONE, Found([["2"], ["1"]], ["a"], ["integer"]), ""),
        ("SELECT 1 ORDER BY 1", ONE, Found([["2"], ["1"]], ["a"], ["integer"]), "and Trino"),
        ("SELECT 1", ONE, Found(ONE.rows, ["b"], ONE.types), "and Trino"),
        ("SELECT 1", ONE, Found(ONE.rows, ONE.names, ["bigint"]), "and Trino"),
        ("SELECT 1", ONE, Found(reason="NOT_SUPPORTED: the sandbox does not"), ""),
        ("SELECT 1", ONE, Found(reason="FUNCTION_NOT_FOUND: no such"), "and Trino"),
        ("SELECT 1", ONE, Found(reason="KeyError: 'a'"), "and Trino"),
        ("SELECT 1", Found(reason="TYPE_MISMATCH: no"), Found(reason="TYPE_MISMATCH: other words"), ""),
        ("SELECT 1", Found(reason="TYPE_MISMATCH: no"), Found(reason="COLUMN_NOT_FOUND: b"), "and Trino"),
        ("SELECT 1", Found(reason="TYPE_MISMATCH: no"), ONE, "accepted"),
    ],
)
def test_what_differs(sql: str, trino: Found, sandbox: Found, told: str) -> None:
    found = difference(sql, trino, sandbox)
    assert (told in found) if told else not found


def test_what_is_known() -> None:
    assert all(reason for reason in known().values())
    assert new_difference(next(iter(known())), ONE, Found(reason="no code")) == ""
    tied = "SELECT a FROM t ORDER BY a DESC\nLIMIT 10;"
    others = Found([["1"], ["3"]], ["a"], ["integer"])
    assert new_difference(tied, ONE, others) == ""
    assert new_difference(tied, ONE, Found([["1"]], ["a"], ["integer"]))
    assert new_difference(tied, ONE, Found(others.rows, ["b"], ["integer"]))
    assert new_difference("SELECT a FROM t", ONE, others)
