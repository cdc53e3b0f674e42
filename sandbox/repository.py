"""The sample Data Platform repository: `main`, and the branch of the ticket DPP-426.

`data_platform/` has the files of `main`; `DPP-426.patch` beside them is what the ticket's branch changes. The
commits have an author and dates of their own, and git sees none of the user's configuration, so that they
have the same ids everywhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

FILES = Path(__file__).with_name("data_platform")
TICKET = "DPP-426"
PATCH = FILES / f"{TICKET}.patch"
OLDER_SNAPSHOT = "older-snapshot.patch"
"""Makes of `main`'s snapshot script the older of the two versions in the field, which appends."""

AUTHOR = "Sample Analyst <analyst@example.org>"
FIRST_COMMIT = 1_700_000_000
"""Time of the first commit, in seconds since 1970; each commit is an hour later than the one before."""


def create(folder: Path, older_snapshot: bool = False, scripts: Path | None = None) -> Path:
    """Make the repository in the folder (empty or absent), with `main` checked out; the folder.

    `older_snapshot`: with the snapshot script that appends, not the one that purges before it writes; `scripts`: a
    folder whose files replace those of `data_platform/`.
    Raises subprocess.CalledProcessError when git fails, FileNotFoundError when there is no git.
    """
    paths = _copy_files(folder, FILES, *([scripts] if scripts else []))
    _git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    if older_snapshot:
        _git(folder, "apply", str((scripts or FILES) / OLDER_SNAPSHOT))
    _import_commit(folder, "main", _read(folder, paths), "Add the Tascomi data pipeline", 0)
    _git(folder, "reset", "--quiet", "--hard")
    _git(folder, "apply", str(PATCH))
    _import_commit(folder, TICKET, _read(folder, paths), f"{TICKET}: add the enforcement tables", 1, "main")
    _git(folder, "reset", "--quiet", "--hard")
    return folder


def commit(folder: Path, branch: str, files: Mapping[str, str], message: str) -> None:
    """Commit files, text by path, onto a branch; a new branch starts at `main`.

    What is checked out stays so, and follows when it is this branch.
    """
    branches = _git(folder, "branch", "--format=%(refname:short)").split()
    commits = int(_git(folder, "rev-list", "--all", "--count"))
    content = {path: text.encode() for path, text in files.items()}
    _import_commit(folder, branch, content, message, commits, branch if branch in branches else "main")
    if _git(folder, "branch", "--show-current").strip() == branch:
        _git(folder, "reset", "--quiet", "--hard")


def merge(folder: Path, branch: str, when: datetime) -> None:
    """Merge a branch into `main`, which is checked out, as of a moment: what a release does."""
    moment = when.isoformat()
    dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    name, _, address = AUTHOR.partition(" <")
    who = ("-c", f"user.name={name}", "-c", f"user.email={address.rstrip('>')}")
    message = f"--message=Merge {branch}"
    _git(folder, *who, "merge", "--quiet", "--no-ff", message, branch, environ=dates)


def _copy_files(folder: Path, *sources: Path) -> list[str]:
    """Copy the files of `main`, those of the last source over those before; their paths."""
    ignored = shutil.ignore_patterns("__pycache__", "*.patch")
    for source in sources:
        shutil.copytree(source, folder, ignore=ignored, dirs_exist_ok=True)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _read(folder: Path, paths: list[str]) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in paths}


def _import_commit(
    folder: Path, branch: str, files: Mapping[str, bytes], message: str, number: int, start: str = ""
) -> None:
    """Commit the files: one process, however many there are."""
    text = message.encode()
    signed = f"{AUTHOR} {FIRST_COMMIT + 3600 * number} +0000"
    parts = [f"commit refs/heads/{branch}\nauthor {signed}\ncommitter {signed}\n".encode()]
    parts.append(b"data %d\n%s\n" % (len(text), text))
    if start:
        parts.append(f"from refs/heads/{start}^0\n".encode())
    for path, content in files.items():
        parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
    _git(folder, "fast-import", "--quiet", stdin=b"".join(parts))


def _git(folder: Path, *arguments: str, stdin: bytes = b"", environ: Mapping[str, str] | None = None) -> str:
    """Run git in the folder, away from the user's and the machine's configuration; what it prints."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
    command = ["git", "-c", "core.autocrlf=false", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=kept | settings | dict(environ or {}),
        input=stdin,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode()
