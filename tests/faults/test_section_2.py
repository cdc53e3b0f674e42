"""Seeded faults of section 2, the parse: each in one place, found there alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from acceptance.measurements.model import Point
from acceptance.pipeline import INGESTION, LOOKBACK, PARSE, Stage
from acceptance.verdict.sentence import sentence
from tests.faults import tampering
from tests.faults.account import Account
from tests.faults.seeded import FAULTS, days, must_find
from tests.playing import Deployment, Played

pytestmark = pytest.mark.xdist_group("chain")

SECTION = {table: fault for table, fault in FAULTS.items() if fault.step.startswith("2.")}


@pytest.mark.parametrize("table", SECTION)
def test_data_or_script(whole: Played, table: str) -> None:
    must_find(whole, table, SECTION[table])


@pytest.mark.parametrize("table", tampering.expected(PARSE))
def test_description_or_files(tampered: dict[Stage, Played], table: str) -> None:
    must_find(tampered[PARSE], table, tampering.expected(PARSE)[table])


def test_a_day_without_records_needs_no_parse(tampered: dict[Stage, Played]) -> None:
    played = tampered[PARSE]
    (note,) = played.scenario("2.3.3", "day_without_records").notes
    yesterday = days(played.verdict.started.date())["yesterday"]
    assert note.startswith(f"of {yesterday:%Y%m%d} the API responses hold no record")


def test_of_a_table_in_use_only_recent_gaps_count(deployment: Deployment) -> None:
    account = Account(deployment)

    def ingested(day: date) -> None:
        """Register API responses of a day, which nothing has parsed."""
        account.add_folder(INGESTION, "wards", day)
        account.add_partition(INGESTION, "wards", day)

    ingested(account.today - LOOKBACK)
    played = deployment.play("features/1-api-ingestion", "features/2-parse-increments", tables="wards")
    played.passes("wards")
    ingested(recent := account.today - LOOKBACK + timedelta(days=1))
    message = deployment.play("--tags=@step-2.3.3", tables="wards").failure("2.3.3", "wards")
    assert message.startswith(
        f"wards: 1 generation(s) of api_response_wards are not in wards: {recent:%Y%m%d}\n"
    )


def test_tables_not_tampered_with_pass(tampered: dict[Stage, Played]) -> None:
    failed = {table for _, table in tampered[PARSE].failed()}
    assert failed == set(tampering.expected(PARSE))
    tampered[PARSE].passes(tampering.CONTROL)


def test_lists_that_are_no_json_are_counted_and_all_else_compared(whole: Played) -> None:
    """Of the table with JSON lists nothing is left uncompared."""
    left = [each for each in whole.verdict.uncompared if each.point is Point.PARSED]
    assert [(each.table, each.column, each.count) for each in left] == [("structures_as_python", "name", 1)]
    assert sentence(whole.verdict).endswith("; 5 values of 5 columns could not be compared")


def test_crawl(crawled: dict[str, Played]) -> None:
    tampering.must_find_crawl_faults(crawled, PARSE)


def test_run_failed(runs_failed: Played) -> None:
    tampering.must_find_failed_run(runs_failed, PARSE)
