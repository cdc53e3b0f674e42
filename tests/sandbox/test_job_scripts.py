"""The four job scripts, run as jobs of a sandbox: what they do with good data, and with bad."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sandbox import repository
from sandbox.past_runs import job_script
from sandbox.process import Sandbox
from sandbox.tascomi.records import records
from sandbox.tascomi.resources import column_type_dictionary, resources
from tests.sandbox.pipeline import Pipeline, Row

NEW = [name for name, resource in resources().items() if resource.ticket]
NUMBERS = count(1)


def days_ago(days: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=days)


def yyyymmdd(day: date) -> str:
    return f"{day:%Y%m%d}"


@pytest.fixture(scope="session")
def branch(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the ticket's branch."""
    folder = tmp_path_factory.mktemp("branch") / "data-platform"
    command = ["git", "clone", "--quiet", "--branch", "DPP-426", str(box.data_platform), str(folder)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def pipeline(box: Sandbox, clients: Callable[[str], Any], branch: Path) -> Iterator[Pipeline]:
    yield Pipeline(clients, f"pipeline-{next(NUMBERS)}", branch)
    box.api_faults([])


@pytest.fixture
def older_pipeline(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """With the older of the snapshot scripts in the field."""
    pipeline.branch = repository.create(tmp_path / "older", older_snapshot=True)
    return pipeline


def response(resource: str, record: Row, status: str = "200") -> Row:
    """A row of `api_response_<resource>`."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return {
        "page_number": 1,
        resource: json.dumps(record) if record else "",
        "import_api_url_requested": f"https://api/{resource}?page=1",
        "import_api_status_code": status,
        "import_exception_thrown": "",
        "import_datetime": now,
        "import_timestamp": "1767225600",
    }


def record(number: int, updated: date | None = None, **more: str | None) -> Row:
    """A record as the API gives it."""
    return {
        "id": str(number),
        "last_updated": f"{updated or days_ago(2)} 10:00:00",
        "name": f"N{number}",
        **more,
    }


def increment(number: int | None, updated: date, **more: Any) -> Row:
    """A row of `increment_<t>`."""
    moment = datetime(updated.year, updated.month, updated.day, 10, tzinfo=UTC).replace(tzinfo=None)
    return {"id": number, "last_updated": moment, "name": f"N{number}"} | more


# -- all four ----------------------------------------------------------------------------------------------


def test_new_tables_go_through_all_stages(pipeline: Pipeline) -> None:
    for table in NEW:
        run = pipeline.run("ingestion", table)
        assert run.state == "SUCCEEDED", run
        pages = -(-resources()[table].size // 50)
        assert f"Number of pages to retrieve: {pages}" in run.log.splitlines()
    pipeline.crawl("ingestion")
    for stage in ("parse", "recast", "snapshot"):
        run = pipeline.run(stage, ",".join(NEW))
        assert run.state == "SUCCEEDED", run
        pipeline.crawl(stage)

    today = days_ago(0)
    for table in NEW:
        shown = {
            row["id"]: row for row in records(table, today) if str(row["last_updated"])[:10] < str(today)
        }
        assert {
            row["id"]: row for row in map(json.loads, column(pipeline.rows("ingestion", table), table))
        } == shown
        assert {row["id"]: row["last_updated"] for row in pipeline.rows("parse", table)} == {
            number: row["last_updated"] for number, row in shown.items()
        }
        snapshot = pipeline.rows("snapshot", table)
        assert {str(row["id"]): str(row["last_updated"]) for row in snapshot} == {
            number: row["last_updated"] for number, row in shown.items()
        }
        assert (
            {row["snapshot_date"] for row in snapshot}
            == {row["import_date"] for row in snapshot}
            == {yyyymmdd(today)}
        )
        assert catalog_types(pipeline, table) == dictionary_types(table)


def column(rows: list[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]


def catalog_types(pipeline: Pipeline, table: str) -> dict[str, str]:
    """Of the snapshot's columns that come from the API."""
    glue = pipeline.clients("glue")
    found = glue.get_table(DatabaseName=pipeline.database("snapshot"), Name=table)["Table"]
    columns = {each["Name"]: each["Type"] for each in found["StorageDescriptor"]["Columns"]}
    return {name: columns[name] for name in resources()[table].columns}


def dictionary_types(table: str) -> dict[str, str]:
    names = {"integer": "int", "text": "string"}
    assert "integer" in column_type_dictionary()
    return {name: names.get(kind, kind) for name, kind in resources()[table].columns.items()}


# -- ingestion ---------------------------------------------------------------------------------------------


def test_second_ingestion_of_a_day_asks_for_nothing(pipeline: Pipeline) -> None:
    pipeline.run("ingestion", "wards")
    pipeline.crawl("ingestion")
    run = pipeline.run("ingestion", "wards")
    assert (run.state, run.log.splitlines()[-1]) == ("SUCCEEDED", "No requests, exiting job")


def test_ingestion_asks_for_each_day_since_the_last(pipeline: Pipeline) -> None:
    pipeline.put("ingestion", "wards", [response("wards", record(1))], days_ago(2))
    pipeline.crawl("ingestion")
    run = pipeline.run("ingestion", "wards")
    for day in (days_ago(2), days_ago(1)):
        assert f"Number of pages to retrieve for {day}: 1" in run.log
    new = [row for row in pipeline.rows("ingestion", "wards") if row["import_date"] == yyyymmdd(days_ago(0))]
    assert [json.loads(row["wards"])["last_updated"][:10] for row in new] == [
        str(days_ago(2)),
        str(days_ago(1)),
    ]


def test_ingestion_looks_back_so_many_days_at_most(pipeline: Pipeline) -> None:
    pipeline.put("ingestion", "decision_levels", [response("decision_levels", record(1))], days_ago(9))
    pipeline.crawl("ingestion")
    run = pipeline.run("ingestion", "decision_levels", max_lookback_days="2")
    asked = [line for line in run.log.splitlines() if line.startswith("Number of pages")]
    assert asked == [f"Number of pages to retrieve for {days_ago(back)}: 0" for back in (2, 1)]
    assert run.log.endswith("No requests, exiting job")


def test_failing_page_is_a_row_that_tells_why(box: Sandbox, pipeline: Pipeline) -> None:
    box.api_faults([{"resource": "enforcement_breaches", "page": 2, "status": 503}])
    assert pipeline.run("ingestion", "enforcement_breaches").state == "SUCCEEDED"
    rows = pipeline.rows("ingestion", "enforcement_breaches")
    (bad,) = (row for row in rows if row["import_api_status_code"] != "200")
    assert (bad["page_number"], bad["import_api_status_code"], bad["enforcement_breaches"]) == (2, "503", "")
    assert "503" in bad["import_exception_thrown"]
    assert {row["page_number"] for row in rows} == {1, 2, 3}


def test_page_that_is_no_good_is_lost_with_status_200(box: Sandbox, pipeline: Pipeline) -> None:
    box.api_faults([{"resource": "wards", "body": "<html>Back soon</html>"}])
    assert pipeline.run("ingestion", "wards").state == "SUCCEEDED"
    (row,) = pipeline.rows("ingestion", "wards")
    assert (row["wards"], row["import_api_status_code"]) == ("", "200")
    assert "Error: " in row["import_exception_thrown"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        '{"error": "busy"}',
        json.dumps([record(1), {"id": "2"}]),
        json.dumps([record(1), {"id": "2", "last_updated": None}]),
        json.dumps([record(1), {"id": "2", "last_updated": "01/02/2024"}]),
    ],
)
def test_one_bad_record_loses_the_page(body: str) -> None:
    script = job_script("jobs/planning/tascomi_api_ingestion")
    (row,) = script.rows_of_page("wards", 1, "https://api/wards?page=1", 200, body, datetime.now(UTC))
    assert (row["wards"], row["import_api_status_code"]) == ("", "200")
    assert "Error: " in row["import_exception_thrown"]


def test_records_of_today_are_left_for_tomorrow(box: Sandbox, pipeline: Pipeline) -> None:
    box.api_faults([{"resource": "wards", "records": [record(1, days_ago(0))]}])
    run = pipeline.run("ingestion", "wards")
    assert (run.state, pipeline.rows("ingestion", "wards")) == ("SUCCEEDED", [])


def test_full_load_without_results_fails(box: Sandbox, pipeline: Pipeline) -> None:
    box.api_faults([{"resource": "wards", "empty": True}])
    run = pipeline.run("ingestion", "wards")
    assert (run.state, run.error) == ("FAILED", "SystemExit: The API has no results for wards")


def test_upper_case_resource_is_crawled_in_lower_case_and_asked_for_again(
    box: Sandbox, pipeline: Pipeline
) -> None:
    box.api_faults([{"resource": "WARDS", "records": [record(1)]}])
    for _ in range(2):
        assert "Number of pages to retrieve: 1" in pipeline.run("ingestion", "WARDS").log
        pipeline.crawl("ingestion")
    assert pipeline.run("parse", "WARDS").log == "api_response_WARDS is not in the catalog, skipping it"


# -- parse -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["parse", "recast", "snapshot"])
def test_table_that_is_not_in_the_catalog_is_skipped(pipeline: Pipeline, stage: str) -> None:
    pipeline.put("ingestion", "wards", [response("wards", record(1))], days_ago(1))
    pipeline.put("parse", "teams", [record(1)], days_ago(1))
    pipeline.put("recast", "wards", [increment(1, days_ago(2))], days_ago(1))
    for crawled in ("ingestion", "recast"):
        pipeline.crawl(crawled)
    run = pipeline.run(stage, "ward, wards")
    assert run.state == "SUCCEEDED"
    assert run.log.count("is not in the catalog, skipping it") == 2
    assert not [row for row in pipeline.rows(stage, "wards") if row.get("snapshot_date")]


def test_no_table_list_is_no_table(pipeline: Pipeline) -> None:
    run = pipeline.run("recast", "")
    assert (run.state, run.log) == ("SUCCEEDED", " is not in the catalog, skipping it")


def test_parse_takes_rows_of_status_200_of_the_last_fortnight(pipeline: Pipeline) -> None:
    good, bad = response("wards", record(1)), response("wards", {}, "500")
    pipeline.put("ingestion", "wards", [good, bad], days_ago(1))
    pipeline.put("ingestion", "wards", [response("wards", record(2))], days_ago(15))
    pipeline.crawl("ingestion")
    pipeline.run("parse", "wards")
    (row,) = pipeline.rows("parse", "wards")
    assert row == without(good, "wards") | record(1) | partition(days_ago(1))


def without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def partition(day: date) -> Row:
    parts = {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}", "date": yyyymmdd(day)}
    return {f"import_{part}": value for part, value in parts.items()}


def test_parse_skips_a_table_that_fails_its_checks_and_moves_on_past_it(pipeline: Pipeline) -> None:
    twice = [response("wards", record(1)), response("wards", record(1))]
    pipeline.put("ingestion", "wards", twice, days_ago(1))
    pipeline.put(
        "ingestion",
        "breach_types",
        [without(twice[0], "wards") | {"breach_types": twice[0]["wards"]}] * 2,
        days_ago(1),
    )
    pipeline.crawl("ingestion")
    run = pipeline.run("parse", "wards,breach_types")
    assert (run.state, pipeline.rows("parse", "wards")) == ("SUCCEEDED", [])
    assert "Data quality checks of wards failed, skipping it" in run.log
    assert len(pipeline.rows("parse", "breach_types")) == 2  # it has no checks
    assert "No new data for wards" in pipeline.run("parse", "wards,breach_types").log
    assert len(pipeline.rows("parse", "breach_types")) == 2


def test_blank_record_is_parsed_to_nulls_and_makes_the_table_incomplete(pipeline: Pipeline) -> None:
    pipeline.put("ingestion", "wards", [response("wards", record(1)), response("wards", {})], days_ago(1))
    pipeline.crawl("ingestion")
    assert "Completeness(id)" in pipeline.run("parse", "wards").log
    assert pipeline.rows("parse", "wards") == []


def test_without_a_bookmark_a_second_run_parses_all_again(pipeline: Pipeline) -> None:
    pipeline.bookmarks = False
    pipeline.put("ingestion", "wards", [response("wards", record(1))], days_ago(1))
    pipeline.crawl("ingestion")
    for _ in range(2):
        pipeline.run("parse", "wards")
    assert len(pipeline.rows("parse", "wards")) == 2


# -- recast ------------------------------------------------------------------------------------------------

CASTS: list[tuple[str, str | None, Any]] = [
    ("integer", "117", 117),
    ("integer", " -3 ", -3),
    ("integer", "12.7", 12),
    ("integer", "3000000000", None),
    ("integer", "£5", None),
    ("integer", "1e3", None),
    ("integer", "", None),
    ("long", "100023000001", 100_023_000_001),
    ("float", "534512.25", 534512.25),
    ("double", "1e-3", 0.001),
    ("double", "1_000", None),
    ("boolean", "true", True),
    ("boolean", "Y", True),
    ("boolean", "1", True),
    ("boolean", "no", False),
    ("boolean", "maybe", None),
    ("boolean", None, None),
    ("timestamp", "2024-02-29 10:11:12", datetime(2024, 2, 29, 10, 11, 12)),  # noqa: DTZ001 - columns have no zone
    ("timestamp", "2024-02-29", datetime(2024, 2, 29)),  # noqa: DTZ001
    ("timestamp", "2024-02-29T10:11:12.5+01:00", datetime(2024, 2, 29, 9, 11, 12, 500_000)),  # noqa: DTZ001
    ("timestamp", "2023-02-29 10:11:12", None),
    ("timestamp", "0000-00-00 00:00:00", None),
    ("timestamp", "31/12/2023", None),
    ("date", "2024-02-29 10:11:12", date(2024, 2, 29)),
    ("date", "31/12/2023", None),
]


def test_recast_casts_in_place_and_makes_null_of_what_does_not_fit(pipeline: Pipeline) -> None:
    values = {f"c{number}": text for number, (_, text, _) in enumerate(CASTS)}
    pipeline.put(
        "parse", "wards", [record(1) | {name: text or "" for name, text in values.items()}], days_ago(1)
    )
    pipeline.crawl("parse")
    types: dict[str, dict[str, list[str]]] = {}
    for number, (kind, _, _) in enumerate(CASTS):
        types.setdefault(kind, {"wards": []})["wards"].append(f"c{number}")
    types["bool"] = {"wards": ["name"]}  # no such type: ignored
    dictionary = pipeline.put_file("dictionary.json", json.dumps([types, {"integer": {"wards": ["id"]}}]))
    run = pipeline.run("recast", "wards", column_dict_path=dictionary)
    assert run.state == "SUCCEEDED", run
    (row,) = pipeline.rows("recast", "wards")
    assert [row[name] for name in values] == [wanted for _, _, wanted in CASTS]
    assert (row["id"], row["name"]) == ("1", "N1")


def test_recast_leaves_a_table_absent_from_the_dictionary_as_it_is(pipeline: Pipeline) -> None:
    pipeline.put("parse", "asset_constraints", [record(1)], days_ago(1))
    pipeline.crawl("parse")
    assert pipeline.run("recast", "asset_constraints").state == "SUCCEEDED"
    assert pipeline.rows("recast", "asset_constraints") == [record(1) | partition(days_ago(1))]


def test_recast_fails_for_a_column_that_the_data_lacks(pipeline: Pipeline) -> None:
    pipeline.put("parse", "wards", [record(1)], days_ago(1))
    pipeline.crawl("parse")
    bare = pipeline.put_file("dictionary.json", json.dumps({"integer": {"wards": ["id", "ceased"]}}))
    run = pipeline.run("recast", "wards", column_dict_path=bare)
    assert (run.state, run.error) == (
        "FAILED",
        "ValueError: The dictionary has columns that the data lacks: ceased",
    )
    again = pipeline.put_file("dictionary.json", json.dumps({"integer": {"wards": ["id"]}}))
    pipeline.run("recast", "wards", column_dict_path=again)
    assert [row["id"] for row in pipeline.rows("recast", "wards")] == [1]  # the bookmark had not moved


# -- snapshot ----------------------------------------------------------------------------------------------


def snapshots(pipeline: Pipeline, table: str, day: date) -> dict[int, str]:
    """Names by id in the day's snapshot."""
    rows = pipeline.rows("snapshot", table)
    return {row["id"]: row["name"] for row in rows if row["snapshot_date"] == yyyymmdd(day)}


def test_snapshot_is_the_last_one_with_the_latest_increments(pipeline: Pipeline) -> None:
    last = [increment(number, days_ago(9)) | partition(days_ago(3)) for number in (1, 2, 3)]
    pipeline.put("snapshot", "wards", last, days_ago(2))
    pipeline.put("recast", "wards", [increment(3, days_ago(4), name="too old to be read")], days_ago(3))
    news = [
        increment(2, days_ago(2), name="old"),
        increment(2, days_ago(1), name="new"),
        increment(4, days_ago(1)),
    ]
    pipeline.put("recast", "wards", news, days_ago(0))
    for stage in ("recast", "snapshot"):
        pipeline.crawl(stage)
    for _ in range(2):  # the second run has no news, and today's partition in place
        assert pipeline.run("snapshot", "wards").state == "SUCCEEDED"
        pipeline.crawl("snapshot")
        assert snapshots(pipeline, "wards", days_ago(0)) == {1: "N1", 2: "new", 3: "N3", 4: "N4"}
        assert len(pipeline.rows("snapshot", "wards")) == 3 + 4
    assert [*pipeline.rows("snapshot", "wards")[-1]][-4:] == [
        f"snapshot_{part}" for part in ("year", "month", "day", "date")
    ]


def test_snapshot_without_news_is_yesterday_s_under_today_s_date(pipeline: Pipeline) -> None:
    pipeline.put("recast", "wards", [increment(1, days_ago(5))], days_ago(4))
    pipeline.put("snapshot", "wards", [increment(1, days_ago(5)) | partition(days_ago(4))], days_ago(1))
    for stage in ("recast", "snapshot"):
        pipeline.crawl(stage)
    pipeline.run("snapshot", "wards")
    assert snapshots(pipeline, "wards", days_ago(0)) == snapshots(pipeline, "wards", days_ago(1)) == {1: "N1"}


def test_snapshot_that_fails_its_checks_fails_the_run_after_the_other_tables(pipeline: Pipeline) -> None:
    pipeline.put("recast", "wards", [increment(1, days_ago(2))] * 2, days_ago(1))
    pipeline.put("recast", "teams", [increment(1, days_ago(2))], days_ago(1))
    pipeline.crawl("recast")
    run = pipeline.run("snapshot", "wards,teams")
    assert run.state == "FAILED"
    assert run.error.startswith("Exception: Data quality checks failed: {'wards'")
    assert snapshots(pipeline, "teams", days_ago(0)) == {1: "N1"}
    run = pipeline.run("snapshot", "wards,teams")  # the bookmark has moved: neither has anything new
    assert (run.state, pipeline.rows("snapshot", "wards")) == ("SUCCEEDED", [])


def test_snapshot_fails_for_a_new_column_before_the_later_tables(pipeline: Pipeline) -> None:
    pipeline.put("snapshot", "wards", [increment(1, days_ago(5)) | partition(days_ago(4))], days_ago(2))
    pipeline.put("recast", "wards", [increment(2, days_ago(2), colour="blue")], days_ago(1))
    pipeline.put("recast", "teams", [increment(1, days_ago(2))], days_ago(1))
    for stage in ("recast", "snapshot"):
        pipeline.crawl(stage)
    run = pipeline.run("snapshot", "wards,teams")
    assert run.error == "ValueError: The increments have columns that the last snapshot lacks: colour"
    assert pipeline.rows("snapshot", "teams") == []


def test_snapshot_fails_for_a_column_that_is_gone(pipeline: Pipeline) -> None:
    last = increment(1, days_ago(5), colour="blue") | partition(days_ago(4))
    pipeline.put("snapshot", "wards", [last], days_ago(2))
    pipeline.put("recast", "wards", [increment(2, days_ago(2))], days_ago(1))
    for stage in ("recast", "snapshot"):
        pipeline.crawl(stage)
    run = pipeline.run("snapshot", "wards")
    assert run.error == "ValueError: The last snapshot has columns that the increments lack: colour"


def test_snapshot_takes_columns_by_position(pipeline: Pipeline) -> None:
    """As Spark does; a column of texts here and of numbers there has texts."""
    last = increment(1, days_ago(5), colour="blue", visits=3) | partition(days_ago(4))
    pipeline.put("snapshot", "wards", [last], days_ago(2))
    pipeline.put("recast", "wards", [increment(2, days_ago(2), visits=4, colour="red")], days_ago(1))
    for stage in ("recast", "snapshot"):
        pipeline.crawl(stage)
    assert pipeline.run("snapshot", "wards").state == "SUCCEEDED"
    today = [
        row for row in pipeline.rows("snapshot", "wards") if row["snapshot_date"] == yyyymmdd(days_ago(0))
    ]
    assert [(row["id"], row["colour"], row["visits"]) for row in today] == [(1, "blue", "3"), (2, "4", "red")]


def test_missing_last_updated_counts_as_2020(pipeline: Pipeline) -> None:
    undated = increment(1, days_ago(1), name="undated") | {"last_updated": None}
    rows = [undated, increment(1, date(2019, 5, 1), name="2019"), increment(2, date(2021, 5, 1), name="2021")]
    rows.append(undated | {"id": 2})
    pipeline.put("recast", "wards", rows, days_ago(1))
    pipeline.crawl("recast")
    pipeline.run("snapshot", "wards")
    assert snapshots(pipeline, "wards", days_ago(0)) == {1: "undated", 2: "2021"}


def _snapshot_without_bookmark(pipeline: Pipeline) -> None:
    """Today's snapshot is there; a run without a bookmark, as a new clone has none, makes it once more."""
    pipeline.bookmarks = False
    pipeline.put("recast", "wards", [increment(1, days_ago(2)), increment(2, days_ago(2))], days_ago(0))
    pipeline.crawl("recast")
    pipeline.run("snapshot", "wards")
    pipeline.crawl("snapshot")
    assert snapshots(pipeline, "wards", days_ago(0)) == {1: "N1", 2: "N2"}


def test_the_newer_snapshot_script_purges_what_it_then_reads(pipeline: Pipeline) -> None:
    _snapshot_without_bookmark(pipeline)
    run = pipeline.run("snapshot", "wards")
    assert run.state == "FAILED"
    assert run.error.startswith("FileNotFoundError: No such file or directory 's3://")
    assert pipeline.rows("snapshot", "wards") == []


def test_the_older_snapshot_script_appends(older_pipeline: Pipeline) -> None:
    _snapshot_without_bookmark(older_pipeline)
    assert older_pipeline.run("snapshot", "wards").state == "SUCCEEDED"
    assert [row["id"] for row in older_pipeline.rows("snapshot", "wards")] == [1, 2, 1, 2]
