"""The verdict: what a run found, as plain data.

Every output (console, `verdict.json`, JUnit, the ticket's page) is drawn from one `Verdict`, so all agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from acceptance.measurements.model import Activity, ColumnFinding, Point, RowChange, RowCount

SCHEMA_VERSION = 2


class Outcome(StrEnum):
    """What became of a scenario or step, the gravest first."""

    FAILED = "failed"  # the product is not as the playbook says
    ERROR = "error"  # not the product's fault: access, network, throttling, a bug of the suite
    BLOCKED = "blocked"  # what it builds on is not there
    NOTHING_NEW = "nothing new"  # the job's log explains that there was nothing to ingest
    NOT_RUN = "not run"  # the run, the job run that it builds on, or a step before it, ended before it
    PASSED = "passed"


class State(StrEnum):
    """The verdict over all scenarios."""

    PASSED = "passed"
    PARTIAL = "partial"  # all that was selected passed, but not everything was selected or had data
    FAILED = "failed"
    ERROR = "error"
    BLOCKED = "blocked"
    EMPTY = "nothing checked"
    INTERRUPTED = "interrupted"


class Kind(StrEnum):
    """What a piece of evidence is about."""

    ACCOUNT = "account"
    BRANCH = "branch"
    JOB = "job"
    JOB_RUN = "job run"
    CRAWL = "crawl"
    TABLE = "catalog table"
    OBJECTS = "objects"
    QUERY = "query"
    LOG = "log"
    ROWS = "rows"
    REMOVAL = "to be removed"
    NOTE = "note"


@dataclass(frozen=True)
class Comparison:
    """One expectation beside what was observed."""

    name: str
    expected: str
    observed: str
    ok: bool


@dataclass(frozen=True)
class Evidence:
    """What a step saw: never secrets or tokens, and row values in none but `ROWS`."""

    kind: Kind
    title: str
    facts: dict[str, str] = field(default_factory=dict)  # label -> value
    comparisons: tuple[Comparison, ...] = ()
    text: str = ""  # SQL, or the tail of a log
    link: str = ""  # AWS console; empty in the sandbox, whose ids are nowhere to be seen
    id: str = ""  # of a job run, crawl or query
    failing_ids: tuple[str, ...] = ()  # the records' own, some of them: they are not personal


@dataclass(frozen=True)
class StepResult:
    keyword: str  # Given, When, Then, And, But
    text: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class ScenarioResult:
    feature: str  # "1.2.1 Run the ingestion for each new API resource"
    step: str  # playbook number "1.2.1", or the tag of an unnumbered feature: "jobs"
    section: str  # "1"
    name: str
    outcome: Outcome
    table: str = ""  # "" where the scenario is not about one table
    message: str = ""  # why it is not passed; the gravest of its steps' and hooks'
    started: datetime | None = None  # UTC
    seconds: float = 0.0
    location: str = ""  # features/…/….feature:12
    steps: tuple[StepResult, ...] = ()

    @property
    def notes(self) -> list[str]:
        """What a reader should know of a scenario although it passed."""
        return [e.title for step in self.steps for e in step.evidence if e.kind is Kind.NOTE]


@dataclass(frozen=True)
class PastRun:
    """An earlier run in the same environment that had a table of this run, in a few numbers."""

    run_id: str
    ticket: str
    started: datetime
    seconds: float
    state: State
    commit: str = ""
    tables: dict[str, Outcome] = field(default_factory=dict)
    rows: dict[str, dict[Point, int]] = field(default_factory=dict)  # by table


@dataclass(frozen=True)
class Change:
    """Another outcome of a table at a step than in the ticket's last run before this; "" is for all tables."""

    step: str
    table: str
    before: Outcome
    now: Outcome


