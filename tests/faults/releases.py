"""Production after a release: a sandbox with production's names, the ticket's branch merged, one night played on it."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import sandbox
from acceptance.branch.checkout import DICTIONARY, TERRAFORM
from acceptance.environments import ENVIRONMENTS
from acceptance.pipeline import INGESTION, SNAPSHOT, STAGES, Stage
from acceptance.verdict.model import ScenarioResult
from sandbox import repository
from sandbox.clients import Clients
from tests import aws, sandboxes
from tests.playing import BROKEN, SOUND
from tests.sandbox.pipeline import crawl, run_job

PROD = ENVIRONMENTS["prod"]
IN_USE, RETYPED = "appeals", "emails"
"""Daily tables in use: one that the night ingests, and one that it has not come to yet."""
LEFT = "enforcement_actions_taken"
"""A table of the ticket's that no night has brought."""
BRANCH = repository.TICKET


def yesterday_afternoon() -> datetime:
    return (datetime.now(UTC) - timedelta(days=1)).replace(hour=16, minute=0, second=0, microsecond=0)


def checkout(folder: Path, merged: datetime | None = None, **files: Mapping[str, str]) -> Path:
    """The sample repository; `files`: what `main` and the branch (`branch`) are given in addition, before the merge."""
    found = sandbox.sample_checkout(folder)
    for name, content in files.items():
        where = BRANCH if name == "branch" else name
        repository.commit(found, where, content, "Change some files")
    if merged:
        repository.merge(found, BRANCH, merged)
    return found


def text(folder: Path, path: str, revision: str = BRANCH) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "show", f"{revision}:{path}"], capture_output=True, check=True
    )
    return done.stdout.decode()


def lists_with(folder: Path, table: str, before: str, revision: str) -> dict[str, str]:
    """The Terraform file with a table more, in the line before another."""
    old, new = f'    "{before}",\n', f'    "{table}",\n    "{before}",\n'
    terraform = text(folder, TERRAFORM, revision)
    assert old in terraform
    return {TERRAFORM: terraform.replace(old, new)}


def retyped(folder: Path, table: str, revision: str = BRANCH) -> dict[str, str]:
    """The column type dictionary with a table's whole numbers as long ones: so the real DPP-426 hurt tables in use."""
    (dictionary,) = json.loads(text(folder, DICTIONARY, revision))
    dictionary["long"][table] = dictionary["integer"].pop(table)
    return {DICTIONARY: json.dumps([dictionary], indent=2)}


@dataclass(frozen=True)
class Production:
    box: sandbox.Sandbox
    checkout: Path
    reports: Path

    @property
    def client(self) -> Clients:
        return Clients(self.box.endpoint, self.box.region)

    def job(self, stage: Stage) -> str:
        return f"prod {stage.job}_planning"

    def run(self, stage: Stage, tables: str = "") -> None:
        """The deployed job and then its crawler; all tables of its list where none are named."""
        for table in tables.split(",") if stage.run_per_table else [tables]:
            done = run_job(self.client, self.job(stage), {stage.tables_argument: table} if table else {})
            assert done.state == "SUCCEEDED", done
        crawl(self.client, stage.crawler)

    def play(
        self, *arguments: str, tables: str = f"{BROKEN},{SOUND}", checkout: Path | None = None
    ) -> aws.Played:
        given = [f"env={PROD.name}", f"tables={tables}", f"data_platform={checkout or self.checkout}"]
        return aws.play(
            self.box, self.reports, *(word for each in given for word in ("-D", each)), *arguments
        )


@contextmanager
def production(folder: Path) -> Iterator[Production]:
    place = checkout(folder / "checkout", yesterday_afternoon())
    process = sandboxes.launch(environment="prod", data_platform=place)
    try:
        yield Production(process.ready(), place, folder)
    finally:
        process.stop()


def night(found: Production) -> None:
    for stage in STAGES.values():
        found.run(stage, f"{BROKEN},{SOUND},{IN_USE}" if stage is INGESTION else "")


def scenario(played: aws.Played, step: str, name: str) -> ScenarioResult:
    assert played.verdict, played.output
    (found,) = (s for s in played.verdict.scenarios if s.step == step and name in s.name)
    return found


def codes(result: ScenarioResult) -> set[str]:
    return {finding.code for finding in result.findings}


def first_object(client: Any, bucket: str, prefix: str) -> str:
    return str(client.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"][0]["Key"])


def lose_rows(found: Production, table: str, day: date) -> None:
    """Write a day's snapshot of a table with its first row alone, described as a crawl would."""
    s3, bucket = found.client("s3"), PROD.bucket(SNAPSHOT.zone)
    key = first_object(s3, bucket, SNAPSHOT.partition_prefix(table, day))
    rows = pq.ParquetFile(io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())).read()
    kept = io.BytesIO()
    pq.write_table(rows.slice(0, 1), kept)
    s3.put_object(Bucket=bucket, Key=key, Body=kept.getvalue())
    names = {"DatabaseName": PROD.database(SNAPSHOT.zone), "TableName": table}
    values, glue = list(SNAPSHOT.partition_values(day)), found.client("glue")
    described = glue.get_partition(**names, PartitionValues=values)["Partition"]
    given = {name: described[name] for name in ("Values", "StorageDescriptor")}
    counted = {**described["Parameters"], "recordCount": "1"}
    glue.update_partition(**names, PartitionValueList=values, PartitionInput={**given, "Parameters": counted})
