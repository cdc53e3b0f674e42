"""What is deployed of a Data Platform checkout: the files of its `main`, read with git; the checkout is left as it is.

Where a branch is rehearsed, what it changes is deployed as well, since the playbook expects it there; but not the
scripts that the playbook tests as copies (sections 2.2 and 4.2), nor the lists of tables: these stay `main`'s.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sandbox.repository import FILES
from sandbox.tascomi.resources import Dictionary

SCRIPTS = "scripts/jobs/planning/"
HELPERS = "scripts/helpers/"
DICTIONARY = f"{SCRIPTS}tascomi-column-type-dictionary.json"
TERRAFORM = "terraform/etl/24-aws-glue-tascomi-data.tf"
TESTED_AS_COPIES = tuple(
    f"{SCRIPTS}{script}.py" for script in ("tascomi_parse_tables_increments", "tascomi_create_daily_snapshot")
)
_PACKAGE, _WHEEL = b"scripts.helpers", "python-modules/data_platform_glue_job_helpers-1.0-py3-none-any.whl"
_MAIN = ("main", "origin/main", "master", "origin/master")

Files = Mapping[str, bytes]
"""By path."""


@dataclass(frozen=True)
class Checkout:
    """The files that are deployed; `lists`: `main`'s Terraform file, whose tables are the ones in the pipeline."""

    files: Files
    lists: str = ""

    @classmethod
    def read(cls, folder: Path, branch: str = "") -> Checkout:
        """`branch`: a branch or commit to rehearse. Raises ValueError where there is no such, or no `main`."""
        main = next((name for name in _MAIN if _commit(folder, name)), "")
        if not main:
            raise ValueError(f"{folder} has no branch main to deploy")
        if not branch:
            return cls(files := _files(folder, main), _text(files, TERRAFORM))
        if not _commit(folder, branch):
            raise ValueError(f"{folder} has no {branch} to rehearse")
        left = _git(folder, "merge-base", main, branch).decode().strip()
        changed = _git(folder, "diff", "--name-only", "--no-renames", "-z", left, branch)
        theirs = set(os.fsdecode(changed).split("\0")) - {*TESTED_AS_COPIES}
        deployed, wanted = _files(folder, main), _files(folder, branch)
        kept = {path: content for path, content in deployed.items() if path not in theirs}
        rehearsed = {path: content for path, content in wanted.items() if path in theirs}
        return cls(kept | rehearsed, _text(deployed, TERRAFORM))

    @property
    def job_files(self) -> Files:
        """Scripts and dictionary by name."""
        return {
            path.removeprefix(SCRIPTS): content
            for path, content in self.files.items()
            if path.startswith(SCRIPTS) and "/" not in path.removeprefix(SCRIPTS)
        }

    @property
    def helpers(self) -> Files:
        """The modules that the jobs share, by path."""
        return {
            path: c for path, c in self.files.items() if path.startswith(HELPERS) and path.endswith(".py")
        }

    @cached_property
    def modules(self) -> Files:
        """What the jobs load of the helpers, by S3 key: the modules, or where they are a package in them, its wheel."""
        if not any(_PACKAGE in content for content in self.job_files.values()):
            return self.helpers
        return {_WHEEL: _zipped({"scripts/__init__.py": b"", f"{HELPERS}__init__.py": b"", **self.helpers})}

    def text(self, path: str) -> str:
        """Of a file; "" where there is none, or it is no text."""
        return _text(self.files, path)

    @property
    def dictionary(self) -> Dictionary:
        """The column type dictionary, of a list the first object; empty where the jobs cannot read it either."""
        try:
            found = json.loads(self.text(DICTIONARY))
            first = found[0] if isinstance(found, list) else found
            return {kind: {t: list(c) for t, c in tables.items()} for kind, tables in first.items()}
        except (AttributeError, IndexError, TypeError, ValueError):
            return {}

    @cached_property
    def is_sample(self) -> bool:
        """Whether scripts and dictionary are the sample repository's, as the data of the past days need them."""
        return all(self.files.get(path) == content for path, content in _sample().items())


def _text(files: Files, path: str) -> str:
    try:
        return files.get(path, b"").decode()
    except UnicodeDecodeError:
        return ""


def _sample() -> Files:
    """What makes the past days: the sample's files but for the snapshot script, of which there are two versions."""
    paths = (path for folder in (SCRIPTS, HELPERS) for path in (FILES / folder).iterdir() if path.is_file())
    found = {path.relative_to(FILES).as_posix(): path.read_bytes() for path in paths}
    return {path: content for path, content in found.items() if path != TESTED_AS_COPIES[1]}


def _zipped(files: Files) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)  # of a date that is the same always
    return body.getvalue()


def _files(folder: Path, revision: str) -> dict[str, bytes]:
    listed = _git(folder, "ls-tree", "-rz", "--name-only", revision, "--", SCRIPTS, HELPERS, TERRAFORM)
    paths = [os.fsdecode(path) for path in listed.split(b"\0") if path]
    return dict(zip(paths, _blobs(folder, revision, paths), strict=True))


def _blobs(folder: Path, revision: str, paths: Iterable[str]) -> Iterable[bytes]:
    """One process for all of them: `git cat-file --batch` answers `<object> blob <size>`, the content, a line's end."""
    asked = b"".join(os.fsencode(f"{revision}:{path}\n") for path in paths)
    answer = _git(folder, "cat-file", "--batch", stdin=asked)
    while answer:
        head, _, rest = answer.partition(b"\n")
        size = int(head.rsplit(b" ", 1)[1])
        yield rest[:size]
        answer = rest[size + 1 :]


def _commit(folder: Path, name: str) -> bool:
    done = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return done.returncode == 0


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout
