"""A run that was interrupted is gone on from: what it has paid for and still stands is not started again."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from acceptance.evidence import Kind
from acceptance.measurements.model import Work
from acceptance.verdict.model import Outcome, State
from tests.behaviour.test_harmless import git
from tests.playing import (
    INGESTION_CRAWLER,
    INGESTION_JOB,
    INGESTION_SCRIPT,
    RAW_BUCKET,
    Deployment,
    Played,
    deployed,
)

SECTIONS = ("1-api-ingestion", "2-parse-increments")
INGESTION_CLONE = f"{INGESTION_JOB}-TEST-DPP-426"
PARSE_CLONE = "stg tascomi_parse_tables_increments_planning-TEST-DPP-426"
PARSE_CRAWLER = "tascomi-parse-tables-increments-planning"
PARSE_SCRIPT = "tascomi_parse_tables_increments.py"
NOTE = "which was interrupted, and not run again; -D fresh=true runs everything again"

Seen = Callable[[list[dict[str, Any]]], bool]
"""Whether the calls so far are enough."""

pytestmark = pytest.mark.xdist_group("resume")  # the tests share one account, each with a table of its own


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    yield from deployed(tmp_path_factory.mktemp("account") / "reports")


def sections(number: int) -> tuple[str, ...]:
    return tuple(f"features/{section}" for section in SECTIONS[:number])


def called(action: str, resource: str | None = None) -> Seen:
    return lambda calls: any(c["action"] == action and resource in (None, c.get("resource")) for c in calls)


def waited_for(job: str) -> Seen:
    """Whether a run of a job was started and looked after since."""

    def seen(calls: list[dict[str, Any]]) -> bool:
        actions = [call["action"] for call in calls if call.get("resource") == job]
        return "GetJobRuns" in actions[actions.index("StartJobRun") :] if "StartJobRun" in actions else False

    return seen


QUERYING = called("StartQueryExecution")  # the ingestion's job run and crawl have ended


def interrupt(
    account: Deployment, table: str, sections: tuple[str, ...], seen: Seen, number: int = signal.SIGKILL
) -> str:
    """Start a run and end it once it has made some calls; returns its name."""
    account.box.clear()
    process = account.start(*sections, tables=table)
    until = time.monotonic() + 120
    while not seen(account.box.calls()):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise AssertionError(f"the run did not get there\n{process.communicate()[0]}")
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate(timeout=300)
    return max(path.name for path in account.reports.glob("DPP-426/*Z-*"))


def play(account: Deployment, table: str, sections: tuple[str, ...], *arguments: str) -> Played:
    """A run, told apart from those before it by the calls it makes."""
    account.box.clear()
    return account.play(*sections, *arguments, tables=table)


def started(account: Deployment) -> list[str]:
    """The jobs and crawlers of which a run was started since the last `clear`."""
    starting = ("StartJobRun", "StartCrawler")
    return [call["resource"] for call in account.box.calls() if call["action"] in starting]


def shown(played: Played, step: str, table: str, kind: Kind) -> str:
    """The id of the job run or crawl that a scenario shows."""
    (found,) = [e.id for s in played.scenario(step, table).steps for e in s.evidence if e.kind is kind]
    return found


def record(account: Deployment) -> Path:
    return account.reports / "DPP-426" / "unfinished-local.json"


def finished(played: Played, account: Deployment) -> None:
    """The run has come to its end with a pass, and nothing is gone on from any more."""
    assert played.exit_code == 0, played.output
    assert not record(account).exists()


# -- what is gone on from


def test_a_killed_run(account: Deployment) -> None:
    table = "enforcement_outcomes"
    killed = interrupt(account, table, sections(2), called("CreateJob", PARSE_CLONE))
    (job_run,) = account.client("glue").get_job_runs(JobName=INGESTION_CLONE)["JobRuns"]
    (crawl, *_) = account.client("glue").list_crawls(CrawlerName=INGESTION_CRAWLER)["Crawls"]
    planned = account.start(*sections(2), "--dry-run", tables=table).communicate(timeout=300)[0]
    assert f"the run {killed} did not come to its end" in planned
    played = play(account, table, sections(2))
    assert started(account) == [PARSE_CLONE, PARSE_CRAWLER]
    for step in ("1.2.1", "1.2.2"):
        assert played.scenario(step, table).notes == [f"taken from the run {killed}, {NOTE}"]
    assert f"taken from the run {killed}, {NOTE}" in played.output
    assert shown(played, "1.2.1", table, Kind.JOB_RUN) == job_run["Id"]
    assert shown(played, "1.2.2", table, Kind.CRAWL) == crawl["CrawlId"]
    work = [(each.kind, each.name) for each in played.verdict.activities if each.kind is not Work.QUERY]
    assert work == [(Work.JOB_RUN, PARSE_CLONE), (Work.CRAWL, PARSE_CRAWLER)]  # no cost of the earlier run's
    finished(played, account)


def test_a_run_ended_in_a_later_stage(account: Deployment) -> None:
    """Its test jobs, and with them their runs, are gone. The crawl under way goes on, and is found again."""
    table = "action_types"
    interrupt(account, table, sections(2), called("StartCrawler", PARSE_CRAWLER), signal.SIGTERM)
    assert not [name for name in jobs(account) if name.endswith("-TEST-DPP-426")]
    played = play(account, table, sections(2))
    assert started(account) == []
    for step in ("1.2.1", "1.2.2", "2.3.1", "2.3.2"):
        assert [NOTE in note for note in played.scenario(step, table).notes] == [True]
    finished(played, account)


def jobs(account: Deployment) -> list[str]:
    pages = account.client("glue").get_paginator("list_jobs").paginate()
    return [name for page in pages for name in page["JobNames"]]


def test_a_run_killed_while_a_job_run_is_under_way(account: Deployment) -> None:
    """It is found again by its id and waited for: to start another would be to pay twice."""
    table = "wards"
    account.prepend_to_script(INGESTION_SCRIPT, slow(table, 3))
    interrupt(account, table, sections(1), waited_for(INGESTION_CLONE))
    (under_way, *_) = account.client("glue").get_job_runs(JobName=INGESTION_CLONE)["JobRuns"]
    assert under_way["JobRunState"] == "RUNNING"
    played = play(account, table, sections(1))
    assert started(account) == [INGESTION_CRAWLER]
    assert shown(played, "1.2.1", table, Kind.JOB_RUN) == under_way["Id"]
    assert [NOTE in note for note in played.scenario("1.2.1", table).notes] == [True]
    finished(played, account)


def slow(table: str, seconds: int) -> str:
    """Code that has a job take its time for one table."""
    return f"import sys, time\nif {table!r} in sys.argv: time.sleep({seconds})\n"


def test_a_run_that_could_not_go_on(account: Deployment) -> None:
    """Credentials that expire in the middle end a run in no finding."""
    table = "breach_types"
    account.box.clear()
    expired = {"__type": "ExpiredTokenException", "message": "The security token is expired"}
    account.box.faults([{"action": "StartQueryExecution", "status": 400, "body": expired}])
    assert account.play(*sections(1), tables=table).verdict.state is State.ERROR
    played = play(account, table, sections(1))
    assert started(account) == []
    finished(played, account)


# -- what is run again


def test_afresh(account: Deployment) -> None:
    """Nothing is taken from the interrupted run; what it has written stands all the same, and is crawled again."""
    table = "fee_types"
    interrupt(account, table, sections(1), QUERYING)
    for arguments in (("-D", "fresh=true"), ()):
        played = play(account, table, sections(1), *arguments)
        assert started(account) == [INGESTION_CRAWLER]
        assert NOTE not in played.output
        finished(played, account)


def test_after_a_run_that_came_to_its_end_with_a_failure(account: Deployment) -> None:
    table = "emails"
    account.prepend_to_script(INGESTION_SCRIPT, failing := "raise SystemExit(3)\n")
    try:
        failed = play(account, table, sections(1))
    finally:
        account.change_script(INGESTION_SCRIPT, failing, "")
    assert failed.verdict.state is State.FAILED
    assert not record(account).exists()


def test_data_changed_meanwhile(account: Deployment) -> None:
    """Where a table's data is not as the job run left it, the run does not stand; nor does the crawl of all tables.

    To run the job again would load what was added once more, and of what was removed nothing.
    """
    removed, added, left = "document_types", "committees", "contact_types"
    tables = f"{removed},{added},{left}"
    interrupt(account, tables, sections(1), QUERYING)
    account.client("s3").delete_object(Bucket=RAW_BUCKET, Key=response(account, removed))
    add_response(account, added)
    played = play(account, tables, sections(1))
    assert started(account) == [INGESTION_CRAWLER]
    assert played.scenario("1.2.1", removed).outcome is Outcome.BLOCKED
    assert played.finding("1.2.1", removed).code == "partition-without-data"
    taken = {t for t in (removed, added, left) if any(NOTE in n for n in played.scenario("1.2.1", t).notes)}
    assert taken == {left}


def test_something_newer_to_read(account: Deployment) -> None:
    table = "enforcement_breach_details"
    interrupt(account, table, sections(2), called("StartCrawler", PARSE_CRAWLER))
    add_response(account, table)
    played = play(account, table, sections(2)[1:])
    assert started(account) == []
    assert played.finding("2.3.1", table).code == "data-outdated"


def response(account: Deployment, table: str) -> str:
    """The key of a table's newest API response."""
    prefix = f"planning/tascomi/api-responses/{table}/"
    found = account.client("s3").list_objects_v2(Bucket=RAW_BUCKET, Prefix=prefix)["Contents"]
    return str(max(found, key=itemgetter("LastModified"))["Key"])


