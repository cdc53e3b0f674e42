"""Seeded faults of section 2, the parse: each in one place, found there alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from acceptance.pipeline import PARSE, Stage
from tests.faults import tampering
from tests.faults.chain import FAULTS, must_find
from tests.faults.conftest import BROKEN, SOUND, Deployment, Played

pytestmark = pytest.mark.xdist_group("chain")

SECTION = {table: fault for table, fault in FAULTS.items() if fault.step.startswith("2.")}


@pytest.mark.parametrize("table", SECTION)
def test_data_or_script(whole: Played, table: str) -> None:
    must_find(whole, table, SECTION[table])


@pytest.mark.parametrize("table", tampering.expected(PARSE))
def test_description_or_files(tampered: dict[Stage, Played], table: str) -> None:
    must_find(tampered[PARSE], table, tampering.expected(PARSE)[table])


def test_tables_not_tampered_with_pass(tampered: dict[Stage, Played]) -> None:
    failed = {table for _, table in tampered[PARSE].failed()}
    assert failed == set(tampering.expected(PARSE))
    tampered[PARSE].passes(tampering.CONTROL)


def test_crawl(crawled: dict[str, Played]) -> None:
    tampering.must_find_crawl_faults(crawled, PARSE)


def test_run_failed(runs_failed: Played) -> None:
    tampering.must_find_failed_run(runs_failed, PARSE)


@pytest.mark.parametrize(
    "grouping", [{}, {"Grouping": {"TableLevelConfiguration": 4}}], ids=["similar", "level"]
)
def test_sibling_folders_in_one_table(bare_deployment: Deployment, grouping: dict[str, Any]) -> None:
    """The crawler finds them similar, or is set to the level above: one table with a partition key more."""
    configuration = json.dumps({"Version": 1.0, **grouping})
    bare_deployment.client("glue").update_crawler(Name=PARSE.crawler, Configuration=configuration)
    played = bare_deployment.play("features/1-api-ingestion", "features/2-parse-increments")
    for table in (BROKEN, SOUND):
        message = played.failure("2.3.2", table)
        assert message.startswith(f"{table}: today's data is not in the Data Catalog")
        assert f"no table {table}: the folder went into the table parsed, which lies above it" in message
        assert played.failed_step("2.3.2", table).startswith("the Data Catalog has today's parse data")
