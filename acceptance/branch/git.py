"""git, asked about a checkout: it is read and left as it is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

NAMES = ("utf-8", "surrogateescape")
"""How git's names of branches and files are read and written, whatever the locale: they may be bytes of any kind."""


def git(checkout: Path, *arguments: str) -> str:
    done = run_git(checkout, *arguments)
    done.check_returncode()
    return done.stdout.decode(*NAMES)


def run_git(
    checkout: Path, *arguments: str, stdin: bytes = b"", environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """`environ`: variables in addition to this process's."""
    words = [os.fsencode(checkout), *(word.encode(*NAMES) for word in arguments)]
    environment = {**os.environ, **environ} if environ else None
    return subprocess.run([b"git", b"-C", *words], input=stdin, capture_output=True, env=environment)


def branches(checkout: Path) -> list[str]:
    """Local branches by name, remote ones as `origin/<name>`."""
    refs = git(checkout, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes").split()
    names = [ref.removeprefix("refs/heads/").removeprefix("refs/remotes/") for ref in refs]
    return [name for name in names if not name.endswith("/HEAD")]
