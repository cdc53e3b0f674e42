"""Given blocks, Then fails, the rest is an error.

behave knows passed, failed and error. `Blocked` and `NothingNew` end a scenario as skipped, with the outcome kept.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from behave.matchers import Match
from behave.model import Scenario

from acceptance.findings import Blocked, NothingNew
from acceptance.verdict import Outcome

_STOPS: dict[type[Exception], Outcome] = {Blocked: Outcome.BLOCKED, NothingNew: Outcome.NOTHING_NEW}


def stop(scenario: Scenario, outcome: Outcome, reason: str) -> None:
    """End a scenario without a pass or a failure."""
    scenario.stopped_as = outcome
    scenario.stopped_at = getattr(scenario, "current_step", None)
    scenario.skip(reason)


def install() -> None:
    """Make behave's steps understand `Blocked` and `NothingNew`."""
    run = Match.run

    @wraps(run)
    def run_or_stop(self: Match, context: Any) -> None:
        try:
            run(self, context)
        except tuple(_STOPS) as found:
            stop(context.scenario, _STOPS[type(found)], str(found))

    Match.run = run_or_stop
