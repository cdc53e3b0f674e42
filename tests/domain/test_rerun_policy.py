"""What may run for a table at a stage: each rule of the policy, with what is there and what has run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.glue_jobs import Job
from acceptance.aws.s3_objects import Folder, Object
from acceptance.findings import Blocked
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.run.rerun_policy import Look, RerunPolicy, StageJobs, Standing, TakenRun

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
BEFORE, AFTER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
NEW, USED = "enforcement_outcomes", "wards"
NOTHING = Folder("bucket", "folder/")
BOOKMARKED = {"--job-bookmark-option": "job-bookmark-enable"}


def written(moment: datetime) -> Folder:
    return Folder("bucket", "folder/", (Object("folder/part-0.parquet", "etag", 1, moment),))


def job(name: str, **arguments: str) -> Job:
    given = BOOKMARKED | {f"--{key.replace('_', '-')}": value for key, value in arguments.items()}
    return Job(name, {"Name": name, "DefaultArguments": given})


CLONE, DEPLOYED = job("parse-TEST-DPP-426"), job("parse")


def run(of: Job, table: str, started: datetime, state: str = "SUCCEEDED") -> TakenRun:
    ended = None if state == "RUNNING" else started + timedelta(minutes=10)
    return TakenRun(JobRun(of.name, f"jr_{started:%H}", state, {}, started, ended, 600, "", ""), (table,))


def look(data: Folder = NOTHING, **others: Any) -> Look:
    found = Look(data, written(NOON), lambda: (), lambda: NOTHING, lambda newest: ())
    return replace(found, **others)


def choose(
    stage: Stage,
    table: str,
    found: Look,
    *,
    own: tuple[TakenRun, ...] = (),
    others: tuple[TakenRun, ...] = (),
    changed: datetime = BEFORE,
    deployed: Job = DEPLOYED,
) -> Job | JobRun | Standing:
    jobs = StageJobs(CLONE, deployed, own, others)
    return RerunPolicy(stage, date(2026, 11, 27), jobs, {USED}, lambda: changed).choose(table, found)


@pytest.mark.parametrize("stage", [INGESTION, PARSE, RECAST, SNAPSHOT])
@pytest.mark.parametrize("table", [NEW, USED])
def test_todays_data_stands(stage: Stage, table: str) -> None:
    wrote = run(CLONE, table, AFTER - timedelta(minutes=5))
    found = choose(stage, table, look(written(AFTER)), own=(wrote,))
    assert isinstance(found, Standing)
    assert found.written_by == wrote.job_run


@pytest.mark.parametrize(("table", "removal"), [(NEW, PARSE), (USED, None)])
def test_what_is_older_than_its_source_blocks(table: str, removal: Stage | None) -> None:
    with pytest.raises(Blocked, match="is older than what it is made from") as blocked:
        choose(PARSE, table, look(written(BEFORE)))
    assert blocked.value.redo is removal  # data that others read is not the ticket's to have removed


def test_code_that_changed_since_blocks_where_the_ticket_edits_it() -> None:
    with pytest.raises(Blocked, match="before its code last changed"):
        choose(PARSE, NEW, look(written(AFTER)), changed=AFTER + timedelta(hours=1))
    later = AFTER + timedelta(hours=1)
    assert isinstance(choose(RECAST, NEW, look(written(AFTER)), changed=later), Standing)
    assert isinstance(choose(PARSE, USED, look(written(AFTER)), changed=later), Standing)


@pytest.mark.parametrize("found", [look(), look(written(AFTER))])
def test_what_another_job_is_writing_blocks(found: Look) -> None:
    with pytest.raises(Blocked, match="is working on wards now"):
        choose(PARSE, USED, found, others=(run(DEPLOYED, USED, AFTER, "RUNNING"),))


@pytest.mark.parametrize(
    ("stage", "effect"), [(INGESTION, "ask the API for nothing"), (SNAPSHOT, "lose every earlier row")]
)
def test_a_partition_without_data_blocks_the_stages_that_it_misleads(stage: Stage, effect: str) -> None:
    with pytest.raises(Blocked, match=effect):
        choose(stage, NEW, look(registered=lambda: ("20261126", "20261127")))
    assert choose(PARSE, NEW, look(registered=lambda: ("20261127",))) == CLONE


@pytest.mark.parametrize(("table", "advice"), [(NEW, "to remove"), (USED, "Run the crawler")])
def test_responses_never_crawled_would_be_loaded_twice(table: str, advice: str) -> None:
    found = look(source=None, registered=lambda: ("20261125",), after=lambda newest: {"20261126"} - {newest})
    with pytest.raises(Blocked, match="of 20261126 that were never crawled") as blocked:
        choose(INGESTION, table, found)
    assert advice in str(blocked.value)


@pytest.mark.parametrize("stage", [PARSE, RECAST, SNAPSHOT])
def test_tables_in_use_are_left_to_the_deployed_job(stage: Stage) -> None:
    assert choose(stage, USED, look()) == DEPLOYED
    assert choose(stage, NEW, look()) == CLONE


@pytest.mark.parametrize(
    ("stage", "state", "again"),
    [
        (PARSE, "SUCCEEDED", False),
        (PARSE, "FAILED", True),  # its bookmark has not moved
        (SNAPSHOT, "FAILED", False),  # a failed check has moved it
    ],
)
def test_what_the_pipeline_has_done_today_is_judged(stage: Stage, state: str, again: bool) -> None:
    done = run(DEPLOYED, USED, AFTER, state)
    found = choose(stage, USED, look(), others=(done,))
    assert found == (DEPLOYED if again else replace(done.job_run, found=True))
    assert choose(stage, USED, look(), others=(run(DEPLOYED, USED, BEFORE, state),)) == DEPLOYED


def test_a_deployed_job_without_bookmark_would_write_other_days_again() -> None:
    off = job("parse", job_bookmark_option="job-bookmark-disable")
    with pytest.raises(Blocked, match="has no bookmark switched on"):
        choose(PARSE, USED, look(everything=lambda: written(BEFORE)), deployed=off)
    assert choose(PARSE, USED, look(), deployed=off) == off


def test_a_test_job_that_has_passed_the_data_would_find_nothing() -> None:
    with pytest.raises(Blocked, match="has read today's data of enforcement_outcomes already"):
        choose(PARSE, NEW, look(), own=(run(CLONE, NEW, AFTER),))
    assert choose(PARSE, NEW, look(), own=(run(CLONE, NEW, AFTER, "FAILED"),)) == CLONE
    assert choose(SNAPSHOT, NEW, look(), own=(run(CLONE, NEW, AFTER),)) == CLONE  # its bookmark is reset


def test_a_new_test_job_would_write_other_days_again() -> None:
    earlier = look(everything=lambda: written(BEFORE))
    with pytest.raises(Blocked, match="-D keep=true"):
        choose(PARSE, NEW, earlier)
    assert choose(PARSE, NEW, earlier, own=(run(CLONE, NEW, BEFORE),)) == CLONE
