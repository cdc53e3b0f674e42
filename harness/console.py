"""The console: one line a feature as it ends, and on a terminal what is being waited for."""

from __future__ import annotations

import sys
from collections import Counter
from types import TracebackType

from behave.model import Feature
from rich.console import Console
from rich.live import Live
from rich.text import Text

from acceptance.report import messages
from acceptance.report.summary import COLOURS
from acceptance.verdict.model import Outcome, ScenarioResult, gravest


class Display:
    """What is being waited for, one line each, while it lasts. Shows nothing where the console is no terminal."""

    MOST = 12  # lines; the rest is counted

    def __init__(self) -> None:
        # behave swaps sys.stdout and sys.stderr while steps run; these are the real ones
        self.console = Console(file=sys.__stdout__, highlight=False, soft_wrap=True)
        self.states: dict[str, str] = {}
        terminal = Console(file=sys.__stderr__)
        self.live = (
            Live(
                console=terminal,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                refresh_per_second=8,
            )
            if terminal.is_terminal and self.console.is_terminal
            else None
        )

    def __call__(self, what: str, state: str) -> None:
        """`acceptance.aws.waiting.Progress`."""
        if state:
            self.states[what] = state
        else:
            self.states.pop(what, None)
        if self.live:
            shown = [f"  {name}: {now}" for name, now in list(self.states.items())[: self.MOST]]
            more = len(self.states) - len(shown)
            self.live.update(
                Text("\n".join(shown + ([f"  … and {more} more"] if more > 0 else [])), style="dim")
            )

    def __enter__(self) -> Display:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.live.update(Text(""))
            self.live.stop()

    def heading(self, text: str) -> None:
        self._print(Text(text, style="dim"))

    def feature(self, feature: Feature, results: list[ScenarioResult]) -> None:
        """A line for the feature, and one for each of its scenarios that has not passed."""
        if not results:
            return
        worst = gravest(r.outcome for r in results)
        mark, style = messages.SIGNS[worst], COLOURS[worst]
        counts = Counter(r.outcome for r in results)
        told = ", ".join(f"{counts[o]} {o}" for o in reversed(Outcome) if counts[o])
        line = Text.assemble(
            (f"{mark} ", style), feature.name, (f"  {told}, {sum(r.seconds for r in results):.1f} s", "dim")
        )
        self._print(line)
        for (outcome, reason), names in _told_once(results).items():
            self._print(
                Text.assemble(
                    f"    {messages.SIGNS[outcome]} ", (", ".join(names), COLOURS[outcome]), f": {reason}"
                )
            )

    def _print(self, text: Text) -> None:
        if self.live:
            self.live.stop()
        self.console.print(text)
        if self.live:
            self.live.start()


def _told_once(results: list[ScenarioResult]) -> dict[tuple[Outcome, str], dict[str, None]]:
    """What did not pass: outcome and first line of the reason -> the scenarios' tables or names, each once."""
    told: dict[tuple[Outcome, str], dict[str, None]] = {}
    for result in results:
        if result.outcome is not Outcome.PASSED:
            told.setdefault((result.outcome, _reason(result)), {})[result.table or result.name] = None
    return told


def _reason(result: ScenarioResult) -> str:
    word = f"{result.outcome}: " if result.outcome in messages.UNJUDGED else ""
    return f"{word}{messages.reason(result, named=True)}"
