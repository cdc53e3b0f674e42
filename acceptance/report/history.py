"""Earlier runs: gathered from `reports/`, compared with this one, drawn as trends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from acceptance.measurements.model import Point, RowCount
from acceptance.report.messages import UNJUDGED
from acceptance.verdict import file
from acceptance.verdict.model import Change, Outcome, PastRun, ScenarioResult, Standing, Verdict, gravest

MOST = 15  # runs told
FARTHEST = 200  # files looked into for them
WIDTH, HEIGHT, PAD = 240.0, 40.0, 4.0  # of a trend's drawing


def remember(verdict: Verdict, folder: Path) -> Verdict:
    """The verdict with its history: the latest earlier runs below `reports/`, whichever ticket's, that are comparable.

    `folder` is the run's own, `reports/<ticket>/<run>/`. A nightly run of the same tables counts as well as one of the
    ticket; a run in another environment does not.
    """
    earlier: list[Verdict] = []
    paths = sorted(folder.parent.parent.glob("*/[0-9]*Z-*/verdict.json"), reverse=True, key=_run_of)
    for path in paths[:FARTHEST]:
        if path.parent != folder and (found := _read(path)) and _comparable(found, verdict):
            earlier.append(found)
        if len(earlier) == MOST:
            break
    last = next((found for found in earlier if found.ticket == verdict.ticket), None)
    return replace(
        verdict,
        history=tuple(_in_short(found, verdict.tables) for found in reversed(earlier)),
        changes=tuple(_changes(last, verdict)) if last else (),
        standing=tuple(_standing(earlier, verdict)),
    )


def _comparable(past: Verdict, verdict: Verdict) -> bool:
    shared = set(past.tables) & set(verdict.tables)
    return bool(
        shared
        and past.scenarios
        and past.environment == verdict.environment
        and past.started < verdict.started
    )


def last_of_ticket(verdict: Verdict) -> PastRun | None:
    """The run that `changes` compares with."""
    return next((past for past in reversed(verdict.history) if past.ticket == verdict.ticket), None)


def _run_of(path: Path) -> str:
    return path.parent.name


def _read(path: Path) -> Verdict | None:
    """Nothing for a file of another schema, or one that cannot be read: history is no reason for a run to fail."""
    try:
        return file.read(path)
    except (OSError, msgspec.DecodeError):
        return None


def in_short(verdict: Verdict) -> PastRun:
    return _in_short(verdict, verdict.tables)


def _in_short(verdict: Verdict, tables: Sequence[str]) -> PastRun:
    wanted = [table for table in tables if table in verdict.tables]
    return PastRun(
        verdict.run_id,
        verdict.ticket,
        verdict.started,
        verdict.seconds,
        verdict.state,
        verdict.commit,
        {table: verdict.of_table(table) for table in wanted},
        {table: rows for table in wanted if (rows := _rows(verdict.row_counts, table))},
    )


def _rows(counts: Iterable[RowCount], table: str) -> dict[Point, int]:
    return {count.point: count.rows for count in counts if count.table == table and count.rows is not None}


def _changes(last: Verdict, verdict: Verdict) -> Iterable[Change]:
    before, now = _outcomes(last.scenarios), _outcomes(verdict.scenarios)
    for key, outcome in now.items():
        if key in before and before[key] is not outcome:
            yield Change(*key, before[key], outcome)


def _standing(earlier: Sequence[Verdict], verdict: Verdict) -> Iterator[Standing]:
    """The findings that the runs before had as well; `earlier`: the newest first.

    A run that left the step out, or did not get there, is passed over.
    """
    before = [(run.started, _codes(run)) for run in earlier]
    for place, codes in _codes(verdict).items():
        judged = [(started, run[place]) for started, run in before if place in run]
        for code in codes:
            runs = next((n for n, (_, found) in enumerate(judged) if code not in found), len(judged))
            if runs:
                yield Standing(*place, code, judged[runs - 1][0], runs + 1)


def _codes(verdict: Verdict) -> dict[tuple[str, str], list[str]]:
    """The codes of the findings by step and table, of what passed or failed."""
    found: dict[tuple[str, str], list[str]] = {}
    for scenario in verdict.scenarios:
        if scenario.outcome not in UNJUDGED:
            codes = found.setdefault((scenario.step, scenario.table), [])
            codes += [each.code for each in scenario.findings if each.code not in codes]
    return found


def _outcomes(scenarios: Iterable[ScenarioResult]) -> dict[tuple[str, str], Outcome]:
    found: dict[tuple[str, str], list[Outcome]] = {}
    for scenario in scenarios:
        found.setdefault((scenario.step, scenario.table), []).append(scenario.outcome)
    return {key: gravest(outcomes) for key, outcomes in found.items()}


@dataclass(frozen=True)
class Trend:
    """Some numbers over the runs, the last being this run's; None where a run did not count."""

    values: tuple[float | None, ...]

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if value is not None]

    @property
    def dots(self) -> list[tuple[float, float]]:
        """Places in the drawing, for the runs that counted."""
        low, high = min(self.known), max(self.known)
        if low == high:  # in the middle
            low, high = low - 1, high + 1
        step = (WIDTH - 2 * PAD) / max(len(self.values) - 1, 1)
        span = HEIGHT - 2 * PAD
        return [
            (round(PAD + number * step, 1), round(PAD + span * (1 - (value - low) / (high - low)), 1))
            for number, value in enumerate(self.values)
            if value is not None
        ]

    @property
    def line(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.dots)


@dataclass(frozen=True)
class TableTrend:
    table: str
    increment: Trend
    snapshot: Trend


@dataclass(frozen=True)
class History:
    runs: tuple[PastRun, ...]  # the newest first; this run is among them
    seconds: Trend
    tables: tuple[TableTrend, ...]
    compared: PastRun | None  # the ticket's run before this one


def draw(verdict: Verdict) -> History | None:
    """None where there is no earlier run."""
    if not verdict.history:
        return None
    runs = (*verdict.history, in_short(verdict))
    return History(
        runs[::-1],
        Trend(tuple(run.seconds for run in runs)),
        tuple(
            TableTrend(table, _trend(runs, table, Point.INCREMENT), _trend(runs, table, Point.SNAPSHOT))
            for table in verdict.tables
        ),
        last_of_ticket(verdict),
    )


def _trend(runs: Iterable[PastRun], table: str, point: Point) -> Trend:
    return Trend(tuple(run.rows.get(table, {}).get(point) for run in runs))
