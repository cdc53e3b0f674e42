"""Words and signs that all forms of the report share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from acceptance.findings import Finding
from acceptance.verdict.model import Outcome, ScenarioResult, State
from acceptance.verdict.sentence import first_line, gist
from acceptance.wording import count as count

SECTIONS = {
    "0": "Before you start",
    "1": "API ingestion",
    "2": "Parse increments",
    "3": "Recast increments",
    "4": "Daily snapshot",
    "5": "Acceptance",
    "6": "Release",
}
PLAYBOOK = "https://playbook.hackney.gov.uk/Data-Platform-Playbook/docs/tascomi-adding-tables-to-the-pipeline"
"""The playbook itself, “How to add Tascomi tables to the Data Platform”, where the council publishes it."""
ENVIRONMENTS = {"local": "Sandbox", "stg": "Pre-production", "prod": "Production"}
SANDBOX_NOTICE = "Sandbox run: no evidence of a deployment"
GRAVE = (Outcome.FAILED, Outcome.ERROR, Outcome.BLOCKED)  # what a person has to act on
UNJUDGED = (Outcome.BLOCKED, Outcome.NOTHING_NEW, Outcome.NOT_RUN)  # neither a pass nor a fault
STATES = {
    State.PASSED: "Passed",
    State.PARTIAL: "Passed in part",
    State.FAILED: "Failed",
    State.ERROR: "Error",
    State.BLOCKED: "Blocked",
    State.EMPTY: "No result",
    State.INTERRUPTED: "Unfinished",
}
LONG = 6000  # characters: the query of a table with hundreds of columns has a hundred times as many
SIGNS = {
    Outcome.FAILED: "✗",
    Outcome.ERROR: "!",
    Outcome.BLOCKED: "■",
    Outcome.NOTHING_NEW: "○",
    Outcome.NOT_RUN: "–",
    Outcome.PASSED: "✓",
}
MEANINGS = {
    Outcome.FAILED: "not as the playbook says",
    Outcome.ERROR: "could not be checked: not the tables' fault",
    Outcome.BLOCKED: "what it builds on is not there",
    Outcome.NOTHING_NEW: "the job found nothing to ingest",
    Outcome.NOT_RUN: "the run, or the job run that it builds on, ended before it",
    Outcome.PASSED: "as the playbook says",
}


def section(number: str) -> str:
    """`1 API ingestion`; the bare number of a section that the playbook does not have."""
    return f"{number} {SECTIONS.get(number, '')}".rstrip()


def caller(arn: str) -> tuple[str, str]:
    """Who called and in which role, from `assumed-role/AWSReservedSSO_<permission set>_<16 hex digits>/<user>`."""
    if found := re.fullmatch(r"assumed-role/(?:AWSReservedSSO_)?(.+?)(?:_[0-9a-f]{16})?/(.+)", arn):
        return found[2], found[1]
    return arn, ""


def moment(when: datetime) -> str:
    """`23 November 2026, 08:15 UTC`."""
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def duration(seconds: float) -> str:
    """`0.4 s`, `41 s`, `3 min 5 s`, `2 h 4 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def signed(number: int) -> str:
    """`+12`, `−3`."""
    return f"{number:+,}".replace("-", "−")


def size(number: int) -> str:
    """`640 bytes`, `118 kB`, `2.4 MB`, in powers of ten as AWS bills."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            return f"{number / factor:.3g} {unit}"
    return count(number, "byte")


def dpu_hours(hours: float) -> str:
    """`0.831`, `under 0.001`."""
    return f"{hours:.3f}" if hours >= 0.001 else "under 0.001"


def dollars(amount: float) -> str:
    """`$0.31`; `less than $0.01`."""
    return f"${amount:,.2f}" if amount >= 0.005 or not amount else "less than $0.01"


def cut(text: str) -> str:
    """Text that is not too long for the page; `verdict.json` has it whole."""
    return (
        text
        if len(text) <= LONG
        else f"{text[:LONG]}\n… ({len(text) - LONG:,} more characters in verdict.json)"
    )


def number_of(outcome: Outcome, number: int) -> str:
    """`2 errors`, `3 passed`."""
    return count(number, "error") if outcome is Outcome.ERROR else f"{number} {outcome}"


def counts(scenarios: Iterable[ScenarioResult]) -> dict[Outcome, int]:
    """How many scenarios of each outcome there are, without the outcomes that did not occur."""
    found = Counter(s.outcome for s in scenarios)
    return {outcome: found[outcome] for outcome in Outcome if found[outcome]}


def parts(finding: Finding) -> dict[str, str]:
    """The labelled lines of a message, below what happened."""
    lines = {
        "expected": finding.expected,
        "observed": finding.observed,
        "look at": finding.look,
        "to do": "; ".join(filter(None, [finding.do, finding.ask])),
    }
    return {label: text for label, text in lines.items() if text}


def text(finding: Finding, outcome: Outcome | None = None) -> str:
    """A finding's whole message. Of what is neither a pass nor a fault, the outcome's word comes first."""
    word = f"{outcome}: " if outcome in UNJUDGED else ""
    return "\n".join(
        [
            f"{word}{gist(finding)}",
            *(f"  {label + ':':<10}{line}" for label, line in parts(finding).items()),
        ]
    )


def reasons(scenario: ScenarioResult) -> str:
    """Why a scenario has not passed: the messages of all its findings; "" where no reason is known."""
    return "\n\n".join(text(finding, scenario.outcome) for finding in scenario.findings)


def reason(scenario: ScenarioResult, *, named: bool = False) -> str:
    """The same in one line; `named`: the scenario's table is named already."""
    finding, more = scenario.finding, len(scenario.findings) - 1
    if not finding:
        return "no reason was given"
    if named and finding.table == scenario.table:
        finding = replace(finding, table="")
    return first_line(gist(finding)) + (f" (and {count(more, 'more finding')})" if more else "")
