"""Seeded faults of what the jobs share: modules in S3 that are older than main's, or that are not there."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from acceptance.checks import scripts
from acceptance.pipeline import RECAST
from acceptance.verdict.model import Outcome
from sandbox import repository
from tests.faults.account import Account
from tests.faults.checkouts import Checkout
from tests.faults.following import follow
from tests.playing import SCRIPTS, SOUND, Deployment, Played

pytestmark = pytest.mark.xdist_group("shared")

MODULE = "scripts/helpers/helpers.py"
WHEEL = "python-modules/data_platform_glue_job_helpers-1.0-py3-none-any.whl"
JOB = f"stg {RECAST.job}_planning"
SENTENCE = "the helpers that it loads are no older than main's"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Whose main has moved on."""
    made = Checkout.make(tmp_path / "checkout")
    newer = made.git("show", f"main:{MODULE}") + "\n\ndef shout(text):\n    return text.upper()\n"
    repository.commit(made.folder, "main", {MODULE: newer}, "Let helpers shout")
    return made


def play(deployment: Deployment, checkout: Checkout, *steps: str) -> Played:
    tags = " or ".join(f"@step-{step}" for step in steps)
    return deployment.play(f"--tags={tags}", "-D", f"data_platform={checkout.folder}", tables=SOUND)


def wheel(text: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("helpers.py", text)
        archive.writestr("data_platform_glue_job_helpers-1.0.dist-info/METADATA", "Name: helpers\n")
    return body.getvalue()


def load(deployment: Deployment, *addresses: str) -> None:
    """Have the recast job load these."""
    job = deployment.client("glue").get_job(JobName=JOB)["Job"]
    arguments = {**job["DefaultArguments"], "--extra-py-files": ", ".join(addresses)}
    deployment.change_job(JOB, DefaultArguments=arguments)


def test_helpers_older_than_mains(
    shared: Deployment, checkout: Checkout, request: pytest.FixtureRequest
) -> None:
    """As a module, and in a wheel, which is how the platform deploys them."""
    old = checkout.git("show", f"DPP-426:{MODULE}").encode()
    shared.client("s3").put_object(Bucket=SCRIPTS, Key=WHEEL, Body=wheel(old))
    load(shared, f"s3://{SCRIPTS}/{WHEEL}")
    played = play(shared, checkout, "1.1.1", "3.1.1")
    commit = checkout.git("log", "-1", "--format=%h", "main").strip()
    for step, address in (("1.1.1", MODULE), ("3.1.1", WHEEL)):
        assert played.finding(step).code == "helpers-outdated"
        assert played.failed_step(step) == SENTENCE
        message = played.failure(step)
        assert "loads an older version of its helpers: " in message
        assert f"{MODULE} in s3://{SCRIPTS}/{address}, which {commit} of " in message
        assert "have main's scripts/helpers/ deployed" in message

    newer = checkout.git("show", f"main:{MODULE}").encode()
    shared.client("s3").put_object(Bucket=SCRIPTS, Key=MODULE, Body=newer)
    shared.client("s3").put_object(Bucket=SCRIPTS, Key=WHEEL, Body=wheel(newer))
    assert play(shared, checkout, "1.1.1", "3.1.1").exit_code == 0
    if request.config.getoption("long"):
        end = follow(Account(shared), played.verdict)
        assert end.exit_code == 0, end.output


def test_helpers_of_the_branch_and_unknown_ones(shared: Deployment, checkout: Checkout) -> None:
    """Neither is older than main's."""
    checkout.changed[MODULE] = "# the branch's own\n"
    checkout.commit()
    for text, notes in (("# the branch's own\n", 0), ("# nobody's\n", 1)):
        shared.client("s3").put_object(Bucket=SCRIPTS, Key=MODULE, Body=text.encode())
        scenario = play(shared, checkout, "4.1.1").scenario("4.1.1")
        assert scenario.outcome is Outcome.PASSED
        assert len(scenario.notes) == notes
        assert all(f"{MODULE} in s3://{SCRIPTS}/{MODULE} is not that of DPP-426" in n for n in scenario.notes)


def test_helpers_that_are_not_there(shared: Deployment) -> None:
    load(shared, f"s3://{SCRIPTS}/{MODULE}", f"s3://{SCRIPTS}/python-modules/gone.zip")
    played = shared.play("--tags=@step-3.1.1", tables=SOUND)
    assert played.finding("3.1.1").code == "helpers-missing"
    assert played.failed_step("3.1.1") == SENTENCE
    assert "modules that are not there: s3://dataplatform-stg-glue-scripts/python-modules/gone.zip\n" in (
        played.failure("3.1.1")
    )


def test_modules_of_an_archive() -> None:
    paths = [MODULE, "scripts/helpers/coordinates.py"]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("scripts/helpers/helpers.py", "1")
        archive.writestr("pydeequ/helpers.py", "another's")
    assert scripts.modules("s3://b/lib.whl", body.getvalue(), paths) == {MODULE: b"1"}
    assert scripts.modules("s3://b/coordinates.py", b"2", paths) == {paths[1]: b"2"}
    assert scripts.modules("s3://b/pydeequ.py", b"3", paths) == {}
