"""The verdict: what a run found, as plain data.

Every output (console, `verdict.json`, JUnit, the ticket's page) is drawn from one `Verdict`, so all agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from acceptance.evidence import Evidence, Kind
from acceptance.findings import Finding
from acceptance.measurements.model import Activity, ColumnFinding, Point, RowChange, RowCount, Uncompared
from acceptance.rollback.plan import WayBack

SCHEMA_VERSION = 3


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


@dataclass(frozen=True)
class StepResult:
    keyword: str  # Given, When, Then, And, But
    text: str
    outcome: Outcome
    seconds: float = 0.0
    finding: Finding | None = None  # why it is not passed
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class ScenarioResult:
    feature: str  # "1.2.1 Run the ingestion for each new API resource"
    step: str  # playbook number "1.2.1", or the tag of an unnumbered feature: "jobs"
    section: str  # "1"
    name: str
    outcome: Outcome
    table: str = ""  # "" where the scenario is not about one table
    finding: Finding | None = None  # why it is not passed; the first of its steps' and hooks'
    started: datetime | None = None  # UTC
    seconds: float = 0.0
    location: str = ""  # features/…/….feature:12
    steps: tuple[StepResult, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that keep it from passing, its own first."""
        found = [step.finding for step in self.steps if step.outcome in (Outcome.FAILED, Outcome.ERROR)]
        return tuple(dict.fromkeys(filter(None, [self.finding, *found])))

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
class Standing:
    """A finding that the runs before had as well, of the same table at the same step; "" is for all tables."""

    step: str
    table: str
    code: str
    since: datetime  # when the first of these runs started
    runs: int  # of them that had it, this one among them


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
    left_out: tuple[str, ...] = ()  # steps that a selection (tags, path, name) left out: 1.2.3, jobs
    problems: tuple[str, ...] = ()  # errors outside scenarios: hooks, clean-up, undefined steps
    interrupted: str = ""  # by what: "Ctrl-C", "SIGTERM"
    account_alias: str = ""
    row_counts: tuple[RowCount, ...] = ()
    row_changes: tuple[RowChange, ...] = ()
    columns: tuple[ColumnFinding, ...] = ()
    uncompared: tuple[Uncompared, ...] = ()  # values, by table and column
    activities: tuple[Activity, ...] = ()  # in the order of time
    day: str = ""  # where several are played: "day 2 of 3: new, changed and unchanged records"
    undeployed: tuple[str, ...] = ()  # what the sandbox could not take over of what it was given, a line each
    history: tuple[PastRun, ...] = ()  # the oldest first
    changes: tuple[Change, ...] = ()  # since the last of the ticket's runs in `history`
    standing: tuple[Standing, ...] = ()  # findings that are not of this run alone
    calls: dict[str, int] = field(default_factory=dict)  # of AWS, by service and action: {"glue:GetJob": 8}
    way_back: WayBack | None = None  # of a run that writes, or that the step 6.4 is part of
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


def gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """The gravest of some outcomes (Outcome's own order); NOT_RUN when there are none."""
    order = list(Outcome)
    return min(outcomes, key=order.index, default=Outcome.NOT_RUN)
