"""What the days to come bring: what the API does on each of them to the tables under test.

Whatever else, each of these days has its new, changed and unchanged records (`sandbox.tascomi.records`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Fault = dict[str, Any]


@dataclass(frozen=True)
class Day:
    """`title` says what is special about it; `faults` are those of the API (`sandbox.tascomi.api`) for some tables."""

    title: str
    faults: Callable[[Sequence[str]], list[Fault]]


def _nothing(tables: Sequence[str]) -> list[Fault]:
    return []


def _quiet(tables: Sequence[str]) -> list[Fault]:
    return [{"resource": table, "empty": True} for table in tables[::2]]


def _new_column(tables: Sequence[str]) -> list[Fault]:
    return [{"resource": table, "add_field": ["added_by_the_vendor", "new"]} for table in tables]


DAYS = (
    Day("the day under test", _nothing),
    Day("new, changed and unchanged records", _nothing),
    Day("nothing new in the API for every other table, from the first on", _quiet),
    Day("for the tables that were quiet, the records of two days at once", _nothing),
    Day("the vendor adds a column", _new_column),
)
"""The first is today. A sound pipeline passes them all, the quiet one with nothing to check."""