def add_response(account: Deployment, table: str) -> None:
    time.sleep(1)  # S3 tells whole seconds: what is newer must be seen to be
    key = response(account, table)
    account.client("s3").copy_object(
        Bucket=RAW_BUCKET, Key=f"{key}.more.parquet", CopySource={"Bucket": RAW_BUCKET, "Key": key}
    )


def test_the_deployed_code_changed_meanwhile(account: Deployment) -> None:
    table = "fees"
    interrupt(account, table, sections(1), QUERYING)
    account.prepend_to_script(INGESTION_SCRIPT, "# changed\n")
    finished(play(account, table, sections(1)), account)
    assert INGESTION_CLONE not in started(account)


def test_parse_code_changed_once_it_has_parsed(account: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its data is not taken for the new code's, though that was committed earlier: a colleague's commit, pulled now."""
    table = "enforcement_outcome_types"
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-01T12:00:00Z")
    interrupt(account, table, sections(2), called("StartCrawler", PARSE_CRAWLER))
    commit(account, PARSE_SCRIPT, "# changed\n")
    played = play(account, table, sections(2))
    assert started(account) == []
    assert played.scenario("2.3.1", table).outcome is Outcome.BLOCKED
    assert played.finding("2.3.1", table).code == "data-of-other-code"
    assert "was written by other code" in played.message("2.3.1", table)


def test_parse_code_changed_while_it_parses(account: Deployment) -> None:
    """What is under way with the old code is stopped, before it writes what nobody checks."""
    table = "enforcement_breaches"
    commit(account, PARSE_SCRIPT, slow(table, 60))
    interrupt(account, table, sections(2), waited_for(PARSE_CLONE))
    (under_way, *_) = account.client("glue").get_job_runs(JobName=PARSE_CLONE)["JobRuns"]
    commit(account, PARSE_SCRIPT, "", instead_of=slow(table, 60))
    played = play(account, table, sections(2))
    # the job has one place: a start is refused until the other run is over
    assert list(dict.fromkeys(started(account))) == [PARSE_CLONE, PARSE_CRAWLER]
    stopped = [call["resource"] for call in account.box.calls() if call["action"] == "BatchStopJobRun"]
    assert stopped == [PARSE_CLONE]
    assert shown(played, "2.3.1", table, Kind.JOB_RUN) != under_way["Id"]
    finished(played, account)


def test_a_run_ended_while_it_parses(account: Deployment) -> None:
    """Its job run is stopped. What that has written may be half of it, and cannot be written again: that is told."""
    table = "enforcement_actions_taken"
    at_its_end = f"if {table!r} in sys.argv: atexit.register(time.sleep, 60)\n"
    commit(account, PARSE_SCRIPT, f"import atexit, sys, time\n{at_its_end}")
    prefix = f"planning/tascomi/parsed/{table}/"
    s3 = account.client("s3")

    def written(calls: list[dict[str, Any]]) -> bool:
        return bool(s3.list_objects_v2(Bucket=RAW_BUCKET, Prefix=prefix)["KeyCount"])

    ended = interrupt(account, table, sections(2), written, signal.SIGTERM)
    played = play(account, table, sections(2))
    assert started(account) == [PARSE_CRAWLER]
    told = played.scenario("2.3.1", table).notes
    assert any(
        f"the run {ended} was interrupted while its job run worked on this data" in note for note in told
    )


def commit(account: Deployment, script: str, code: str, instead_of: str = "") -> None:
    """Put code before a script's on the ticket's branch, or in the place of other code there."""
    checkout = account.box.data_platform
    git("switch", "--quiet", "DPP-426", folder=checkout)
    path = checkout / "scripts/jobs/planning" / script
    path.write_text(code + path.read_text("utf-8").removeprefix(instead_of), "utf-8")
    git("commit", "--quiet", "--all", f"--message=Change {script}", folder=checkout)
    git("switch", "--quiet", "main", folder=checkout)
