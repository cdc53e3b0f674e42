"""Spark jobs: Glue's library as scripts see it, bookmarks, logs, and what is said where Spark is not there.

One run makes all calls of `spark_calls.py`; what each came to is a test of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import sandbox
from sandbox.deployment import SCRIPTS
from sandbox.spark import installed
from tests import sandboxes

Clients = Callable[[str], Any]
Row = dict[str, Any]

HAS_SPARK = find_spec("pyspark") is not None
needs_spark = pytest.mark.skipif(not HAS_SPARK, reason=f"no pyspark: {installed.COMMAND}")
pytestmark = pytest.mark.xdist_group("spark")  # one Java process after the other: they share two cores
CALLS = Path(__file__).with_name("spark_calls.py")
LONGEST = 300.0
"""Seconds, of a run on a busy machine."""


def create(clients: Clients, script: str, arguments: dict[str, str] | None = None, **fields: Any) -> str:
    """A Spark job that runs the text."""
    name = f"spark {uuid4().hex[:8]}"
    clients("s3").put_object(Bucket=SCRIPTS, Key=f"tests/{name}.py", Body=script.encode())
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{SCRIPTS}/tests/{name}.py"}
    definition = {"GlueVersion": "5.0", "DefaultArguments": arguments or {}, **fields}
    clients("glue").create_job(Name=name, Role="r", Command=command, **definition)
    return name


def run(clients: Clients, job: str) -> dict[str, Any]:
    """A run of the job, when it has ended."""
    run_id = clients("glue").start_job_run(JobName=job)["JobRunId"]
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        found: dict[str, Any] = clients("glue").get_job_run(JobName=job, RunId=run_id)["JobRun"]
        if found["JobRunState"] not in ("STARTING", "RUNNING"):
            return found
        time.sleep(0.2)
    raise AssertionError(f"{job} takes longer than {LONGEST} s")


def log(clients: Clients, run_id: str, group: str = "output", suffix: str = "") -> list[str]:
    names = {"logGroupName": f"/aws-glue/jobs/{group}", "logStreamName": run_id + suffix}
    return [
        event["message"] for event in clients("logs").get_log_events(startFromHead=True, **names)["events"]
    ]


@pytest.fixture(scope="module")
def told(clients: Clients) -> dict[str, Any]:
    """What each case of `spark_calls.py` came to."""
    database = f"calls-{uuid4().hex[:8]}"
    clients("glue").create_database(DatabaseInput={"Name": database})
    helper = f"tests/{database}/extra.py"
    clients("s3").put_object(Bucket=SCRIPTS, Key=helper, Body=b"def twice(n):\n    return 2 * n\n")
    arguments = {
        "--extra-py-files": f"s3://{SCRIPTS}/{helper}",
        "--bucket": SCRIPTS,
        "--database": database,
    }
    done = run(clients, create(clients, CALLS.read_text("utf-8"), arguments))
    assert done["JobRunState"] == "SUCCEEDED", done
    lines = [line.partition(" ") for line in log(clients, done["Id"])]
    return {name: json.loads(value) for name, _, value in lines}


PEOPLE = [{"id": 1, "name": "Ann", "day": "04"}, {"id": 2, "name": "Bob", "day": "05"}]
CATALOGUED = [
    {"id": 1, "name": "Ann", "active": None, "day": "04"},
    {"id": 2, "name": "Bob", "active": None, "day": "05"},
    {"id": 3, "name": "Cy", "active": True, "day": "06"},
]
NO = "The sandbox's Glue library has no {}. Only Glue itself can run this script."
EXPECTED: dict[str, Any] = {
    "parquet": {"keys": ["parquet/day=04", "parquet/day=05"], "rows": PEOPLE},
    "json_lines": [{"day": "04", "id": 1, "name": "Ann"}, {"day": "05", "id": 2, "name": "Bob"}],
    "csv_with_header": [{"id": "1", "name": "Ann", "day": "04"}, {"id": "2", "name": "Bob", "day": "05"}],
    "csv_without_header": [
        {"col0": "1", "col1": "Ann", "col2": "04"},
        {"col0": "2", "col1": "Bob", "col2": "05"},
    ],
    "nothing_to_read": {"columns": [], "count": 0, "keys": []},
    "sink": {
        "columns": {"id": "bigint", "name": "string", "active": "boolean"},
        "partitions": [["04"], ["05"], ["06"]],
        "keys": ["people/day=04", "people/day=05", "people/day=06"],
    },
    "from_catalog": CATALOGUED,
    "from_catalog_with_predicate": [{"id": 2, "name": "Bob", "day": "05"}],
    "data_frame_from_catalog": ["Ann", "Bob", "Cy"],
    "data_frame_from_options": ["Ann", "Bob"],
    "to_catalog": {
        "keys": ["people/day=04", "people/day=05", "people/day=06", "people/day=07"],
        "partitions": [["04"], ["05"], ["06"], ["07"]],
    },
    "sql": [{"day": "07"}],
    "spark_sql": [[3]],
    "spark_table": 4,
    "absent_table": "EntityNotFound: EntityNotFoundException: Table nobody not found.",
    "spark_reads_and_writes": {"rows": [[2, "y"]], "keys": ["plain"]},
    "written_by_boto3": [2, 1],
    "purged_before_it_is_read": [[], True],
    "purging_spares_what_is_young": ["young"],
    "purge_table": [["04", "05"], [], []],
    "int96": ["INT96", "9999-12-31 00:00:00"],
    "apply_mapping": {
        "schema": "struct<key:string,place:struct<code:string,level:bigint>>",
        "rows": [
            {"key": "1", "place": {"code": "E8", "level": 5}},
            {"key": "2", "place": {"code": "E9", "level": 6}},
        ],
    },
    "drop_and_select": {
        "dropped": "struct<id:bigint,at:struct<post:string>>",
        "selected": "struct<id:bigint,at:struct<post:string>>",
        "renamed": ["id", "called", "day"],
        "unnested": ["id", "at.post", "at.floor"],
        "null": ["id", "name", "day"],
    },
    "filter_and_join": {
        "filtered": [{"id": 2, "name": "Bob", "day": "05"}],
        "joined": [{"id": 1, "name": "Ann", "day": "04", ".id": 1, "age": 30}],
    },
    "choice": [
        {"id": 1, "size": {"long": None, "string": "12"}},
        {"id": 2, "size": {"long": 34, "string": None}},
    ],
    "resolve_choice": {
        "cast": [{"id": 1, "size": 12}, {"id": 2, "size": 34}],
        "all": [{"id": 1, "size": "12"}, {"id": 2, "size": "34"}],
        "project": [{"id": 1, "size": "12"}, {"id": 2, "size": None}],
        "make_cols": [
            {"id": 1, "size_long": None, "size_string": "12"},
            {"id": 2, "size_long": 34, "size_string": None},
        ],
        "make_struct": [
            {"id": 1, "size": {"long": None, "string": "12"}},
            {"id": 2, "size": {"long": 34, "string": None}},
        ],
        "mapped": [{"size": 12.0}, {"size": 34.0}],
    },
    "relationalize": {
        "names": ["root", "root_items"],
        "root": ["id", "at.post", "at.floor", "items"],
        "items": [[0, "a", 1], [1, "b", 2]],
        "joins": 2,
    },
    "workers_see_the_helpers": [0, 2],
    "outside": [[[401, 401, True], [True, True, True]]] * 2,  # without a signature the API says 401
    "not_covered": [
        NO.format(call)
        for call in (
            "GlueContext.create_sample_dynamic_frame_from_catalog",
            "write_dynamic_frame.from_jdbc_conf",
            "create_dynamic_frame.from_options of mysql as None",
            "writing the format 'avro'",
            "format option 'jsonPath' of json",
            "DynamicFrame.spigot",
            "transform Map",
            "pydeequ Check.hasEntropy",
        )
    ],
}


def in_any_order(value: Any) -> Any:
    """Without the order of a struct's fields, which is that in which Spark met the files."""
    if isinstance(value, dict):
        return {key: in_any_order(each) for key, each in value.items()}
    if isinstance(value, list):
        each = [in_any_order(part) for part in value]
        return sorted(each, key=repr) if all(isinstance(part, dict) for part in each) else each
    return value


