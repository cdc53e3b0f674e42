"""What resources the Tascomi API has: `resources.toml`, read.

The sample repository's column type dictionary and Terraform lists say the same; a test compares them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import crc32

Dictionary = dict[str, dict[str, list[str]]]
"""`{type: {table: [column, …]}}`, as the recast job reads it."""

DICTIONARY_TYPES = ("integer", "timestamp", "boolean", "float", "long", "date")


@dataclass(frozen=True)
class Resource:
    name: str
    columns: dict[str, str]
    """Type of each column, a key of the column type dictionary or "text"; in the records' order."""
    size: int
    """How many records the API shows."""
    schedule: str
    """"daily", "weekly", or "" when it is in no Terraform list."""
    ticket: str
    """The ticket whose branch adds it to the list, or ""."""
    quiet: bool
    in_dictionary: bool
    complete: str
    awkward: bool = False
    """Whether its values are now and then of the kind that pipelines stumble over."""

    @property
    def slides(self) -> bool:
        """Whether records are created every day (and the oldest archived), or only updated."""
        return self.schedule == "daily" and not self.quiet


@cache
def resources() -> dict[str, Resource]:
    """All resources by name, in the file's order."""
    tables = tomllib.loads(Path(__file__).with_name("resources.toml").read_text(encoding="utf-8"))
    common = tables.pop("common")
    return {name: _resource(name, entry, common) for name, entry in tables.items()}


def learn(dictionary: Dictionary, daily: Sequence[str], weekly: Sequence[str]) -> None:
    """Have the API serve all of a checkout's tables, with the columns that its dictionary types.

    What this module knows already in the same way stays as it is.
    """
    for name in dict.fromkeys(
        [*daily, *weekly, *(name for tables in dictionary.values() for name in tables)]
    ):
        typed = {column: kind for kind, tables in dictionary.items() for column in tables.get(name, [])}
        known = resources().get(name)
        if known is None or not typed.items() <= known.columns.items():
            resources()[name] = _learnt(name, typed, known, "weekly" if name in weekly else "daily")


def _learnt(name: str, typed: dict[str, str], known: Resource | None, schedule: str) -> Resource:
    """Columns that the dictionary does not type are those known, else a few texts."""
    texts = [column for column in known.columns if column not in typed] if known else ["name", "description"]
    columns = {"id": "integer", **dict.fromkeys(texts, "text"), **typed}
    for column, kind in (("creation_user_id", "integer"), ("last_updated", "timestamp")):
        columns.setdefault(column, kind)
    return Resource(
        name=name,
        columns=columns,
        size=known.size if known else 20 + crc32(name.encode()) % 60,
        schedule=schedule,
        ticket="",
        quiet=False,
        in_dictionary=bool(typed),
        complete=known.complete if known else "id",
        awkward=True,
    )


def deployed() -> list[Resource]:
    """Those in the Terraform lists of the main branch."""
    return [resource for resource in resources().values() if resource.schedule and not resource.ticket]


def column_type_dictionary() -> Dictionary:
    """The types of all resources' columns, but for the resources that stay out of it."""
    return {
        kind: {
            resource.name: columns
            for resource in sorted(resources().values(), key=lambda resource: resource.name)
            if resource.in_dictionary
            and (columns := sorted(c for c, its_kind in resource.columns.items() if its_kind == kind))
        }
        for kind in DICTIONARY_TYPES
    }


def _resource(name: str, entry: dict[str, Any], common: dict[str, str]) -> Resource:
    columns = {"id": "integer"}
    for kind in (*DICTIONARY_TYPES, "text"):
        columns |= dict.fromkeys(entry.get(kind, "").split(), kind)
    if generated := entry.get("generated"):
        missing = generated["columns"] - len(columns | _typed(common))
        columns |= dict(islice(_generated(generated), missing))
    return Resource(
        name=name,
        columns=columns | _typed(common),
        size=entry["records"],
        schedule=entry.get("schedule", ""),
        ticket=entry.get("ticket", ""),
        quiet=entry.get("quiet", False),
        in_dictionary=entry.get("dictionary", True),
        complete=entry.get("complete", "id"),
    )


def _typed(entry: dict[str, str]) -> dict[str, str]:
    return {column: kind for kind, columns in entry.items() for column in columns.split()}


def _generated(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for part in entry["parts"].split():
        for kind in (*DICTIONARY_TYPES, "text"):
            for attribute in entry.get(kind, "").split():
                yield f"{part}_{attribute}", kind
