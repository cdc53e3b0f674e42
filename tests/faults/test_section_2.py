"""Seeded faults of section 2, the parse: each in one place, found there alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from acceptance.measurements.model import Point
from acceptance.pipeline import INGESTION, LOOKBACK, PARSE, Stage
from acceptance.verdict.model import Outcome
from acceptance.verdict.sentence import sentence
from tests.faults import tampering
from tests.faults.account import Account
from tests.faults.seeded import FAULTS, Seeded, cases, days, must_find
from tests.playing import Deployment, Played, deployed

pytestmark = pytest.mark.xdist_group("chain")

SECTION = {table: fault for table, fault in FAULTS.items() if fault.step.startswith("2.")}


@cases(SECTION)
def test_data_or_script(whole: Played, table: str, fault: Seeded) -> None:
    must_find(whole, table, fault)


@cases(tampering.expected(PARSE))
def test_description_or_files(tampered: dict[Stage, Played], table: str, fault: Seeded) -> None:
    must_find(tampered[PARSE], table, fault)


def test_a_day_without_records_needs_no_parse(tampered: dict[Stage, Played]) -> None:
    played = tampered[PARSE]
    (note,) = played.scenario("2.3.3", "day_without_records").notes
    yesterday = days(played.verdict.started.date())["yesterday"]
    assert note.startswith(f"of {yesterday:%Y%m%d} the API responses hold no record")


@pytest.fixture(scope="module")
def in_use(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """For tests of tables in use, each of another."""
    yield from deployed(tmp_path_factory.mktemp("in-use") / "reports")


def test_the_deployed_job_has_no_bookmark(in_use: Deployment) -> None:
    """It would parse the last days of a table in use again."""
    job = f"stg {PARSE.job}_planning"
    given = in_use.client("glue").get_job(JobName=job)["Job"]["DefaultArguments"]
    in_use.change_job(job, DefaultArguments=given | {"--job-bookmark-option": "job-bookmark-disable"})
    try:
        played = in_use.play("features/1-api-ingestion", "features/2-parse-increments", tables="fees")
    finally:
        in_use.change_job(job, DefaultArguments=given)
    assert played.scenario("2.3.1", "fees").outcome is Outcome.BLOCKED
    assert played.finding("2.3.1", "fees").code == "job-without-bookmark"


def test_of_a_table_in_use_only_recent_gaps_count(in_use: Deployment) -> None:
    account, deployment = Account(in_use), in_use

    def ingested(day: date) -> None:
        """Register API responses of a day, which nothing has parsed."""
        account.add_folder(INGESTION, "wards", day)
        account.add_partition(INGESTION, "wards", day)

    ingested(account.today - LOOKBACK)
    played = deployment.play("features/1-api-ingestion", "features/2-parse-increments", tables="wards")
    played.passes("wards")
    ingested(recent := account.today - LOOKBACK + timedelta(days=1))
    again = deployment.play("--tags=@step-2.3.3", tables="wards")
    assert again.finding("2.3.3", "wards").code == "generations-missed"
    message = again.failure("2.3.3", "wards")
    assert message.startswith(f"wards: wards lacks 1 generation of api_response_wards: {recent:%Y%m%d}\n")


def test_tables_not_tampered_with_pass(tampered: dict[Stage, Played]) -> None:
    failed = {table for _, table in tampered[PARSE].failed()}
    assert failed == set(tampering.expected(PARSE))
    tampered[PARSE].passes(tampering.CONTROL)


def test_lists_that_are_no_json_are_counted_and_all_else_compared(whole: Played) -> None:
    """Of the table with JSON lists nothing is left uncompared."""
    left = [each for each in whole.verdict.uncompared if each.point is Point.PARSED]
    assert [(each.table, each.column, each.count) for each in left] == [("structures_as_python", "name", 1)]
    assert sentence(whole.verdict).endswith("; 5 values of 5 columns could not be compared")


@tampering.crawl_cases(PARSE)
def test_crawl(crawled: dict[str, Played], way: str, table: str, fault: Seeded) -> None:
    must_find(crawled[way], table, fault)


@cases({tampering.RUN[PARSE]: tampering.FAILED_RUNS[PARSE]})
def test_run_failed(runs_failed: Played, table: str, fault: Seeded) -> None:
    must_find(runs_failed, table, fault)
