"""The two lists of tables in the Terraform script that make up the pipeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import hcl2

from acceptance.settings import SettingsError

DAILY, WEEKLY = "tascomi_table_names", "tascomi_static_tables"


@dataclass(frozen=True)
class TerraformLists:
    """The tables in the pipeline, in the order of the Terraform script."""

    daily: tuple[str, ...]
    weekly: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.daily + self.weekly))


def parse_lists(terraform: str, where: str) -> TerraformLists:
    """The two lists of a Terraform script; raises `SettingsError` naming `where`."""
    try:
        parsed = _locals(terraform)
    except Exception as error:  # noqa: BLE001  the parser's many exception types have no base but Exception
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise SettingsError(f"{where} is not valid Terraform: {reason}") from None
    blocks = parsed.get("locals", [])  # something else than a list where it is no block
    found = {
        name: value
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict)
        for name, value in block.items()
    }
    return TerraformLists(*(_names(found.get(name), name, where) for name in (DAILY, WEEKLY)))


def _locals(terraform: str) -> dict[str, Any]:
    """A script without its other blocks: all of it is parsed, but putting them together takes as long again."""
    tree = hcl2.parses_to_tree(terraform)
    (body,) = tree.children
    body.children = [
        part for part in body.children if part.data != "block" or part.children[0].children[0] == "locals"
    ]
    parsed: dict[str, Any] = hcl2.serialize(hcl2.transform(tree))
    return parsed


def _names(value: Any, name: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsError(f"{where} has no plain list of table names called {name}")
    items = [str(item).strip('"') for item in value]
    for item in items:
        if re.fullmatch(r"\w+", item):
            continue
        wrong = f"{where} has {item!r} in {name}"
        if re.fullmatch(r"\w+", item.strip()):
            raise SettingsError(
                f"{wrong}, with a space too many: write {item.strip()!r}. The jobs take the space for a part of the "
                "name, and find no such table"
            )
        raise SettingsError(f"{wrong}, which is no plain name of a table")
    return tuple(items)
