"""The days that a run plays on its own sandbox, one after the other (`-D days=…`): today, and those that follow.

Each day is a run of the whole playbook, with a verdict and a page of its own. The first one that does not pass is the
last: on the platform, too, it has to be fixed before the next.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acceptance.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Pending(Protocol):
        """A sandbox being started."""

        def ready(self, timeout: float = ...) -> Any: ...
        def stop(self) -> None: ...


@dataclass(frozen=True)
class LocalSandbox:
    """What the embedded sandbox offers; `LOCAL_SANDBOX` of `environment.py`."""

    sample_checkout: Callable[[Path], Path]
    launch: Callable[..., Pending]


@dataclass(frozen=True)
class Day:
    """One of the days; `number` counts from 1."""

    number: int
    of: int

    @property
    def ahead(self) -> timedelta:
        """Of the machine's clock."""
        return timedelta(days=self.number - 1)

    def settings(self, settings: Settings) -> Settings:
        """The test jobs are kept for the next day, and with them their bookmarks."""
        return replace(settings, keep=settings.keep or self.number < self.of)

    def told(self, title: str) -> str:
        """ "day 2 of 3: …"; nothing where there is one day."""
        return f"day {self.number} of {self.of}: {title}" if self.of > 1 else ""


@dataclass
class Ground:
    """What the days of a run have in common: its checkout, and its sandbox, gone with the `stack`."""

    settings: Settings
    checkout: Path
    local: LocalSandbox
    stack: ExitStack
    pending: Pending | None = None

    @property
    def days(self) -> list[Day]:
        return [Day(number, self.settings.days) for number in range(1, self.settings.days + 1)]

    def launch(self) -> None:
        """Start the sandbox where the run needs one of its own, and has none yet; it is ready a while later."""
        if self.pending or self.settings.endpoint or not self.settings.env.sandbox:
            return
        # a checkout of the user's own is read, not deployed: its jobs need what the sandbox has not
        self.pending = self.local.launch(data_platform=None if self.settings.data_platform else self.checkout)
        self.stack.callback(self.pending.stop)

    def begin(self, day: Day, tables: tuple[str, ...]) -> tuple[str, str]:
        """The day breaks in the sandbox: the endpoint to work with ("" is AWS), and what the day brings."""
        if self.pending is None:
            return self.settings.endpoint, ""
        box = self.pending.ready()
        return box.endpoint, day.told(box.begin_day(day.number, tables)) if day.of > 1 else ""
