"""What killed runs leave is removed, by the sweep or the next run, and nothing else; a ticket is run once at a time."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.playing import SCRIPTS, SOUND, Deployment, deployed
from tests.processes import Process

PARSE_JOB = "stg tascomi_parse_tables_increments_planning"
LOOK_ALIKES = (
    f"{PARSE_JOB}-TEST-DPP-4260",
    f"{PARSE_JOB}-TEST-DPP-42",
    f"{PARSE_JOB}-TEST-DPP-426-old",
    f"old {PARSE_JOB}-TEST-DPP-426",
    f"{PARSE_JOB}-copy",
    "stg parking_permits_ingestion_parking-TEST-DPP-426",
)
SCRIPT_FOLDER = "scripts/planning/"
SCRIPT_LOOK_ALIKES = tuple(
    f"{SCRIPT_FOLDER}{name}"
    for name in (
        "tascomi_parse_tables_increments-DPP-4260.py",
        "tascomi_parse_tables_increments-DPP-426.py.bak",
        "old-tascomi_parse_tables_increments-DPP-426.py",
        "DPP-4260.lock.json",
    )
)
LOCK = f"{SCRIPT_FOLDER}DPP-426.lock.json"
SECTION_2 = "features/2-parse-increments"

pytestmark = pytest.mark.xdist_group("leftovers")  # the tests share one account


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """An account with look-alikes of what the suite creates."""
    for deployment in deployed(tmp_path_factory.mktemp("account") / "reports"):
        glue, s3 = deployment.client("glue"), deployment.client("s3")
        original = glue.get_job(JobName=PARSE_JOB)["Job"]
        for name in LOOK_ALIKES:
            glue.create_job(Name=name, Role=original["Role"], Command=original["Command"])
        for key in SCRIPT_LOOK_ALIKES:
            s3.put_object(Bucket=SCRIPTS, Key=key, Body=b"# somebody else's")
        yield deployment


def things(account: Deployment) -> set[str]:
    """All jobs and script objects of the account."""
    pages = account.client("glue").get_paginator("list_jobs").paginate()
    objects = account.client("s3").list_objects_v2(Bucket=SCRIPTS)["Contents"]
    return {name for page in pages for name in page["JobNames"]} | {item["Key"] for item in objects}


def kill_after(account: Deployment, action: str) -> None:
    """Start section 2 and kill it, without a chance to clean up, once it has made a call."""
    process = start_until(account, SECTION_2, action)
    process.kill()
    process.communicate()


def start_until(account: Deployment, features: str, action: str) -> Process:
    """Start a run; returns once it has made a call."""
    account.box.clear()
    process = account.start(features, tables=SOUND)
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        if any(call["action"] == action for call in account.box.calls()):
            return process
        time.sleep(0.01)
    process.kill()
    raise AssertionError(f"{action} was never called\n{process.communicate()[0]}")


CREATING = ["PutObject", "CreateJob", "CopyObject", "UpdateJob", "DeleteJob"]
"""The calls of section 2 that leave something, the lock first, and the first call of its clean-up."""


@pytest.mark.parametrize("action", CREATING)
def test_the_sweep_removes_what_a_killed_run_left(account: Deployment, action: str) -> None:
    before = things(account)
    kill_after(account, action)
    (account.reports / "DPP-426" / "created-local.jsonl").unlink(missing_ok=True)  # it was on another machine
    left = things(account) - before - {LOCK}
    shown = account.sweep()
    assert shown.exit_code == 0, shown.output
    for name in left:
        assert name in shown.output
    assert things(account) - before - {LOCK} == left  # it has only shown them
    swept = account.sweep("--yes")
    assert swept.exit_code == 0, swept.output
    assert things(account) == before


@pytest.mark.parametrize("action", CREATING)
def test_the_next_run_removes_what_a_killed_run_left(account: Deployment, action: str) -> None:
    before = things(account)
    kill_after(account, action)
    account.play("--tags=@step-2.1.1 or @step-2.1.2 or @step-2.2.1", tables=SOUND)
    assert things(account) == before


def test_a_run_killed_in_a_job_run(account: Deployment) -> None:
    """Its job run is stopped with its job."""
    before = things(account)
    process = start_until(account, "features/1-api-ingestion", "StartJobRun")
    process.kill()
    process.communicate()
    assert account.sweep("--yes").exit_code == 0
    assert things(account) == before


def test_the_same_ticket_twice_at_once(account: Deployment) -> None:
    holder = {
        "run": "20261125T080000Z-1a2b",
        "by": "assumed-role/AWSPowerUserAccess/jane",
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(),
    }
    s3 = account.client("s3")
    s3.put_object(Bucket=SCRIPTS, Key=LOCK, Body=json.dumps(holder).encode())
    try:
        before, runs = things(account), set(account.reports.glob("DPP-426/*/"))
        process = account.start(SECTION_2, tables=SOUND)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 1
        assert "DPP-426 is being run by assumed-role/AWSPowerUserAccess/jane since" in output
        assert set(account.reports.glob("DPP-426/*/")) == runs  # no page that would hide the other run's
        refused = account.sweep("--yes")
        assert refused.exit_code == 1
        assert "is being run by" in refused.output
        assert things(account) == before
        looking = account.play("--tags=@step-2.1.1", tables=SOUND)  # who only reads disturbs nobody
        assert looking.exit_code == 0, looking.output
    finally:
        s3.delete_object(Bucket=SCRIPTS, Key=LOCK)


def test_a_lock_no_longer_renewed_is_taken_over(account: Deployment) -> None:
    holder = {
        "run": "20261125T080000Z-1a2b",
        "by": "root",
        "host": "another-machine",
        "pid": 1,
        "since": "2026-11-25T08:00:00Z",
    }
    account.client("s3").put_object(Bucket=SCRIPTS, Key=LOCK, Body=json.dumps(holder).encode())
    time.sleep(8)  # six renewals of the sandbox's, and the seconds that S3 does not tell
    played = account.play(SECTION_2, tables=SOUND)
    assert "is being run by" not in played.output
    assert LOCK not in things(account)


def test_two_runs_started_together(account: Deployment) -> None:
    """One of them wins; the other is refused."""
    processes = [account.start("features/1-api-ingestion", tables=SOUND) for _ in range(2)]
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 1], outputs
    assert sum("is being run by" in output or "by another run" in output for output in outputs) == 1


def test_two_tickets_at_once(deployment: Deployment) -> None:
    """They share crawlers, and disturb each other in nothing else."""
    from sandbox import repository

    terraform = "terraform/etl/24-aws-glue-tascomi-data.tf"
    text = (deployment.box.data_platform / terraform).read_text("utf-8")
    assert text.count('"emails",') == 1
    files = {terraform: text.replace('"emails",', '"emails",\n    "enforcement_outcomes",')}
    repository.commit(deployment.box.data_platform, "DPP-4260-outcomes", files, "Add another table")
    one = deployment.start(tables="enforcement_breaches")
    other = deployment.start("-D", "ticket=DPP-4260", "--tags=@section-1", tables="enforcement_outcomes")
    for process in (one, other):
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output


def test_sigterm_while_the_clean_up_is_under_way(account: Deployment) -> None:
    process = start_until(account, SECTION_2, "DeleteJob")
    os.kill(process.pid, signal.SIGTERM)
    played = account.end(process)
    assert played.verdict.interrupted == ""
    assert not [
        name
        for name in things(account)
        if name.endswith(f"{PARSE_JOB}-TEST-DPP-426") and name not in LOOK_ALIKES
    ]
