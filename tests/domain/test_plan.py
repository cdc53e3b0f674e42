"""The plan of a run: what it would start and create, how long that takes, what it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.environments import ENVIRONMENTS
from acceptance.measurements.model import Work
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, STAGES
from acceptance.plan import plan, prices
from acceptance.plan.plan import JOB_RUN_SECONDS, DeployedJob, Known, Plan, Selection
from acceptance.settings import Settings

NEW, OTHER, IN_USE = "enforcement_breaches", "enforcement_outcomes", "wards"
TABLES = (NEW, OTHER, IN_USE)
SETTINGS = Settings("DPP-426", ENVIRONMENTS["stg"])
MEGABYTE = 1_000_000


def selection(*steps: str, changes: bool = True) -> Selection:
    """Some steps, or the whole playbook's, for all tables; the steps without a table of their own beside them."""
    of_tables = steps or [
        *(step for s in STAGES.values() for step in (s.run_step, s.crawl_step, s.query_step)),
        *plan.ACCEPTANCE,
    ]
    of_none = [] if steps else [*(stage.clone_step for stage in STAGES.values()), "2.2.1", "4.2.1"]
    chosen = {(step, table) for step in of_tables for table in TABLES} | {(step, "") for step in of_none}
    return Selection(frozenset(chosen), TABLES, frozenset({IN_USE}), changes)


def made(*steps: str, known: Known | None = None, changes: bool = True) -> Plan:
    return plan.make(selection(*steps, changes=changes), SETTINGS, known or Known())


def test_the_whole_playbook() -> None:
    found = made()
    assert [(runs.step, runs.number, "-TEST-DPP-426" in runs.job) for runs in found.job_runs] == [
        ("1.2.1", 3, True),
        ("2.3.1", 1, True),
        ("2.3.1", 1, False),  # a table in use is left to the deployed job, which has its bookmark
        ("3.2.1", 1, True),
        ("3.2.1", 1, False),
        ("4.3.1", 1, True),
    ]
    assert [(crawls.step, crawls.number) for crawls in found.crawls] == [
        ("1.2.2", 1),
        ("2.3.2", 1),
        ("3.2.2", 1),
        ("4.3.2", 1),
    ]
    assert sum(queries.number for queries in found.queries) == 3 * (4 * 2 + 2) + 3
    assert found.written == TABLES
    assert [name.split()[:2] for name in found.created] == [["test", "job"]] * 4 + [
        ["test", "script"]
    ] * 2 + [["lock", "scripts/planning/DPP-426.lock.json,"]]
    assert "test script tascomi_create_daily_snapshot-DPP-426.py" in found.created


def test_what_is_not_known_is_told_and_assumed() -> None:
    found = made()
    assert all(queries.unknown == queries.number for queries in found.queries)
    assert found.dollars == pytest.approx(
        8 * prices.of_glue(Work.JOB_RUN, JOB_RUN_SECONDS) + 4 * prices.of_glue(Work.CRAWL, 0) + 33 * 0.00005
    )
    assert found.assumptions[0] == "the environment was not looked at: nothing is known of its jobs and data"
    hindered = made(known=Known(hindered="no credentials"))
    assert hindered.assumptions[0] == "the environment could not be looked at: no credentials"


def test_reading_alone_starts_and_creates_nothing() -> None:
    found = made("1.2.4", "user-acceptance", changes=False)
    assert (found.job_runs, found.crawls, found.created, found.written) == ((), (), (), ())
    assert [(queries.step, queries.number) for queries in found.work] == [
        ("1.2.4", 3),
        ("1.2.4", 3),
        ("1.2.4", 1),  # of earlier days: one table is in the pipeline
        ("user-acceptance", 3),  # of parse, recast and snapshot, which no step of their own judges
        ("user-acceptance", 3),
        ("user-acceptance", 3),
        ("user-acceptance", 3),
    ]


