"""Waits: deadlines and their messages, on a clock that does not wait."""

from __future__ import annotations

import pytest

from acceptance.aws.waiting import back_off, wait_until
from acceptance.findings import WaitExpired
from tests.clocks import FastClock


def wait(
    states: list[str], deadline: float = 60, clock: FastClock | None = None, shown: list[str] | None = None
) -> str:
    remaining = iter(states)
    return wait_until(
        lambda: next(remaining),
        lambda state: state == "READY",
        what="crawler tascomi-api-response-crawler",
        state=str,
        poll=10,
        deadline=deadline,
        clock=clock or FastClock(),
        progress=lambda what, state: shown.append(state) if shown is not None else None,
    )


def test_returns_what_was_seen_last() -> None:
    clock = FastClock()
    assert wait(["RUNNING", "STOPPING", "READY"], clock=clock) == "READY"
    assert clock.naps == [10, 10]


def test_the_longer_it_takes_the_longer_the_pauses() -> None:
    clock = FastClock()
    wait(["RUNNING"] * 70 + ["READY"], deadline=10_000, clock=clock)
    assert clock.naps[:51] == [10] * 51
    assert clock.naps[51:53] == [pytest.approx(10.2), pytest.approx(10.404)]


def test_no_sleep_when_it_is_done_at_once() -> None:
    clock = FastClock()
    wait(["READY"], clock=clock)
    assert clock.naps == []


def test_deadline_tells_what_last_state_and_time_passed() -> None:
    with pytest.raises(
        WaitExpired, match=r"crawler tascomi-api-response-crawler: still RUNNING after 25 s \(deadline 25 s\)"
    ):
        wait(["RUNNING"] * 9, deadline=25)


def test_the_last_look_is_at_the_deadline_itself() -> None:
    clock = FastClock()
    with pytest.raises(WaitExpired):
        wait(["RUNNING"] * 9, deadline=25, clock=clock)
    assert clock.naps == [10, 10, 5]


def test_progress_is_shown_and_taken_back() -> None:
    shown: list[str] = []
    wait(["RUNNING", "READY"], shown=shown)
    assert shown == ["RUNNING, 0 s", ""]


def test_waits_that_share_a_deadline_count_from_the_first() -> None:
    clock = FastClock()
    clock.sleep(50)
    with pytest.raises(WaitExpired, match=r"still RUNNING after 60 s \(deadline 60 s\)"):
        wait_until(
            lambda: "RUNNING",
            lambda state: False,
            what="crawler",
            state=str,
            poll=10,
            deadline=60,
            clock=clock,
            since=0,
        )
    assert clock.passed == 60


def test_back_off_grows_by_chance_and_has_an_end() -> None:
    assert {0 <= back_off(attempt) <= min(2**attempt, 20) for attempt in range(12) for _ in range(50)} == {
        True
    }
    assert len({back_off(3) for _ in range(20)}) > 1  # not all callers at once
