"""What the days to come bring: what the API does on each of them to the tables under test.

It is always night, before anybody works: what is created or updated on a day is in the API the day after, so that each
day but the first has new, changed and unchanged records (`sandbox.tascomi.records`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Fault = dict[str, Any]


@dataclass(frozen=True)
class Day:
    """`title` says what is special about it, `special` has the faults of the API for that (`sandbox.tascomi.api`)."""

    title: str
    special: Callable[[Sequence[str]], list[Fault]]
    repaired: str = ""
    """The code of the finding that the first table's fault leads to; it is repaired then, and the day played again."""

    def faults(self, tables: Sequence[str]) -> list[Fault]:
        return [*({"resource": table, "night": True} for table in tables), *self.special(tables)]


def _nothing(tables: Sequence[str]) -> list[Fault]:
    return []


def _quiet(tables: Sequence[str]) -> list[Fault]:
    return [{"resource": table, "empty": True} for table in tables[::2]]


def _failing_page(tables: Sequence[str]) -> list[Fault]:
    return [{"resource": table, "page": 1, "status": 500} for table in tables[:1]]


def _new_column(tables: Sequence[str]) -> list[Fault]:
    return [{"resource": table, "add_field": ["added_by_the_vendor", "new"]} for table in tables]


DAYS = (
    Day("the day under test", _nothing),
    Day("new, changed and unchanged records", _nothing),
    Day("nothing new in the API for every other table, from the first on", _quiet),
    Day("for the tables that were quiet, the records of two days at once", _nothing),
    Day("a page of the first table fails", _failing_page, repaired="pages-failed"),
    Day("the vendor adds a column", _new_column),
)
"""The first is today. A pipeline has to pass all of them; the sample's does, but for the column."""
