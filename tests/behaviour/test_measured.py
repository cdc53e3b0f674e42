"""What a real run measures, with values that a cast loses and a page that fails on the way."""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from acceptance.aws.identity import alias
from acceptance.environments import ENVIRONMENTS
from acceptance.evidence import Kind
from acceptance.measurements.model import Point, Reason, Work
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, LOOKBACK, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.report import effort, row_flow
from acceptance.verdict.model import Verdict
from sandbox.tascomi.records import records
from tests.aws import connect
from tests.playing import Deployment, deployed

LOSING, CUT, KNOWN = "enforcement_breaches", "enforcement_outcomes", "wards"
"""Values lost in the cast; a page that fails; a table that the pipeline has had for days."""

pytestmark = pytest.mark.xdist_group("measured")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    for deployment in deployed(tmp_path_factory.mktemp("measured")):
        break_api(deployment)
        yield deployment


@pytest.fixture(scope="module")
def found(place: Deployment) -> Verdict:
    return place.play(tables=f"{LOSING},{CUT},{KNOWN}").verdict


def break_api(deployment: Deployment) -> None:
    spoilt = [dict(record) for record in records(LOSING, datetime.now(UTC).date(), None)]
    for record in spoilt[:5]:
        record["submit_date"] = "31/12/2023"
    faults = [{"resource": LOSING, "records": spoilt}, {"resource": CUT, "page": 2, "status": 500}]
    body = json.dumps(faults).encode()
    urllib.request.urlopen(urllib.request.Request(deployment.box.api_url + "/_sandbox/faults", body))


def test_every_record_is_accounted_for(found: Verdict) -> None:
    drawn = {each.table: each for each in row_flow.draw(found)}
    assert [each.unexplained for each in drawn.values()] == [0, 0, 0]
    rows = {stop.point: stop.rows for stop in drawn[KNOWN].stops}
    assert rows[Point.API_RESPONSE] == rows[Point.PARSED] == rows[Point.INCREMENT]
    merged = drawn[KNOWN].stops[-1].merged
    assert merged > 0
    assert rows[Point.SNAPSHOT] == (rows[Point.INCREMENT] or 0) + merged
    assert drawn[LOSING].stops[0].count
    reasons = {(change.table, change.reason): change.rows for change in found.row_changes}
    assert reasons[CUT, Reason.FAILED_PAGE] == -1
    assert reasons[LOSING, Reason.CAST] == 0


def test_columns_are_known_in_all_places(found: Verdict) -> None:
    columns = {(column.table, column.name): column for column in found.columns}
    lost = columns[LOSING, "submit_date"]
    assert (lost.expected, lost.catalog, lost.files, lost.lost) == ("timestamp", "timestamp", "timestamp", 5)
    good = columns[KNOWN, "id"]
    assert (good.expected, good.catalog, good.files, good.snapshot) == ("int",) * 4
    assert [column.name for column in found.columns if not column.good] == ["submit_date"]


def test_the_work_of_aws_is_recorded_once(found: Verdict) -> None:
    counted = [(activity.kind, activity.step) for activity in found.activities]
    assert counted.count((Work.JOB_RUN, "1.2.1")) == 3
    assert counted.count((Work.JOB_RUN, "4.3.1")) == 1
    assert [step for kind, step in counted if kind is Work.CRAWL] == ["1.2.2", "2.3.2", "3.2.2", "4.3.2"]
    assert all(a.bytes_scanned for a in found.activities if a.kind is Work.QUERY and "checks" in a.name)
    assert not any(activity.link for activity in found.activities)
    assert 0 < effort.draw(found).dollars < 5


def test_a_checks_query_scans_the_newest_generation_and_the_columns_that_it_needs(
    place: Deployment, found: Verdict
) -> None:
    """Of a table that has earlier generations, at the stages where not all columns are needed."""
    s3, glue = place.client("s3"), place.client("glue")
    today = found.started.date()

    def stored(stage: Stage, columns: Collection[str], day: date = today) -> int:
        """Bytes of some columns in the files of a day's generation."""
        folder = stage.partition_prefix(KNOWN, day)
        bucket = ENVIRONMENTS["local"].bucket(stage.zone)
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=folder).get("Contents", [])
        bodies = (s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in listed)
        files = [pq.read_metadata(io.BytesIO(body)) for body in bodies]
        chunks = (
            file.row_group(group).column(number)
            for file in files
            for group in range(file.num_row_groups)
            for number in range(file.num_columns)
        )
        return sum(chunk.total_compressed_size for chunk in chunks if chunk.path_in_schema in columns)

    scanned = {
        activity.step: activity.bytes_scanned
        for activity in found.activities
        if activity.name == f"the checks', {KNOWN}"
    }
    pages = {KNOWN, "page_number", "import_api_url_requested", "import_api_status_code"}
    assert scanned[INGESTION.query_step] == stored(INGESTION, pages)
    table = glue.get_table(
        DatabaseName=ENVIRONMENTS["local"].database(SNAPSHOT.zone), Name=SNAPSHOT.catalog_table(KNOWN)
    )["Table"]
    names = {column["Name"] for column in table["StorageDescriptor"]["Columns"]}
    of_records = names - {*API_RESPONSE_COLUMNS, *RECAST.partition_keys}
    compared = {"page_number", *of_records}
    assert scanned[RECAST.query_step] == stored(RECAST, compared) + stored(PARSE, compared)
    snapshots = sum(stored(SNAPSHOT, {*of_records, "import_date"}, day) for day in before(today, 1))
    increments = sum(stored(RECAST, of_records, day) for day in before(today, LOOKBACK.days - 1))
    assert scanned[SNAPSHOT.query_step] == snapshots + increments


def before(day: date, days: int) -> list[date]:
    """A day and some before it."""
    return [day - timedelta(days=back) for back in range(days + 1)]


def test_calls_of_aws_are_counted(found: Verdict) -> None:
    queries = sum(activity.kind is Work.QUERY for activity in found.activities)
    started = [run for run in found.activities if run.kind is Work.JOB_RUN]
    assert queries and found.calls["athena:StartQueryExecution"] == queries  # by pyathena's own client
    assert found.calls["glue:StartJobRun"] == len(started)
    assert found.calls["glue:CreateJob"] == found.calls["glue:DeleteJob"] == 4  # the end is counted too
    assert list(found.calls) == sorted(found.calls)


def test_the_account_is_told_by_its_alias(untouched: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = connect(untouched.box, monkeypatch)
    assert alias(aws) == ""
    iam = untouched.client("iam")
    iam.create_account_alias(AccountAlias="dataplatform-stg")
    try:
        assert alias(aws) == "dataplatform-stg"
    finally:
        iam.delete_account_alias(AccountAlias="dataplatform-stg")


def test_a_failure_has_its_ids_and_the_log(found: Verdict) -> None:
    (failed,) = (s for s in found.scenarios if (s.step, s.table) == ("3.2.4", LOSING))
    evidence = [each for step in failed.steps for each in step.evidence]
    assert [len(each.failing_ids) for each in evidence if each.failing_ids] == [5]
    assert [each.kind for each in evidence].count(Kind.LOG) == 1
