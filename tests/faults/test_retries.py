"""Jobs with retries: a clone has none, and what a deployed job tries again is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from acceptance.verdict.model import Outcome
from tests.playing import SOUND, Deployment, Played, deployed

TABLE_IN_USE = "wards"
PARSE, RECAST = (
    "stg tascomi_parse_tables_increments_planning",
    "stg tascomi_recast_tables_increments_planning",
)
AT_FIRST = (
    "import sys\n"
    "if '_attempt_' not in sys.argv[sys.argv.index('--JOB_RUN_ID') + 1]:\n"
    "    raise RuntimeError('no luck at first')\n"
)
ALWAYS = "raise RuntimeError('no luck at all')\n"

pytestmark = pytest.mark.xdist_group("retries")


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, Played]]:
    """The parse job, of tables in use the deployed one, fails at its first attempt; the recast job always."""
    for deployment in deployed(tmp_path_factory.mktemp("retries") / "reports"):
        for job, code in ((PARSE, AT_FIRST), (RECAST, ALWAYS)):
            deployment.change_job(job, MaxRetries=1)
            script = job.removeprefix("stg ").removesuffix("_planning")
            deployment.prepend_to_script(f"scripts/planning/{script}.py", code)
        sections = [f"--tags=@section-{number}" for number in (1, 2, 3)]
        tags = " or ".join(tag.removeprefix("--tags=") for tag in sections)
        played = deployment.play(f"--tags={tags}", "-D", "keep=true", tables=f"{SOUND},{TABLE_IN_USE}")
        yield deployment, played


def runs(deployment: Deployment, job: str) -> list[dict[str, Any]]:
    """Of today, the newest first."""
    found: list[dict[str, Any]] = deployment.client("glue").get_job_runs(JobName=job)["JobRuns"]
    return found


def test_a_second_attempt_that_succeeds_is_waited_for(tried: tuple[Deployment, Played]) -> None:
    deployment, played = tried
    scenario = played.scenario("2.3.1", TABLE_IN_USE)
    assert scenario.outcome is Outcome.PASSED, played.message("2.3.1", TABLE_IN_USE)
    (note,) = [note for note in scenario.notes if "tried the run" in note]
    second, first = runs(deployment, PARSE)
    assert "this is attempt 2" in note and first["Id"] in note
    assert second["JobRunState"] == "SUCCEEDED"
    shown = [e for step in scenario.steps for e in step.evidence if e.id == second["Id"]]
    assert shown[0].facts["Attempt"] == "2"
    assert played.scenario("2.3.4", TABLE_IN_USE).outcome is Outcome.PASSED


def test_the_last_attempt_that_fails_is_the_finding(tried: tuple[Deployment, Played]) -> None:
    deployment, played = tried
    assert played.finding("3.2.1", TABLE_IN_USE).code == "job-run-died"
    message = played.failure("3.2.1", TABLE_IN_USE)
    assert message.startswith(
        f"the recast run died before it had written {TABLE_IN_USE}: FAILED: RuntimeError: "
    )
    second, first = runs(deployment, RECAST)
    assert second["Id"] == f"{first['Id']}_attempt_1"
    assert second["Id"] in message


def test_a_clone_is_not_tried_again(tried: tuple[Deployment, Played]) -> None:
    deployment, played = tried
    for step in ("2.1.2", "3.1.2"):
        (note,) = [note for note in played.scenario(step).notes if "retries" in note]
        assert "its clone has no retries" in note
    assert len(runs(deployment, f"{RECAST}-TEST-DPP-426")) == 1
    assert played.scenario("3.2.1", SOUND).outcome is Outcome.FAILED