@dataclass(frozen=True)
class Verdict:
    """All that a run found. Times are UTC, durations seconds."""

    run_id: str  # 20261123T081530Z-4f2a
    ticket: str
    environment: str  # local, stg, prod
    tables: tuple[str, ...]  # under test, in the order given
    scenarios: tuple[ScenarioResult, ...]  # in the playbook's order
    started: datetime
    seconds: float
    command: str  # as typed: behave -D ticket=…
    ticket_url: str = ""
    account: str = ""
    region: str = ""
    branch: str = ""
    commit: str = ""
    by: str = ""  # the caller's ARN without its account
    left_out: tuple[str, ...] = ()  # what a selection (tags, path, name) left out
    problems: tuple[str, ...] = ()  # errors outside scenarios: hooks, clean-up, undefined steps
    interrupted: str = ""  # by what: "Ctrl-C", "SIGTERM"
    account_alias: str = ""
    row_counts: tuple[RowCount, ...] = ()
    row_changes: tuple[RowChange, ...] = ()
    columns: tuple[ColumnFinding, ...] = ()
    activities: tuple[Activity, ...] = ()  # in the order of time
    history: tuple[PastRun, ...] = ()  # the oldest first
    changes: tuple[Change, ...] = ()  # since the last of the ticket's runs in `history`
    calls: dict[str, int] = field(default_factory=dict)  # of AWS, by service and action: {"glue:GetJob": 8}
    schema_version: int = SCHEMA_VERSION

    @property
    def sandbox(self) -> bool:
        return self.environment == "local"

    @property
    def state(self) -> State:
        outcomes = {s.outcome for s in self.scenarios}
        if self.interrupted:
            return State.INTERRUPTED
        if Outcome.FAILED in outcomes:
            return State.FAILED
        if Outcome.ERROR in outcomes or self.problems:
            return State.ERROR
        if outcomes & {Outcome.BLOCKED, Outcome.NOT_RUN}:
            return State.BLOCKED
        if Outcome.PASSED not in outcomes:
            return State.EMPTY
        return State.PARTIAL if self.left_out or Outcome.NOTHING_NEW in outcomes else State.PASSED

    @property
    def exit_code(self) -> int:
        return 0 if self.state in (State.PASSED, State.PARTIAL) else 1

    def of_table(self, table: str) -> Outcome:
        """The gravest outcome of a table's scenarios; NOT_RUN when it has none."""
        return gravest(s.outcome for s in self.scenarios if s.table == table)

    def count(self, outcome: Outcome) -> int:
        return sum(s.outcome is outcome for s in self.scenarios)

    @property
    def sentence(self) -> str:
        """The verdict for people, in one sentence."""
        return _sentence(self)


def gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """The gravest of some outcomes (Outcome's own order); NOT_RUN when there are none."""
    order = list(Outcome)
    return min(outcomes, key=order.index, default=Outcome.NOT_RUN)


TOLD = {"state": "string", "exit_code": "integer", "sentence": "string"}
"""What verdict.json tells beside the data, for other programs; it follows from the data and is not read back."""


def schema() -> bytes:
    """The JSON Schema of verdict.json."""
    found = msgspec.json.schema(Verdict)
    properties = found["$defs"]["Verdict"]["properties"]
    found["$defs"]["Verdict"]["properties"] = {
        name: {"type": kind} for name, kind in TOLD.items()
    } | properties
    return _indented(found)


def write(verdict: Verdict, path: Path) -> None:
    path.write_bytes(
        _indented({name: getattr(verdict, name) for name in TOLD} | msgspec.to_builtins(verdict))
    )


