"""The ticket's lock: what it survives, and what is said when it is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from acceptance.aws.session import Aws
from acceptance.aws.waiting import Clock
from acceptance.environments import ENVIRONMENTS
from acceptance.run.lock import TicketBusy, TicketLock
from sandbox.process import Sandbox
from tests import sandboxes
from tests.aws import connect

Make = Callable[..., TicketLock]
RENEWAL = 0.2
LOCAL = ENVIRONMENTS["local"]
ENVIRONMENT = replace(LOCAL, patience=replace(LOCAL.patience, renewal=RENEWAL))
LOST = {"service": "s3", "action": "PutObject", "match": "lock.json", "lost": True, "times": 1}


class Ahead(Clock):
    def now(self) -> datetime:
        return super().now() + timedelta(minutes=5)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with sandboxes.start(seed=False) as started:
        yield started


@pytest.fixture
def aws(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Aws:
    box.clear()
    return connect(box, monkeypatch, ENVIRONMENT)


@pytest.fixture
def make(aws: Aws) -> Iterator[Make]:
    """A run's lock, as a machine of some name holds it."""
    locks: list[TicketLock] = []

    def made(run: str, host: str, clock: Clock | None = None) -> TicketLock:
        lock = TicketLock(aws, ENVIRONMENT, "DPP-426", run, "root", clock or Clock())
        lock.own = replace(lock.own, host=host)
        locks.append(lock)
        return lock

    yield made
    for lock in locks:
        lock.release()
    aws.s3.delete_object(Bucket=locks[0].bucket, Key=locks[0].key)


def renewed(lock: TicketLock, times: int) -> None:
    """Wait until a lock that is held has been renewed so often."""
    found = lock.held()
    assert found
    until = time.monotonic() + 30
    while (now := lock.held()) and now.holder.renewals < found.holder.renewals + times:
        assert time.monotonic() < until, "no longer renewed"
        time.sleep(RENEWAL / 4)


def test_one_whose_answers_are_lost_is_held(box: Sandbox, make: Make) -> None:
    """When it is taken, and when it is renewed: nobody on another machine gets it, ever so long after."""
    lock, other = make("20261125T080000Z-1a2b", "here"), make("20261125T080000Z-3c4d", "there")
    box.faults([LOST])
    lock.acquire()
    box.faults([LOST])
    renewed(lock, 10)
    time.sleep(other.patience.total_seconds() + 1)  # S3 tells whole seconds
    with pytest.raises(TicketBusy, match="is being run by root since"):
        other.acquire()
    assert lock.lost is None
    lock.release()
    assert lock.held() is None


def test_one_that_is_taken_over_when_the_answer_is_lost(box: Sandbox, make: Make) -> None:
    lock, other = make("20261125T080000Z-1a2b", "here"), make("20261125T080000Z-3c4d", "there")
    lock.acquire()
    lock._heartbeat.stop()  # its machine has gone to sleep
    time.sleep(other.patience.total_seconds() + 2)
    box.faults([LOST])
    other.acquire()
    lock._renew()  # and is awake again
    assert str(lock.lost).startswith("another run has taken over DPP-426")
    with pytest.raises(TicketBusy):  # so that it cleans nothing up that the other uses
        lock.acquire()
    lock.release()
    held = other.held()
    assert held and held.holder.run == other.own.run


def test_another_runs_clock_does_not_count(make: Make) -> None:
    """AWS takes requests from machines whose clocks are wrong by minutes."""
    lock, other = make("20261125T080000Z-1a2b", "here"), make("20261125T080000Z-3c4d", "there", Ahead())
    lock.acquire()
    with pytest.raises(TicketBusy):
        other.acquire()
