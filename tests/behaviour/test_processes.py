"""Most tests fork their runs from a warm process (`tests.warm`): a fork must be as a process started from nothing."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from acceptance.verdict.file import read
from tests import processes
from tests.playing import SOUND, Deployment
from tests.processes import Process
from tests.steadiness.digest import told

MISSING = "--tags=@step-2.1.1 or @step-2.3.1"


@pytest.mark.xdist_group("untouched")
@pytest.mark.parametrize(
    "arguments",
    [
        ("features/0-before-you-start",),
        (MISSING,),
        ("--dry-run", "--tags=@section-1"),
        ("--tags=@nothing",),
        ("-D", "nonsense=1"),
        ("--no-such-option",),
    ],
    ids=" ".join,
)
def test_a_forked_play_reports_the_same(untouched: Deployment, arguments: tuple[str, ...]) -> None:
    """And the same once more, when others have been forked before."""
    from_nothing, forked, again = (play(untouched, arguments, cold) for cold in (True, False, False))
    assert forked == from_nothing
    assert again == from_nothing


def play(deployment: Deployment, arguments: tuple[str, ...], cold: bool) -> tuple[int, str, list[str]]:
    """Exit code, output without seconds and the run's name, verdict."""
    before = set(deployment.reports.glob("*/*/verdict.json"))
    process = deployment.start(*arguments, tables=SOUND, cold=cold)
    output, _ = process.communicate(timeout=300)
    assert output
    left = set(deployment.reports.glob("*/*/verdict.json")) - before
    return (
        process.returncode,
        re.sub(r"\d+\.\d s\b|\d{8}T\d{6}Z-\w{4}", "…", output),
        [told(read(path)) for path in left],
    )


@pytest.mark.parametrize("ending", ["exits", "gives up", "raises", "is killed", "just ends"])
def test_a_forked_process_finds_and_leaves_the_same(ending: str) -> None:
    """Arguments, environment, folder, handlers of signals, exit code and what Python itself prints at the end."""
    variables = {"ONLY_HERE": "1"}
    from_nothing = processes.run("tests.probe", ending, cold=True, environ=variables)
    assert processes.run("tests.probe", ending, environ=variables).exit_code == from_nothing.exit_code
    forked = processes.run("tests.probe", ending, environ=variables)
    shown, _, rest = from_nothing.output.partition("\n")
    shown_by_fork, _, rest_of_fork = forked.output.partition("\n")
    assert json.loads(shown_by_fork) == json.loads(shown)
    assert rest_of_fork.splitlines()[-1:] == rest.splitlines()[-1:]  # above it, a traceback has other frames


def test_a_forked_process_has_nothing_of_the_tests_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    processes.run("tests.probe", environ={"ONLY_BEFORE": "1"})
    monkeypatch.setenv("AWS_PROFILE", "canary")
    monkeypatch.setenv("PLAYBOOK_TICKET", "DPP-1")
    found = json.loads(processes.run("tests.probe").output)["environment"]
    assert not {"AWS_PROFILE", "PLAYBOOK_TICKET", "ONLY_BEFORE"} & set(found)


def waiting(mark: Path, cold: bool = False) -> Process:
    """A process that waits; returns once it does."""
    begin = processes.started if cold else processes.forked
    process = begin("tests.probe", "waits", environ=processes.clean_environment() | {"MARK": str(mark)})
    processes.wait_for(mark)
    return process


@pytest.mark.parametrize("cold", [True, False], ids=["started", "forked"])
@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name
)
def test_a_signal_ends_it(number: signal.Signals, cold: bool, tmp_path: Path) -> None:
    process = waiting(tmp_path / "mark", cold)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.01)
    assert process.poll() is None
    process.send_signal(number)
    process.communicate(timeout=300)
    assert process.returncode == -number


def test_two_run_at_once(tmp_path: Path) -> None:
    one, other = waiting(tmp_path / "one"), waiting(tmp_path / "other")
    assert one.pid != other.pid
    one.kill()
    one.communicate(timeout=300)
    assert other.poll() is None
    other.kill()
    assert json.loads(other.communicate(timeout=300)[0])["arguments"][1:] == ["waits"]