def _indented(data: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"


def read(path: Path) -> Verdict:
    """Raises `msgspec.ValidationError` for a file that is not a verdict of this schema."""
    return msgspec.json.decode(path.read_bytes(), type=Verdict)


def _sentence(verdict: Verdict) -> str:
    head, cause = _head(verdict), _cause(verdict)
    match verdict.state:
        case State.PASSED:
            return f"{head}."
        case State.PARTIAL:
            return f"{head}, as far as was looked; {_left_out(verdict)}."
        case State.EMPTY:
            return "Nothing was checked: this is not a pass."
        case State.INTERRUPTED:
            return f"Interrupted by {verdict.interrupted} {_until_then(verdict)}: this is not a pass."
        case _ if cause is None:
            return f"{head}, but the run itself had an error: {_first_line(verdict.problems[0])}"
        case _ if _OF_A_RUN.match(cause.message):
            finding = _first_line(cause.message)
            return f"{finding[0].upper()}{finding[1:]} (step {cause.step}); {_shared(verdict)}."
        case _:
            where = f"{cause.table or f'“{cause.name}”'} {_VERB[cause.outcome]} step {cause.step}"
            return f"{head}; {where}: {_first_line(cause.message).removeprefix(f'{cause.table}: ')}"


_OF_A_RUN = re.compile(r"the [\w ]+ run died ")
"""A finding of a job run that serves several tables: it is not only that table's in whose scenario it stands."""


def _shared(verdict: Verdict) -> str:
    """What became of the tables of a job run that died."""
    found = [verdict.of_table(table) for table in verdict.tables]
    waiting = found.count(Outcome.NOT_RUN)
    if Outcome.PASSED in found or not waiting:
        return _head(verdict)
    return f"{waiting} other{' was' if waiting == 1 else 's were'} not run"


def _head(verdict: Verdict) -> str:
    """How many of the tables behave; tables that no scenario looked at are not said to misbehave."""
    tables = verdict.tables
    good = sum(verdict.of_table(t) is Outcome.PASSED for t in tables)
    if not any(s.table for s in verdict.scenarios):
        passed, total = verdict.count(Outcome.PASSED), len(verdict.scenarios)
        return f"{passed} of {total} checks passed, none of them about a single table"
    ready = verdict.environment == "stg" and not verdict.left_out  # that is what pre-production is to show
    be, one, many = (
        ("be ready for production", "is ready for production", "are ready for production")
        if ready
        else (f"behave {_SAYS}", f"behaves {_SAYS}", f"behave {_SAYS}")
    )
    if len(tables) == 1:
        return f"The table {one}" if good else f"The table is not shown to {be}"
    if not good:
        return f"None of the {len(tables)} tables is shown to {be}"
    share = f"All {good}" if good == len(tables) else f"{good} of {len(tables)}"
    return f"{share} tables {many}"


_SAYS = "as the playbook says"


def _cause(verdict: Verdict) -> ScenarioResult | None:
    """The scenario that the sentence tells of: the first of the gravest."""
    outcomes = _CAUSES.get(verdict.state, ())
    return next((s for o in outcomes for s in verdict.scenarios if s.outcome is o), None)


_CAUSES = {
    State.FAILED: (Outcome.FAILED,),
    State.ERROR: (Outcome.ERROR,),
    State.BLOCKED: (Outcome.BLOCKED, Outcome.NOT_RUN),
}

_VERB = {
    Outcome.FAILED: "failed",
    Outcome.ERROR: "could not be checked in",
    Outcome.BLOCKED: "is blocked in",
    Outcome.NOT_RUN: "did not reach",
}


def _left_out(verdict: Verdict) -> str:
    idle = sorted({s.table or s.name for s in verdict.scenarios if s.outcome is Outcome.NOTHING_NEW})
    parts = list(verdict.left_out)
    if idle:
        parts.append(f"nothing to ingest for {', '.join(idle)}")
    return "; ".join(parts)


def _until_then(verdict: Verdict) -> str:
    done = len(verdict.scenarios) - verdict.count(Outcome.NOT_RUN)
    bad = verdict.count(Outcome.FAILED) + verdict.count(Outcome.ERROR)
    return f"after {done} of {len(verdict.scenarios)} scenarios{f', {bad} of them failed or in error' if bad else ''}"


def _first_line(message: str) -> str:
    """The gist of a message, without the outcome's own word, which the sentence says already."""
    lines = message.strip().splitlines() or ["no message"]
    return lines[0].removeprefix("blocked: ").removeprefix("not run: ")
