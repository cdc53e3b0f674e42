"""The playbook run on AWS, as far as the suite can tell: its calls are led to a sandbox (`tests.on_sandbox`)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import sandbox
from acceptance.aws.session import Aws, isolate
from acceptance.environments import ENVIRONMENTS, Environment
from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import Verdict
from tests import processes

ACCOUNT = "111122223333"


@dataclass(frozen=True)
class Played:
    """One run: what it told, and what it said to AWS."""

    exit_code: int
    output: str
    verdict: Verdict | None  # None where the run was refused before it began
    calls: list[dict[str, Any]]
    hosts: frozenset[str]

    @property
    def actions(self) -> list[str]:
        return [call["action"] for call in self.calls]

    @property
    def complaint(self) -> str:
        """The one line of a run that was refused, below its heading if it got so far."""
        lines = [
            line for line in self.output.splitlines() if not line.startswith(("USING RUNNER", "DPP-426 on"))
        ]
        assert len(lines) == 1, self.output
        return lines[0]


def play(box: sandbox.Sandbox, folder: Path, *arguments: str, **environ: str) -> Played:
    """Run the playbook; `folder` takes the reports. Only the calls of this run are told."""
    box.clear_calls()
    reports, wire = folder / "reports", folder / "wire.log"
    wire.touch()
    before = set(reports.glob("*/*/verdict.json"))
    parameters = {"ticket": "DPP-426", "data_platform": str(box.data_platform), "reports": str(reports)}
    given = [word for key, value in parameters.items() for word in ("-D", f"{key}={value}")]
    process = processes.forked(
        "tests.on_sandbox", *given, *arguments, environ=_environment(box, wire) | environ
    )
    output, _ = process.communicate(timeout=300)
    found = set(reports.glob("*/*/verdict.json")) - before
    verdict = read_verdict(found.pop()) if found else None
    hosts = frozenset(wire.read_text().split())
    wire.unlink()
    return Played(process.returncode, output, verdict, box.calls(), hosts)


def connect(
    box: sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch, environment: Environment = ENVIRONMENTS["local"]
) -> Aws:
    """The suite's clients in this process, for a sandbox that a test has started."""
    environ: dict[str, str] = {}
    isolate(environ, box.endpoint, box.region)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return Aws(environment)


def _environment(box: sandbox.Sandbox, wire: Path) -> dict[str, str]:
    """The caller's without its AWS configuration, credentials that are nobody's, and the way to the sandbox."""
    return processes.clean_environment() | {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE00",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SANDBOX_ENDPOINT": box.endpoint,
        "WIRE_LOG": str(wire),
    }
