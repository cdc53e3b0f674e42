"""Waits on AWS end: each says for what, its id, its last state and the time passed. The clock waits for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from acceptance.aws.athena import Athena
from acceptance.aws.console_links import Links
from acceptance.aws.glue_crawlers import Crawlers
from acceptance.aws.glue_job_runs import Batch
from acceptance.aws.glue_jobs import Job
from acceptance.aws.session import Aws
from acceptance.aws.waiting import silent
from acceptance.environments import ENVIRONMENTS, Patience
from acceptance.findings import WaitExpired
from sandbox.process import Sandbox
from tests import sandboxes
from tests.aws import connect
from tests.clocks import FastClock
from tests.playing import INGESTION_CRAWLER, INGESTION_JOB, INGESTION_SCRIPT, SCRIPTS

ENVIRONMENT = replace(
    ENVIRONMENTS["local"], patience=Patience(poll=30, job_run=100, crawl=100, query=100, settle=1, renewal=2)
)
ARGUMENTS = {"wards": {"--resource": "wards"}}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with sandboxes.start(seed=False) as started:
        yield started


@pytest.fixture
def aws(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Clients of the suite, for a sandbox whose ingestion job hangs."""
    aws = connect(box, monkeypatch, ENVIRONMENT)
    aws.s3.put_object(Bucket=SCRIPTS, Key=INGESTION_SCRIPT, Body=b"import time\ntime.sleep(60)\n")
    box.clear()
    yield aws
    box.clear()
    runs = [run["Id"] for run in aws.glue.get_job_runs(JobName=INGESTION_JOB)["JobRuns"]]
    if runs:
        aws.glue.batch_stop_job_run(JobName=INGESTION_JOB, JobRunIds=runs)


def batch(aws: Aws, *, own: bool, concurrency: int = 10) -> Batch:
    definition: dict[str, Any] = {**aws.glue.get_job(JobName=INGESTION_JOB)["Job"]}
    job = Job(INGESTION_JOB, {**definition, "ExecutionProperty": {"MaxConcurrentRuns": concurrency}})
    return Batch(aws, ENVIRONMENT, job, ARGUMENTS, FastClock(), silent, own=own)


def actions(box: Sandbox) -> list[str]:
    return [call["action"] for call in box.calls()]


def expired(wait: Any, *arguments: str) -> str:
    with pytest.raises(WaitExpired) as caught:
        wait(*arguments)
    return str(caught.value)


def test_a_hung_job_run_of_the_tickets_own_is_stopped(box: Sandbox, aws: Aws) -> None:
    runs = batch(aws, own=True)
    message = expired(runs.result, "wards")
    run_id = runs.ids["wards"]
    assert f"wards: run {run_id} of {INGESTION_JOB} is still " in message
    assert message.endswith("after 120 s (deadline 100 s); it was stopped")
    assert actions(box).count("BatchStopJobRun") == 1
    assert expired(runs.result, "wards") == message  # its end by our own hand is no finding either
    assert actions(box).count("BatchStopJobRun") == 1


def test_a_hung_job_run_of_a_deployed_job_is_left_alone(box: Sandbox, aws: Aws) -> None:
    message = expired(batch(aws, own=False).result, "wards")
    assert "left alone" in message
    assert "BatchStopJobRun" not in actions(box)


def test_a_place_that_never_falls_free(box: Sandbox, aws: Aws) -> None:
    """Somebody else's run keeps the job's only one."""
    other = aws.glue.start_job_run(JobName=INGESTION_JOB)["JobRunId"]
    full = {"__type": "ConcurrentRunsExceededException", "Message": "Concurrent runs exceeded"}
    box.faults([{"service": "glue", "action": "StartJobRun", "status": 400, "body": full}])
    message = expired(batch(aws, own=True, concurrency=1).result, "wards")
    assert f"wards: no run of {INGESTION_JOB} could be started after 120 s (deadline 100 s)" in message
    assert f"{other} (" in message
    assert "BatchStopJobRun" not in actions(box)


def test_a_jobs_past_is_looked_at_no_further_than_needed(box: Sandbox, aws: Aws) -> None:
    runs = batch(aws, own=True)
    ended = {"JobName": INGESTION_JOB, "JobRunState": "SUCCEEDED", "StartedOn": 0}
    first = {"JobRuns": [{**ended, "Id": "jr_other"}], "NextToken": "1"}
    second = {"JobRuns": [{**ended, "Id": runs.ids["wards"]}], "NextToken": "2"}
    get: dict[str, Any] = {"service": "glue", "action": "GetJobRuns", "status": 200}
    box.clear()
    box.faults([{**get, "body": first, "times": 1}, {**get, "body": second}])
    assert runs.result("wards").succeeded
    assert actions(box).count("GetJobRuns") == 2


