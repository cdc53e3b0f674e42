"""The Data Platform repository: what a ticket's branch changes, read with git; the checkout is left as it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import hcl2

from acceptance.settings import ALL_TABLES, SettingsError

TERRAFORM = "terraform/etl/24-aws-glue-tascomi-data.tf"
SCRIPTS = "scripts/jobs/planning/"
HELPERS = "scripts/helpers/"
DICTIONARY = SCRIPTS + "tascomi-column-type-dictionary.json"
CATALOG_TYPES = {
    "integer": "int",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "float": "double",
    "double": "double",
    "long": "bigint",
    "date": "date",
}
"""The dictionary's type names that the recast job knows, and what they become in the Data Catalog."""

Dictionary = dict[str, dict[str, list[str]]]
"""{type: {table: [column, …]}}"""

DAILY, WEEKLY = "tascomi_table_names", "tascomi_static_tables"
_NAMES = ("utf-8", "surrogateescape")
"""How git's names of branches and files are read and written, whatever the locale: they may be bytes of any kind."""
MAIN_BRANCHES = ("main", "origin/main", "master", "origin/master")


@dataclass(frozen=True)
class TerraformLists:
    """The tables in the pipeline, in the order of the Terraform script."""

    daily: tuple[str, ...]
    weekly: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.daily + self.weekly))


