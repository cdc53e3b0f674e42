"""What a run's log means, and the calls that logs take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.job_logs import Place, RunLog, read_logs
from acceptance.aws.session import Aws
from sandbox.process import Sandbox
from tests import sandboxes
from tests.aws import connect


def test_a_full_load_promises_pages_once() -> None:
    log = RunLog(("Starting", "2026-11-23 INFO Number of pages to retrieve: 12", "done"))
    assert log.promised_pages == {"": 12}
    assert not log.nothing_to_ask


def test_an_increment_promises_pages_by_day() -> None:
    log = RunLog(
        ("Number of pages to retrieve for 2026-11-21: 2", "Number of pages to retrieve for 2026-11-22: 0")
    )
    assert log.promised_pages == {"2026-11-21": 2, "2026-11-22": 0}
    assert not log.nothing_to_ask


def test_texts_of_several_threads_may_meet_in_a_line() -> None:
    log = RunLog(("Calling API to get page 1Calling API to get page 2", "", "Calling API to get page 3"))
    assert log.asked_pages == {1, 2, 3}


def test_nothing_to_ask() -> None:
    assert RunLog(("No requests, exiting job",)).nothing_to_ask
    assert RunLog(("Number of pages to retrieve for 2026-11-22: 0",)).nothing_to_ask
    assert not RunLog(()).nothing_to_ask
    assert not RunLog(("Number of pages to retrieve: 3",)).nothing_to_ask


def test_the_evidence_is_the_logs_end() -> None:
    frames = tuple(f'  File "job.py", line {number}' for number in range(100))
    assert RunLog(frames).evidence(tail=2).text == "\n".join(frames[-2:])


NOW = int(datetime.now(UTC).timestamp() * 1000)  # CloudWatch Logs refuses what is older than a fortnight


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with sandboxes.start(seed=False) as started:
        yield started


@pytest.fixture
def aws(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Aws:
    return connect(box, monkeypatch)


def job_run(number: int, log_group: str) -> JobRun:
    began = datetime(2026, 11, 23, tzinfo=UTC)
    return JobRun("job", f"jr_{number}", "SUCCEEDED", {}, began, began, 1, "", log_group)


def write(aws: Aws, run: JobRun, kind: str, lines: dict[int, str]) -> None:
    """Put lines, by their milliseconds, into a run's stream."""
    put(aws, f"{run.log_group}/{kind}", run.id, lines)


def put(aws: Aws, group: str, stream: str, lines: dict[int, str]) -> None:
    with suppress(aws.logs.exceptions.ResourceAlreadyExistsException):
        aws.logs.create_log_group(logGroupName=group)
    aws.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    events: Any = [{"timestamp": NOW + after, "message": line} for after, line in lines.items()]
    aws.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def calls_for_logs(box: Sandbox) -> int:
    return [call["action"] for call in box.calls()].count("FilterLogEvents")


def test_logs_of_many_runs_take_two_calls_a_hundred(box: Sandbox, aws: Aws) -> None:
    runs = [job_run(number, "/many") for number in range(101)]
    for number, run in enumerate(runs):
        write(aws, run, "output", {1: f"first of {number}", 3: "third"})
        write(aws, run, "error", {2: "second\n"})
    box.clear_calls()
    logs = read_logs(aws, runs, {})
    assert calls_for_logs(box) == 4
    for number, run in enumerate(runs):
        assert logs[run.id].lines == (f"first of {number}", "second", "third")
        assert logs[run.id].place == f"CloudWatch Logs, groups /many/output and /many/error, stream {run.id}"


def test_all_pages_of_a_log_are_read(box: Sandbox, aws: Aws) -> None:
    long, short = job_run(1, "/long"), job_run(2, "/long")
    lines = [f"line {number}" for number in range(9_999)]
    write(aws, long, "output", dict(enumerate(lines)))
    write(aws, long, "error", {10_000: "the last"})
    write(aws, short, "output", {1: "a", 2: "b"})
    write(aws, short, "error", {3: "c"})
    box.clear_calls()
    logs = read_logs(aws, [long, short], {})
    assert calls_for_logs(box) == 3
    assert logs[long.id].lines == (*lines, "the last")
    assert logs[short.id].lines == ("a", "b", "c")


def test_a_log_that_is_not_there_yet_is_empty_and_takes_no_other_with_it(box: Sandbox, aws: Aws) -> None:
    there, silent, nowhere = job_run(1, "/some"), job_run(2, "/some"), job_run(3, "/none")
    write(aws, there, "output", {1: "here"})
    write(aws, there, "error", {2: "too"})
    write(aws, silent, "error", {1: "alone"})
    logs = read_logs(aws, [there, silent, nowhere], {})
    assert {run_id: log.lines for run_id, log in logs.items()} == {
        there.id: ("here", "too"),
        silent.id: ("alone",),
        nowhere.id: (),
    }


