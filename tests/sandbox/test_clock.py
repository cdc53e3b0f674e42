"""The sandbox's clock: what a job script is told, and that all of the sandbox goes by it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from acceptance.settings import MOST_DAYS
from sandbox.tascomi.days import DAYS
from tests.playing import Deployment

BYSTANDER = "stg tascomi_locations_to_csv_planning"
"""It has no script, so that its runs do nothing."""

SCRIPT = """
import datetime, time, json, pickle
from datetime import date
before = datetime.datetime(2020, 1, 1), datetime.date(2020, 1, 1)
from sandbox import foreign_clock
foreign_clock.move(3)
import logging
from datetime import date as moved_date, datetime as moved, timezone
told = [
    moved.now(timezone.utc).date(), moved.utcnow().date(), moved.today().date(), moved.now().date(), moved_date.today(),
    moved.fromtimestamp(time.time(), timezone.utc).date(),
    moved.fromtimestamp(time.time_ns() / 1e9, timezone.utc).date(),
    date(*time.gmtime()[:3]), date(*time.localtime()[:3]), moved.strptime(time.strftime("%Y%m%d"), "%Y%m%d").date(),
    moved.strptime(time.ctime(), "%a %b %d %H:%M:%S %Y").date(),
    moved.fromtimestamp(logging.makeLogRecord({}).created, timezone.utc).date(),
]
from pandas import Timestamp
told += [Timestamp.now().date(), Timestamp.now("UTC").date(), Timestamp.today().date(), Timestamp.utcnow().date()]
assert isinstance(before[0], moved) and isinstance(before[1], moved_date) and isinstance(moved.now(), date)
assert isinstance(moved.now() - before[0], datetime.timedelta) and moved.now() > before[0]
assert not isinstance("2020-01-01", moved_date) and issubclass(moved, moved_date)
there = pickle.dumps([moved.now(), moved_date(2020, 1, 1), *before])
assert b"foreign_clock" not in there and pickle.loads(there)[1:] == [moved_date(2020, 1, 1), *before]
assert time.gmtime(0).tm_year == 1970 and time.strftime("%Y", time.gmtime(0)) == "1970"
print(json.dumps(sorted({str(day) for day in told})))
"""


def test_a_script_is_told_the_same_later_day_whatever_it_asks() -> None:
    before = datetime.now(UTC)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env={"TZ": "UTC"}
    )
    around = {str((day + timedelta(days=3)).date()) for day in (before, datetime.now(UTC))}
    assert set(json.loads(done.stdout)) <= around


def test_there_is_something_to_play_for_each_day() -> None:
    assert len(DAYS) == MOST_DAYS


@pytest.mark.xdist_group("shared")
def test_the_whole_sandbox_goes_by_one_clock(shared: Deployment) -> None:
    """The objects in S3, job runs, queries, and what the API shows."""
    glue, s3 = shared.client("glue"), shared.client("s3")
    place = {"Bucket": "dataplatform-stg-raw-zone", "Key": "elsewhere/clock"}
    try:
        assert shared.box.begin_day(3, ["wards"]) == DAYS[2].title
        later = datetime.now(UTC) + timedelta(days=2)
        s3.put_object(**place, Body=b"x")
        run = {"JobName": BYSTANDER, "RunId": glue.start_job_run(JobName=BYSTANDER)["JobRunId"]}
        seen = [
            s3.head_object(**place)["LastModified"],
            glue.get_job_run(**run)["JobRun"]["StartedOn"],
            datetime.fromisoformat(answer(shared, "SELECT to_iso8601(current_timestamp)")),
        ]
    finally:
        shared.box.begin_day(1, [])
        s3.delete_object(**place)
    assert [each for each in seen if abs(each - later) > timedelta(minutes=5)] == []


def answer(deployment: Deployment, sql: str) -> str:
    athena = deployment.client("athena")
    query = {
        "QueryExecutionId": athena.start_query_execution(QueryString=sql, WorkGroup="planning")[
            "QueryExecutionId"
        ]
    }
    while athena.get_query_execution(**query)["QueryExecution"]["Status"]["State"] in ("QUEUED", "RUNNING"):
        time.sleep(0.02)
    found: str = athena.get_query_results(**query)["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"]
    return found
