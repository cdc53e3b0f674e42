"""The same ticket once more, on the same day and later: nothing in the zones is ever doubled, lost or purged.

The matrix plays each stage's rerun, of a new table and of one in use, in several ways and with both versions of the
snapshot script, and compares the zones with those of one undisturbed run. A part of it that has each of its rows and
columns is always played; `pytest tests/behaviour/test_harmless.py --long` plays all of it.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from acceptance.pipeline import STAGES, Stage
from acceptance.verdict.model import Outcome, State
from tests import zones
from tests.conftest import IN_USE, NEW
from tests.playing import RAW_BUCKET, SCRIPTS, SOUND, Deployment, Played, deployed

TABLE_IN_USE = "wards"
PARSE_CLONE = "stg tascomi_parse_tables_increments_planning-TEST-DPP-426"


# -- the matrix

CELLS = {stage: tables for stage, *tables in zip(STAGES.values(), NEW, IN_USE, strict=True)}
"""For each stage a new table and one in use: their first run ends with that stage's job run, before its crawl."""
TABLES = ",".join((*NEW, *IN_USE))


@dataclass(frozen=True)
class Way:
    """How the playbook is run a second time."""

    first: tuple[str, ...] = ()  # parameters
    second: tuple[str, ...] = ()
    killed: bool = False  # the first run, while its job run is under way
    elsewhere: bool = False  # the second run is on another machine: there is no record of the first


WAYS = {
    "plain": Way(),
    "keep": Way(("-D", "keep=true"), ("-D", "keep=true")),
    "fresh": Way((), ("-D", "fresh=true")),
    "killed": Way(killed=True),
    "elsewhere": Way(elsewhere=True),
    "killed and resumed elsewhere": Way(killed=True, elsewhere=True),
    "one at a time": Way((), ("-D", "one_at_a_time=true")),
    "keep, then not": Way(("-D", "keep=true"), ()),
}
ALWAYS = {("keep", True)}
PLAYED = [
    pytest.param(way, older, marks=[] if (way, older) in ALWAYS else pytest.mark.long)
    for way in WAYS
    for older in (False, True)
]


@pytest.mark.xdist_group("matrix")
@pytest.mark.parametrize(("way", "older_snapshot"), PLAYED)
def test_rerun(
    way: str,
    older_snapshot: bool,
    undisturbed: zones.Zones,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    for deployment in deployed(tmp_path / "reports", older_snapshot=older_snapshot):
        _play_first(deployment, WAYS[way])
        second = replace(deployment, reports=tmp_path / "other") if WAYS[way].elsewhere else deployment
        # once more: by then every stage's data of today stands
        for _ in range(2 if request.config.getoption("long") else 1):
            played = second.play(*WAYS[way].second, tables=TABLES)
            assert played.exit_code == 0, played.output
            assert zones.look(deployment.client, (*NEW, *IN_USE)) == undisturbed


def _play_first(deployment: Deployment, way: Way) -> None:
    """The playbook for the tables of each cell, as far as its stage's job runs: without the crawl after them."""
    if way.killed:
        for stage, tables in CELLS.items():
            _kill_in(deployment, stage, tables, way)
        return
    parts = [
        f"({_or(f'@table.{table}' for table in tables)}) and ({_or(_steps_until(stage))})"
        for stage, tables in CELLS.items()
    ]
    tags = _or([*_TABLELESS, *(f"({part})" for part in parts)])
    played = deployment.play(*way.first, f"--tags={tags}", tables=TABLES)
    assert played.exit_code == 0, played.output


def _kill_in(deployment: Deployment, stage: Stage, tables: list[str], way: Way) -> None:
    """The same for one stage, killed while its job run is under way."""
    deployment.box.clear_calls()
    tags = f"--tags={_or(_TABLELESS)} or {_or(_steps_until(stage))}"
    process = deployment.start(*way.first, tags, tables=",".join(tables))
    deadline = time.monotonic() + 120
    while not _under_way(deployment, stage):
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0]
        time.sleep(0.01)
    process.kill()
    process.communicate()


_TABLELESS = [f"@step-{stage.clone_step}" for stage in STAGES.values()] + [
    f"@step-{stage.section}.2.{number}"
    for stage in STAGES.values()
    if stage.script_edited
    for number in (1, 2)
]


def _steps_until(stage: Stage) -> list[str]:
    steps = [step for each in STAGES.values() for step in (each.run_step, each.crawl_step)]
    return [f"@step-{step}" for step in steps if step <= stage.run_step]


def _or(tags: Iterable[str]) -> str:
    return " or ".join(tags)


def _under_way(deployment: Deployment, stage: Stage) -> bool:
    started = [c["resource"] for c in deployment.box.calls() if c["action"] == "StartJobRun"]
    return any(stage.job in job for job in started)


# -- what the policy says


@pytest.fixture(scope="module")
def twice(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Played, Played, list[dict[str, Any]]]]:
    """The playbook for a new table and one in use, the same once more, and what that has called."""
    for deployment in deployed(tmp_path_factory.mktemp("twice") / "reports"):
        first = deployment.play(tables=f"{SOUND},{TABLE_IN_USE}")
        deployment.box.clear_calls()
        second = deployment.play(tables=f"{SOUND},{TABLE_IN_USE}")
        yield first, second, deployment.box.calls()


@pytest.mark.xdist_group("twice")
def test_a_second_run_says_why_nothing_is_run(twice: tuple[Played, Played, list[dict[str, Any]]]) -> None:
    _, played, calls = twice
    assert played.exit_code == 0, played.output
    assert played.verdict.state is State.PASSED
    for stage in STAGES.values():
        for table in (SOUND, TABLE_IN_USE):
            assert any(
                "no job run was needed" in note for note in played.scenario(stage.run_step, table).notes
            )
    assert not [call for call in calls if call["action"] == "StartJobRun"]


@pytest.mark.xdist_group("twice")
def test_tables_in_use_are_run_by_the_deployed_jobs(
    twice: tuple[Played, Played, list[dict[str, Any]]],
) -> None:
    """Their clone, without a bookmark, would write the past days' rows once more."""
    played, _, _ = twice
    assert played.exit_code == 0, played.output
    for step in ("2.3.1", "3.2.1", "4.3.1"):
        assert not ran(played, step, TABLE_IN_USE).endswith("-TEST-DPP-426")
        assert ran(played, step, SOUND).endswith("-TEST-DPP-426")


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
    assert played.scenario("2.3.1", SOUND).outcome is Outcome.BLOCKED
    assert played.finding("2.3.1", SOUND).code == "data-of-other-code"
    assert "was written before its code last changed" in played.message("2.3.1", SOUND)
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
    played = shared.play()
    assert played.scenario("2.3.1", SOUND).outcome is Outcome.BLOCKED
    assert played.finding("2.3.1", SOUND).code == "data-without-bookmark"
    assert "-D keep=true" in played.message("2.3.1", SOUND)


@pytest.mark.long
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


@pytest.mark.long
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
