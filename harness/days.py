"""The days that a run plays on its own sandbox, one after the other (`-D days=…`): today, and those that follow.

Each day is a run of the whole playbook, with a verdict and a page of its own. The first one that does not pass is the
last: on the platform, too, it has to be fixed before the next. Where the sandbox itself had a fault for the day and can
repair it, the day is played once more.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acceptance.branch.checkout import DataPlatform
from acceptance.report.next_steps import next_steps
from acceptance.settings import Settings, SettingsError
from acceptance.verdict.model import Outcome, Verdict

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

    sample_checkout: Callable[[Path, str], Path]
    launch: Callable[..., Pending]
    unsuited: type[Exception]  # raised where this machine lacks what a sandbox needs


@dataclass(frozen=True)
class Day:
    """One of the days; `number` counts from 1."""

    number: int
    of: int
    again: bool = False  # once its fault is repaired

    @property
    def ahead(self) -> timedelta:
        """Of the machine's clock."""
        return timedelta(days=self.number - 1)

    def settings(self, settings: Settings) -> Settings:
        """The test jobs are kept for the next day, and with them their bookmarks."""
        return replace(settings, keep=settings.keep or self.number < self.of)

    def told(self, title: str) -> str:
        """ "day 2 of 3: …"; nothing where there is one day."""
        again = (
            ", once more: the fault is repaired, what the run asked for is removed"
            if self.again
            else f": {title}"
        )
        return f"day {self.number} of {self.of}{again}" if self.of > 1 else ""


@dataclass(frozen=True)
class DayStart:
    """Where to work: `endpoint` "" is AWS. `day` tells what the day brings, `undeployed` what the sandbox lacks."""

    endpoint: str
    day: str = ""
    undeployed: tuple[str, ...] = ()


@dataclass
class PlayedDays:
    """What the days of a run have in common: its checkout, and its sandbox, gone with the `stack`."""

    settings: Settings
    platform: DataPlatform
    local: LocalSandbox
    stack: ExitStack
    pending: Pending | None = None
    verdict: Verdict | None = None  # of the last day played

    @property
    def days(self) -> list[Day]:
        return [Day(number, self.settings.days) for number in range(1, self.settings.days + 1)]

    def launch(self) -> None:
        """Start the sandbox where the run needs one of its own, and has none yet; it is ready a while later."""
        if self.pending or self.settings.endpoint or not self.settings.env.sandbox:
            return
        branch = self.platform.branch
        try:
            self.pending = self.local.launch(
                data_platform=branch.checkout,
                branch=branch.commit if self.settings.rehearsal else "",
                api_pages=self.settings.api_pages,
                runtime=self.settings.runtime,
            )
        except self.local.unsuited as error:
            raise SettingsError(str(error)) from None
        self.stack.callback(self.pending.stop)

    def _box(self, pending: Pending) -> Any:
        try:
            return pending.ready()
        except self.local.unsuited as error:
            raise SettingsError(str(error)) from None

    def is_repaired(self, day: Day, verdict: Verdict | None) -> bool:
        """Whether the day failed by the fault that the sandbox had for it, and by no other; it is repaired now."""
        if self.pending is None or verdict is None or day.of == 1 or day.again:
            return False
        failed = [s for s in verdict.scenarios if s.outcome in (Outcome.FAILED, Outcome.ERROR)]
        findings = {(s.table, s.finding.code if s.finding else "") for s in failed}
        items = [item for step in next_steps(verdict) for item in step.items]
        repaired: bool = self.pending.ready().repair_day(day.number, verdict.tables, findings, items)
        return repaired

    def begin(self, day: Day, tables: tuple[str, ...]) -> DayStart:
        """The day breaks in the sandbox."""
        if self.pending is None:
            return DayStart(self.settings.endpoint)
        box = self._box(self.pending)
        if day.of == 1:
            told = ""
        elif day.again:
            told = day.told("")
        else:
            told = day.told(box.begin_day(day.number, tables))
        return DayStart(box.endpoint, told, tuple(box.notes))
