"""Each step of the playbook is self-contained: alone it goes on from an earlier process, or says what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from acceptance.measurements.model import Point
from acceptance.verdict.model import Outcome, State
from tests.playing import BROKEN, SOUND, Deployment
from tests.processes import ROOT

FEATURES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("features/*/*.feature"))


class Missing(NamedTuple):
    """The step that would bring what a step does not find, and the finding's code."""

    step: str
    code: str


MISSING = {
    "1.2.1": Missing("1.1.2", "no-test-job"),
    "1.2.2": Missing("1.2.1", "no-data-today"),
    "1.2.3": Missing("1.2.1", "no-data-today"),
    "1.2.4": Missing("1.2.2", "data-not-crawled"),
    "2.2.1": Missing("2.1.2", "no-test-job"),
    "2.2.2": Missing("2.1.2", "no-test-job"),
    "2.3.1": Missing("2.1.2", "no-test-job"),
    "2.3.2": Missing("2.3.1", "no-data-today"),
    "2.3.3": Missing("2.3.1", "no-data-today"),
    "2.3.4": Missing("2.3.2", "data-not-crawled"),
    "3.2.1": Missing("3.1.2", "no-test-job"),
    "3.2.2": Missing("3.2.1", "no-data-today"),
    "3.2.3": Missing("3.2.1", "no-data-today"),
    "3.2.4": Missing("3.2.2", "data-not-crawled"),
    "4.2.1": Missing("4.1.2", "no-test-job"),
    "4.2.2": Missing("4.1.2", "no-test-job"),
    "4.3.1": Missing("4.1.2", "no-test-job"),
    "4.3.2": Missing("4.3.1", "no-data-today"),
    "4.3.3": Missing("4.3.1", "no-data-today"),
    "4.3.4": Missing("4.3.2", "data-not-crawled"),
}
"""What each step says is missing, run on an account where nothing of the ticket has been done."""

MISSING_FOR_ACCEPTANCE = {
    "user-acceptance": Missing("4.3.2", "no-snapshot"),
    "undisturbed": Missing("1.1.2", "no-record-of-tables"),
    "api-changes": Missing("2.3.2", "no-parsed-data"),
    "advice": Missing("2.3.2", "no-parsed-data"),
}


@pytest.mark.long
@pytest.mark.xdist_group("shared")
def test_each_feature_goes_on_from_an_earlier_process(shared: Deployment) -> None:
    for feature in FEATURES:
        played = shared.play(feature, "-D", "keep=true", tables=SOUND)
        assert played.verdict.state is State.PARTIAL, f"{feature}\n{played.output}"
        assert played.exit_code == 0
        assert {s.outcome for s in played.verdict.scenarios} == {Outcome.PASSED}, feature


def test_the_logs_of_an_earlier_process_take_few_calls(deployment: Deployment) -> None:
    tables = f"{BROKEN},{SOUND},wards"
    deployment.play("features/1-api-ingestion", "-D", "keep=true", tables=tables).passes(SOUND)
    played = deployment.play("--tags=@step-1.2.4", tables=tables)
    played.passes(SOUND)
    promised = [count.pages for count in played.verdict.row_counts if count.point is Point.API]
    assert len(promised) == 3 and all(promised)  # told by the logs alone
    assert (
        played.verdict.calls["logs:FilterLogEvents"] == 2 + 3
    )  # two groups, and continuous logging's for each run


@pytest.mark.xdist_group("untouched")
@pytest.mark.parametrize(("step", "fault"), MISSING.items(), ids=MISSING)
def test_a_feature_says_which_step_is_missing(untouched: Deployment, step: str, fault: Missing) -> None:
    played = untouched.play(f"--tags=@step-{step}", tables=SOUND)
    assert played.exit_code == 1
    assert played.verdict.state is State.BLOCKED
    (scenario,) = played.verdict.scenarios
    assert scenario.outcome is Outcome.BLOCKED
    assert scenario.finding and (scenario.finding.step, scenario.finding.code) == fault


@pytest.mark.xdist_group("untouched")
@pytest.mark.parametrize(("feature", "fault"), MISSING_FOR_ACCEPTANCE.items(), ids=MISSING_FOR_ACCEPTANCE)
def test_acceptance_says_which_step_is_missing(
    untouched: Deployment, feature: str, fault: Missing, tmp_path: Path
) -> None:
    apart = replace(
        untouched, reports=tmp_path
    )  # a run that was to change something leaves a record of what was there
    played = apart.play(f"--tags=@{feature}", tables=SOUND)
    assert played.exit_code == 1
    assert played.verdict.state is State.BLOCKED
    first = played.verdict.scenarios[0]
    assert first.outcome is Outcome.BLOCKED
    assert first.finding and (first.finding.step, first.finding.code) == fault
