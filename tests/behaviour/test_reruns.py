"""The same ticket once more: on the same day, on the next, and with test jobs kept from one to the other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from acceptance.verdict import Outcome, State
from tests.playing import RAW_BUCKET, SCRIPTS, SOUND, Deployment, Played

TABLE_IN_USE = "wards"
PARSE_CLONE = "stg tascomi_parse_tables_increments_planning-TEST-DPP-426"


def test_a_second_run_of_the_day_adds_no_row_twice(deployment: Deployment) -> None:
    deployment.play(tables=f"{SOUND},{TABLE_IN_USE}")
    played = deployment.play(tables=f"{SOUND},{TABLE_IN_USE}")
    assert played.exit_code == 0, played.output
    assert played.verdict.state is State.PASSED
    for step in ("2.3.1", "3.2.1"):
        assert any("no run was needed" in note for note in played.scenario(step, SOUND).notes)
    assert any("an earlier run of today" in note for note in played.scenario("1.2.1", SOUND).notes)


def test_tables_in_use_are_run_by_the_deployed_jobs(deployment: Deployment) -> None:
    """Their clone, without a bookmark, would write the past days' rows once more."""
    played = deployment.play(tables=f"{SOUND},{TABLE_IN_USE}")
    assert played.exit_code == 0, played.output
    assert ran(played, "2.3.1", TABLE_IN_USE) == PARSE_CLONE.removesuffix("-TEST-DPP-426")
    assert ran(played, "2.3.1", SOUND) == PARSE_CLONE
    assert ran(played, "4.3.1", TABLE_IN_USE).endswith("-TEST-DPP-426")


def ran(played: Played, step: str, table: str) -> str:
    """The job whose run a scenario shows."""
    steps = played.scenario(step, table).steps
    (title,) = [e.title for step in steps for e in step.evidence if e.kind == "job run"]
    return str(title.removeprefix("Job run of "))


def test_code_newer_than_todays_data_blocks(deployment: Deployment) -> None:
    """What was parsed by older code says nothing of the branch's, and cannot be parsed again."""
    deployment.play("features/0-before-you-start", "features/1-api-ingestion", "features/2-parse-increments")
    change_parse_script(deployment.box.data_platform)
    played = deployment.play()
    scenario = played.scenario("2.3.1", SOUND)
    assert scenario.outcome is Outcome.BLOCKED
    assert "was written before the code's last change" in scenario.message
    assert played.exit_code == 1


def change_parse_script(checkout: Path) -> None:
    """A commit of now on the ticket's branch."""
    git("switch", "--quiet", "DPP-426", folder=checkout)
    with (checkout / "scripts/jobs/planning/tascomi_parse_tables_increments.py").open("a") as script:
        script.write("\n# changed\n")
    git("commit", "--quiet", "--all", "--message=Change the parse script", folder=checkout)
    git("switch", "--quiet", "main", folder=checkout)


def git(*arguments: str, folder: Path) -> None:
    author = ["-c", "user.name=Analyst", "-c", "user.email=analyst@example.org"]
    subprocess.run(["git", "-C", str(folder), *author, *arguments], check=True)


@pytest.mark.xdist_group("shared")
def test_a_new_test_job_does_not_repeat_the_past_days(shared: Deployment) -> None:
    """Yesterday's rows are there, and no bookmark tells the clone so."""
    s3 = shared.client("s3")
    folder = f"planning/tascomi/parsed/{SOUND}/import_year=2020/import_month=01/import_day=01/import_date=20200101/"
    s3.put_object(Bucket=RAW_BUCKET, Key=f"{folder}part-0.parquet", Body=b"rows of an earlier run")
    scenario = shared.play().scenario("2.3.1", SOUND)
    assert scenario.outcome is Outcome.BLOCKED
    assert "no bookmark of" in scenario.message and "-D keep=true" in scenario.message


@pytest.mark.xdist_group("shared")
def test_a_kept_test_job_keeps_its_bookmark(shared: Deployment) -> None:
    shared.play("-D", "keep=true", tables=SOUND)
    glue = shared.client("glue")
    runs = glue.get_job_runs(JobName=PARSE_CLONE)["JobRuns"]
    shared.play("features/0-before-you-start", tables=SOUND)  # a run that keeps nothing leaves the kept alone
    assert glue.get_job_runs(JobName=PARSE_CLONE)["JobRuns"] == runs
    played = shared.play(tables=SOUND)
    assert played.exit_code == 0, played.output
    left = {name for page in glue.get_paginator("list_jobs").paginate() for name in page["JobNames"]}
    assert not [name for name in left if name.endswith("-TEST-DPP-426")]
    scripts = shared.client("s3").list_objects_v2(Bucket=SCRIPTS, Prefix="scripts/planning/")["Contents"]
    assert not [item["Key"] for item in scripts if "DPP-426" in item["Key"]]


@pytest.mark.xdist_group("shared")
def test_one_table_after_another(shared: Deployment) -> None:
    """The playbook's way (a): the second table's ingestion starts when the first one's checks are done."""
    played = shared.play("-D", "one_at_a_time=true")
    assert played.exit_code == 0, played.output
    started = {(s.step, s.table): s.started for s in played.verdict.scenarios}
    first, second = played.verdict.tables
    earlier, later = started["1.2.4", first], started["1.2.1", second]
    assert earlier and later and earlier < later
    numbers = [s.step for s in played.verdict.scenarios if s.section == "1"]
    assert numbers == sorted(numbers)  # the verdict stays in the playbook's order
