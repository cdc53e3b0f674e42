"""Checkouts of the Data Platform repository, on whose branch is changed what an analyst changes, rightly or wrongly."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sandbox
from acceptance.branch.checkout import DICTIONARY, SCRIPTS, TERRAFORM
from acceptance.pipeline import PARSE, SNAPSHOT, Stage
from sandbox import repository

Dictionary = dict[str, dict[str, list[str]]]
Rules = dict[str, Any]

PARSE_RULES: Rules = {"unique": ["id", "import_date"], "complete": "id"}
SNAPSHOT_RULES: Rules = {"unique": ["id"]}


@dataclass
class Checkout:
    """A checkout of its own; changes of the branch are gathered and then committed at once."""

    folder: Path
    branch: str = repository.TICKET
    changed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, runtime: str = "light") -> Checkout:
        return cls(sandbox.sample_checkout(folder, runtime))

    def read(self, path: str) -> str:
        return self.changed.get(path) or self.git("show", f"{self.branch}:{path}")

    def commit(self, message: str = "Change what the ticket changes") -> Checkout:
        repository.commit(self.folder, self.branch, self.changed, message)
        self.changed.clear()
        return self

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace a piece of a file, which must be there."""
        text = self.read(path)
        assert old in text, f"{path} has no {old!r}"
        self.changed[path] = text.replace(old, new, 1)

    def add(self, tables: Iterable[str], weekly: bool = False) -> None:
        """Add tables to a Terraform list."""
        head = f"{'tascomi_static_tables' if weekly else 'tascomi_table_names'} = ["
        self.replace(TERRAFORM, head, head + "".join(f'\n    "{table}",' for table in tables))

    def drop(self, table: str) -> None:
        self.replace(TERRAFORM, f'    "{table}",\n', "")

    def add_rules(self, stage: Stage, rules: dict[str, Rules]) -> None:
        """Add data quality rules, or replace those that are there: the last line of a table counts."""
        path = SCRIPTS + stage.script
        lines = "".join(f"    {table!r}: {each!r},\n" for table, each in rules.items())
        self.replace(path, "\n}\n", f"\n{lines}}}\n")

    def add_all_rules(self, tables: Iterable[str]) -> None:
        self.add_rules(PARSE, dict.fromkeys(tables, PARSE_RULES))
        self.add_rules(SNAPSHOT, dict.fromkeys(tables, SNAPSHOT_RULES))

    def dictionary(self) -> Dictionary:
        found: list[Dictionary] = json.loads(self.read(DICTIONARY))
        return found[0]

    def change_dictionary(
        self, change: Callable[[Dictionary], None], wrapped: Callable[[Dictionary], Any] = lambda each: [each]
    ) -> None:
        """Change the dictionary in place; `wrapped` is what becomes of it in the file."""
        dictionary = self.dictionary()
        change(dictionary)
        self.changed[DICTIONARY] = json.dumps(wrapped(dictionary), indent=1)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"},
        )
        return done.stdout


def type_columns(dictionary: Dictionary, table: str, **types: str) -> None:
    """Put columns of a table under their types: `type_columns(d, "wards", integer="id ward_id")`."""
    for kind, columns in types.items():
        dictionary.setdefault(kind, {})[table] = columns.split()
