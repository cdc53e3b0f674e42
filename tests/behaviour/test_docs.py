"""What the documents say is true: commands run, parameters and verdicts are the code's, links lead somewhere.

The second word of a shell block says what a test does with it:

    ```sh setup      one of the README's two commands, which `.ci/run` runs as they stand
    ```sh plan       planned, with `--dry-run`: its parameters are good and its selection selects something
    ```sh aws        needs an account: its parameters are good, its selection selects something
    ```sh sweep      as `aws`, a sweep
    ```sh rollback   as `aws`, a way back
    ```sh run        run as it stands
    ```sh stays-up   a sandbox in the foreground, and
    ```sh beside     run as it stands beside it
    ```sh redraw     run for a run that another test has made
    ```sh slow       a program of ours that takes minutes: asked for its help only
    ```sh allure, login, ci   not run here: another program, AWS's own, or this test itself
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from behave.configuration import Configuration

from acceptance.environments import ENVIRONMENTS
from acceptance.report import messages
from acceptance.rollback import __main__ as rollback
from acceptance.settings import Settings, load
from acceptance.verdict.model import State
from harness.outlines import MUTATES
from tests.behaviour.playbook import FEATURES, ROOT, parse
from tests.playing import Played

DOCUMENTS = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
]
MARKS = {
    "setup",
    "plan",
    "aws",
    "sweep",
    "rollback",
    "run",
    "stays-up",
    "beside",
    "redraw",
    "slow",
    "allure",
    "login",
    "ci",
}
TABLES = ("enforcement_breaches", "enforcement_outcomes")


@dataclass(frozen=True)
class Command:
    document: str
    mark: str
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)

    def __str__(self) -> str:
        return f"{self.document}: {shlex.join(self.words)}"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands() -> Iterator[Command]:
    for path in DOCUMENTS:
        for mark, block in re.findall(
            r"^```(?:sh|bash|shell|console)\b *(\S*).*?\n(.*?)^```$",
            path.read_text("utf-8"),
            re.MULTILINE | re.DOTALL,
        ):
            for line in block.splitlines():
                yield Command(name_of(path), mark, line)


COMMANDS = list(commands())


def marked(*marks: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("command", [c for c in COMMANDS if c.mark in marks], ids=str)


def run(words: list[str], *more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the documents with this environment's Python, as after `. .venv/bin/activate`."""
    scripts = Path(sys.executable).parent
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PLAYBOOK_"))}
    return subprocess.run(
        [*words, *more],
        cwd=ROOT,
        env=clean | {"PATH": f"{scripts}{os.pathsep}{clean['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_every_shell_block_is_marked() -> None:
    assert COMMANDS
    assert [str(c) for c in COMMANDS if c.mark not in MARKS] == []


# the two commands


def test_the_readme_has_two_commands_to_set_up_and_the_checks_run_them() -> None:
    """Running them is `.ci/run`'s job; here they are compared, so that they cannot drift."""
    setup = [c.text for c in COMMANDS if c.document == "README.md" and c.mark == "setup"]
    assert len(setup) == 2
    main_job, tests = setup
    assert main_job.endswith("&& behave -D ticket=DPP-426")
    assert tests.endswith("&& pytest")
    checks = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^\((python3 .*)\)$", checks, re.MULTILINE) == [tests, main_job]


def test_other_documents_repeat_the_readmes_commands() -> None:
    everywhere = {c.text for c in COMMANDS if c.mark == "setup"}
    assert everywhere == {c.text for c in COMMANDS if c.mark == "setup" and c.document == "README.md"}


# commands


def selected(configuration: Configuration) -> int:
    """How many scenarios a selection leaves, of those that may run in the environment."""
    paths = [ROOT / path for path in configuration.paths] or [FEATURES]
    assert all(path.exists() for path in paths)
    read_only = ENVIRONMENTS[configuration.userdata.get("env", "local")].read_only
    found = [
        scenario
        for path in paths
        for file in (sorted(path.rglob("*.feature")) if path.is_dir() else [path])
        for scenario in parse(file, TABLES).walk_scenarios()
    ]
    return sum(
        scenario.should_run(configuration) and not (read_only and MUTATES in scenario.effective_tags)
        for scenario in found
    )


@marked("plan", "aws")
def test_parameters_are_good_and_the_selection_selects_something(command: Command, tmp_path: Path) -> None:
    program, *arguments = command.words
    assert program == "behave"
    configuration = Configuration(arguments, load_config=False)
    given = dict(configuration.userdata)
    for name in given.keys() & {"data_platform", "api_pages"}:
        given[name] = str(tmp_path)
    assert load(given, {}).ticket == "DPP-426"
    assert selected(configuration)


@marked("sweep")
def test_parameters_of_a_sweep_are_good(command: Command) -> None:
    assert command.words[:3] == ["python", "-m", "acceptance.sweep"]
    given = {word for word in command.words[3:] if word not in ("-D", "--yes")}
    assert load(dict(word.split("=", 1) for word in given), {}, checkout_needed=False).ticket == "DPP-426"


@marked("rollback")
def test_parameters_of_a_way_back_are_good(command: Command, tmp_path: Path) -> None:
    assert command.words[:3] == ["python", "-m", "acceptance.rollback"]
    given = dict(word.split("=", 1) for word in rollback.parser().parse_args(command.words[3:]).given)
    assert load({**given, "data_platform": str(tmp_path)}, {}).ticket == "DPP-426"


@marked("plan")
def test_planned(command: Command) -> None:
    done = run(command.words, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^[1-9]\d* scenarios would run$", done.stdout, re.MULTILINE)


@marked("run")
def test_run_as_it_stands(command: Command) -> None:
    done = run(command.words)
    assert done.returncode == 0, done.stdout + done.stderr


@marked("slow")
def test_a_slow_program_knows_its_options(command: Command) -> None:
    done = run(command.words, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {shlex.join(command.words[:3])}")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The sandbox that the documents have one keep up, on a port that is free here."""
    (command,) = {c.text: c for c in COMMANDS if c.mark == "stays-up"}.values()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    program, *arguments = (port if word == "4566" else word for word in command.words)
    assert program == "python"
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            told = ""
            while "-D ticket=" not in told:
                line = process.stdout.readline()
                assert line, told
                told += line
            assert f"http://127.0.0.1:{port}" in told
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            ended = process.wait(20)
    assert ended == 0


@pytest.mark.xdist_group("beside")
@marked("beside")
def test_run_beside_a_sandbox_that_stays_up(command: Command, endpoint: str, tmp_path: Path) -> None:
    """One after the other, as they stand in the document: each builds on what the last has left."""
    words = [word.replace("http://127.0.0.1:4566", endpoint) for word in command.words]
    done = run(words, "-D", f"reports={tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^(Passed in part|DPP-426 has 0 resources)", done.stdout, re.MULTILINE)


# what a run leaves


@pytest.mark.xdist_group("healthy")
@marked("redraw")
def test_a_report_is_drawn_again(command: Command, healthy_run: Played) -> None:
    words = [word.replace("reports/DPP-426/<run>", str(healthy_run.folder)) for word in command.words]
    assert words != command.words
    done = run(words)
    assert done.returncode == healthy_run.exit_code, done.stderr
    assert str(healthy_run.folder / "report.html") in done.stdout


@pytest.mark.xdist_group("healthy")
def test_reports_readme_lists_what_a_run_leaves(healthy_run: Played) -> None:
    block = (ROOT / "reports" / "README.md").read_text("utf-8").split("```")[1]
    listed = {
        line.split()[0].rstrip("/").replace("<env>", "local") for line in block.splitlines() if line.strip()
    }
    run_folder, ticket_folder = healthy_run.folder, healthy_run.folder.parent
    left = {
        path.name for folder in (run_folder, ticket_folder) for path in folder.iterdir() if path != run_folder
    }
    left |= {path.relative_to(run_folder).as_posix() for path in run_folder.glob("junit/*")}
    names = {"<ticket>", "<time>Z-<random>"}
    assert listed - names == {name for name in left - {"junit"} if not re.match(r"\d{8}T", name)}


# facts


def table(document: str, heading: str) -> Mapping[str, list[str]]:
    """The rows of a document's table by their first cell, which may be in backticks."""
    text = (ROOT / document).read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line[:1] == "|"
    ]
    return {cells[0].strip("`"): cells[1:] for cells in rows[2:]}


def test_the_readme_lists_the_parameters_with_their_defaults() -> None:
    rows = table("README.md", "Parameters")
    assert list(rows) == [field.name for field in fields(Settings)]
    defaults = Settings(ticket="DPP-426")
    for name, (_, told) in rows.items():
        value = getattr(defaults, name)
        match value:
            case _ if name == "ticket":
                assert told == "required"
            case bool():
                assert told.split(":")[0] == f"`{value}`".lower()
            case _ if name in ("env", "reports"):
                assert told == f"`{value.name}`"
            case _ if name in ("days", "runtime"):
                assert told == f"`{value}`"
            case _:
                assert not value
                assert not told.startswith("`")


@pytest.mark.parametrize("document", ["README.md", "features/README.md"])
def test_a_readme_links_the_playbook_as_the_page_does(document: str) -> None:
    assert f"]({messages.PLAYBOOK})" in (ROOT / document).read_text("utf-8")


def test_the_readme_lists_the_environments() -> None:
    assert list(table("README.md", "Environments")) == list(ENVIRONMENTS)


def test_the_readme_lists_the_verdicts_with_their_exit_codes() -> None:
    rows = table("README.md", "Verdicts")
    assert list(rows) == [str(state) for state in State]
    good = {name for name, (code, _) in rows.items() if code == "0"}
    assert good == {State.PASSED, State.PARTIAL}
    assert {code for code, _ in rows.values()} == {"0", "1"}


def test_the_reviewers_guide_lists_the_parts_of_the_page() -> None:
    templates = sorted((ROOT / "acceptance" / "report").glob("page/*.html.j2"))
    headings = {
        heading
        for template in templates
        for heading in re.findall(r'<h2 id="[^"]+">([^<{]+)</h2>', template.read_text("utf-8"))
    }
    assert set(table("docs/reviewer.md", "From top to bottom")) == headings


# links


def anchors(path: Path) -> set[str]:
    """Of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("https://"):
            continue
        place, _, anchor = link.partition("#")
        target = (document.parent / place) if place else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "reports")
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
