"""The referee's judgement: what counts as a difference, and which are known."""

from __future__ import annotations

import pytest

from acceptance.queries.parts import LONGEST
from referee.answers import Found, difference, known, new_difference
from referee.limits import SLOWEST, Taken
from sandbox.athena.trino import Cost

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


@pytest.mark.parametrize(
    ("length", "cost", "beyond"),
    [
        (LONGEST, Cost(SLOWEST, 1.0, 0, 1), ""),
        (LONGEST + 1, Cost(1.0, 1.0, 0, 1), "longer than 262,144 bytes"),
        (10, Cost(SLOWEST + 1, 1.0, 0, 1), "longer than 30 minutes"),
        (10, Cost(1.0, 1.0, 0, 0, "EXCEEDED_LOCAL_MEMORY_LIMIT: …\nmore"), "EXCEEDED_LOCAL_MEMORY_LIMIT: …"),
    ],
)
def test_what_is_beyond_a_limit(length: int, cost: Cost, beyond: str) -> None:
    taken = Taken("3.2.4, The checks' query", "x" * length, cost)
    assert taken.beyond == beyond
    assert str(taken).endswith(f"| {length:,} | {beyond} |")
