"""What the product lacks: jobs, scripts, data and tables, taken away or broken for one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT
from acceptance.verdict.model import Outcome
from tests.faults.account import Account
from tests.faults.whose_fault import (
    KEEP,
    Fault,
    feature,
    remove_data,
    taken_away,
)
from tests.playing import (
    BROKEN,
    INGESTION_JOB,
    INGESTION_SCRIPT,
    RAW_BUCKET,
    RAW_DATABASE,
    SCRIPTS,
    SOUND,
    Deployment,
)

# -- the product's


@contextmanager
def replaced(deployment: Deployment, bucket: str, key: str, body: bytes | None) -> Iterator[None]:
    """An object with other content, or gone."""
    s3 = deployment.client("s3")
    before = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    if body is None:
        s3.delete_object(Bucket=bucket, Key=key)
    else:
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    try:
        yield
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=before)


@contextmanager
def second_job(deployment: Deployment) -> Iterator[None]:
    glue = deployment.client("glue")
    original = glue.get_job(JobName=INGESTION_JOB)["Job"]
    glue.create_job(Name="stg-tascomi-api-ingestion-old", Role=original["Role"], Command=original["Command"])
    try:
        yield
    finally:
        glue.delete_job(JobName="stg-tascomi-api-ingestion-old")


@contextmanager
def unreadable(deployment: Deployment) -> Iterator[None]:
    """Today's newest file of the API responses is no Parquet."""
    prefix = f"planning/tascomi/api-responses/{SOUND}/"
    found = deployment.client("s3").list_objects_v2(Bucket=RAW_BUCKET, Prefix=prefix)["Contents"]
    (key,) = {item["Key"] for item in found if item["Key"].endswith(".parquet")}
    with replaced(deployment, RAW_BUCKET, key, b"no Parquet"):
        yield


@contextmanager
def columns_gone(deployment: Deployment, *names: str) -> Iterator[None]:
    """The catalog's table of the API responses without some of its columns."""
    glue, where = deployment.client("glue"), {"DatabaseName": RAW_DATABASE}
    found = glue.get_table(**where, Name=f"api_response_{SOUND}")["Table"]
    before = {key: found[key] for key in ("Name", "Parameters", "PartitionKeys", "StorageDescriptor")}
    columns = [each for each in before["StorageDescriptor"]["Columns"] if each["Name"] not in names]
    lacking = {**before, "StorageDescriptor": {**before["StorageDescriptor"], "Columns": columns}}
    glue.update_table(**where, TableInput=lacking)
    try:
        yield
    finally:
        glue.update_table(**where, TableInput=before)


@contextmanager
def dropped(deployment: Deployment) -> Iterator[None]:
    """The increments' table is gone from the catalog."""
    account = Account(deployment)
    account.delete_table(RECAST, SOUND)
    try:
        yield
    finally:
        account.crawl(RECAST)


@contextmanager
def snapshot_purged(deployment: Deployment) -> Iterator[None]:
    """As a second run of the day leaves it: today's objects are gone, their partition is still registered."""
    account = Account(deployment)
    rows = {key: account.read(SNAPSHOT, key) for key in account.keys(SNAPSHOT, SOUND)}
    account.remove(SNAPSHOT, rows)
    try:
        yield
    finally:
        for key, found in rows.items():
            account.write(SNAPSHOT, key, found)


@contextmanager
def parsed_and_lost(deployment: Deployment) -> Iterator[None]:
    """Whatever has become of the responses since, the test job has parsed them, and its data is gone again."""
    with taken_away(deployment, PARSE):
        deployment.play(*KEEP, *feature("2.3.1"), tables=SOUND)
        remove_data(deployment, PARSE)
        yield


@contextmanager
def yesterday_not_crawled(deployment: Deployment) -> Iterator[None]:
    account = Account(deployment)
    day = account.today - timedelta(days=1)
    key = f"{INGESTION.partition_prefix(SOUND, day)}part-0.parquet"
    account.s3.put_object(Bucket=RAW_BUCKET, Key=key, Body=b"responses of yesterday")
    try:
        yield
    finally:
        account.remove(INGESTION, [key])


@contextmanager
def another_run(deployment: Deployment) -> Iterator[None]:
    """The deployed job is ingesting the table."""
    glue, text = deployment.client("glue"), b"import time\ntime.sleep(60)\n"
    with replaced(deployment, SCRIPTS, INGESTION_SCRIPT, text):
        run_id = glue.start_job_run(JobName=INGESTION_JOB, Arguments={"--resource": SOUND})["JobRunId"]
        try:
            yield
        finally:
            glue.batch_stop_job_run(JobName=INGESTION_JOB, JobRunIds=[run_id])


