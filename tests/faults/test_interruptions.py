"""Runs that are ended from outside: nothing of the ticket's is left, and the page says what was done until then."""

from __future__ import annotations

import signal
import time

import pytest

from acceptance.verdict.model import Outcome, State
from acceptance.verdict.sentence import sentence
from tests.playing import BROKEN, INGESTION_SCRIPT, SOUND, Deployment
from tests.processes import Process


def own_jobs(deployment: Deployment) -> list[str]:
    pages = deployment.client("glue").get_paginator("list_jobs").paginate()
    return [name for page in pages for name in page["JobNames"] if name.endswith("-TEST-DPP-426")]


def start_and_wait_for_a_run(deployment: Deployment, tables: str = f"{BROKEN},{SOUND}") -> Process:
    """Start the playbook with an ingestion that takes its time, and return once a job run is under way."""
    deployment.prepend_to_script(INGESTION_SCRIPT, "import time\ntime.sleep(600)\n")
    process = deployment.start(cold=True, tables=tables)
    glue = deployment.client("glue")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for name in own_jobs(deployment):
            if any(run["JobRunState"] == "RUNNING" for run in glue.get_job_runs(JobName=name)["JobRuns"]):
                return process
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"no job run within 60 s\n{process.communicate()[0]}")


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_interrupted(deployment: Deployment, number: signal.Signals, name: str) -> None:
    process = start_and_wait_for_a_run(deployment)
    process.send_signal(number)
    played = deployment.end(process)  # which waits for half as long as the job run would take
    assert played.exit_code == 1
    assert played.verdict.state is State.INTERRUPTED
    assert f"Interrupted by {name}" in sentence(played.verdict)
    assert played.scenario("1.1.2").outcome is Outcome.PASSED
    assert played.scenario("1.2.4", SOUND).outcome is Outcome.NOT_RUN
    assert "Interrupted by" in (played.folder / "report.html").read_text("utf-8")
    assert own_jobs(deployment) == []


def test_sandbox_killed_in_the_middle(deployment: Deployment) -> None:
    """What cannot be reached is an error, never the product's failure."""
    process = start_and_wait_for_a_run(deployment)
    deployment.process.kill()
    played = deployment.end(process)
    assert played.exit_code == 1
    assert played.verdict.state is State.ERROR
    assert played.failed() == []
    assert played.finding("1.2.1", BROKEN).code == "aws-not-reached"
    assert any("clean-up" in problem for problem in played.verdict.problems)


def test_killed_run_is_cleaned_up_by_the_next(deployment: Deployment) -> None:
    process = start_and_wait_for_a_run(deployment)
    process.kill()
    process.communicate()
    assert len(own_jobs(deployment)) == 1
    deployment.play("features/0-before-you-start")
    assert own_jobs(deployment) == []
