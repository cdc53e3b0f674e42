"""The branch's way into main: the merge tried as main is now, and when main has taken the branch in.

Tried with git itself, in a folder of its own for what git writes: the checkout is left as it is.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from acceptance.branch.git import NAMES, git, run_git
from acceptance.findings import SuiteError

_TELLS = 2  # exit codes below tell whether there are conflicts (git-merge-tree, "EXIT STATUS")


class MergeUntried(SuiteError):
    """The git of this machine cannot try a merge."""

    code = "merge-untried"


@dataclass(frozen=True)
class Tried:
    """A merge. `tree`: git's id of what it makes; `conflicts`: the files that somebody has to put right first."""

    tree: str
    conflicts: tuple[str, ...]
    files: Mapping[str, bytes | None]  # of the tree, those asked for


@dataclass(frozen=True)
class Release:
    """Commits of main: the first of its own that holds all of the branch, and the one before it."""

    commit: str
    when: datetime
    before: str
    parents: int = 1

    @property
    def revert(self) -> str:
        """A merge is reverted against its first parent, which is main as it was (git documentation, "git-revert")."""
        return shlex.join(["git", "revert", *(["-m", "1"] if self.parents > 1 else []), self.commit])


def tried(checkout: Path, into: str, branch: str, *paths: str) -> Tried:
    """What merging a branch into a commit makes; raises `MergeUntried` where git is older than 2.38."""
    told = git(checkout, "rev-parse", "--path-format=absolute", "--git-path", "objects").strip()
    objects = os.fsdecode(told.encode(*NAMES))  # git tells UTF-8, and the machine's locale may be another
    with tempfile.TemporaryDirectory(prefix="merge-") as folder:
        there = os.pathsep.join(filter(None, [objects, os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")]))
        environ = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": there}
        options = ("--write-tree", "--name-only", "--no-messages", "-z")
        done = run_git(checkout, "merge-tree", *options, into, branch, environ=environ)
        if done.returncode >= _TELLS:
            version = git(checkout, "--version").strip()
            raise MergeUntried(
                f"{version} cannot try the merge: 2.38 or newer can. See it in the pull request"
            )
        tree, *conflicts = done.stdout.decode(*NAMES).split("\0")[:-1]
        read = {
            path: run_git(checkout, "cat-file", "blob", f"{tree}:{path}", environ=environ) for path in paths
        }
        files = {path: None if found.returncode else found.stdout for path, found in read.items()}
        return Tried(tree, tuple(dict.fromkeys(conflicts)), files)


def release(checkout: Path, main: str, branch: str) -> Release | None:
    """None where main has not all of the branch. A merge, a squash and a rebase are all found: by what main holds.

    Of a branch that main was simply moved forward to, nobody can tell where it left main: `before` is then the branch.
    Raises `MergeUntried`.
    """
    line = git(checkout, "rev-list", "--first-parent", main).split()
    if branch in line:
        return Release(branch, _date(checkout, branch), branch, _parents(checkout, branch))
    if not _holds(checkout, main, branch):
        return None
    since = git(checkout, "rev-list", "--first-parent", "--reverse", f"{branch}..{main}").split()
    first = since[bisect_left(since, True, key=lambda commit: _holds(checkout, commit, branch))]
    return Release(first, _date(checkout, first), f"{first}^", _parents(checkout, first))


def _holds(checkout: Path, commit: str, branch: str) -> bool:
    """Whether a commit has all of a branch: merging it would change nothing."""
    if run_git(checkout, "merge-base", "--is-ancestor", branch, commit).returncode == 0:
        return True
    found = tried(checkout, commit, branch)
    return not found.conflicts and found.tree == git(checkout, "rev-parse", f"{commit}^{{tree}}").strip()


def _parents(checkout: Path, commit: str) -> int:
    return len(git(checkout, "show", "--no-patch", "--format=%P", commit).split())


def _date(checkout: Path, commit: str) -> datetime:
    return datetime.fromisoformat(git(checkout, "show", "--no-patch", "--format=%cI", commit).strip())
