"""AWS CLI: each command is a process of its own, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from calls import RAW_DATABASE, ROLE, SCRIPTS, WORKGROUP, call, refused

JOB, CRAWLER = "stg tascomi_api_ingestion_planning", "tascomi-api-response-crawler"
FOLDER = f"s3://{SCRIPTS}/cli"


def aws(*arguments: str) -> Any:
    """The answer, as JSON where it is. Raises RuntimeError with what was printed."""
    command = [sys.executable, "-m", "awscli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    try:
        return json.loads(done.stdout or "null")
    except ValueError:
        return done.stdout


def eventually(state: Any, ends: set[str]) -> str:
    """Asks until the state is one that ends."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if (found := str(state())) in ends:
            return found
        time.sleep(0.5)
    raise AssertionError("it has not ended")


@call
def sts_get_caller_identity() -> None:
    assert aws("sts", "get-caller-identity")["Account"] == "111122223333"


@call
def s3_cp_ls_mv_rm() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.txt")
        file.write_text("text")
        aws("s3", "cp", str(file), f"{FOLDER}/a.txt")
        aws("s3", "mv", f"{FOLDER}/a.txt", f"{FOLDER}/b.txt")
        assert "b.txt" in aws("s3", "ls", f"{FOLDER}/")
        assert aws("s3", "cp", f"{FOLDER}/b.txt", "-") == "text"
        aws("s3", "rm", "--recursive", f"{FOLDER}/")


@call
def s3_sync() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in "abc":
            Path(folder, name).write_text(name)
        aws("s3", "sync", folder, f"{FOLDER}/synced/")
        listed = aws("s3api", "list-objects-v2", "--bucket", SCRIPTS, "--prefix", "cli/synced/")
        assert [each["Key"][-1] for each in listed["Contents"]] == ["a", "b", "c"]


@call
def s3_cp_in_parts() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "large")
        file.write_bytes(b"x" * (17 * 1024 * 1024))
        aws("s3", "cp", str(file), f"{FOLDER}/large")
    head = aws("s3api", "head-object", "--bucket", SCRIPTS, "--key", "cli/large")
    assert (head["ContentLength"], head["ETag"].strip('"')[-2:]) == (17 * 1024 * 1024, "-3")


@call
def s3_ls_of_buckets() -> None:
    assert SCRIPTS in aws("s3", "ls")


@call
def s3_presign() -> None:
    from urllib.request import urlopen

    aws("s3api", "put-object", "--bucket", SCRIPTS, "--key", "cli/signed")
    with urlopen(aws("s3", "presign", f"{FOLDER}/signed").strip(), timeout=30) as answer:
        assert answer.status == 200


@call
def glue_get_jobs_in_pages() -> None:
    found = aws("glue", "list-jobs", "--page-size", "1", "--max-items", "3")
    assert len(found["JobNames"]) == 3 and "NextToken" in found
    assert JOB in [each["Name"] for each in aws("glue", "get-jobs")["Jobs"]]


@call
def glue_job_run() -> None:
    script = "import sys\nprint(sys.argv)\n"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "hello.py")
        file.write_text(script)
        aws("s3", "cp", str(file), f"{FOLDER}/hello.py")
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": f"{FOLDER}/hello.py"}
    aws("glue", "create-job", "--name", "cli", "--role", ROLE, "--command", json.dumps(command))
    id_ = aws("glue", "start-job-run", "--job-name", "cli", "--arguments", '{"--table": "wards"}')["JobRunId"]

    def state() -> Any:
        return aws("glue", "get-job-run", "--job-name", "cli", "--run-id", id_)["JobRun"]["JobRunState"]

    assert eventually(state, {"SUCCEEDED", "FAILED"}) == "SUCCEEDED"
    named = ("--log-group-name", "/aws-glue/jobs/output", "--log-stream-names", id_)
    assert "--table" in str(aws("logs", "filter-log-events", *named)["events"])
    aws("glue", "delete-job", "--job-name", "cli")


@call
def glue_crawl() -> None:
    aws("glue", "start-crawler", "--name", CRAWLER)

    def state() -> Any:
        return aws("glue", "get-crawler", "--name", CRAWLER)["Crawler"]["State"]

    eventually(state, {"READY"})
    crawls = aws("glue", "list-crawls", "--crawler-name", CRAWLER, "--max-results", "1")
    assert crawls["Crawls"][0]["State"] == "COMPLETED"


@call
def glue_tables_and_partitions() -> None:
    table = aws("glue", "get-table", "--database-name", RAW_DATABASE, "--name", "wards")["Table"]
    assert table["PartitionKeys"][-1]["Name"] == "import_date"
    where = ("--database-name", RAW_DATABASE, "--table-name", "wards")
    assert aws("glue", "get-partitions", *where)["Partitions"]


@call
def athena_query() -> None:
    asked = ("--query-string", "SELECT count(*) AS n FROM wards", "--work-group", WORKGROUP)
    context = ("--query-execution-context", f"Database={RAW_DATABASE}")
    id_ = aws("athena", "start-query-execution", *asked, *context)["QueryExecutionId"]

    def state() -> Any:
        execution = aws("athena", "get-query-execution", "--query-execution-id", id_)["QueryExecution"]
        return execution["Status"]["State"]

    assert eventually(state, {"SUCCEEDED", "FAILED"}) == "SUCCEEDED"
    rows = aws("athena", "get-query-results", "--query-execution-id", id_)["ResultSet"]["Rows"]
    assert rows[0]["Data"][0]["VarCharValue"] == "n"


@call
def athena_get_table_metadata() -> None:
    named = ("--catalog-name", "AwsDataCatalog", "--database-name", RAW_DATABASE)
    assert aws("athena", "get-table-metadata", *named, "--table-name", "wards")["TableMetadata"]["Columns"]


@call
def secretsmanager_get_secret_value() -> None:
    name = "dataplatform-stg/tascomi-api-public-key"
    assert aws("secretsmanager", "get-secret-value", "--secret-id", name)["SecretString"]


@refused("MetadataException.*Error Code: EntityNotFoundException")
def athena_get_metadata_of_an_absent_table() -> None:
    named = ("--catalog-name", "AwsDataCatalog", "--database-name", RAW_DATABASE)
    aws("athena", "get-table-metadata", *named, "--table-name", "nobodys")


@refused("UnknownOperationException.*does not implement CreateTrigger")
def glue_create_trigger() -> None:
    aws(
        "glue",
        "create-trigger",
        "--name",
        "t",
        "--type",
        "ON_DEMAND",
        "--actions",
        f'[{{"JobName": "{JOB}"}}]',
    )


@refused("does not implement ListNamedQueries")
def athena_list_named_queries() -> None:
    aws("athena", "list-named-queries")
