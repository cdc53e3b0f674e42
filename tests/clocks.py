"""A clock for tests of waits."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from acceptance.aws.waiting import Clock


class FastClock(Clock):
    """Time passes only where somebody waits, and then at once."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.naps: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.passed += seconds

    def wait(self, future: Future[Any], seconds: float) -> bool:
        self.sleep(seconds)
        return future.done()