def script(text: str) -> Callable[[Deployment], AbstractContextManager[object]]:
    return lambda deployment: replaced(deployment, SCRIPTS, INGESTION_SCRIPT, text.encode())


PRODUCT = [
    Fault(
        "the branch is another's",
        Outcome.FAILED,
        ("the branch main does not refer to DPP-426",),
        play=("features/0-before-you-start/2-branch.feature", "-D", "branch=main"),
        code="branch-not-of-ticket",
    ),
    Fault(
        "two jobs",
        Outcome.FAILED,
        ("the API ingestion job is there more than once",),
        seed=second_job,
        play=feature("1.1.1"),
        code="job-ambiguous",
    ),
    Fault(
        "no script",
        Outcome.FAILED,
        ("the script of “stg tascomi_api_ingestion_planning” is not there",),
        seed=lambda deployment: replaced(deployment, SCRIPTS, INGESTION_SCRIPT, None),
        play=feature("1.1.1"),
        code="script-missing",
    ),
    Fault(
        "the job may not read its source",
        Outcome.FAILED,
        (f"{SOUND}: the job run ended as FAILED",),
        seed=script("raise RuntimeError('AccessDeniedException: the role may not read the secret')"),
        play=feature("1.2.1"),
        code="job-run-failed",
    ),
    Fault(
        "somebody has stopped the job run",
        Outcome.FAILED,
        (f"{SOUND}: the job run ended as STOPPED",),
        rules=(
            {"service": "glue", "action": "GetJobRuns", "altered": {"JobRuns": {"JobRunState": "STOPPED"}}},
        ),
        play=feature("1.2.1"),
        code="job-run-failed",
    ),
    Fault(
        "the job writes nothing",
        Outcome.FAILED,
        (f"{BROKEN}: the job run SUCCEEDED, but it has written no data",),
        seed=script("print('Number of pages to retrieve: 3')"),
        play=feature("1.2.1"),
        tables=BROKEN,
        code="data-not-written",
    ),
    Fault(
        "a file is no Parquet",
        Outcome.FAILED,
        (f"{SOUND}: Athena cannot read the data: HIVE_",),
        seed=unreadable,
        play=feature("1.2.4"),
        code="data-unreadable",
    ),
    Fault(
        "a column is gone from the catalog",
        Outcome.FAILED,
        (f"{SOUND}: the column import_datetime of api_response_{SOUND} is missing", "crawl them again"),
        seed=lambda deployment: columns_gone(deployment, "import_datetime"),
        play=feature("1.2.4"),
        code="column-missing",
    ),
    Fault(
        "a column is gone that only the checks read",
        Outcome.FAILED,
        (f"{SOUND}: the column import_api_status_code of api_response_{SOUND} is missing",),
        seed=lambda deployment: columns_gone(deployment, "import_api_status_code"),
        play=feature("1.2.4"),
        code="column-missing",
    ),
    Fault(
        "a second snapshot run has purged the day",
        Outcome.BLOCKED,
        ("is empty: the job would start from an empty snapshot",),
        seed=snapshot_purged,
        play=feature("4.3.1"),
        code="partition-without-data",
    ),
    Fault(
        "parsed data is gone that the bookmark has passed",
        Outcome.BLOCKED,
        (f"has read today's data of {SOUND} already and written nothing",),
        seed=parsed_and_lost,
        play=feature("2.3.1"),
        code="data-already-read",
    ),
    Fault(
        "responses of yesterday were never crawled",
        Outcome.BLOCKED,
        (f"{SOUND} has API responses of ", "the job would load their records a second time"),
        seed=yesterday_not_crawled,
        play=feature("1.2.1"),
        code="responses-not-crawled",
    ),
    Fault(
        "the deployed job is at work on the table",
        Outcome.BLOCKED,
        (f"is working on {SOUND} now",),
        seed=another_run,
        play=feature("1.2.1"),
        code="job-run-under-way",
    ),
    Fault(
        "a table is gone",
        Outcome.FAILED,
        (f"increment_{SOUND}",),
        seed=dropped,
        play=feature("3.2.3"),
        code="table-missing",
    ),
    Fault(
        "the table compared with is gone",
        Outcome.BLOCKED,
        (f"increment_{SOUND}",),
        seed=dropped,
        play=feature("4.3.3"),
        code="source-table-missing",
    ),
]
