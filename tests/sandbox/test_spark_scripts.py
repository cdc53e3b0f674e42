"""The sample repository's Spark scripts give the same tables as its light ones, row by row."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.clients import Clients
from sandbox.runtimes import RUNTIMES
from tests import sandboxes
from tests.sandbox.pipeline import Pipeline, Row
from tests.sandbox.test_job_scripts import NEW, days_ago, increment, record, response, yyyymmdd
from tests.sandbox.test_spark import needs_spark

pytestmark = [needs_spark, pytest.mark.xdist_group("spark"), pytest.mark.long]
TABLES = ["enforcement_breaches", "wards"]
OF_THE_RUN = {"import_datetime", "import_timestamp", "import_api_url_requested"}
"""Columns that tell when, and of whom, the run asked."""


@pytest.fixture(scope="module")
def pipelines(clients: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> list[Pipeline]:
    return of_each_runtime(clients, tmp_path_factory.mktemp("both"))


def of_each_runtime(clients: Callable[[str], Any], folder: Path) -> list[Pipeline]:
    """A pipeline of each, side by side in one sandbox."""
    made = []
    for name, runtime in RUNTIMES.items():
        checkout = sandbox.sample_checkout(folder / name, name)
        subprocess.run(["git", "-C", str(checkout), "checkout", "--quiet", "DPP-426"], check=True)
        made.append(Pipeline(clients, f"both-{name}", checkout, runtime=runtime))
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


def test_three_days_that_follow_each_other(tmp_path: Path) -> None:
    """By one clock that is moved: new, changed and unchanged records, and a day without any for every other table."""
    with sandboxes.start(seed=False) as box:
        pipelines = of_each_runtime(Clients(box.endpoint, box.region), tmp_path)
        for number in (1, 2, 3):
            box.begin_day(number, NEW)
            for table in NEW:
                run(pipelines, "ingestion", table)
            same(pipelines, "ingestion", NEW)
            for stage in ("parse", "recast", "snapshot"):
                run(pipelines, stage, *NEW)
                same(pipelines, stage, NEW)
        days = [yyyymmdd(days_ago(back)) for back in (0, -1, -2)]
        for pipeline in pipelines:
            for quiet, table in enumerate(reversed(NEW)):
                imported = pipeline.rows("ingestion", table)
                assert {f"{row['import_datetime']:%Y%m%d}" for row in imported} == set(days[: 3 - quiet % 2])
                assert all(f"{row['import_datetime']:%Y%m%d}" == row["import_date"] for row in imported)
                assert {row["snapshot_date"] for row in pipeline.rows("snapshot", table)} == set(days)


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


COLUMNS: dict[str, tuple[Row, Row]] = {
    "another order": ({"name": "a", "note": "b"}, {"note": "c", "name": "d"}),
    "texts for numbers": ({"name": "a", "visits": 1}, {"visits": 2, "name": "b"}),
    "greater numbers": ({"visits": 1}, {"visits": 2**40}),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_columns_are_united_by_position(pipelines: list[Pipeline], case: str) -> None:
    """Of the last snapshot and the increments, whatever they are called."""
    last, news = COLUMNS[case]
    table = case.replace(" ", "_")
    second_day(pipelines, table, last, news)
    run(pipelines, "snapshot", table)
    same(pipelines, "snapshot", [table])
    for pipeline in pipelines:
        today = [row for row in pipeline.rows("snapshot", table) if row["id"] == 2]
        assert [[str(row[name]) for name in last] for row in today] == [
            [str(value) for value in news.values()]
        ]


@pytest.mark.parametrize(
    ("last", "news"),
    [({"name": "a", "note": "b"}, {"name": "c"}), ({"name": "a"}, {"name": "b", "note": "c"})],
)
def test_a_column_more_or_less_fails_the_run(pipelines: list[Pipeline], last: Row, news: Row) -> None:
    table = f"columns_{len(last)}_{len(news)}"
    second_day(pipelines, table, last, news)
    for pipeline in pipelines:
        assert pipeline.run("snapshot", table).state == "FAILED"
        assert {row["id"] for row in pipeline.rows("snapshot", table)} == {1}


def second_day(pipelines: list[Pipeline], table: str, last: Row, news: Row) -> None:
    """A snapshot of yesterday with id 1, and an increment of today with id 2."""
    yesterday, today = days_ago(1), days_ago(0)
    for pipeline in pipelines:
        bare = [
            {name: value for name, value in increment(number, days_ago(5)).items() if name != "name"} | more
            for number, more in ((1, last), (2, news))
        ]
        pipeline.put("snapshot", table, [bare[0] | imported(yesterday)], yesterday)
        pipeline.put("recast", table, [bare[1]], today)
        for stage in ("snapshot", "recast"):
            pipeline.crawl(stage)


def imported(day: Any) -> Row:
    return {
        "import_year": f"{day:%Y}",
        "import_month": f"{day:%m}",
        "import_day": f"{day:%d}",
        "import_date": yyyymmdd(day),
    }