@needs_spark
@pytest.mark.parametrize("case", EXPECTED)
def test_a_call_of_glues_library(told: dict[str, Any], case: str) -> None:
    assert in_any_order(told[case]) == in_any_order(EXPECTED[case])


@needs_spark
def test_tables_of_a_database(told: dict[str, Any]) -> None:
    assert told["tables"]["names"] == ["people"]
    ((database, table, temporary),) = told["tables"]["rows"]
    assert (database.startswith("calls-"), table, temporary) == (True, "people", False)


@needs_spark
def test_what_boto3_deletes_spark_does_not_find(told: dict[str, Any]) -> None:
    assert "does not exist" in told["deleted_by_boto3_before_it_is_read"]


@needs_spark
def test_deequ_measures_and_judges(told: dict[str, Any]) -> None:
    deequ = told["deequ"]
    assert deequ["status"] == "Error"
    assert deequ["metrics"] == {
        "Size(*)": 3,
        "Uniqueness(id,n)": 1,
        "Uniqueness(id)": pytest.approx(1 / 3),
        "Completeness(name)": pytest.approx(2 / 3),
        "Minimum(n)": 5,
        "Maximum(n)": 7,
    }
    assert [status for status, _ in deequ["constraints"]] == [
        *("Success", "Success", "Failure", "Success", "Failure", "Success", "Success")
    ]
    assert deequ["constraints"][2][1].startswith("Value: 0.333")
    assert deequ["stored"] == [[{"dataSetDate": 1000, "tags": {"table": "ours"}}, 6]]