# -- continuous logging

CONTINUOUS = {"--enable-continuous-cloudwatch-log": "true", "--continuous-log-logGroup": "/continuous"}
"""A group of the test's own: the other tests' runs have the same ids."""


def test_continuous_logging_takes_one_more_call_for_each_run(box: Sandbox, aws: Aws) -> None:
    runs = [job_run(1, "/c"), job_run(11, "/c")]
    for number, run in enumerate(runs):
        put(
            aws,
            "/continuous",
            f"{run.id}-driver",
            {2: f"26/11/23 02:00:00 INFO GlueLogger: driver of {number}"},
        )
        put(aws, "/continuous", f"{run.id}-1", {3: "executor"})
        put(aws, "/continuous", f"{run.id}_attempt_1-driver", {1: "the next attempt is another run"})
        write(aws, run, "output", {1: "printed"})
        write(aws, run, "error", {4: "the end"})
    box.clear_calls()
    logs = read_logs(aws, runs, {"job": CONTINUOUS})
    assert calls_for_logs(box) == 2 + 2
    for number, run in enumerate(runs):
        assert logs[run.id].lines == ("printed", f"driver of {number}", "executor", "the end")
        assert f"group /continuous, streams {run.id}-…" in logs[run.id].place


def test_a_line_in_several_groups_is_one_and_one_that_was_said_twice_is_two(aws: Aws) -> None:
    run = job_run(2, "/twice")
    put(
        aws,
        "/continuous",
        f"{run.id}-driver",
        {
            1: "26/11/23 02:00:00 INFO GlueLogger: again",
            2: "26/11/23 02:00:00 INFO GlueLogger: again",
            3: "26/11/23 02:00:01 INFO GlueLogger: once",
        },
    )
    log4j = "2026-11-23 02:00:00,001 INFO [main] glue.GlueLogger (GlueLogger.scala:info(8)): "
    write(aws, run, "error", {11: f"{log4j}again", 12: f"{log4j}again", 13: f"{log4j}once\nand more"})
    log = read_logs(aws, [run], {"job": CONTINUOUS})[run.id]
    assert log.lines == ("again", "again", "once", "and more")


def test_streams_with_a_prefix_are_those_that_name_the_run(aws: Aws) -> None:
    run = job_run(3, "/prefixed")
    put(aws, "/prefixed-v2", f"ticket-{run.id}-driver", {1: "own"})
    put(aws, "/prefixed-v2", "ticket-driver", {2: "anybody's"})
    given = {
        "--enable-continuous-cloudwatch-log": "true",
        "--continuous-log-logGroup": "/prefixed-v2",
        "--continuous-log-logStreamPrefix": "ticket-",
    }
    assert read_logs(aws, [run], {"job": given})[run.id].lines == ("own",)


def test_groups_of_the_jobs_own(aws: Aws) -> None:
    run = job_run(4, "/aws-glue/jobs")
    put(aws, "/own/error", run.id, {1: "here"})
    assert read_logs(aws, [run], {"job": {"--custom-logGroup-prefix": "/own"}})[run.id].lines == ("here",)


def test_a_runs_own_parameters_go_before_the_jobs() -> None:
    began = datetime(2026, 11, 23, tzinfo=UTC)
    off = {"--enable-continuous-cloudwatch-log": "false"}
    run = JobRun("job", "jr_1", "SUCCEEDED", off, began, began, 1, "", "/aws-glue/jobs")
    assert Place.of(run, CONTINUOUS).continuous == ""


def test_a_group_that_is_refused_is_told_and_the_others_are_read(box: Sandbox, aws: Aws) -> None:
    run = job_run(5, "/refused")
    write(aws, run, "output", {1: "printed"})
    body = {"__type": "AccessDeniedException", "Message": "User x is not authorized"}
    box.faults([{"action": "FilterLogEvents", "match": "/refused/error", "status": 400, "body": body}])
    try:
        log = read_logs(aws, [run], {"job": CONTINUOUS | {"--continuous-log-logGroup": "/not-there"}})[run.id]
    finally:
        box.clear()
    assert log.lines == ("printed",)
    assert log.missing.startswith("none of the 1 line there is the script's")
    assert "access to /refused/error is denied: User x is not authorized" in log.missing
    assert "logs:FilterLogEvents is missing" in log.missing
    assert "there is no group /not-there" in log.missing


def test_an_empty_log_says_where_it_was_looked_for() -> None:
    facts = RunLog((), "here").evidence().facts
    assert facts == {"CloudWatch Logs": "here", "Not at hand": "no line there"}
    assert RunLog(("ValueError",), "here").missing == ""
