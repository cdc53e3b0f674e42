"""What a run's log means."""

from __future__ import annotations

from acceptance.aws.job_runs import RunLog


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