READS = """
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "path", "fails"])
glue = GlueContext(SparkContext())
job = Job(glue)
job.init(arguments["JOB_NAME"], arguments)
options = {"connection_type": "s3", "connection_options": {"paths": [arguments["path"]]}, "format": "json"}
for context in ("", "first", "second"):
    if context != "second" or "b.json" in str(glue.spark_session.read.text(arguments["path"]).inputFiles()):
        print(context, glue.create_dynamic_frame.from_options(**options, transformation_ctx=context).count())
glue.get_logger().warn("read")
if arguments["fails"] == "yes":
    raise ValueError("before the commit")
job.commit()
"""


@needs_spark
def test_bookmarks_logs_and_versions(clients: Clients) -> None:
    """A context's objects are read once: from the commit on, until they change, or the bookmark is reset."""
    folder = f"tests/{uuid4().hex[:8]}"
    s3, glue = clients("s3"), clients("glue")
    s3.put_object(Bucket=SCRIPTS, Key=f"{folder}/a.json", Body=b'{"n": 1}\n')
    arguments = {
        "--path": f"s3://{SCRIPTS}/{folder}/",
        "--fails": "no",
        "--job-bookmark-option": "job-bookmark-enable",
        "--enable-continuous-cloudwatch-log": "true",
    }
    job = create(clients, READS, arguments, GlueVersion="4.0")

    def counts(**more: str) -> tuple[str, list[str]]:
        definition = glue.get_job(JobName=job)["Job"]
        changed = {**arguments, **{f"--{name}": value for name, value in more.items()}}
        kept = {name: definition[name] for name in ("Role", "Command", "GlueVersion")}
        glue.update_job(JobName=job, JobUpdate={**kept, "DefaultArguments": changed})
        done = run(clients, job)
        runs.append(done)
        return done["JobRunState"], log(clients, done["Id"])

    runs: list[dict[str, Any]] = []
    assert counts(fails="yes") == ("FAILED", [" 1", "first 1"])
    assert counts() == ("SUCCEEDED", [" 1", "first 1"])
    s3.put_object(Bucket=SCRIPTS, Key=f"{folder}/b.json", Body=b'{"n": 2}\n{"n": 3}\n')
    assert counts() == ("SUCCEEDED", [" 3", "first 2", "second 3"])
    glue.reset_job_bookmark(JobName=job)
    assert counts() == ("SUCCEEDED", [" 3", "first 3", "second 3"])

    assert runs[0]["ErrorMessage"] == "ValueError: before the commit"
    (warning,) = log(clients, runs[1]["Id"], "logs-v2", "-driver")
    assert warning.endswith(" WARN GlueLogger: read")
    said = log(clients, runs[1]["Id"], "error")
    version = installed.spark().version
    assert said[0] == f"A rehearsal on Spark {version}, that of Glue {installed.spark().glue}."
    if not version.startswith("3.3"):
        assert said[1].startswith("GlueVersion is 4.0, that is Spark 3.3. This run is on Spark")


