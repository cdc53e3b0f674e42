"""Days whose updates nobody asked the API for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from acceptance.checks import history
from acceptance.checks.history import left_out
from acceptance.findings import Finding
from acceptance.queries.parse import ParseCounts

LOOKBACK = timedelta(days=30)


def day(number: int) -> date:
    return date(2026, 1, 1) + timedelta(days=number)


@pytest.mark.parametrize(
    ("until", "runs", "gaps"),
    [
        (30, [], []),
        (31, [], [(0, 0)]),
        (45, [], [(0, 14)]),
        (45, [20], []),  # quiet: the run left no generation
        (80, [40], [(0, 9), (40, 49)]),
        (45, [-5, 50], [(0, 14)]),
    ],
)
def test_a_gap_ends_where_the_look_back_begins(
    until: int, runs: list[int], gaps: list[tuple[int, int]]
) -> None:
    found = left_out(day(0), day(until), list(map(day, runs)), LOOKBACK)
    assert found == [(day(first), day(last)) for first, last in gaps]


@pytest.mark.parametrize(("days", "told"), [(4, ""), (5, ""), (7, "; 2 later days not compared")])
def test_days_beyond_those_in_a_message_are_counted(days: int, told: str) -> None:
    past = [ParseCounts(day=day(number)) for number in range(days)]
    found = {f"{each.day:%Y%m%d}": Finding("code", "wrong") for each in past[: history.SHOWN]}
    listed = history._listed(found, past)
    assert listed.count(": wrong") == len(found)
    assert listed.rpartition("wrong")[2] == told
