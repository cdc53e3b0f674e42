"""What a check can find, as exceptions. Anything else that is raised is an error: not the product's fault."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from acceptance.evidence import Evidence

if TYPE_CHECKING:
    from acceptance.pipeline import Stage

AGAIN = (
    "then have removed what “What to do next” lists (of a table in use the Data Platform team decides), and run the "
    "playbook again"
)
ASK = "if that does not help, ask the Data Platform team (the playbook's “Did that work for you?”)"


class Failure(AssertionError):
    """The product is not as the playbook says.

    The message is written for the analyst: what happened and to which table, then expected, observed, where to look,
    what to do. `redo`: the stage that wrote today's data wrong, and has to write it again; `recrawl`: the stage whose
    catalog table is wrong, and its data right (`acceptance.run.removals` says what is in their way).
    """

    def __init__(
        self,
        what: str,
        *,
        expected: str,
        observed: str,
        look: str,
        do: str,
        evidence: tuple[Evidence, ...] = (),
        redo: Stage | None = None,
        recrawl: Stage | None = None,
    ) -> None:
        again = f"; {AGAIN}" if redo or recrawl else ""
        to_do = f"{do}{again}" + ("" if not do or "Data Platform team" in do else f"; {ASK}")
        lines = {"expected": expected, "observed": observed, "look at": look, "to do": to_do}
        super().__init__(
            "\n".join([what, *(f"  {label + ':':<10}{text}" for label, text in lines.items() if text)])
        )
        self.evidence, self.redo, self.recrawl = evidence, redo, recrawl


class Blocked(Exception):
    """What a scenario builds on is not there: neither a pass nor a failure. `redo`: as of `Failure`."""

    def __init__(self, reason: str, step: str, redo: Stage | None = None) -> None:
        super().__init__(f"blocked: {reason} (step {step})")
        self.redo = redo


class NothingNew(Exception):
    """The job's own log explains that there was nothing to ingest: neither a pass nor a failure."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"nothing new: {reason}")


class NotRun(Exception):
    """A job run that serves several tables died before it came to this one: neither a pass nor a failure of its own."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not run: {reason}")


class SuiteError(Exception):
    """What the suite refuses to do or cannot do, in words for people: no finding about the product.

    Its message is told as it is; that of an exception from elsewhere may quote data and is held back.
    """


class DayOver(SuiteError):
    """Midnight UTC has passed since a run began, and with it the day whose data it is about."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"midnight UTC has passed since this run of the playbook began, on {day:%Y-%m-%d}: what the jobs write now "
            "goes into the next day's folders, where this run does not look. This says nothing of the product. Start "
            "the run anew, when it can end on the day (UTC) on which it begins"
        )


class WaitExpired(SuiteError):
    """A wait reached its deadline; tells what was waited for, its last state and the time passed."""
