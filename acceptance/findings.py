"""What a check can find, as exceptions. Anything else that is raised is an error: not the product's fault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from acceptance.evidence import Evidence
from acceptance.pipeline import Stage

AGAIN = (
    "then have removed what “What to do next” lists (of a table in use the Data Platform team decides), and run the "
    "playbook again"
)
ASK = "if that does not help, ask the Data Platform team (the playbook's “Did that work for you?”)"


BUGS = {
    "suite-bug",
    "assertion-failed",
    "query-no-sql",
    "not-read-only",
    "step-undefined",
    "step-pending",
    "step-broken",
    "no-steps",
}
"""Codes of what is wrong with the suite itself."""


@dataclass(frozen=True)
class Finding:
    """What was found, in fields; `acceptance.report.messages` makes a message of them."""

    code: str  # stable, one a cause: "crawl-failed"; docs/findings.md lists them
    what: str  # what happened, for people: "3 of 12 pages failed"
    table: str = ""  # the table that it happened to, told before it; "" for none, or where `what` names it
    expected: str = ""
    observed: str = ""
    look: str = ""  # where to look
    do: str = ""  # what to do
    ask: str = ""  # what to ask of the Data Platform team, and when; "" for nothing
    step: str = ""  # of what is blocked or not run: the playbook's step that is missing, or ended before it

    def __str__(self) -> str:
        return f"{self.table}: {self.what}" if self.table else self.what


class Failure(AssertionError):
    """The product is not as the playbook says, in words for the analyst.

    `redo`: the stage that wrote today's data wrong, and has to write it again; `recrawl`: the stage whose catalog table
    is wrong, and its data right (`acceptance.run.removals` says what is in their way).
    """

    def __init__(
        self,
        code: str,
        what: str,
        *,
        expected: str,
        observed: str,
        look: str,
        do: str,
        ask: str = ASK,
        table: str = "",
        evidence: tuple[Evidence, ...] = (),
        redo: Stage | None = None,
        recrawl: Stage | None = None,
    ) -> None:
        to_do = f"{do}; {AGAIN}" if redo or recrawl else do
        self.finding = Finding(code, what, table, expected, observed, look, to_do, ask)
        super().__init__(str(self.finding))
        self.evidence, self.redo, self.recrawl = evidence, redo, recrawl


class Stop(Exception):
    """A scenario ends here, neither passed nor failed."""

    def __init__(self, code: str, why: str, step: str = "", table: str = "") -> None:
        self.finding = Finding(code, why, table, step=step)
        super().__init__(str(self.finding))


class Blocked(Stop):
    """What a scenario builds on is not there; `step` brings it. `redo`: as of `Failure`."""

    def __init__(self, code: str, why: str, step: str, *, table: str = "", redo: Stage | None = None) -> None:
        super().__init__(code, why, step, table)
        self.redo = redo


class NothingNew(Stop):
    """The job's own log explains that there was nothing to ingest."""


class NotRun(Stop):
    """A job run that serves several tables died before it came to this one."""


class SuiteError(Exception):
    """What the suite refuses to do or cannot do, in words for people: no finding about the product.

    Its message is told as it is; that of an exception from elsewhere may quote data and is held back.
    """

    code = "suite-refuses"

    def __init__(self, what: str, finding: Finding | None = None) -> None:
        self.finding = finding or Finding(self.code, what)
        super().__init__(what)


class DayOver(SuiteError):
    """Midnight UTC has passed since a run began, and with it the day whose data it is about."""

    code = "day-over"

    def __init__(self, day: date) -> None:
        super().__init__(
            f"midnight UTC has passed since this run of the playbook began, on {day:%Y-%m-%d}: what the jobs write now "
            "goes into the next day's folders, where this run does not look. This says nothing of the product. Start "
            "the run anew, when it can end on the day (UTC) on which it begins"
        )


class WaitExpired(SuiteError):
    """A wait reached its deadline; tells what was waited for, its last state and the time passed."""

    code = "wait-expired"


class LogMissing(SuiteError):
    """No data, and no log that could say whether there was any to be had."""

    code = "log-missing"

    def __init__(self, table: str, what: str, *, look: str, observed: str, do: str) -> None:
        finding = Finding(self.code, what, table, observed=observed, look=look, do=do, ask=ASK)
        super().__init__(str(finding), finding)
