"""The workflows' `run:` blocks, run as GitHub's runner runs them, with the sandbox in pre-production's place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playing import SCRIPTS, SOUND, Deployment, deployed
from tests.processes import ROOT

WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text("utf-8")) for path in ROOT.glob(".github/workflows/*.yml")
}

Step = dict[str, Any]


def steps(workflow: str, job: str) -> dict[str, Step]:
    """The steps of a job that run a block of shell, by name."""
    return {step["name"]: step for step in WORKFLOWS[workflow]["jobs"][job]["steps"] if "run" in step}


RUN, VERDICT = steps("playbook", "run"), steps("playbook", "verdict")


@dataclass
class Ran:
    exit_code: int
    output: str


@dataclass
class Runner:
    """A runner's workspace, and the values that a step's environment gets in place of its expressions."""

    workspace: Path
    values: dict[str, str]
    outputs: dict[str, str] = field(default_factory=dict)

    def run(self, step: Step, **values: str) -> Ran:
        """Run a step's block with bash, as the workflow's default shell has it."""
        script, output = self.workspace / "step.sh", self.workspace / "output"
        script.write_text(step["run"], "utf-8")
        output.write_text("", "utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env=self._environment(output) | self._given(step, values),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        lines = output.read_text("utf-8").splitlines()
        self.outputs |= {name.upper(): value for name, value in (line.split("=", 1) for line in lines)}
        return Ran(done.returncode, done.stdout)

    def _given(self, step: Step, values: dict[str, str]) -> dict[str, str]:
        """The step's environment: an expression's value is the test's, a plain one the workflow's own."""
        stated = {name: str(value) for name, value in step.get("env", {}).items()}
        plain = {name: value for name, value in stated.items() if "${{" not in value}
        known = self.values | self.outputs | plain | values
        return {name: known[name] for name in stated}

    def _environment(self, output: Path) -> dict[str, str]:
        """The tests' own, without settings of AWS or the suite; with the runner's variables."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PLAYBOOK_"))}
        return clean | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "PLAYBOOK_ENDPOINT": self.values["ENDPOINT"],
        }

    @property
    def summary(self) -> Path:
        return self.workspace / "summary"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A healthy deployment for all tests of this file; a test that breaks it mends it."""
    yield from deployed(tmp_path_factory.mktemp("unused"))


@pytest.fixture
def runner(stage: Deployment, tmp_path: Path) -> Runner:
    """A workspace with the suite and the Data Platform repository checked out, and no reports yet."""
    for entry in ROOT.iterdir():
        if entry.name not in ("reports", ".git", ".venv") and entry.suffix != ".egg-info":
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "data-platform").symlink_to(stage.box.data_platform)
    values = {
        "ENDPOINT": stage.box.endpoint,
        "TICKET": "DPP-426",
        "ENVIRONMENT": "local",
        "ACCOUNT": stage.box.account,
        "TABLES": SOUND,
        "BRANCH": "",
        "TAGS": "",
        "KEEP": "false",
    }
    return Runner(tmp_path, values)


def created(stage: Deployment) -> list[str]:
    """The test jobs and test scripts that stand in the account."""
    names = stage.client("glue").list_jobs()["JobNames"]
    objects = stage.client("s3").list_objects_v2(Bucket=SCRIPTS)["Contents"]
    return [name for name in [*names, *(item["Key"] for item in objects)] if "DPP-426" in name]


def test_a_run_that_passes(runner: Runner) -> None:
    played = runner.run(RUN["Run the playbook"], TAGS="@section-1")
    assert played.exit_code == 0
    assert "behave ended with exit code 0" in played.output, played.output
    assert runner.run(RUN["Read the verdict"]).exit_code == 0
    assert runner.outputs["STATE"] == "partial"
    assert (runner.workspace / runner.outputs["FOLDER"] / "report.html").exists()
    assert "The table behaves as the playbook says" in runner.summary.read_text("utf-8")
    judged = runner.run(VERDICT["Judge"])
    assert (judged.exit_code, judged.output.startswith("::notice title=partial::")) == (0, True)


def test_tables_that_are_not_as_they_should_be(runner: Runner) -> None:
    """Red is the job “Verdict”; the job “Run” has done its work."""
    played = runner.run(RUN["Run the playbook"], BRANCH="main", TAGS="@branch")
    assert played.exit_code == 0
    assert "behave ended with exit code 1" in played.output
    assert runner.run(RUN["Read the verdict"]).exit_code == 0
    assert runner.outputs["STATE"] == "failed"
    judged = runner.run(VERDICT["Judge"])
    assert (judged.exit_code, judged.output.startswith("::error title=failed::")) == (1, True)


def test_what_hinders_the_run_is_no_failure_of_the_tables(runner: Runner) -> None:
    """Red is the job “Run”: nobody has to look at the tables."""
    runner.values["ENDPOINT"] = "http://127.0.0.1:9"  # the discard port: nobody listens there
    played = runner.run(RUN["Run the playbook"], TAGS="@branch")
    assert played.exit_code == 0
    read = runner.run(RUN["Read the verdict"])
    assert read.exit_code == 3
    assert "::error title=error::" in read.output
    assert runner.outputs["STATE"] == "error"


def test_the_time_box_ends_a_run_in_order(runner: Runner, stage: Deployment) -> None:
    """It is told to end, removes what it has created and reports."""
    stage.box.faults([{"service": "glue", "action": "StartCrawler", "delay": 60.0}])
    try:
        played = runner.run(RUN["Run the playbook"], TIME_BOX="15s")
    finally:
        stage.box.faults([])
    assert "behave ended with exit code 124" in played.output
    read = runner.run(RUN["Read the verdict"])
    assert (read.exit_code, "::error title=interrupted::Interrupted by SIGTERM" in read.output) == (3, True)
    assert created(stage) == []


@pytest.mark.parametrize("ticket", ["DPP-426; touch harm", "$(touch harm)", "", "../.."])
def test_input_that_is_no_ticket_starts_nothing(runner: Runner, ticket: str) -> None:
    runner.values["TICKET"] = ticket
    runner.run(RUN["Run the playbook"])
    read = runner.run(RUN["Read the verdict"])
    assert (read.exit_code, "::error title=not started::" in read.output) == (3, True)
    assert not (runner.workspace / "harm").exists()
    assert not (runner.workspace / "reports").exists()


def test_sweep(runner: Runner, stage: Deployment) -> None:
    """What a run has left is gone afterwards."""
    runner.run(RUN["Run the playbook"], KEEP="true", TAGS="@step-1.1.2")
    assert created(stage)
    swept = runner.run(RUN["Sweep"])
    assert swept.exit_code == 0, swept.output
    assert created(stage) == []


def test_an_environment_that_is_not_set_up_is_told_at_once(runner: Runner) -> None:
    step = RUN["See that the environment is set up"]
    names = {"AWS_ACCOUNT": "111122223333", "AWS_ROLE": "", "DATA_PLATFORM_REPOSITORY": ""}
    told = runner.run(step, **names)
    assert told.exit_code == 1
    assert "AWS_ROLE DATA_PLATFORM_REPOSITORY;" in told.output
    assert runner.run(step, **dict.fromkeys(names, "something")).exit_code == 0


def test_installation(runner: Runner) -> None:
    """Here all is installed already, so that pip has only to see that it is; the suite itself stays where it is."""
    step = RUN["Install the suite"]
    installed = runner.run({**step, "run": f"{step['run']} --dry-run"})
    assert installed.exit_code == 0, installed.output


def test_the_newest_thirty_reports_of_each_ticket_are_kept(runner: Runner) -> None:
    step = RUN["Keep the newest thirty reports of each ticket"]
    assert runner.run(step).exit_code == 0  # there are none yet
    for ticket in ("DPP-426", "DPP-7"):
        for day in range(1, 32 if ticket == "DPP-426" else 3):
            folder = runner.workspace / f"reports/{ticket}/202610{day:02}T031700Z-0a1b"
            folder.mkdir(parents=True)
            (folder / "verdict.json").touch()
        (runner.workspace / f"reports/{ticket}/created-stg.jsonl").touch()
    assert runner.run(step).exit_code == 0
    left = {
        path.relative_to(runner.workspace / "reports").as_posix()
        for path in runner.workspace.glob("reports/*/*")
    }
    assert len(left) == 30 + 2 + 2
    assert "DPP-426/20261001T031700Z-0a1b" not in left
    assert {"DPP-426/20261002T031700Z-0a1b", "DPP-426/created-stg.jsonl"} <= left


def test_every_block_is_run_here() -> None:
    """Of the workflows that touch an environment; what a pull request runs is what runs these tests."""
    source = Path(__file__).read_text("utf-8")
    for name in RUN | VERDICT:
        assert f'["{name}"]' in source
    assert not [job for workflow in ("nightly", "verify-ticket") for job in jobs(workflow) if "steps" in job]
    assert [step["run"] for step in steps("pull-request", "checks").values()] == [".ci/run"]


def test_no_expression_stands_in_a_block() -> None:
    """An input would be taken for shell."""
    blocks = [
        step["run"]
        for name in WORKFLOWS
        for job in jobs(name)
        for step in job.get("steps", [])
        if "run" in step
    ]
    assert blocks
    assert not [block for block in blocks if "${{" in block]


def test_never_two_runs_at_once_on_an_account() -> None:
    nightly, ticket = (WORKFLOWS[name]["concurrency"] for name in ("nightly", "verify-ticket"))
    assert nightly == {"group": "playbook-stg", "cancel-in-progress": False}
    assert ticket == {"group": "playbook-${{ inputs.env }}", "cancel-in-progress": False}


def jobs(workflow: str) -> list[dict[str, Any]]:
    return list(WORKFLOWS[workflow]["jobs"].values())
