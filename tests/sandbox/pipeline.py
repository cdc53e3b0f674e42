"""A pipeline of a test's own in a sandbox: buckets' prefixes, databases, jobs and crawlers that no other test uses."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from acceptance.privacy.log_lines import without_prefix
from sandbox.runtimes import Runtime

Clients = Callable[[str], Any]
Row = dict[str, Any]

BUCKET = "dataplatform-stg-glue-scripts"
JOBS = {
    "ingestion": "tascomi_api_ingestion",
    "parse": "tascomi_parse_tables_increments",
    "recast": "tascomi_recast_tables_increments",
    "snapshot": "tascomi_create_daily_snapshot",
}
LONGEST = 300  # seconds, of a run or a crawl; a Spark job on a busy machine takes minutes
FOLDERS = {"ingestion": "api-responses", "parse": "parsed", "recast": "increment", "snapshot": "snapshot"}
TABLES = {"ingestion": "api_response_", "parse": "", "recast": "increment_", "snapshot": ""}


@dataclass(frozen=True)
class Run:
    """How a job run ended, and all that it printed and then logged, without the logger's prefixes."""

    state: str
    error: str
    log: str


def run_job(clients: Clients, job: str, arguments: dict[str, str]) -> Run:
    glue, logs = clients("glue"), clients("logs")
    run_id = glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]
    until = time.monotonic() + LONGEST
    while True:
        assert time.monotonic() < until, f"the run of {job} takes longer than {LONGEST} s"
        run = glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        if run["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING"):
            break
        time.sleep(0.02)
    lines = [
        without_prefix(event["message"])
        for group in ("output", "error", "logs-v2")
        for event in logs.filter_log_events(
            logGroupName=f"/aws-glue/jobs/{group}", logStreamNamePrefix=run_id
        )["events"]
    ]
    return Run(run["JobRunState"], run.get("ErrorMessage", ""), "\n".join(lines))


def crawl(clients: Clients, crawler: str) -> None:
    """Crawl, and wait for the end of it."""
    glue = clients("glue")
    before = glue.get_crawler(Name=crawler)["Crawler"].get("LastCrawl", {}).get("StartTime")
    glue.start_crawler(Name=crawler)
    until = time.monotonic() + LONGEST
    while True:
        assert time.monotonic() < until, f"the crawl by {crawler} takes longer than {LONGEST} s"
        found = glue.get_crawler(Name=crawler)["Crawler"]
        last = found.get("LastCrawl", {})
        if found["State"] == "READY" and last.get("StartTime") != before:
            assert last["Status"] == "SUCCEEDED", last
            return
        time.sleep(0.02)


def _read(body: bytes) -> Any:
    """INT96 holds dates that nanoseconds do not."""
    return pq.ParquetFile(io.BytesIO(body), coerce_int96_timestamp_unit="us").read()


