"""Waiting: the one module that sleeps. Every wait has a deadline, on the monotonic clock."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from acceptance.findings import WaitExpired

T = TypeVar("T")


class Progress(Protocol):
    """Who shows what is being waited for: `state` of `what`, or "" when it is over."""

    def __call__(self, what: str, state: str) -> None: ...


def silent(what: str, state: str) -> None:
    """A progress that shows nothing."""


class Clock:
    """Time as the suite sees it; tests put a faster one in its place.

    `ahead` of the machine's where the sandbox plays the days to come.
    """

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait(self, future: Future[Any], seconds: float) -> bool:
        """Wait until the future is done, `seconds` at most; returns whether it is."""
        return bool(wait([future], timeout=seconds).done)


def wait_until(
    look: Callable[[], T],
    done: Callable[[T], bool],
    *,
    what: str,
    state: Callable[[T], str],
    poll: float,
    deadline: float,
    clock: Clock,
    progress: Progress = silent,
    since: float | None = None,
) -> T:
    """Look until `done`, every `poll` seconds at first; returns what was seen last.

    Raises `WaitExpired` at the deadline, which counts from `since` (on the monotonic clock) where several waits share
    it, else from now.
    """
    started = clock.monotonic() if since is None else since
    try:
        while True:
            seen = look()
            if done(seen):
                return seen
            passed = clock.monotonic() - started
            if passed >= deadline:
                raise WaitExpired(
                    f"{what}: still {state(seen)} after {passed:.0f} s (deadline {deadline:.0f} s)"
                )
            progress(what, f"{state(seen)}, {passed:.0f} s")
            clock.sleep(min(pause(poll, passed), deadline - passed))
    finally:
        progress(what, "")


def pause(poll: float, passed: float) -> float:
    """Seconds until the next look at what has been waited for since `passed` seconds.

    A fiftieth of these, so that a long wait takes few calls and ends 2 % late at most; `poll` at least.
    """
    return max(poll, passed / 50)


def back_off(attempt: int) -> float:
    """Seconds to wait after a failed attempt (0 is the first), by chance, as botocore's standard mode has it."""
    return random.uniform(0, min(2**attempt, 20))


class Heartbeat:
    """Does something every so many seconds, in the background, from `start` until `stop`."""

    def __init__(self, seconds: float, beat: Callable[[], None]) -> None:
        self.seconds, self.beat = seconds, beat
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """No error where it is beating already."""
        if not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> None:
        """Returns once no beat is under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self.seconds):
            self.beat()
