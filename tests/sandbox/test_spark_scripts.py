"""The sample repository's Spark scripts give the same tables as its light ones, row by row."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import sandbox
from sandbox.runtimes import RUNTIMES
from tests.sandbox.pipeline import Pipeline, Row
from tests.sandbox.test_job_scripts import days_ago, increment, record, response, yyyymmdd
from tests.sandbox.test_spark import needs_spark

pytestmark = [needs_spark, pytest.mark.xdist_group("spark"), pytest.mark.long]
TABLES = ["enforcement_breaches", "wards"]
OF_THE_RUN = {"import_datetime", "import_timestamp", "import_api_url_requested"}
"""Columns that tell when, and of whom, the run asked."""


@pytest.fixture(scope="module")
def pipelines(clients: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> list[Pipeline]:
    """One of each runtime, side by side in one sandbox."""
    made = []
    for name, runtime in RUNTIMES.items():
        folder = sandbox.sample_checkout(tmp_path_factory.mktemp(name) / "platform", name)
        subprocess.run(["git", "-C", str(folder), "checkout", "--quiet", "DPP-426"], check=True)
        made.append(Pipeline(clients, f"both-{name}", folder, runtime=runtime))
    return made


def rows(pipeline: Pipeline, stage: str, table: str) -> list[tuple[tuple[str, Any], ...]]:
    """What the stage has written, in a fixed order."""
    return sorted((key(row) for row in pipeline.rows(stage, table)), key=repr)


def key(row: Row) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, value) for name, value in row.items() if name not in OF_THE_RUN))


def same(pipelines: list[Pipeline], stage: str, tables: list[str]) -> None:
    light, spark = pipelines
    for table in tables:
        assert rows(light, stage, table) == rows(spark, stage, table) != []


def run(pipelines: list[Pipeline], stage: str, *tables: str, **arguments: str) -> list[str]:
    """A run of each, which must succeed, and a crawl; what they have logged."""
    logs = []
    for pipeline in pipelines:
        done = pipeline.run(stage, ",".join(tables), **arguments)
        assert done.state == "SUCCEEDED", done
        pipeline.crawl(stage)
        logs.append(done.log)
    return logs


def test_a_new_table_through_all_stages(pipelines: list[Pipeline]) -> None:
    for table in TABLES:
        light, spark = run(pipelines, "ingestion", table)
        assert "Number of pages to retrieve" in light
        assert [line for line in light.splitlines() if line.startswith("Number")] == [
            line for line in spark.splitlines() if line.startswith("Number")
        ]
    same(pipelines, "ingestion", TABLES)
    for stage in ("parse", "recast", "snapshot"):
        run(pipelines, stage, *TABLES)
        same(pipelines, stage, TABLES)


def test_three_days_of_responses_with_values_that_do_not_fit(pipelines: list[Pipeline]) -> None:
    """New, changed and unchanged records, pages that failed, and what casts make of odd values."""
    odd = ["1", " 2 ", "3.9", "-4", "maybe", "", None, "3000000000", "£5", "+7", "1e3", "0x1"]
    moments = [
        "2026-01-02 03:04:05",
        "2026-01-02",
        "2026-13-01 00:00:00",
        "9999-12-31 00:00:00",
        "31/12/2023",
        None,
    ]
    kinds = ("integer", "long", "double", "boolean")
    dictionary = {kind: {"odd": [f"{kind}_value"]} for kind in kinds}
    dictionary["timestamp"] = {"odd": ["last_updated", "moment"]}
    for pipeline in pipelines:
        for back in (2, 1, 0):
            day = days_ago(back)
            answers = [
                record(number, day - timedelta(days=1), moment=moments[number % len(moments)])
                | {f"{kind}_value": value for kind in kinds}
                for number, value in enumerate(odd[back:] if back else odd)
            ]
            pages = [response("odd", each) for each in answers] + [response("odd", {}, status="500")]
            pipeline.put("ingestion", "odd", pages, day)
        pipeline.crawl("ingestion")
    url = [pipeline.put_file("dictionary.json", json.dumps(dictionary)) for pipeline in pipelines]
    for stage in ("parse", "recast", "snapshot"):
        for pipeline, address in zip(pipelines, url, strict=True):
            run([pipeline], stage, "odd", **({"column_dict_path": address} if stage == "recast" else {}))
        same(pipelines, stage, ["odd"])


def test_the_last_snapshot_is_brought_up_to_date(pipelines: list[Pipeline]) -> None:
    yesterday, today = days_ago(1), days_ago(0)
    for pipeline in pipelines:
        last = [increment(1, days_ago(5)), increment(2, days_ago(5)), increment(None, days_ago(5))]
        pipeline.put("snapshot", "kept", [each | imported(yesterday) for each in last], yesterday)
        pipeline.crawl("snapshot")
        pipeline.put("recast", "kept", [increment(2, days_ago(2)), increment(3, days_ago(2))], today)
        pipeline.crawl("recast")
    run(pipelines, "snapshot", "kept")
    same(pipelines, "snapshot", ["kept"])
    before = [rows(pipeline, "snapshot", "kept") for pipeline in pipelines]
    for log in run(pipelines, "snapshot", "kept"):
        assert "we already have a snapshot for today" in log
    assert [rows(pipeline, "snapshot", "kept") for pipeline in pipelines] == before


def test_a_second_snapshot_of_a_day_purges_what_it_reads(pipelines: list[Pipeline]) -> None:
    today = days_ago(0)
    for pipeline in pipelines:
        pipeline.put("snapshot", "purged", [increment(1, days_ago(5)) | imported(today)], today)
        pipeline.crawl("snapshot")
        pipeline.put("recast", "purged", [increment(2, days_ago(2))], today)
        pipeline.crawl("recast")
        done = pipeline.run("snapshot", "purged")
        assert done.state == "FAILED", done
        assert pipeline.rows("snapshot", "purged") == []


def imported(day: Any) -> Row:
    return {
        "import_year": f"{day:%Y}",
        "import_month": f"{day:%m}",
        "import_day": f"{day:%d}",
        "import_date": yyyymmdd(day),
    }