SLEEPS = """
import time
from pyspark.context import SparkContext
SparkContext()
print("asleep", flush=True)
time.sleep(600)
"""


@pytest.mark.long
@needs_spark
def test_a_run_that_is_stopped_leaves_nothing_to_the_next(clients: Clients) -> None:
    """It cannot take its SparkContext down, of which a Java process has one at most."""
    glue = clients("glue")
    job = create(clients, SLEEPS)
    run_id = glue.start_job_run(JobName=job)["JobRunId"]
    deadline = time.monotonic() + LONGEST
    while glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]["JobRunState"] == "STARTING" or not log(
        clients, run_id
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    script = "from pyspark.context import SparkContext\nprint(SparkContext().range(3).count())"
    done = run(clients, create(clients, script))
    assert (done["JobRunState"], log(clients, done["Id"])) == ("SUCCEEDED", ["3"])
    assert glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]["JobRunState"] == "STOPPED"


@pytest.mark.skipif(HAS_SPARK, reason="pyspark is installed")
def test_a_run_without_spark_says_the_command_that_brings_it(clients: Clients) -> None:
    done = run(clients, create(clients, "print()"))
    assert (done["JobRunState"], done["ErrorMessage"]) == (
        "FAILED",
        "Spark jobs need pyspark, which is not installed. Run: pip install -r requirements-spark.txt",
    )


def test_a_sandbox_with_spark_jobs_says_what_they_run_on() -> None:
    pending = sandboxes.launch(seed=False, runtime="spark")
    try:
        if not HAS_SPARK:
            with pytest.raises(sandbox.Unsuited, match=installed.COMMAND):
                pending.ready()
            return
        (told,) = pending.ready().notes
    finally:
        pending.stop()
    assert f"that of Glue {installed.spark().glue}, on this machine" in told


@needs_spark
def test_without_a_java_that_suits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installed, "_java_homes", lambda: iter([tmp_path]))
    with pytest.raises(installed.Missing, match=r"needs a Java of version .*(Run: pip|Install a JDK)"):
        installed.spark.__wrapped__()


@needs_spark
@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("3.3.4", "Spark 3.3.4, which is installed, does not run on Python 3.11 or newer"),
        ("2.4.8", "No Glue version has Spark 2.4.8"),
    ],
)
def test_a_spark_that_does_not_suit(monkeypatch: pytest.MonkeyPatch, version: str, told: str) -> None:
    monkeypatch.setattr(metadata, "version", lambda _: version)
    with pytest.raises(installed.Missing, match=f"{told}.* Run: {installed.COMMAND}"):
        installed.spark.__wrapped__()


@needs_spark
def test_unit_tests_of_spark_scripts(tmp_path: Path) -> None:
    """The stand-ins are there for them, and a Spark like that of the jobs."""
    checkout = sandbox.sample_checkout(tmp_path / "checkout", "spark")
    test = "scripts/tests/planning/test_tascomi_create_daily_snapshot.py"
    found = sandbox.run_unit_tests(checkout, "DPP-426", [test])
    assert {each["name"].partition("::")[0] for each in found} == {test}
    assert [each["outcome"] for each in found] == ["passed"] * 4
