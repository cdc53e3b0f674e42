"""Seeded faults of the steps that find, clone and edit (1.1, 2.1, 2.2, 3.1, 4.1, 4.2), for all stages at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from typing import Any

import pytest

from acceptance.pipeline import PARSE, RECAST, SNAPSHOT, Stage
from acceptance.verdict.model import Outcome
from tests.faults.account import Account
from tests.faults.following import follow
from tests.playing import SCRIPTS, SOUND, Deployment, Played, deployed

pytestmark = pytest.mark.xdist_group("clones")

LATER = (PARSE, RECAST, SNAPSHOT)
EDITED = (PARSE, SNAPSHOT)
CLONE = "2.1.2", "2.2.1", "4.1.2", "4.2.1"
EDIT = *CLONE, "2.2.2", "4.2.2"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Deployment]:
    """A deployment for all tests of this module, each of which puts right what it breaks.

    Other tables are there only where the whole playbook is played, which compares them too.
    """
    yield from deployed(tmp_path_factory.mktemp("clones") / "reports", seed=pytestconfig.getoption("long"))


@pytest.fixture(autouse=True)
def advice_ends_green(standing: Deployment, request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--long`: once the cause is gone, what the test's last run advises ends green."""
    yield
    if request.config.getoption("long") and (verdict := standing.verdict()).exit_code:
        end = follow(Account(standing), verdict)
        assert end.exit_code == 0, end.output


def play(deployment: Deployment, *steps: str) -> Played:
    tags = " or ".join(f"@step-{step}" if step[0].isdigit() else f"@{step}" for step in steps)
    return deployment.play(f"--tags={tags}", tables=SOUND)


@contextmanager
def faults(deployment: Deployment, *rules: dict[str, Any]) -> Iterator[None]:
    deployment.box.faults(list(rules))
    try:
        yield
    finally:
        deployment.box.faults([])


def job(stage: Stage) -> str:
    return f"stg {stage.job}_planning"


def script(stage: Stage) -> str:
    return f"scripts/planning/{stage.script}"


# -- found


@contextmanager
def job_missing(deployment: Deployment, stage: Stage) -> Iterator[None]:
    glue = deployment.client("glue")
    definition = glue.get_job(JobName=job(stage))["Job"]
    box = deployment.box
    tags = glue.get_tags(ResourceArn=f"arn:aws:glue:{box.region}:{box.account}:job/{job(stage)}")["Tags"]
    glue.delete_job(JobName=job(stage))
    try:
        yield
    finally:
        kept = ("Role", "Command", "DefaultArguments", "ExecutionProperty", "MaxCapacity", "Timeout")
        glue.create_job(Name=job(stage), Tags=tags, **{name: definition[name] for name in kept})


@contextmanager
def another_script(deployment: Deployment, stage: Stage) -> Iterator[None]:
    command = deployment.client("glue").get_job(JobName=job(stage))["Job"]["Command"]
    deployment.change_job(job(stage), Command={**command, "ScriptLocation": f"s3://{SCRIPTS}/old.py"})
    try:
        yield
    finally:
        deployment.change_job(job(stage), Command=command)


@contextmanager
def script_missing(deployment: Deployment, stage: Stage) -> Iterator[None]:
    s3 = deployment.client("s3")
    code = s3.get_object(Bucket=SCRIPTS, Key=script(stage))["Body"].read()
    s3.delete_object(Bucket=SCRIPTS, Key=script(stage))
    try:
        yield
    finally:
        s3.put_object(Bucket=SCRIPTS, Key=script(stage), Body=code)


@pytest.mark.parametrize("turn", range(3))
def test_a_job_missing_another_script_and_a_script_missing(standing: Deployment, turn: int) -> None:
    """Each of the three for another stage, in turn."""
    missing, other, bare = islice(cycle(LATER), turn, turn + 3)
    with (
        job_missing(standing, missing),
        another_script(standing, other),
        script_missing(standing, bare),
    ):
        played = play(standing, "jobs", "2.1.1", "3.1.1", "4.1.1")
    steps = {f"{missing.section}.1.1": "job-missing"}
    steps |= {f"{other.section}.1.1": "job-runs-other-script", f"{bare.section}.1.1": "script-missing"}
    assert {step: played.finding(step).code for step in steps} == steps
    first = f"the {missing.title} job is not there\n"
    assert played.failure("jobs", name=f"{missing.title} job").startswith(first)
    assert (
        played.failed_step("jobs", name=f"{missing.title} job")
        == f'exactly one of them is the {missing.title} job, "{missing.job}"'
    )
    assert played.failure(f"{missing.section}.1.1").startswith(first)
    assert (
        played.failed_step(f"{missing.section}.1.1") == f'I choose the {missing.title} job, "{missing.job}"'
    )

    assert f"“{job(other)}” runs another script\n" in played.failure(f"{other.section}.1.1")
    assert played.failed_step(f"{other.section}.1.1") == f'it runs the script "{other.script}"'

    assert "no such object: every run of the job" in played.failure(f"{bare.section}.1.1")
    assert played.failed_step(f"{bare.section}.1.1") == "that script is in its place"
    assert len(played.failed()) == 4


