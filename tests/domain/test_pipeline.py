"""The stages' data, against the names that the platform's documentation gives."""

from __future__ import annotations

from datetime import date

import pytest

from acceptance.aws.glue_jobs import console_form, matches
from acceptance.environments import ENVIRONMENTS, Zone
from acceptance.pipeline import INGESTION, RECAST, SNAPSHOT, STAGES

DAY = date(2026, 1, 4)


def test_folders_and_partitions() -> None:
    assert INGESTION.partition_prefix("wards", DAY) == (
        "planning/tascomi/api-responses/wards/import_year=2026/import_month=01/import_day=04/import_date=20260104/"
    )
    assert SNAPSHOT.partition_keys == ("snapshot_year", "snapshot_month", "snapshot_day", "snapshot_date")
    assert RECAST.catalog_table("wards") == "increment_wards"
    assert SNAPSHOT.catalog_table("wards") == "wards"


def test_names_of_the_environments() -> None:
    stg, prod = ENVIRONMENTS["stg"], ENVIRONMENTS["prod"]
    assert stg.bucket(Zone.RAW) == "dataplatform-stg-raw-zone"
    assert prod.database(Zone.REFINED) == "dataplatform-prod-tascomi-refined-zone"
    assert (stg.job_filter, prod.job_filter) == ("stg tascomi", "tascomi")
    assert prod.read_only and not stg.read_only


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.title)
def test_the_crawlers_filter_text_finds_its_crawler_alone(stage) -> None:  # type: ignore[no-untyped-def]
    crawlers = [other.crawler for other in STAGES.values()]
    assert matches(crawlers, stage.crawler_filter) == [stage.crawler]


@pytest.mark.parametrize(
    "name",
    [
        "stg tascomi_api_ingestion",
        "stg tascomi_api_ingestion_planning",
        "stg-tascomi-api-ingestion",
        "STG Tascomi API ingestion",
    ],
)
def test_the_filter_forgives_the_fields_spellings(name: str) -> None:
    assert matches(["other", name], "stg tascomi_api_ingestion") == [name]


def test_console_form() -> None:
    assert console_form("tascomi_api_response-crawler") == "tascomi-api-response-crawler"
