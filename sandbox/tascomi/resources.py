"""What resources the Tascomi API has: `resources.toml`, read.

The sample repository's column type dictionary and Terraform lists say the same; a test compares them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

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
