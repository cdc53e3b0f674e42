"""Given blocks, Then fails, the rest is an error.

behave knows passed, failed and error. `Blocked`, `NothingNew` and `NotRun` end a scenario as skipped, its outcome kept.
A Then that fails does not end it: each further fault would cost a run on AWS. What builds on that Then is not run.
What is found once the run is spoilt (midnight has passed, another run has taken over) is an error; what passes has
passed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from behave.exception import StepNotImplementedError
from behave.runner import Context
from botocore.exceptions import BotoCoreError, ClientError

from acceptance.findings import Blocked, Failure, NothingNew, NotRun, SuiteError
from acceptance.privacy.errors_in_words import finding_of
from acceptance.report import messages
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

_MAY_FOLLOW = ("suite-bug", "assertion-failed")
"""What breaks in a Then after one that failed may do so for what that one would have given."""

Function = TypeVar("Function", bound=Callable[..., None])


def needs(*thens: str) -> Callable[[Function], Function]:
    """Of a Then that has nothing to judge, or would blame the same fault again, where one of these failed before it.

    Told by their functions' names: behave loads each file of steps by itself.
    """

    def mark(function: Function) -> Function:
        function.needs = thens  # type: ignore[attr-defined]
        return function

    return mark


def translated(function: Callable[..., None]) -> Callable[..., None]:
    """A step function that ends as behave understands it, and that goes on after a Then that failed."""
    name, needed = function.__name__, getattr(function, "needs", ())

    @wraps(function)
    def step(context: Context, *arguments: Any, **named: Any) -> None:
        session: Session = context.session
        unmet = session.records.of(context.scenario).unmet
        context.scenario.continue_after_failed_step = False
        if failed := next((unmet[then] for then in needed if then in unmet), ""):
            session.leave_out(context.scenario, name, failed)
            return
        try:
            function(context, *arguments, **named)
        except StepNotImplementedError:  # behave's own word for a step that is still to be written
            raise
        except Exception as error:  # noqa: BLE001  behave and Allure would quote it as it is, data included
            found = _as_due(_as_found(error, context), context)
            _name_removals(found, context)
            if type(found) in _STOPS:
                session.stop(context.scenario, _STOPS[type(found)], finding_of(found))
                return
            if unmet and finding_of(found).code in _MAY_FOLLOW:
                session.leave_out(context.scenario, name, next(iter(unmet.values())))
                return
            if isinstance(found, Failure) and session.step and session.step.step_type == "then":
                unmet[name] = session.step.name
                context.scenario.continue_after_failed_step = True
            raise _told(found) from None

    return step


def _told(error: Exception) -> Exception:
    """The exception in words for people, as an assertion that failed or as an error."""
    kind = AssertionError if isinstance(error, AssertionError) else SuiteError
    finding = finding_of(error)
    told: Any = kind(messages.text(finding))
    told.finding, told.evidence = finding, getattr(error, "evidence", ())
    return told  # type: ignore[no-any-return]


def _as_found(error: Exception, context: Context) -> Exception:
    """The exception itself, unless it is a finding and the run is spoilt."""
    run: Run | None = getattr(context, "run", None)
    if run is None or not isinstance(error, (AssertionError, *_STOPS)) or not (spoilt := run.context.spoilt):
        return error
    spoilt.evidence = getattr(error, "evidence", ())  # type: ignore[attr-defined]
    return spoilt


def _as_due(error: Exception, context: Context) -> Exception:
    """In production nobody but the night brings a table's data: what is missing may be still to come."""
    run: Run | None = getattr(context, "run", None)
    table = table_of(context.scenario)
    if not isinstance(error, Blocked) or run is None or not run.environment.read_only or not table:
        return error
    if run.platform.release is None:
        return error
    from acceptance.run import first_night

    try:
        return first_night.pending(run, table) or error
    except Blocked as blocked:
        return blocked


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
