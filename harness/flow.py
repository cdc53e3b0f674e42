"""Given blocks, Then fails, the rest is an error.

behave knows passed, failed and error. `Blocked` and `NothingNew` end a scenario as skipped, with the outcome kept. What
is found once midnight has passed is an error: it may be the next day's. What passes then has passed all the same.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from behave.exception import StepNotImplementedError
from behave.matchers import Match
from behave.model import Scenario

from acceptance.explain import explain
from acceptance.findings import Blocked, DayOver, NothingNew, SuiteError
from acceptance.verdict import Outcome

_STOPS: dict[type[Exception], Outcome] = {Blocked: Outcome.BLOCKED, NothingNew: Outcome.NOTHING_NEW}


def stop(scenario: Scenario, outcome: Outcome, reason: str) -> None:
    """End a scenario without a pass or a failure."""
    scenario.stopped_as = outcome
    scenario.stopped_at = getattr(scenario, "current_step", None)
    scenario.skip(reason)


def _told(error: Exception) -> Exception:
    """The exception in words for people, as an assertion that failed or as an error."""
    kind = AssertionError if isinstance(error, AssertionError) else SuiteError
    told: Any = kind(explain(error))
    told.evidence = getattr(error, "evidence", ())
    return told  # type: ignore[no-any-return]


def _as_found(error: Exception, context: Any) -> Exception:
    """The exception itself, unless it is a finding and the day that it is about is over."""
    run = getattr(context, "run", None)
    if isinstance(error, (AssertionError, *_STOPS)) and run is not None and run.day_is_over:
        return DayOver(run.day, getattr(error, "evidence", ()))
    return error


def install() -> None:
    """Make behave's steps understand `Blocked` and `NothingNew`."""
    run = Match.run

    @wraps(run)
    def run_or_stop(self: Match, context: Any) -> None:
        try:
            run(self, context)
        except StepNotImplementedError:  # behave's own word for a step that is still to be written
            raise
        except Exception as error:  # noqa: BLE001  behave and Allure would quote it as it is, data included
            found = _as_found(error, context)
            if type(found) not in _STOPS:
                raise _told(found) from None
            stop(context.scenario, _STOPS[type(found)], str(found))

    Match.run = run_or_stop
