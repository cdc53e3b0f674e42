"""A dry run tells what a run would do, and a budget is kept: on the command line, on a sandbox as on none."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.aws.quotas import JOB_RUNS
from acceptance.measurements.model import Work
from acceptance.plan import plan as plans
from acceptance.plan.plan import Crawls, JobRuns, Known, Queries, Selection
from acceptance.settings import Settings
from tests.behaviour.test_wrong_input import behave
from tests.playing import BROKEN, Deployment, Played

READING = ("Get", "List", "Head")


def test_without_a_sandbox_the_plan_is_made_of_counts(tmp_path: Path) -> None:
    done = behave("--dry-run", "-D", "ticket=DPP-426", "-D", "tables=wards", "-D", f"reports={tmp_path}")
    assert done.exit_code == 0
    plan = done.output.split("scenarios would run\n")[1]
    assert "1 job run of stg tascomi_api_ingestion…-TEST-DPP-426" in plan
    assert "1 query (the playbook's own), bytes unknown" in plan
    assert "lock scripts/planning/DPP-426.lock.json" in plan
    assert "the environment was not looked at" in plan


@pytest.mark.xdist_group("untouched")
def test_on_a_sandbox_that_is_up_the_plan_knows_jobs_and_bytes(untouched: Deployment, tmp_path: Path) -> None:
    apart = replace(untouched, reports=tmp_path / "reports")
    apart.box.clear()
    process = apart.start("--dry-run", tables=f"wards,{BROKEN}")
    output, _ = process.communicate(timeout=300)
    calls = apart.box.calls()
    assert process.returncode == 0, output
    plan = output.split("scenarios would run\n")[1]
    assert "2 job runs of stg tascomi_api_ingestion_planning-TEST-DPP-426" in plan
    assert "1 job run of stg tascomi_parse_tables_increments_planning " in plan  # the deployed one, for wards
    assert "2 queries (the checks'), up to " in plan and ", 1 unknown" in plan
    assert calls
    assert {call["action"] for call in calls if not call["action"].startswith(READING)} == set()
    assert not apart.reports.exists()


@pytest.mark.xdist_group("untouched")
def test_the_plan_knows_how_many_job_runs_the_account_lets_go_together(untouched: Deployment) -> None:
    limit = {"Quotas": [{"QuotaName": JOB_RUNS, "Value": 1.0}]}
    untouched.box.faults([{"action": "ListServiceQuotas", "status": 200, "body": limit}])
    try:
        process = untouched.start("--dry-run", "--tags=@step-1.2.1", tables=f"wards,{BROKEN}")
        output, _ = process.communicate(timeout=300)
    finally:
        untouched.box.clear()
    (runs,) = (line for line in output.splitlines() if "2 job runs of stg tascomi_api_ingestion" in line)
    assert " 6 min " in runs  # two of 180 s, one after the other


@pytest.mark.parametrize("dry_run", [False, True], ids=["run", "dry run"])
def test_a_run_beyond_the_budget_is_refused(dry_run: bool, tmp_path: Path) -> None:
    given = ["-D", "ticket=DPP-426", "-D", "budget=1", "-D", f"reports={tmp_path / 'reports'}"]
    done = behave(*given, *(["--dry-run"] if dry_run else []))
    told = [line for line in done.output.splitlines() if "budget=1" in line]
    assert done.exit_code == 1
    assert len(told) == 1 and "the run would cost about $2.13 on AWS" in told[0]
    assert ("scenarios would run" in done.output) == dry_run
    assert not (tmp_path / "reports").exists()


def test_what_is_within_the_budget_runs(tmp_path: Path) -> None:
    """Static checks cost nothing, so that no budget is too small for them."""
    given = ["-D", "ticket=DPP-426", "-D", "budget=0", "-D", f"reports={tmp_path}", "--tags=@terraform"]
    done = behave(*given)
    assert done.exit_code == 0, done.output
    assert list(tmp_path.glob("DPP-426/*/verdict.json"))


@pytest.mark.xdist_group("healthy")
def test_a_healthy_run_does_what_was_planned(healthy_run: Played) -> None:
    found = healthy_run.verdict
    chosen = frozenset((scenario.step, scenario.table) for scenario in found.scenarios)
    selection = Selection(chosen, found.tables, frozenset(), changes=True)
    planned = plans.make(selection, Settings("DPP-426"), Known())
    kinds = {JobRuns: Work.JOB_RUN, Crawls: Work.CRAWL, Queries: Work.QUERY}
    expected: Counter[tuple[Work, str]] = Counter()
    for part in planned.work:
        expected[kinds[type(part)], part.step] += part.number
    assert Counter((activity.kind, activity.step) for activity in found.activities) == expected
