"""Recorded pages of the API, answered again byte for byte.

    <folder>/<resource>/<page>.json              a page of all records, from 1 on: whatever the API answered
    <folder>/<resource>/<page>.<status>.json     the same, of another HTTP status than 200: 2.500.json
    <folder>/<resource>/day-<n>/<page>.json      a page of what was updated before the n-th day that is played

A resource that has a folder has no other records; a page that is missing between others is answered with 404.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FULL_LOAD = 1
_NAME = re.compile(
    r"(?P<resource>\w+)/(?:day-(?P<day>[2-9])/)?(?P<page>[1-9]\d*)(?:\.(?P<status>[1-5]\d\d))?\.json"
)
_PER_PAGE = 50


@dataclass(frozen=True)
class Page:
    body: str
    status: int = 200

    @property
    def records(self) -> int:
        """How many it holds; 0 where it is no list."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return 0
        return len(found) if isinstance(found, list) else 0


@dataclass(frozen=True)
class Recording:
    """The pages of one resource and day, by number; none: the API had nothing new."""

    pages: Mapping[int, Page] = field(default_factory=dict)

    @property
    def per_page(self) -> int:
        return max([_PER_PAGE, *(page.records for page in self.pages.values())])

    @property
    def results(self) -> int:
        """So many that whoever divides them by `per_page` asks for all pages, the last one too if it is odd."""
        if not self.pages:
            return 0
        last = max(self.pages)
        return self.per_page * (last - 1) + max(self.pages[last].records, 1)


@dataclass(frozen=True)
class Recordings:
    """Of a folder; `unread` are the files, by path in it, whose names say no page."""

    days: Mapping[str, Mapping[int, Recording]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Recordings:
        found: dict[str, dict[int, dict[int, Page]]] = {}
        unread = []
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            name = path.relative_to(folder).as_posix()
            if match := _NAME.fullmatch(name):
                day = found.setdefault(match["resource"], {}).setdefault(int(match["day"] or FULL_LOAD), {})
                body = path.read_bytes().decode("utf-8", "surrogateescape")
                day[int(match["page"])] = Page(body, int(match["status"] or 200))
            else:
                unread.append(name)
        days = {name: {n: Recording(pages) for n, pages in each.items()} for name, each in found.items()}
        return cls(days, tuple(unread))

    def of(self, resource: str, day: int, updates: bool) -> Recording | None:
        """What is answered on a day, counted from 1; None for a resource that has no recorded pages.

        `updates`: those that came since the day before are asked for, not all records.
        """
        if resource not in self.days:
            return None
        return self.days[resource].get((0 if day == 1 else day) if updates else FULL_LOAD, Recording())
