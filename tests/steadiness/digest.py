"""A verdict in plain text, without what differs from run to run: times, ids, addresses, folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from acceptance.report.messages import reasons
from acceptance.verdict.model import Outcome, ScenarioResult, Verdict
from acceptance.verdict.sentence import sentence

_VARYING = {
    r"\d{8}T\d{6}Z-[0-9a-f]{4}": "<run>",
    r"jr_[0-9a-f]+": "<job run>",
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "<id>",
    r"\b(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b": "<hash>",
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?": "<time>",
    r"127\.0\.0\.1:\d+|port=\d+": "<address>",
    r"(?<![\w:/])/(tmp|var|home|root|work)/[^\s:,;'”]+": "<path>",
    r"\b\d+(\.\d+)? (s|ms|seconds)\b": "<seconds>",
    r"0x[0-9a-f]+": "<object>",
}
_DAYS = re.compile(r"\b(20\d\d)-?([01]\d)-?([0-3]\d)\b")
_PARTS_OF_DAYS = re.compile(r"(_year=)\d{4}(/\w+_month=)\d\d(/\w+_day=)\d\d")


def plain(text: str, day: date) -> str:
    """Text without what varies; days are told from `day`, on which the run began: `<day 0>`, `<day -1>`."""
    for pattern, word in _VARYING.items():
        text = re.sub(pattern, word, text)
    text = _PARTS_OF_DAYS.sub(r"\1<y>\2<m>\3<d>", text)
    return _DAYS.sub(lambda found: _from(day, found), text)


def _from(day: date, found: re.Match[str]) -> str:
    try:
        told = datetime(*map(int, found.groups()), tzinfo=UTC).date()  # type: ignore[misc,arg-type]
    except ValueError:
        return found[0]
    return f"<day {(told - day).days}>"


def told(verdict: Verdict) -> str:
    """State, problems, and each scenario with its outcome, the step that failed, its message and its notes."""
    day = verdict.started.date()
    return "\n".join(plain(line, day) for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.state}: {sentence(verdict)}"
    yield from (f"problem: {problem}" for problem in verdict.problems)
    for scenario in verdict.scenarios:
        yield f"{scenario.step} {scenario.name}: {scenario.outcome}"
        yield from (f"    {line}" for line in _of_scenario(scenario))


def _of_scenario(scenario: ScenarioResult) -> Iterator[str]:
    ended = (Outcome.FAILED, Outcome.ERROR, Outcome.BLOCKED, Outcome.NOTHING_NEW)
    yield from (f"{step.outcome}: {step.text}" for step in scenario.steps if step.outcome in ended)
    yield from reasons(scenario).splitlines()
    yield from (f"note: {note}" for note in scenario.notes)
