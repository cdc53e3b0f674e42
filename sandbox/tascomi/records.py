"""The records of the Tascomi API on a given day.

A daily resource gets one record a day, the oldest going into the archive at the same time, and a record is
updated five days after it was made and every thirty days from then. Of a weekly resource one record a day is
updated, in turn; a quiet one stays as it is. So every day something happens to every resource that is not
quiet, today too, and nothing depends on when or where the records are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zlib import crc32

from sandbox.tascomi.resources import Resource, resources

Record = dict[str, str | None]

FIRST_DAY = date(2020, 1, 1)
"""The day on which each daily resource had its first record."""
FIRST_UPDATE, UPDATE_EVERY = 5, 30
"""Age in days of a daily resource's record at its first update; days between its updates from then on."""

WORDS = (
    *(
        "rear",
        "extension",
        "single",
        "storey",
        "replacement",
        "windows",
        "loft",
        "conversion",
        "change",
        "use",
    ),
    *("retail", "unit", "without", "planning", "permission", "front", "boundary", "wall", "refuse", "store"),
    *("ground", "floor", "flat", "basement", "works", "terrace"),
)
STREETS = ("Mare Street", "Kingsland Road", "Well Street", "Lower Clapton Road", "Dalston Lane")
NAMES = ("Avery", "Blake", "Carmen", "Devi", "Eben", "Farah", "Glenn", "Hana", "Idris", "Joss", "Kemi")

AWKWARD = {
    "timestamp": ("0000-00-00 00:00:00", "1752-09-14 00:00:00", "9999-12-31 23:59:59"),
    "date": ("0000-00-00", "9999-12-31"),
    "boolean": ("1", "0"),
    "float": ("0.00", "-0.10", "51.543210987654"),
    "double": ("0.00", "-0.10", "51.543210987654"),
    "integer": ("0", "-1", "2147483647"),
    "long": ("0", "-1", "9223372036854775807"),
    "text": (
        "",
        " between spaces ",
        "Zoë’s café, Łódź Road 🏗️ 東京",
        'he said "no", and\r\nleft',
        '{"kind": "shed", "sizes": [1, 2]}',
        "0012",
        "null",
        "far too long " * 1500,
    ),
}
"""By type, values that a vendor's database holds and that pipelines stumble over; right answers all of them."""


@lru_cache(maxsize=1024)
def records(resource: str, day: date, updated: date | None = None) -> Sequence[Record]:
    """The resource's records as the API shows them on `day`, by id; of them, those last updated on a day.

    They are shared: do not change them. Raises KeyError for an unknown resource.
    """
    found = resources()[resource]
    lives = (_life(found, number, day) for number in _numbers(found, day))
    return tuple(_record(found, life) for life in lives if updated in (None, life.updated))


@dataclass(frozen=True)
class Life:
    """One record's dates."""

    number: int
    created: date
    updated: date


def _numbers(resource: Resource, day: date) -> range:
    if not resource.slides:
        return range(1, resource.size + 1)
    newest = _offset(resource) + (day - FIRST_DAY).days
    return range(newest - resource.size + 1, newest + 1)


def _offset(resource: Resource) -> int:
    return 100 + crc32(resource.name.encode()) % 900


def _life(resource: Resource, number: int, day: date) -> Life:
    if resource.slides:
        created = FIRST_DAY + timedelta(days=number - _offset(resource))
        since_update = (day - created).days
        if since_update >= FIRST_UPDATE:
            since_update = (since_update - FIRST_UPDATE) % UPDATE_EVERY
    else:
        created = FIRST_DAY - timedelta(days=11 * (resource.size - number))
        since_update = (day - created).days if resource.quiet else (day.toordinal() - number) % resource.size
    return Life(number, created, day - timedelta(days=since_update))


def _record(resource: Resource, life: Life) -> Record:
    record: Record = {
        column: _value(resource, column, kind, life) for column, kind in resource.columns.items()
    }
    clock = life.number % 9 + 8, life.number * 7 % 60, life.number * 11 % 60
    return record | {
        "id": str(life.number),
        "submit_date": f"{life.created} {clock[0]:02}:{clock[1]:02}:00",
        "last_updated": f"{life.updated} {clock[0]:02}:{clock[1]:02}:{clock[2]:02}",
    }


def _value(resource: Resource, column: str, kind: str, life: Life) -> str | None:
    chance = crc32(f"{column} {life.number}".encode())
    if chance % 4 == 0:
        chance += life.updated.toordinal()  # one value in four changes with an update
    if chance % 9 == 8 and column not in ("creation_user_id", "last_updated_by", resource.complete):
        return None
    if resource.awkward and chance % 7 == 3 and column != resource.complete and kind in AWKWARD:
        return AWKWARD[kind][chance // 7 % len(AWKWARD[kind])]
    if kind == "integer":
        return str(_integer(column, life, chance))
    if kind == "timestamp":
        return f"{life.created + timedelta(days=chance % 90)} {chance % 24:02}:{chance % 60:02}:00"
    if kind == "date":
        return str(life.created - timedelta(days=chance % 9000))
    if kind == "boolean":
        return "true" if chance % 2 else "false"
    if kind in ("float", "double"):
        return f"{chance % 600_000 + 0.25:.2f}"
    if kind == "long":
        return str(100_023_000_000 + chance % 1_000_000)  # more than an int holds
    return _text(column, chance)


def _integer(column: str, life: Life, chance: int) -> int:
    if column in ("creation_user_id", "last_updated_by") or column.endswith("user_id"):
        column = "user_id"
    if not column.endswith("_id"):
        return chance % 40 + 1
    target = resources().get(_plural(column.removesuffix("_id")))
    if target is None:
        return chance % 12 + 1
    numbers = _numbers(target, life.created)
    return numbers[chance % len(numbers)]


def _plural(noun: str) -> str:
    if noun.endswith("y"):
        return noun.removesuffix("y") + "ies"
    return noun + ("es" if noun.endswith(("s", "ch")) else "s")


def _text(column: str, chance: int) -> str:
    if column == "postcode":
        return f"E{chance % 9 + 1} {chance % 7 + 1}{'ABDE'[chance % 4]}{'HJLN'[chance // 4 % 4]}"
    if column.endswith(("reference", "reference_number", "code")):
        return f"{chance % 8 + 2018}/{chance % 5000:04}"
    if column.endswith("email"):
        return f"{NAMES[chance % len(NAMES)].lower()}.{chance % 1000}@example.org"
    if column in ("forename", "surname"):
        return NAMES[chance % len(NAMES)]
    if "address" in column or column == "street":
        return f"{chance % 180 + 1} {STREETS[chance % len(STREETS)]}"
    if column == "telephone":
        return f"020 7946 {chance % 1000:04}"
    if column == "file_name":
        return f"document-{chance % 10_000}.pdf"
    return " ".join(WORDS[(chance >> shift) % len(WORDS)] for shift in (0, 5, 10, 15)).capitalize()
