"""The columns of each table: types, values lost, and what is new or gone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from acceptance.measurements.model import ColumnFinding
from acceptance.report import messages
from acceptance.verdict.model import Verdict

MANY = 80  # columns; of a wider table those that are as they should be are folded away


@dataclass(frozen=True)
class Columns:
    table: str
    columns: tuple[ColumnFinding, ...]

    @cached_property
    def bad(self) -> list[ColumnFinding]:
        return [column for column in self.columns if not column.good]

    @cached_property
    def good(self) -> list[ColumnFinding]:
        return [column for column in self.columns if column.good]

    @property
    def folded(self) -> bool:
        return len(self.columns) > MANY

    @property
    def told(self) -> str:
        """The columns in a sentence."""
        typed = sum((column.expected or "string") not in ("string", "") for column in self.columns)
        differing = sum(len(kinds(column)) > 1 for column in self.columns)
        parts = [f"{messages.count(len(self.columns), 'column')}, {typed} of them typed"]
        if differing:
            parts.append(f"{differing} of another type than expected")
        for what in ("lost", "changed"):
            if values := sum(getattr(column, what) or 0 for column in self.columns):
                parts.append(f"{messages.count(values, 'value')} {what} in the cast")
        for since in ("new", "gone"):
            if number := sum(column.since == since for column in self.columns):
                parts.append(f"{number} {since} since the last generation")
        return "; ".join(parts) + "."


def kinds(column: ColumnFinding) -> set[str]:
    """The different types that it has in the places looked at."""
    types = (column.expected, column.catalog, column.files, column.snapshot)
    return {kind for kind in types if kind is not None}


def draw(verdict: Verdict) -> list[Columns]:
    """One for each table that was looked at, in the order of the tables under test."""
    found: dict[str, list[ColumnFinding]] = {}
    for column in verdict.columns:
        found.setdefault(column.table, []).append(column)
    tables = dict.fromkeys((*verdict.tables, *found))
    return [Columns(table, tuple(found[table])) for table in tables if table in found]