class Revision:
    """The repository's files at one commit."""

    def __init__(self, checkout: Path, name: str) -> None:
        self.checkout = checkout
        self.name = name
        self.commit = _git(checkout, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
        self._files: dict[str, bytes | None] = {}

    def read(self, path: str) -> str:
        """A file's text; raises `SettingsError` where the revision has no such file or it is no text."""
        try:
            return self.read_bytes(path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise SettingsError(f"{path} of {self.name} is no UTF-8 text: {error.reason}") from None

    def read_bytes(self, path: str) -> bytes:
        content = self.holds(path)
        if content is None:
            raise SettingsError(f"{self.name} of {self.checkout} has no {path}")
        return content

    def holds(self, path: str) -> bytes | None:
        """A file's content; None where the revision has no such file. A commit never changes: git is asked once."""
        if path not in self._files:
            done = _run_git(self.checkout, "cat-file", "blob", f"{self.commit}:{path}")
            self._files[path] = None if done.returncode else done.stdout
        return self._files[path]

    def script(self, name: str) -> bytes:
        """A job script; raises `SettingsError` where the revision has none of this name."""
        return self.read_bytes(SCRIPTS + name)

    def job_sources(self) -> list[str]:
        """The code of the department's jobs and of what they share."""
        listed = _git(self.checkout, "ls-tree", "-rz", "--name-only", self.commit, "--", SCRIPTS, HELPERS)
        paths = [path for path in listed.split("\0") if path.endswith(".py")]
        return [self.read_bytes(path).decode("utf-8", "replace") for path in paths]

    def changed(self, path: str) -> datetime:
        """When a file was last changed, as of this revision; raises `SettingsError` where it has no such file."""
        when = _git(self.checkout, "log", "-1", "--format=%cI", self.commit, "--", path).strip()
        if not when:
            raise SettingsError(f"{self.name} of {self.checkout} has no {path}")
        return datetime.fromisoformat(when)

    @cached_property
    def lists(self) -> TerraformLists:
        return parse_lists(self.read(TERRAFORM), f"{self.name}:{TERRAFORM}")

    @property
    def dictionary(self) -> Dictionary:
        """The column type dictionary, as the recast job reads it: the first object of a list, and no other."""
        return self._dictionaries[0]

    @cached_property
    def _dictionaries(self) -> list[Dictionary]:
        return parse_dictionary(self.read(DICTIONARY), f"{self.name}:{DICTIONARY}")

    def unread_types_of(self, table: str) -> dict[str, str]:
        """column -> type, for the entries of a table in objects of the dictionary's list that the job does not read."""
        return {
            column: kind
            for dictionary in self._dictionaries[1:]
            for kind, tables in dictionary.items()
            for column in tables.get(table, [])
        }

    def types_of(self, table: str) -> dict[str, str]:
        """column -> catalog type, for the columns of a table that the dictionary names."""
        return catalog_types(self.dictionary, table)

    @property
    def documented_tables(self) -> set[str]:
        """The API resources whose columns the dictionary types."""
        return {table for tables in self.dictionary.values() for table in tables}


class DataPlatform:
    """A checkout, the ticket's branch in it, and the point where the branch left main."""

    def __init__(self, checkout: Path, ticket: str, branch: str = "") -> None:
        try:
            _git(checkout, "rev-parse", "--git-dir")
        except subprocess.CalledProcessError:
            raise SettingsError(f"data_platform {str(checkout)!r} is not a git checkout") from None
        self.branch = Revision(checkout, _branch(checkout, ticket, branch))
        main = next((name for name in MAIN_BRANCHES if name in _branches(checkout)), "")
        if not main:
            raise SettingsError(f"{checkout} has no branch main to compare {self.branch.name} with")
        self.base = Revision(checkout, _git(checkout, "merge-base", main, self.branch.commit).strip())
        self._main = main

    @property
    def main(self) -> Revision:
        """Where main is now."""
        return Revision(self.branch.checkout, self._main)

    @property
    def commits_behind(self) -> int:
        """How many commits main has that the branch has not."""
        return int(_git(self.branch.checkout, "rev-list", "--count", f"{self.branch.commit}..{self._main}"))

    def tables(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """The tables under test: those asked for, `all`, or those that the branch adds to the Terraform lists."""
        listed = self.branch.lists.all
        if asked == ALL_TABLES:
            return listed
        known = {*listed, *self.branch.documented_tables}
        for table in asked:
            if table not in known:
                near = get_close_matches(table, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise SettingsError(
                    f"table {table!r} is in no Terraform list and not in the column type dictionary "
                    f"of {self.branch.name}{hint}"
                )
        added = tuple(table for table in listed if table not in self.base.lists.all)
        if mixed := [table for table in added if table != table.lower()]:
            raise SettingsError(
                f"{TERRAFORM} of {self.branch.name} has {', '.join(mixed)}: write tables in lower case, "
                "the crawler does so and the next job looks for the exact name"
            )
        if not (asked or added):
            raise SettingsError(
                f"{self.branch.name} adds no table to {TERRAFORM}; name the tables under test: -D tables=…"
            )
        return asked or added


def parse_lists(terraform: str, where: str) -> TerraformLists:
    """The two lists of a Terraform script; raises `SettingsError` naming `where`."""
    try:
        parsed = hcl2.loads(terraform)
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


def parse_dictionary(text: str, where: str) -> list[Dictionary]:
    """The column type dictionary, bare or wrapped in a list: its objects, at least one.

    Raises `SettingsError` naming `where`.
    """
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{where} is not valid JSON: {error}") from None
    dictionaries = parsed if isinstance(parsed, list) else [parsed]
    if not (dictionaries and all(map(_is_dictionary, dictionaries))):
        raise SettingsError(f"{where} is not a dictionary of types, tables and columns")
    return dictionaries


def catalog_types(dictionary: Dictionary, table: str) -> dict[str, str]:
    """column -> catalog type; a type that the recast job does not know leaves the column as text."""
    return {
        column: CATALOG_TYPES[kind]
        for kind, tables in dictionary.items()
        for column in tables.get(table, [])
        if kind in CATALOG_TYPES
    }


def _is_dictionary(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(tables, dict) and all(map(_is_names, tables.values())) for tables in value.values()
    )


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _names(value: Any, name: str, where: str) -> tuple[str, ...]:
    items = [str(item).strip('"') for item in value] if isinstance(value, list) else None
    if items is None or not all(re.fullmatch(r"\w+", item) for item in items):
        raise SettingsError(f"{where} has no plain list of table names called {name}")
    return tuple(items)


def refers_to(name: str, ticket: str) -> bool:
    """Whether a branch's name refers to a ticket: DPP-426, dpp-426-wards, feature/DPP-426; not DPP-4260 or XDPP-426."""
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(ticket)}(?![0-9])", name, re.IGNORECASE))


def _branch(checkout: Path, ticket: str, wanted: str) -> str:
    branches = _branches(checkout)
    if wanted:
        if wanted not in branches:
            raise SettingsError(f"{checkout} has no branch {wanted!r}")
        return wanted
    named = [name for name in branches if refers_to(name, ticket)]
    # a branch and its remote twin are one; the local one is what the analyst is working on
    local = [name for name in named if not name.startswith("origin/")]
    found = local or named
    if not found:
        raise SettingsError(f"no branch of {checkout} refers to {ticket}; name it: -D branch=…")
    if len(found) > 1:
        raise SettingsError(f"several branches refer to {ticket}: {', '.join(found)}; name one: -D branch=…")
    return found[0]


def _branches(checkout: Path) -> list[str]:
    """Local branches by name, remote ones as `origin/<name>`."""
    refs = _git(checkout, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes").split()
    names = [ref.removeprefix("refs/heads/").removeprefix("refs/remotes/") for ref in refs]
    return [name for name in names if not name.endswith("/HEAD")]


def _git(checkout: Path, *arguments: str) -> str:
    done = _run_git(checkout, *arguments)
    done.check_returncode()
    return done.stdout.decode(*_NAMES)


def _run_git(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    words = [os.fsencode(checkout), *(word.encode(*_NAMES) for word in arguments)]
    return subprocess.run([b"git", b"-C", *words], capture_output=True)