def test_one_table_after_another_crawls_as_often() -> None:
    settings = replace(SETTINGS, one_at_a_time=True)
    found = plan.make(selection("1.2.2", "2.3.2"), settings, Known())
    assert [crawls.number for crawls in found.crawls] == [3, 1]


def test_bytes_are_those_of_the_newest_generations() -> None:
    sizes = {
        (INGESTION, IN_USE): 100 * MEGABYTE,
        (PARSE, IN_USE): 40 * MEGABYTE,
        (RECAST, IN_USE): 30 * MEGABYTE,
        (SNAPSHOT, IN_USE): 50 * MEGABYTE,
        (INGESTION, NEW): 20 * MEGABYTE,
    }
    found = made(known=Known(looked=True, sizes=sizes))
    scans = {(queries.step, queries.what): queries.scans for queries in found.queries}
    assert scans["2.3.4", "the playbook's own"] == (20 * MEGABYTE, None, 40 * MEGABYTE)
    assert scans["2.3.4", "the checks'"] == (40 * MEGABYTE, None, 140 * MEGABYTE)
    assert scans["3.2.4", "the checks'"] == (40 * MEGABYTE, None, 70 * MEGABYTE)
    assert scans["4.3.4", "the checks'"] == (60 * MEGABYTE, None, (2 * 50 + 14 * 30) * MEGABYTE)
    assert scans["advice", "the checks'"][2] == 90 * 30 * MEGABYTE
    (parse,) = (q for q in found.queries if (q.step, q.what) == ("2.3.4", "the checks'"))
    assert (parse.bytes, parse.unknown) == (180 * MEGABYTE, 1)
    assert parse.dollars == pytest.approx((180 + 10) * MEGABYTE / 1e12 * 5)


@pytest.mark.parametrize(
    ("typed", "width", "number"), [(0, 0, 1), (400, 0, 1), (508, 0, 2), (0, 752, 2), (508, 752, 2)]
)
def test_the_recasts_checks_of_a_wide_table_are_several_queries(typed: int, width: int, number: int) -> None:
    """They read each column once between them."""
    sizes = {(RECAST, NEW): 30 * MEGABYTE, (PARSE, NEW): 40 * MEGABYTE, (INGESTION, NEW): 20 * MEGABYTE}
    wide = replace(selection("3.2.4", "4.3.4"), tables=(NEW,), typed={NEW: typed})
    known = Known(looked=True, sizes=sizes, widths={NEW: width})
    queries = {(q.step, q.what): q for q in plan.make(wide, SETTINGS, known).queries}
    recast = queries["3.2.4", "the checks'"]
    assert (recast.number, recast.bytes) == (number, 70 * MEGABYTE)
    assert recast.dollars == pytest.approx(70 * MEGABYTE / 1e12 * 5)
    assert queries["3.2.4", "the playbook's own"].number == queries["4.3.4", "the checks'"].number == 1


def test_a_job_takes_as_long_as_its_last_run() -> None:
    job = DeployedJob("stg tascomi_api_ingestion_planning", concurrency=2, seconds=600, dpus=4)
    (runs,) = made("1.2.1", known=Known(looked=True, jobs={INGESTION: job})).job_runs
    assert runs.job == "stg tascomi_api_ingestion_planning-TEST-DPP-426"
    assert (runs.number, runs.took) == (3, 1200)  # two at once, then the third
    assert runs.dollars == pytest.approx(3 * 4 * 600 / 3600 * 0.44)


def test_steps_follow_each_other_and_a_steps_runs_go_together() -> None:
    assert made("2.3.1").seconds == JOB_RUN_SECONDS
    assert made("2.3.1", "3.2.1").seconds == 2 * JOB_RUN_SECONDS


def test_a_budget_is_not_gone_beyond() -> None:
    found = made("2.3.1")
    assert plan.beyond(found, None) == plan.beyond(found, found.dollars) == ""
    told = plan.beyond(found, 0.1)
    assert told.startswith("the run would cost about $0.44 on AWS, more than budget=0.1; nothing was started")
    assert "\n" not in told