@dataclass
class Pipeline:
    """The four stages over databases `<name>-raw` and `<name>-refined`, and folders below `<name>/`."""

    clients: Clients
    name: str
    branch: Path
    """Checkout whose scripts the jobs run."""
    bookmarks: bool = True
    runtime: Runtime | None = None
    """Of the jobs, with the checkout's helpers; None: as deployed."""
    made: set[str] = field(default_factory=set)

    def run(self, stage: str, tables: str, **arguments: str) -> Run:
        """One run of the stage's job for the tables (ingestion: the resource)."""
        key = "--resource" if stage == "ingestion" else "--table_list"
        more = {f"--{name}": value for name, value in arguments.items()}
        return run_job(self.clients, self._job(stage), {key: tables} | more)

    def crawl(self, stage: str) -> None:
        name = f"{self.name}-{stage}"
        if name not in self.made:
            self.clients("glue").create_crawler(
                Name=name,
                Role="arn:aws:iam::111122223333:role/glue",
                DatabaseName=self.database(stage),
                TablePrefix=TABLES[stage],
                Targets={"S3Targets": [{"Path": self.url(stage)}]},
                Configuration=json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 4}}),
            )
            self.made.add(name)
        crawl(self.clients, name)

    def rows(self, stage: str, table: str) -> list[Row]:
        """What lies in S3, crawled or not; the partitions' columns with it."""
        s3 = self.clients("s3")
        found = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{self.name}/{FOLDERS[stage]}/{table}/")
        rows = []
        for each in found.get("Contents", []):
            body = s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
            values = dict(part.split("=", 1) for part in each["Key"].split("/") if "=" in part)
            rows += [row | values for row in _read(body).to_pylist()]
        return rows

    def put(self, stage: str, table: str, rows: list[Row], day: date) -> None:
        """Lay rows into the day's partition, as an earlier run would have."""
        prefix = "snapshot" if stage == "snapshot" else "import"
        values = {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}", "date": f"{day:%Y%m%d}"}
        folder = "".join(f"{prefix}_{part}={value}/" for part, value in values.items())
        key = f"{self.name}/{FOLDERS[stage]}/{table}/{folder}part-00000.snappy.parquet"
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), buffer)
        self.clients("s3").put_object(Bucket=BUCKET, Key=key, Body=buffer.getvalue())

    def put_file(self, name: str, text: str) -> str:
        """Lay a text file into S3; its URL."""
        self.clients("s3").put_object(Bucket=BUCKET, Key=f"{self.name}/{name}", Body=text.encode())
        return f"s3://{BUCKET}/{self.name}/{name}"

    def url(self, stage: str) -> str:
        return f"s3://{BUCKET}/{self.name}/{FOLDERS[stage]}/"

    def database(self, stage: str) -> str:
        """Where the stage's crawler puts its tables."""
        name = f"{self.name}-{'raw' if stage in ('ingestion', 'parse') else 'refined'}"
        if name not in self.made:
            self.clients("glue").create_database(DatabaseInput={"Name": name})
            self.made.add(name)
        return name

    def _job(self, stage: str) -> str:
        """The stage's job, made when first asked for: the deployed one with a script and places of its own."""
        name = f"{self.name} {stage}"
        if name in self.made:
            return name
        deployed = self.clients("glue").get_job(JobName=f"stg {JOBS[stage]}_planning")["Job"]
        script = self.branch / "scripts" / "jobs" / "planning" / f"{JOBS[stage]}.py"
        location = self.put_file(script.name, script.read_text(encoding="utf-8"))
        self.clients("glue").create_job(
            Name=name,
            Role=deployed["Role"],
            Command={
                **(self.runtime.command if self.runtime else deployed["Command"]),
                "ScriptLocation": location,
            },
            DefaultArguments=deployed["DefaultArguments"] | self._arguments(stage) | self._helpers(),
            Timeout=5,
            **(self.runtime.fields if self.runtime else {}),
        )
        self.made.add(name)
        return name

    def _helpers(self) -> dict[str, str]:
        if not self.runtime:
            return {}
        helpers = self.branch / "scripts" / "helpers" / "helpers.py"
        return {"--extra-py-files": self.put_file(helpers.name, helpers.read_text(encoding="utf-8"))}

    def _arguments(self, stage: str) -> dict[str, str]:
        option = f"job-bookmark-{'enable' if self.bookmarks and stage != 'ingestion' else 'disable'}"
        arguments = {"--job-bookmark-option": option}
        if stage == "ingestion":
            places = {"--s3_bucket_target": BUCKET, "--s3_prefix": f"{self.name}/api-responses/"}
            return arguments | places | {"--target_database_name": self.database("ingestion")}
        source = self.database("recast" if stage == "snapshot" else "ingestion")
        arguments |= {"--s3_bucket_target": self.url(stage), "--source_catalog_database": source}
        if stage != "recast":
            arguments["--deequ_metrics_location"] = f"s3://{BUCKET}/{self.name}/metrics/"
        return arguments
