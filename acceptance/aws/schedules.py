"""Glue's schedules: when a cron expression next comes true.

Source: Glue developer guide, "Time-based schedules for jobs and crawlers": six fields, in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("days of the month", 1, 31, ()),
    ("months", 1, 12, _MONTHS),
    ("days of the week", 1, 7, _DAYS),  # SUN is 1
    ("years", 1970, 2199, ()),
)
_FARTHEST = timedelta(days=5 * 366)  # a 29 February that is a certain day of the week may be farther


class Unreadable(ValueError):
    """An expression that is no schedule, or one with what is not worked out here: L and W."""


@dataclass(frozen=True)
class Schedule:
    """The values of each field that fit."""

    minutes: frozenset[int]
    hours: frozenset[int]
    month_days: frozenset[int]
    months: frozenset[int]
    week_days: frozenset[int]  # Sunday is 1
    years: frozenset[int]

    @classmethod
    def parse(cls, expression: str) -> Schedule:
        """Of `cron(0 2 * * ? *)`; raises `Unreadable`."""
        found = re.fullmatch(r"cron\((.+)\)", expression.strip())
        parts = found[1].split() if found else []
        if len(parts) != len(_FIELDS):
            raise Unreadable(f"{expression!r} is no schedule such as cron(0 2 * * ? *)")
        return cls(*(frozenset(_values(part, *field)) for part, field in zip(parts, _FIELDS, strict=True)))

    def after(self, moment: datetime) -> datetime | None:
        """The first time after a moment, in UTC; None where there is none in five years."""
        moment = moment.astimezone(UTC)
        for days in range(_FARTHEST.days):
            day = (moment + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
            if not self._is_on(day):
                continue
            for hour, minute in product(sorted(self.hours), sorted(self.minutes)):
                if (found := day.replace(hour=hour, minute=minute)) > moment:
                    return found
        return None

    def _is_on(self, day: datetime) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and day.day in self.month_days
            and day.isoweekday() % 7 + 1 in self.week_days
        )


def _values(part: str, what: str, least: int, most: int, names: tuple[str, ...]) -> Iterator[int]:
    for each in part.split(","):
        found = re.fullmatch(r"(\*|\?|\w+)(?:-(\w+))?(?:/(\d+))?", each)
        if not found:
            raise Unreadable(f"{part!r} is not understood as {what} of a schedule")
        first, last, step = found.groups()
        start = least if first in "*?" else _number(first, what, names)
        end = _number(last, what, names) if last else (start if first not in "*?" and not step else most)
        if not least <= start <= end <= most or step == "0":
            raise Unreadable(f"{part!r} is not understood as {what} of a schedule")
        yield from range(start, end + 1, int(step or 1))


def _number(word: str, what: str, names: tuple[str, ...]) -> int:
    if word.isdigit():
        return int(word)
    if word.upper() in names:
        return names.index(word.upper()) + 1
    raise Unreadable(f"{word!r} is not understood among the {what} of a schedule")
