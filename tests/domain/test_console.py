"""What the console prints of a feature as it ends."""

from __future__ import annotations

import pytest
from behave.model import Feature

from acceptance.verdict.model import Outcome, ScenarioResult
from harness.console import Display
from tests.domain.verdicts import BLOCKED, LOST, scenario

OUTCOMES, BREACHES = "enforcement_outcomes", "enforcement_breaches"


def printed(capfd: pytest.CaptureFixture[str], results: list[ScenarioResult]) -> list[str]:
    with Display() as display:
        display.feature(Feature("step.feature", 1, "Feature", "1.2.4 Query the new data"), results)
    return capfd.readouterr().out.splitlines()


def test_a_reason_is_printed_once_with_each_of_its_tables_once(capfd: pytest.CaptureFixture[str]) -> None:
    blocked = [scenario("1.2.4", table, Outcome.BLOCKED, BLOCKED) for table in (OUTCOMES, OUTCOMES, BREACHES)]
    heading, line = printed(capfd, [*blocked, scenario("1.2.4", BREACHES)])
    assert "1 passed, 3 blocked" in heading
    assert line.count(f"{OUTCOMES}, {BREACHES}: blocked: ") == 1


def test_each_reason_has_a_line_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    results = [
        scenario("1.2.4", OUTCOMES, Outcome.FAILED, LOST),
        scenario("1.2.4", BREACHES, Outcome.BLOCKED, BLOCKED),
    ]
    _, failed, blocked = printed(capfd, results)
    assert LOST.what in failed
    assert BREACHES in blocked
    assert "blocked: " in blocked


def test_what_passed_takes_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert len(printed(capfd, [scenario("1.2.4", OUTCOMES), scenario("1.2.4", BREACHES)])) == 1
