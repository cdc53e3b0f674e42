"""What runs on the machines of its users: on Windows there are no calls of POSIX alone, and no UTF-8 by itself."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from acceptance.run.lock import Holder
from tests.domain.measurements import STARTED
from tests.processes import ROOT

USERS = [
    ROOT / "environment.py",
    *(p for f in ("acceptance", "harness", "steps") for p in (ROOT / f).rglob("*.py")),
]
"""What runs with `env=stg` and `env=prod`; the sandbox's own process wants Linux, macOS or WSL."""
POSIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
POSIX_CALLS = {
    "os": {
        "fork",
        "forkpty",
        "getegid",
        "geteuid",
        "getgid",
        "getpgid",
        "getuid",
        "killpg",
        "mkfifo",
        "setsid",
        "uname",
    },
    "signal": {
        "SIGALRM",
        "SIGHUP",
        "SIGKILL",
        "SIGUSR1",
        "SIGUSR2",
        "alarm",
        "pause",
        "setitimer",
        "sigwait",
    },
    "time": {"tzset"},
}
"""Python, "os", "signal" and "time": availability Unix, or not Windows."""


def posix_only(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name in POSIX_MODULES)
            case ast.ImportFrom(module=module) if module in POSIX_MODULES:
                yield module
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in POSIX_CALLS.get(module, ()):
                yield f"{module}.{name}"


def texts_by_locale(tree: ast.AST) -> Iterator[str]:
    """Texts read or written in whatever encoding the machine prefers."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        given = {keyword.arg for keyword in node.keywords}
        modes = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        match node.func:
            case ast.Attribute(attr="read_text") if not node.args and "encoding" not in given:
                yield f"read_text in line {node.lineno}"
            case ast.Attribute(attr="write_text") if len(node.args) < 2 and "encoding" not in given:
                yield f"write_text in line {node.lineno}"
            case ast.Attribute(attr="open") | ast.Name(id="open") if "encoding" not in given and not any(
                "b" in mode for mode in modes
            ):
                yield f"open in line {node.lineno}"
            case ast.Attribute(value=ast.Name(id="subprocess")) if (
                "text" in given and "encoding" not in given
            ):
                yield f"text of a process in line {node.lineno}"


@pytest.mark.parametrize("path", USERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_needs_posix_or_a_locale(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert [*posix_only(tree), *texts_by_locale(tree)] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import fcntl", ["fcntl"]),
        ("from pwd import getpwuid", ["pwd"]),
        ("os.getuid()", ["os.getuid"]),
        ("signal.signal(signal.SIGKILL, f)", ["signal.SIGKILL"]),
        ("path.read_text()", ["read_text in line 1"]),
        ("path.write_text(text)", ["write_text in line 1"]),
        ("path.open('a')", ["open in line 1"]),
        ("path.open('rb')", []),
        ("path.read_text('utf-8')", []),
        ("subprocess.run(words, text=True)", ["text of a process in line 1"]),
    ],
)
def test_what_would_be_found(code: str, found: list[str]) -> None:
    tree = ast.parse(code)
    assert [*posix_only(tree), *texts_by_locale(tree)] == found


def test_the_pull_request_tries_the_machines_of_users_and_the_oldest_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/pull-request.yml").read_text("utf-8"))
    job = workflow["jobs"]["machines"]
    tried = job["strategy"]["matrix"]
    assert {system.partition("-")[0] for system in tried["system"]} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={tried['python'][0]}"
    assert job["steps"][-1]["run"] == "python -m pytest tests/domain"


def test_no_process_is_asked_on_windows_whether_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """os.kill would end it there."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    monkeypatch.setattr("os.kill", lambda *given: pytest.fail("a process was killed"))
    assert Holder("run", "arn", "here", 4711, STARTED).alive is None
