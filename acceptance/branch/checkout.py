"""The Data Platform repository: what a ticket's branch changes, read with git; the checkout is left as it is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from acceptance.branch import merging
from acceptance.branch.dictionary import Dictionary, catalog_types, parse_dictionary
from acceptance.branch.git import branches, git, run_git
from acceptance.branch.merging import Release
from acceptance.branch.terraform import TerraformLists, parse_lists
from acceptance.settings import ALL_TABLES, SettingsError

TERRAFORM = "terraform/etl/24-aws-glue-tascomi-data.tf"
SCRIPTS = "scripts/jobs/planning/"
HELPERS = "scripts/helpers/"
DICTIONARY = SCRIPTS + "tascomi-column-type-dictionary.json"
MAIN_BRANCHES = ("main", "origin/main", "master", "origin/master")


class Revision:
    """The repository's files at one commit; or at a tree with its `files`, as far as they are asked for."""

    def __init__(
        self, checkout: Path, name: str, tree: str = "", files: Mapping[str, bytes | None] | None = None
    ) -> None:
        self.checkout = checkout
        self.name = name
        self.commit = tree or git(checkout, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
        self._files: dict[str, bytes | None] = dict(files or {})

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
            done = run_git(self.checkout, "cat-file", "blob", f"{self.commit}:{path}")
            self._files[path] = None if done.returncode else done.stdout
        return self._files[path]

    def script(self, name: str) -> bytes:
        """A job script; raises `SettingsError` where the revision has none of this name."""
        return self.read_bytes(SCRIPTS + name)

    def paths(self, folder: str) -> tuple[str, ...]:
        """Of the files in a folder and below it."""
        listed = git(self.checkout, "ls-tree", "-rz", "--name-only", self.commit, "--", folder)
        return tuple(path for path in listed.split("\0") if path)

    def job_sources(self) -> list[str]:
        """The code of the department's jobs and of what they share."""
        paths = [path for path in (*self.paths(SCRIPTS), *self.paths(HELPERS)) if path.endswith(".py")]
        return [self.read_bytes(path).decode("utf-8", "replace") for path in paths]

    def helpers(self) -> list[str]:
        """The paths of the modules that the jobs share."""
        return [path for path in self.paths(HELPERS) if path.endswith(".py")]

    def replaced(self, path: str, content: bytes) -> str:
        """The commit that replaced an earlier version of a file; "" where the file never was like this."""
        blob = run_git(self.checkout, "hash-object", "--stdin", stdin=content).stdout.decode().strip()
        asked = ("--format=%h of %cs", f"--find-object={blob}", self.commit, "--", path)
        commits = git(self.checkout, "log", *asked).splitlines()
        return commits[0] if commits and content != self.holds(path) else ""

    def changed(self, path: str) -> datetime:
        """When a file was last changed, as of this revision; raises `SettingsError` where it has no such file."""
        when = git(self.checkout, "log", "-1", "--format=%cI", self.commit, "--", path).strip()
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


@dataclass(frozen=True)
class Merge:
    """main without the branch, and with it. `conflicts`: files that git cannot merge by itself."""

    target: Revision
    result: Revision  # its lists and its dictionary alone, where the merge was only tried
    conflicts: tuple[str, ...] = ()


class DataPlatform:
    """A checkout, the ticket's branch in it, and the point where the branch left main."""

    def __init__(self, checkout: Path, ticket: str, branch: str = "") -> None:
        try:
            git(checkout, "rev-parse", "--git-dir")
        except subprocess.CalledProcessError:
            raise SettingsError(f"data_platform {str(checkout)!r} is not a git checkout") from None
        self.branch = Revision(checkout, _branch(checkout, ticket, branch))
        main = next((name for name in MAIN_BRANCHES if name in branches(checkout)), "")
        if not main:
            raise SettingsError(f"{checkout} has no branch main to compare {self.branch.name} with")
        self.base = Revision(checkout, git(checkout, "merge-base", main, self.branch.commit).strip())
        self._main = main

    @cached_property
    def main(self) -> Revision:
        """Where main is now."""
        return Revision(self.branch.checkout, self._main)

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """The paths of the files that the branch adds, changes or removes, as a pull request shows them."""
        between = (each.commit for each in self.change)
        listed = git(self.branch.checkout, "diff", "--name-only", "--no-renames", "-z", *between)
        return tuple(path for path in listed.split("\0") if path)

    def wanted(self, path: str) -> Revision:
        """Whose version of a file is to be deployed: the branch's where it changes the file, else main's."""
        return self.branch if self.branch.holds(path) != self.base.holds(path) else self.main

    @cached_property
    def release(self) -> Release | None:
        """How the branch has come into main; None where it has not, or the git of this machine cannot tell."""
        try:
            return merging.release(self.branch.checkout, self.main.commit, self.branch.commit)
        except merging.MergeUntried:
            return None

    @cached_property
    def before(self) -> Revision:
        """The pipeline without the branch: main before it took the branch in, else where the branch left it."""
        return Revision(self.branch.checkout, self.release.before) if self.release else self.base

    @cached_property
    def merge(self) -> Merge:
        """The merge that there was; where there was none yet, the one into main as main is now.

        Raises `MergeUntried`.
        """
        checkout = self.branch.checkout
        if self.release:
            return Merge(self.before, Revision(checkout, self.release.commit))
        found = merging.tried(checkout, self.main.commit, self.branch.commit, TERRAFORM, DICTIONARY)
        name = f"{self.main.name} with {self.branch.name}"
        return Merge(self.main, Revision(checkout, name, found.tree, found.files), found.conflicts)

    @cached_property
    def change(self) -> tuple[Revision, Revision]:
        """What a pull request compares: where the branch left main, and the branch; main's merge of it has both."""
        if self.release and self.base.commit == self.branch.commit:
            return self.before, Revision(self.branch.checkout, self.release.commit)
        return self.base, self.branch

    @property
    def commits_behind(self) -> int:
        """How many commits main has that the branch has not."""
        return int(git(self.branch.checkout, "rev-list", "--count", f"{self.branch.commit}..{self._main}"))

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
        added = tuple(table for table in listed if table not in self.change[0].lists.all)
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


def refers_to(name: str, ticket: str) -> bool:
    """Whether a branch's name refers to a ticket: DPP-426, dpp-426-wards, feature/DPP-426; not DPP-4260 or XDPP-426."""
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(ticket)}(?![0-9])", name, re.IGNORECASE))


def _branch(checkout: Path, ticket: str, wanted: str) -> str:
    there = branches(checkout)
    if wanted:
        if wanted not in there:
            raise SettingsError(f"{checkout} has no branch {wanted!r}")
        return wanted
    named = [name for name in there if refers_to(name, ticket)]
    # a branch and its remote twin are one; the local one is what the analyst is working on
    local = [name for name in named if not name.startswith("origin/")]
    found = local or named
    if not found:
        raise SettingsError(f"no branch of {checkout} refers to {ticket}; name it: -D branch=…")
    if len(found) > 1:
        raise SettingsError(f"several branches refer to {ticket}: {', '.join(found)}; name one: -D branch=…")
    return found[0]
