"""When main has taken the branch in, whichever way; and the merge that is only tried."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sandbox
from acceptance.branch import merging
from acceptance.branch.checkout import DataPlatform
from acceptance.checks import pull_request
from sandbox import repository

MERGED = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
ADDED = 4  # tables of the sample ticket


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """`main` has gone on since the branch left it."""
    found = sandbox.sample_checkout(tmp_path / "checkout")
    repository.commit(found, "main", {"README.md": "one\n"}, "Go on")
    return found


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Analyst", "-c", "user.email=analyst@example.org")
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], capture_output=True, check=True)
    return done.stdout.decode().strip()


def objects(folder: Path) -> set[str]:
    return {str(path) for path in (folder / ".git" / "objects").rglob("*") if path.is_file()}


def test_a_branch_that_is_not_in_main(checkout: Path) -> None:
    before = objects(checkout)
    platform = DataPlatform(checkout, "DPP-426")
    assert platform.release is None
    assert platform.before.commit == platform.base.commit
    merge = platform.merge
    assert merge.conflicts == ()
    assert len(merge.result.lists.all) == len(merge.target.lists.all) + ADDED
    assert merge.target.commit == git(checkout, "rev-parse", "main")
    assert objects(checkout) == before, "the checkout is left as it is"
    assert git(checkout, "status", "--porcelain") == ""


def squash(checkout: Path) -> None:
    git(checkout, "merge", "--squash", "DPP-426")
    git(checkout, "commit", "--quiet", "--message=Squash")


def rebase(checkout: Path) -> None:
    git(checkout, "cherry-pick", "DPP-426")


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_a_branch_that_main_has_taken_in(checkout: Path, way: str) -> None:
    if way == "merge":
        repository.merge(checkout, "DPP-426", MERGED)
    else:
        {"squash": squash, "rebase": rebase}[way](checkout)
    taken = git(checkout, "rev-parse", "main")
    repository.commit(checkout, "main", {"README.md": "two\n"}, "Go on")
    platform = DataPlatform(checkout, "DPP-426")
    assert platform.release and platform.release.commit == taken
    assert (platform.release.when == MERGED) == (way == "merge")
    assert platform.before.commit == git(checkout, "rev-parse", f"{taken}^")
    assert len(platform.tables(())) == ADDED, "the tables under test are known after the merge too"
    assert len(platform.merge.result.lists.all) == len(platform.merge.target.lists.all) + ADDED
    assert len(platform.touched) == 3


def test_a_branch_that_main_was_moved_forward_to(tmp_path: Path) -> None:
    """Nobody can tell where it left main: its tables have to be named."""
    checkout = sandbox.sample_checkout(tmp_path / "checkout")
    git(checkout, "merge", "--ff-only", "DPP-426")
    platform = DataPlatform(checkout, "DPP-426")
    assert platform.release and platform.release.commit == platform.branch.commit
    assert platform.touched == ()
    assert platform.tables(("wards",)) == ("wards",)


def test_what_a_conflict_is_in(checkout: Path) -> None:
    git(checkout, "checkout", "--quiet", "DPP-426")
    (checkout / "README.md").write_text("another\n")
    git(checkout, "add", "README.md")
    git(checkout, "commit", "--quiet", "--message=Another")
    assert DataPlatform(checkout, "DPP-426").merge.conflicts == ("README.md",)


def test_a_git_that_cannot_try_a_merge(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git 2.37 says so; the finding is `merge-untried`, and of the branch nothing is said."""
    real, old = git(checkout, "--exec-path"), tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\ncase "$*" in *--write-tree*) exit 129;; esac\nexec "{real}/git" "$@"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    platform = DataPlatform(checkout, "DPP-426")
    assert platform.release is None
    with pytest.raises(merging.MergeUntried, match="cannot try the merge") as raised:
        pull_request.there_is_no_conflict(platform)
    assert raised.value.finding.code == "merge-untried"