# -- cloned


def test_a_clone_that_lacks_something(standing: Deployment) -> None:
    """Its tags, which a policy of the account may take away."""
    rule = {
        "service": "glue",
        "action": "GetTags",
        "match": "-TEST-DPP-426",
        "status": 200,
        "body": {"Tags": {}},
    }
    with faults(standing, rule):
        played = play(standing, "1.1.2", "2.1.2", "3.1.2", "4.1.2")
    for step in ("1.1.2", "2.1.2", "3.1.2", "4.1.2"):
        assert played.finding(step).code == "clone-differs"
        assert "differs from it in Tags\n" in played.failure(step)
        assert "Confidentiality" in played.failure(step)
        assert played.failed_step(step) == "the clone does what the original does"


def test_a_clone_with_retries(standing: Deployment) -> None:
    """What comes back of UpdateJob and CreateJob tries again as the original does."""
    rule = {
        "service": "glue",
        "action": "GetJob",
        "match": "-TEST-DPP-426",
        "altered": {"Job": {"MaxRetries": 3}},
    }
    with faults(standing, rule):
        played = play(standing, "1.1.2")
    assert played.finding("1.1.2").code == "clone-differs"
    message = played.failure("1.1.2")
    assert "differs from it in MaxRetries\n" in message
    assert "MaxRetries is 3, not 0" in message
    assert played.failed_step("1.1.2") == "the clone does what the original does"


def test_tags_of_awss_own_are_left_to_aws(standing: Deployment) -> None:
    """As CloudFormation sets them: CreateJob and TagResource refuse them."""
    tags = {"Tags": {"aws:cloudformation:stack-name": "data-platform"}}
    with faults(standing, {"service": "glue", "action": "GetTags", "altered": tags}):
        played = play(standing, "1.1.2", "2.1.2")
    assert {s.outcome for s in played.verdict.scenarios} == {Outcome.PASSED}, played.output


# -- edited


def test_a_clone_that_runs_the_original_script(standing: Deployment) -> None:
    """UpdateJob is taken and changes nothing: what would be tested is the deployed script."""
    with faults(
        standing, {"service": "glue", "action": "UpdateJob", "status": 200, "body": {"JobName": "any"}}
    ):
        played = play(standing, *EDIT)
    for stage in EDITED:
        step = f"{stage.section}.2.1"
        assert played.finding(step).code == "test-script-not-run"
        message = played.failure(step)
        assert message.startswith(f"“{job(stage)}-TEST-DPP-426” does not run the test script\n")
        assert f"observed: s3://{SCRIPTS}/{script(stage)}\n" in message
        assert played.failed_step(step) == "the test job runs the test script"
        edit = played.scenario(f"{stage.section}.2.2")
        assert edit.outcome is Outcome.BLOCKED
        assert edit.finding and edit.finding.step == step


def test_no_copy_beside_the_original(standing: Deployment) -> None:
    answer = '<CopyObjectResult><ETag>"any"</ETag></CopyObjectResult>'
    with faults(standing, {"service": "s3", "action": "CopyObject", "status": 200, "body": answer}):
        played = play(standing, *CLONE)
    for stage in EDITED:
        step = f"{stage.section}.2.1"
        assert played.finding(step).code == "test-script-not-copied"
        assert "observed: no such object" in played.failure(step)
        assert played.failed_step(step) == f'the test script lies beside "{stage.script}"'


def test_a_test_script_that_keeps_the_original_code(standing: Deployment) -> None:
    with faults(standing, {"service": "s3", "action": "PutObject", "match": "-DPP-426.py", "status": 200}):
        played = play(standing, *EDIT)
    for stage in EDITED:
        step = f"{stage.section}.2.2"
        assert played.finding(step).code == "test-script-not-the-branchs"
        message = played.failure(step)
        name = stage.script.replace(".py", "-DPP-426.py")
        assert message.startswith(f"the test script {name} is not the branch's code\n")
        assert message.count("sha256") == 2
        assert played.failed_step(step) == "the test script is the branch's, byte for byte"
    assert {s.outcome for s in play(standing, *EDIT).verdict.scenarios} == {Outcome.PASSED}


def test_an_original_that_changes_meanwhile(standing: Deployment) -> None:
    """Step 2.2.1 reads the original once, step 2.2.2 before and after it edits; the last reading shows other code."""
    rules = [
        {"service": "s3", "action": "GetObject", "match": script(stage), **what}
        for what in ({"times": 2, "delay": 0.001}, {"status": 200, "body": "# deployed just now\n"})
        for stage in EDITED
    ]
    with faults(standing, *rules):
        played = play(standing, *EDIT)
    for stage in EDITED:
        step = f"{stage.section}.2.2"
        assert played.finding(step).code == "original-script-changed"
        assert played.failure(step).startswith(f"the original script {stage.script} has changed meanwhile\n")
        assert played.failed_step(step) == "the original script is as it was"
