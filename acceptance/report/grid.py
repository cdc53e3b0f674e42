"""The verdict at a glance: tables down, the playbook's steps across."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from acceptance.report import messages
from acceptance.verdict.model import Outcome, ScenarioResult, Verdict, gravest

ALL_TABLES = "all tables / account"
FEW = 12  # rows that are seen at once


@dataclass(frozen=True)
class Column:
    section: str
    step: str
    feature: str


@dataclass(frozen=True)
class Cell:
    """What became of one table at one step: the gravest of its scenarios."""

    outcome: Outcome
    scenario: ScenarioResult


@dataclass(frozen=True)
class Row:
    table: str
    outcome: Outcome
    cells: tuple[Cell | None, ...]  # one a column; None where the step is not about this table


@dataclass(frozen=True)
class Grid:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def sections(self) -> list[tuple[str, int]]:
        """Each section with the number of its columns, in order."""
        return [(section, len(list(run))) for section, run in groupby(self.columns, lambda c: c.section)]

    @property
    def by_table(self) -> set[str]:
        """The sections of which something was checked table by table."""
        told = [row for row in self.rows if row.table != ALL_TABLES]
        return {number for number, _ in self.sections for row in told if self.of_section(row, number)}

    def of_section(self, row: Row, section: str) -> list[Cell]:
        """A row's cells in a section, those that there are."""
        pairs = zip(self.columns, row.cells, strict=True)
        return [cell for column, cell in pairs if column.section == section and cell]

    def stages(self) -> list[StageRow]:
        """The grid by sections alone; a table with trouble comes first where there are too many to see at once."""
        known = {**messages.SECTIONS, **{number: "" for number, _ in self.sections}}
        rows = [(row, {number: self.of_section(row, number) for number in known}) for row in self.rows]
        if len(rows) > FEW:
            rows.sort(key=lambda pair: list(Outcome).index(pair[0].outcome))
        return [
            StageRow(row, {number: Summary.of(cells) for number, cells in found.items()})
            for row, found in rows
        ]


@dataclass(frozen=True)
class Summary:
    """A table's steps of one section: the gravest outcome, and how many passed."""

    cell: Cell
    passed: int
    total: int

    @classmethod
    def of(cls, cells: list[Cell]) -> Summary | None:
        if not cells:
            return None
        outcome = gravest(cell.outcome for cell in cells)
        first = next(cell for cell in cells if cell.outcome is outcome)
        return cls(first, sum(cell.outcome is Outcome.PASSED for cell in cells), len(cells))


@dataclass(frozen=True)
class StageRow:
    row: Row
    sections: dict[str, Summary | None]  # None: not checked


def draw(verdict: Verdict) -> Grid:
    """The first row tells of scenarios that are about no single table, if there are any."""
    columns = {(s.section, s.step): Column(s.section, s.step, s.feature) for s in verdict.scenarios}
    cells: dict[tuple[str, str, str], list[ScenarioResult]] = {}
    for scenario in verdict.scenarios:
        cells.setdefault((scenario.table, scenario.section, scenario.step), []).append(scenario)
    found = dict.fromkeys(s.table for s in verdict.scenarios)
    tables = [*([""] if "" in found else []), *dict.fromkeys((*verdict.tables, *filter(None, found)))]
    return Grid(
        tuple(columns.values()),
        tuple(
            Row(
                table or ALL_TABLES,
                verdict.of_table(table),
                tuple(_cell(cells.get((table, *key))) for key in columns),
            )
            for table in tables
        ),
    )


def _cell(scenarios: list[ScenarioResult] | None) -> Cell | None:
    if not scenarios:
        return None
    outcome = gravest(s.outcome for s in scenarios)
    return Cell(outcome, next(s for s in scenarios if s.outcome is outcome))
