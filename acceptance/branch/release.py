"""How a ticket's branch came into main, and so what takes it out again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from acceptance.branch.checkout import DataPlatform, Revision, refers_to
from acceptance.branch.git import git


@dataclass(frozen=True)
class Release:
    """The commit of main that holds the ticket's changes."""

    commit: str
    parents: int
    made: datetime

    @property
    def revert(self) -> str:
        """A merge is reverted against its first parent, which is main as it was (git documentation, "git-revert")."""
        return shlex.join(["git", "revert", *(["-m", "1"] if self.parents > 1 else []), self.commit])


def find(platform: DataPlatform, ticket: str) -> Release | None:
    """The merge of the branch, or the newest commit whose subject names the ticket; None where main has neither."""
    checkout, branch, main = platform.branch.checkout, platform.branch.commit, platform.main.commit
    merges = _log(checkout, "--merges", "--ancestry-path", "--reverse", f"{branch}..{main}")
    if merges:
        return merges[0][0]
    since = _log(checkout, "--first-parent", f"{platform.base.commit}..{main}")
    return next((release for release, subject in since if refers_to(subject, ticket)), None)


def before(platform: DataPlatform, release: Release | None) -> Revision:
    """Main without the ticket's changes."""
    if release is None:
        return platform.base
    return Revision(platform.branch.checkout, f"{release.commit}^")


def _log(checkout: Path, *asked: str) -> list[tuple[Release, str]]:
    """Commits in git's order, each with its subject."""
    told = git(checkout, "log", "--format=%H%x09%P%x09%cI%x09%s", *asked)
    found = []
    for line in told.splitlines():
        commit, parents, made, subject = line.split("\t", 3)
        found.append((Release(commit, len(parents.split()), datetime.fromisoformat(made)), subject))
    return found
