"""Given blocks, Then fails, the rest is an error.

behave knows passed, failed and error. `Blocked`, `NothingNew` and `NotRun` end a scenario as skipped, its outcome kept.
What is found once the run is spoilt (midnight has passed, another run has taken over) is an error; what passes has
passed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any

from behave.exception import StepNotImplementedError
from behave.runner import Context
from botocore.exceptions import BotoCoreError, ClientError

from acceptance.findings import Blocked, NothingNew, NotRun, SuiteError
from acceptance.privacy.errors_in_words import explain
from acceptance.verdict.model import Outcome
from harness.outlines import table_of

if TYPE_CHECKING:
    from acceptance.run.run import Run
    from harness.session import Session

_STOPS: dict[type[Exception], Outcome] = {
    Blocked: Outcome.BLOCKED,
    NothingNew: Outcome.NOTHING_NEW,
    NotRun: Outcome.NOT_RUN,
}


def translated(function: Callable[..., None]) -> Callable[..., None]:
    """A step function that ends as behave understands it."""

    @wraps(function)
    def step(context: Context, *arguments: Any, **named: Any) -> None:
        try:
            function(context, *arguments, **named)
        except StepNotImplementedError:  # behave's own word for a step that is still to be written
            raise
        except Exception as error:  # noqa: BLE001  behave and Allure would quote it as it is, data included
            found = _as_found(error, context)
            _name_removals(found, context)
            if type(found) not in _STOPS:
                raise _told(found) from None
            session: Session = context.session
            session.stop(context.scenario, _STOPS[type(found)], str(found))

    return step


def _told(error: Exception) -> Exception:
    """The exception in words for people, as an assertion that failed or as an error."""
    kind = AssertionError if isinstance(error, AssertionError) else SuiteError
    told: Any = kind(explain(error))
    told.evidence = getattr(error, "evidence", ())
    return told  # type: ignore[no-any-return]


def _as_found(error: Exception, context: Context) -> Exception:
    """The exception itself, unless it is a finding and the run is spoilt."""
    run: Run | None = getattr(context, "run", None)
    if run is None or not isinstance(error, (AssertionError, *_STOPS)) or not (spoilt := run.spoilt):
        return error
    spoilt.evidence = getattr(error, "evidence", ())  # type: ignore[attr-defined]
    return spoilt


def _name_removals(error: Exception, context: Context) -> None:
    """Record what is in the way of the stage that has to write the table's data, or have it crawled, again."""
    redo: Any = getattr(error, "redo", None)
    recrawl: Any = getattr(error, "recrawl", None)
    if redo is None and recrawl is None:
        return
    from acceptance.run import removals

    run: Run = context.run
    table = table_of(context.scenario)
    with suppress(BotoCoreError, ClientError):  # the finding itself is reported whatever AWS says now
        found = removals.needed(run, redo, table) if redo else removals.catalog_table(run, recrawl, table)
        run.record(*filter(None, [found]))