@pytest.mark.parametrize("state", ["RUNNING", "STOPPING"])
def test_a_crawler_that_is_never_ready(box: Sandbox, aws: Aws, state: str) -> None:
    raw = {"Crawler": {"Name": INGESTION_CRAWLER, "State": state}}
    box.faults([{"service": "glue", "action": "GetCrawler", "status": 200, "body": raw}])
    message = expired(crawlers(aws).crawl, INGESTION_CRAWLER)
    assert message.startswith(f"crawler {INGESTION_CRAWLER}: still {state} after 100 s (deadline 100 s)")
    assert "StartCrawler" not in actions(box)


def test_a_crawl_that_never_ends(box: Sandbox, aws: Aws) -> None:
    running = {"Crawler": {"Name": INGESTION_CRAWLER, "State": "RUNNING"}}
    ready = {"Crawler": {"Name": INGESTION_CRAWLER, "State": "READY"}}
    get: dict[str, Any] = {"service": "glue", "action": "GetCrawler", "status": 200}
    box.faults([{**get, "body": ready, "times": 1}, {**get, "body": running}])
    message = expired(crawlers(aws).crawl, INGESTION_CRAWLER)
    (crawl,) = aws.glue.list_crawls(CrawlerName=INGESTION_CRAWLER, MaxResults=1)["Crawls"]
    assert f"still RUNNING after 100 s (deadline 100 s); its newest crawl: {crawl['CrawlId']}, " in message


def test_a_crawler_that_somebody_else_keeps_starting(box: Sandbox, aws: Aws) -> None:
    busy = {"__type": "CrawlerRunningException", "Message": "Crawler has already started"}
    box.faults([{"service": "glue", "action": "StartCrawler", "status": 400, "body": busy}])
    assert "still RUNNING after 100 s" in expired(crawlers(aws).crawl, INGESTION_CRAWLER)
    assert actions(box).count("StartCrawler") == 5


def crawlers(aws: Aws) -> Crawlers:
    return Crawlers(aws, ENVIRONMENT, Links(ENVIRONMENT), FastClock(), silent)


STILL_RUNNING = {
    "action": "BatchGetQueryExecution",
    "altered": {"QueryExecutions": {"Status": {"State": "RUNNING"}}},
}


def test_a_query_that_never_ends(box: Sandbox, aws: Aws) -> None:
    box.faults([STILL_RUNNING])
    athena = Athena(aws, ENVIRONMENT, Links(ENVIRONMENT), FastClock())
    try:
        query = athena.start("SELECT 1")
        message = expired(query.result)
        assert message.startswith(f"query {query.id} is still ")
        assert message.endswith("after 100 s (deadline 100 s); it was cancelled")
        assert "StopQueryExecution" in actions(box)
    finally:
        box.clear()
        athena.close()


def test_a_query_that_nobody_asks_for_any_more_is_cancelled(box: Sandbox, aws: Aws) -> None:
    box.faults([STILL_RUNNING])
    athena = Athena(aws, ENVIRONMENT, Links(ENVIRONMENT), FastClock())
    athena.start("SELECT 1")
    athena.close()
    assert "StopQueryExecution" in actions(box)


def test_a_job_run_whose_start_was_not_answered_is_not_started_twice(box: Sandbox, aws: Aws) -> None:
    box.faults([{"service": "glue", "action": "StartJobRun", "lost": True, "times": 1}])
    runs = batch(aws, own=True)
    assert runs.ids.keys() == {"wards"}
    assert actions(box).count("StartJobRun") == 1
    under_way = [
        run["Id"]
        for run in aws.glue.get_job_runs(JobName=INGESTION_JOB)["JobRuns"]
        if run["Arguments"] == ARGUMENTS["wards"] and run["JobRunState"] in ("STARTING", "RUNNING")
    ]
    assert under_way == [runs.ids["wards"]]


def test_a_job_run_that_throttling_delays(box: Sandbox, aws: Aws) -> None:
    throttled = {"__type": "ThrottlingException", "Message": "Rate exceeded"}
    box.faults([{"service": "glue", "action": "StartJobRun", "status": 400, "body": throttled, "times": 3}])
    assert batch(aws, own=True).ids.keys() == {"wards"}
    assert actions(box).count("StartJobRun") == 4
