"""The record of what a run has started: of one place and day, and whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.aws.glue_crawlers import Crawl
from acceptance.aws.glue_job_runs import JobRun
from acceptance.run import day_records, resume
from acceptance.run.day_records import Place
from acceptance.run.resume import StartedCrawl, StartedRun, Unfinished
from acceptance.settings import Settings

PLACE = Place(
    "DPP-426", "stg", "111122223333", "eu-west-2", "https://glue.eu-west-2.amazonaws.com", "20261126"
)
AT = datetime(2026, 11, 26, 10, 42, 5, 123000, UTC)
JOB_RUN = JobRun(
    "job", "jr_1", "SUCCEEDED", {"--resource": "wards"}, AT, AT, 60, "", "/aws-glue/jobs", 0.0625
)
STARTED = StartedRun("API ingestion", ("wards",), "job", "jr_1", "c0de", "20261126T104200Z-1a2b")
RECORD = Unfinished(
    PLACE,
    (replace(STARTED, ended=JOB_RUN, wrote={"wards": "f00d"}), replace(STARTED, id="jr_2")),
    (
        StartedCrawl(
            "API ingestion", ("wards",), "crawler", "20261126T104500Z-3c4d", Crawl("crawler", "SUCCEEDED", AT)
        ),
    ),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings("DPP-426", reports=tmp_path / "reports")
    day_records.write(resume.path_of(settings), RECORD)
    return settings


def test_what_was_written_is_read(settings: Settings) -> None:
    assert resume.recall(settings, PLACE) == RECORD
    assert RECORD.by == "20261126T104500Z-3c4d"


@pytest.mark.parametrize(
    "other", [{"day": "20261127"}, {"account": "444455556666"}, {"endpoint": "http://127.0.0.1:4566"}]
)
def test_it_says_nothing_of_another_place_or_day(settings: Settings, other: dict[str, str]) -> None:
    place = replace(PLACE, **other)
    assert resume.recall(settings, place) == Unfinished(place)


def test_one_that_cannot_be_read_says_nothing(settings: Settings) -> None:
    resume.path_of(settings).write_bytes(b'{"place":')
    assert resume.recall(settings, PLACE) == Unfinished(PLACE)
