"""The verdict for people, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from acceptance.findings import Finding
from acceptance.measurements.model import Uncompared
from acceptance.verdict.model import Outcome, ScenarioResult, State, Verdict
from acceptance.wording import count


def sentence(verdict: Verdict) -> str:
    told = _of_outcomes(verdict)
    if not verdict.uncompared:
        return told
    whole = told.removesuffix(".")
    return f"{whole}; {uncompared(verdict.uncompared)}{told[len(whole) :]}"


def uncompared(found: Sequence[Uncompared]) -> str:
    """`12 values of 2 columns could not be compared`."""
    columns = len({(each.table, each.column) for each in found})
    values = count(sum(each.count for each in found), "value")
    return f"{values} of {count(columns, 'column')} could not be compared"


def _of_outcomes(verdict: Verdict) -> str:
    head, cause = _head(verdict), _cause(verdict)
    match verdict.state:
        case State.PASSED:
            return f"{head}."
        case State.PARTIAL:
            return _in_part(verdict)
        case State.EMPTY:
            return "Nothing was checked: this is not a pass."
        case State.INTERRUPTED:
            return f"Interrupted by {verdict.interrupted} {_until_then(verdict)}: this is not a pass."
        case _ if cause is None:
            return f"{head}, but the run itself had an error: {first_line(verdict.problems[0])}"
        case _ if cause.finding and cause.finding.code == _OF_A_RUN:
            finding = first_line(cause.finding.what)
            return f"{finding[0].upper()}{finding[1:]} (step {cause.step}); {_shared(verdict)}."
        case _:
            where = f"{cause.table or f'“{cause.name}”'} {_VERB[cause.outcome]} step {cause.step}"
            return f"{head}; {where}: {_reason(cause)}"


_OF_A_RUN = "job-run-died"
"""A finding of a job run that serves several tables: it is not only that table's in whose scenario it stands."""


def _shared(verdict: Verdict) -> str:
    """What became of the tables of a job run that died."""
    found = [verdict.of_table(table) for table in verdict.tables]
    waiting = found.count(Outcome.NOT_RUN)
    if Outcome.PASSED in found or not waiting:
        return _head(verdict)
    return f"{waiting} other{' was' if waiting == 1 else 's were'} not run"


def _in_part(verdict: Verdict) -> str:
    """Nothing is said of steps that were not selected, nor of tables without new data."""
    head, steps = _head(verdict), len(verdict.left_out)
    if not steps:
        return f"{head}. {_idle(verdict)}."
    parts = [
        f"{head.removeprefix('All ')} in the steps that ran",
        f"{_were(steps)} not selected",
        _idle(verdict),
    ]
    return "".join(f"{part}. " for part in parts if part).strip()


def _were(steps: int) -> str:
    return f"{count(steps, 'step')} {'was' if steps == 1 else 'were'}"


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


def _idle(verdict: Verdict) -> str:
    idle = sorted({s.table or s.name for s in verdict.scenarios if s.outcome is Outcome.NOTHING_NEW})
    return f"There was nothing to ingest for {', '.join(idle)}" if idle else ""


def _until_then(verdict: Verdict) -> str:
    done = len(verdict.scenarios) - verdict.count(Outcome.NOT_RUN)
    bad = verdict.count(Outcome.FAILED) + verdict.count(Outcome.ERROR)
    return f"after {done} of {len(verdict.scenarios)} scenarios{f', {bad} of them failed or in error' if bad else ''}"


def _reason(cause: ScenarioResult) -> str:
    """The gist of its finding; the table is named already."""
    finding = cause.finding
    if finding is None:
        return "no message"
    return first_line(gist(replace(finding, table="") if finding.table == cause.table else finding))


def gist(finding: Finding) -> str:
    """What happened and to which table, and the step that it refers to."""
    return f"{finding} (step {finding.step})" if finding.step else str(finding)


def first_line(text: str) -> str:
    """Of a text that may be an error's, with its lines."""
    return text.strip().partition("\n")[0].rstrip() or "no message"
