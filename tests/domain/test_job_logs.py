"""What a run's log means, and the calls that logs take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

import sandbox
from acceptance.aws.clients import Aws
from acceptance.aws.job_runs import JobRun, RunLog, read_logs
from sandbox.process import Sandbox
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
    with sandbox.start(seed=False) as started:
        yield started


@pytest.fixture
def aws(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Aws:
    return connect(box, monkeypatch)


def job_run(number: int, log_group: str) -> JobRun:
    began = datetime(2026, 11, 23, tzinfo=UTC)
    return JobRun("job", f"jr_{number}", "SUCCEEDED", {}, began, began, 1, "", log_group)


def write(aws: Aws, run: JobRun, kind: str, lines: dict[int, str]) -> None:
    """Put lines, by their milliseconds, into a run's stream."""
    group: Any = {"logGroupName": f"{run.log_group}/{kind}"}
    with suppress(aws.logs.exceptions.ResourceAlreadyExistsException):
        aws.logs.create_log_group(**group)
    aws.logs.create_log_stream(**group, logStreamName=run.id)
    aws.logs.put_log_events(
        **group,
        logStreamName=run.id,
        logEvents=[{"timestamp": NOW + after, "message": line} for after, line in lines.items()],
    )


def calls_for_logs(box: Sandbox) -> int:
    return [call["action"] for call in box.calls()].count("FilterLogEvents")


def test_logs_of_many_runs_take_two_calls_a_hundred(box: Sandbox, aws: Aws) -> None:
    runs = [job_run(number, "/many") for number in range(101)]
    for number, run in enumerate(runs):
        write(aws, run, "output", {1: f"first of {number}", 3: "third"})
        write(aws, run, "error", {2: "second\n"})
    box.clear_calls()
    logs = read_logs(aws, runs)
    assert calls_for_logs(box) == 4
    for number, run in enumerate(runs):
        assert logs[run.id].lines == (f"first of {number}", "second", "third")
        assert logs[run.id].place == f"groups /many/output and /error, stream {run.id}"


def test_all_pages_of_a_log_are_read(box: Sandbox, aws: Aws) -> None:
    long, short = job_run(1, "/long"), job_run(2, "/long")
    lines = [f"line {number}" for number in range(9_999)]
    write(aws, long, "output", dict(enumerate(lines)))
    write(aws, long, "error", {10_000: "the last"})
    write(aws, short, "output", {1: "a", 2: "b"})
    write(aws, short, "error", {3: "c"})
    box.clear_calls()
    logs = read_logs(aws, [long, short])
    assert calls_for_logs(box) == 3
    assert logs[long.id].lines == (*lines, "the last")
    assert logs[short.id].lines == ("a", "b", "c")


def test_a_log_that_is_not_there_yet_is_empty_and_takes_no_other_with_it(box: Sandbox, aws: Aws) -> None:
    there, silent, nowhere = job_run(1, "/some"), job_run(2, "/some"), job_run(3, "/none")
    write(aws, there, "output", {1: "here"})
    write(aws, there, "error", {2: "too"})
    write(aws, silent, "error", {1: "alone"})
    logs = read_logs(aws, [there, silent, nowhere])
    assert {run_id: log.lines for run_id, log in logs.items()} == {
        there.id: ("here", "too"),
        silent.id: ("alone",),
        nowhere.id: (),
    }
