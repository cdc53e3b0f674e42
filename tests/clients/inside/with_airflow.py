"""Airflow's operators, sensors and hooks of AWS, executed as a worker executes them, without a scheduler."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar

import boto3
from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from airflow.providers.amazon.aws.sensors.athena import AthenaSensor
from airflow.providers.amazon.aws.sensors.glue import GlueJobSensor
from airflow.providers.amazon.aws.sensors.glue_catalog_partition import GlueCatalogPartitionSensor
from airflow.providers.amazon.aws.sensors.glue_crawler import GlueCrawlerSensor
from calls import RAW_DATABASE, REGION, RESULTS, ROLE, SCRIPTS, WORKGROUP, call, refused

AWS: dict[str, Any] = {"aws_conn_id": None, "region_name": REGION}
"""No connection of Airflow's: boto3 finds the endpoint in AWS_ENDPOINT_URL."""
CRAWLER = "tascomi-api-response-crawler"


class TaskInstance:
    """What operators push their links to, and ask for their run's tags."""

    stats_tags: ClassVar[dict[str, str]] = {}

    def xcom_push(self, **_: Any) -> None: ...


CONTEXT: Any = {"ti": TaskInstance(), "task_instance": TaskInstance()}


def job_operator(name: str, **settings: Any) -> GlueJobOperator:
    return GlueJobOperator(
        task_id=name,
        job_name=name,
        script_location=f"s3://{SCRIPTS}/airflow/{name}.py",
        iam_role_arn=ROLE,
        num_of_dpus=1,
        create_job_kwargs={
            "Command": {"Name": "pythonshell", "ScriptLocation": f"s3://{SCRIPTS}/airflow/{name}.py"}
        },
        job_poll_interval=1,
        **settings,
        **AWS,
    )


def put_script(name: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script.py")
        file.write_text(text)
        S3Hook(**AWS).load_file(str(file), f"airflow/{name}.py", SCRIPTS, replace=True)


@call
def s3_hook() -> None:
    put_script("hello", "import sys\nprint(sys.argv)\n")
    hook = S3Hook(**AWS)
    assert hook.check_for_key("airflow/hello.py", SCRIPTS)
    assert "airflow/hello.py" in hook.list_keys(SCRIPTS, prefix="airflow/")
    assert "print" in hook.read_key("airflow/hello.py", SCRIPTS)


@call
def glue_job_operator() -> None:
    job_operator("hello", script_args={"--table": "wards"}, verbose=True).execute(CONTEXT)
    runs = boto3.client("glue").get_job_runs(JobName="hello")["JobRuns"]
    assert [each["JobRunState"] for each in runs] == ["SUCCEEDED"]


@call
def glue_job_operator_of_a_job_that_is_there() -> None:
    GlueJobOperator(
        task_id="again", job_name="hello", iam_role_arn=ROLE, num_of_dpus=1, job_poll_interval=1, **AWS
    ).execute(CONTEXT)


@refused("FAILED")
def glue_job_operator_of_a_run_that_fails() -> None:
    put_script("broken", "raise SystemExit('no')\n")
    job_operator("broken").execute(CONTEXT)


@call
def glue_job_sensor() -> None:
    id_ = boto3.client("glue").get_job_runs(JobName="hello")["JobRuns"][0]["Id"]
    assert GlueJobSensor(task_id="ran", job_name="hello", run_id=id_, **AWS).poke(CONTEXT)


@call
def glue_crawler_operator() -> None:
    GlueCrawlerOperator(task_id="crawl", config={"Name": CRAWLER}, poll_interval=1, **AWS).execute(CONTEXT)


@call
def glue_crawler_sensor() -> None:
    assert GlueCrawlerSensor(task_id="crawled", crawler_name=CRAWLER, **AWS).poke(CONTEXT)


@call
def glue_catalog_hook() -> None:
    hook = GlueCatalogHook(**AWS)
    assert hook.get_table(RAW_DATABASE, "wards")["Name"] == "wards"
    assert hook.get_table_location(RAW_DATABASE, "wards").startswith("s3://")
    assert hook.check_for_partition(RAW_DATABASE, "wards", "import_year = '2026'")
    assert hook.get_partitions(RAW_DATABASE, "wards", "import_year = '1999'") == set()


@call
def glue_catalog_partition_sensor() -> None:
    sensor = GlueCatalogPartitionSensor(
        task_id="there",
        database_name=RAW_DATABASE,
        table_name="wards",
        expression="import_year = '2026'",
        **AWS,
    )
    assert sensor.poke(CONTEXT)


def query(sql: str) -> AthenaOperator:
    return AthenaOperator(
        task_id="query",
        query=sql,
        database=RAW_DATABASE,
        workgroup=WORKGROUP,
        output_location=f"s3://{RESULTS}/airflow/",
        sleep_time=1,
        **AWS,
    )


@call
def athena_operator_and_sensor() -> None:
    id_ = query("SELECT id FROM wards LIMIT 3").execute(CONTEXT)
    assert AthenaSensor(task_id="asked", query_execution_id=id_, sleep_time=1, **AWS).poke(CONTEXT)


@refused("NOT_SUPPORTED|FAILED|failed")
def athena_operator_of_another_statement() -> None:
    query("MSCK REPAIR TABLE wards").execute(CONTEXT)


@refused("does not implement|UnknownOperation")
def glue_data_quality_operator() -> None:
    from airflow.providers.amazon.aws.operators.glue import GlueDataQualityOperator

    GlueDataQualityOperator(task_id="rules", name="rules", ruleset="Rules = [ RowCount > 1 ]", **AWS).execute(
        CONTEXT
    )
