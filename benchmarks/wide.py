"""The pipeline's widest table with a great many rows: what the checks of its data take.

    python -m benchmarks.wide [--rows 1000000]

Today's data of `applications`, 752 columns, are put into the sandbox's S3 as the four jobs would leave them; then the
crawlers run, and the playbook's steps that find and query the tables.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import sandbox
from acceptance.environments import ENVIRONMENTS
from acceptance.evidence import Evidence, Kind
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, STAGES, Stage
from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import Verdict
from benchmarks.timing import Measured, process
from sandbox.athena.catalog import arrow_type
from sandbox.clients import Clients
from sandbox.tascomi.records import Record, records
from sandbox.tascomi.resources import resources

TABLE = "applications"
TICKET = "DPP-426"
FILE_ROWS = 10_000
VARIANTS = 64  # different records; the others differ from one of them in their id
PAGE_ROWS = 50
STEPS = [step for stage in STAGES.values() for step in (stage.crawl_step[:-1] + "3", stage.query_step)]


def variants(today: date) -> list[Record]:
    """Records to make all others from, updated today."""
    days = (today - timedelta(days=n) for n in range(VARIANTS))
    found = [record for day in days for record in records(TABLE, day)][:VARIANTS]
    return [{**record, "last_updated": f"{today} 08:00:00"} for record in found]


class Data:
    """A file's worth of rows at each stage, from the number of its first row."""

    def __init__(self, today: date) -> None:
        self.today, self.records = today, variants(today)
        self.types = {name: _catalog_type(kind) for name, kind in resources()[TABLE].columns.items()}
        self.texts = [json.dumps({k: v for k, v in each.items() if k != "id"}) for each in self.records]
        self.columns = {name: [each[name] for each in self.records] for name in self.types}
        self.typed = {
            name: pa.array(values, pa.string()) if kind == "string" else _cast(values, kind)
            for (name, values), kind in zip(self.columns.items(), self.types.values(), strict=True)
        }

    def rows(self, stage: Stage, first: int, count: int) -> pa.Table:
        ids = pa.array([str(number) for number in range(first, first + count)])
        which = pa.array([number % VARIANTS for number in range(first, first + count)], pa.int32())
        if stage is INGESTION:
            texts = [f'{{"id": "{n}", {self.texts[n % VARIANTS][1:]}' for n in range(first, first + count)]
            return pa.table({TABLE: texts, **self._import(first, count)})
        if stage is PARSE:
            columns = {
                name: _chosen(pa.array(values, pa.string()), which) for name, values in self.columns.items()
            }
            return pa.table({**columns, "id": ids, **self._import(first, count)})
        columns = {name: _chosen(values, which) for name, values in self.typed.items()}
        keys = dict(zip(RECAST.partition_keys, RECAST.partition_values(self.today), strict=True))
        kept = {key: pa.array([value] * count) for key, value in keys.items()} if stage is SNAPSHOT else {}
        return pa.table(
            {**columns, "id": ids.cast(arrow_type(self.types["id"])), **self._import(first, count), **kept}
        )

    def _import(self, first: int, count: int) -> dict[str, Any]:
        moment = datetime.combine(self.today, clock.min)
        values: dict[str, Any] = {
            "page_number": [number // PAGE_ROWS + 1 for number in range(first, first + count)],
            "import_api_url_requested": ["/rest/v1/applications"] * count,
            "import_api_status_code": ["200"] * count,
            "import_exception_thrown": [""] * count,
            "import_datetime": [moment] * count,
            "import_timestamp": [str(moment.timestamp())] * count,
        }
        return {name: pa.array(values[name], arrow_type(kind)) for name, kind in API_RESPONSE_COLUMNS.items()}


def _catalog_type(kind: str) -> str:
    return {"integer": "int", "long": "bigint", "float": "double", "text": "string"}.get(kind, kind)


def _cast(values: list[str | None], kind: str) -> pa.Array:
    texts = pa.array(values, pa.string())
    if kind == "timestamp":
        return pa.array([v and datetime.fromisoformat(v) for v in values], pa.timestamp("us"))
    return texts.cast(arrow_type(kind))


def _chosen(values: pa.Array, which: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(which, values) if values.null_count == 0 else values.take(which)


def plant(clients: Clients, rows: int, today: date) -> None:
    """Today's data of all stages, one file after the other."""
    environment, data, s3 = ENVIRONMENTS["local"], Data(today), clients("s3")
    for stage in STAGES.values():
        for number, first in enumerate(range(1, rows + 1, FILE_ROWS)):
            body = io.BytesIO()
            table = data.rows(stage, first, min(FILE_ROWS, rows + 1 - first))
            pq.write_table(table, body, compression="zstd", store_schema=False)
            key = f"{stage.partition_prefix(TABLE, today)}part-{number:05}.parquet"
            s3.put_object(Bucket=environment.bucket(stage.zone), Key=key, Body=body.getvalue())


def crawl(clients: Clients) -> None:
    glue = clients("glue")
    for stage in STAGES.values():
        glue.start_crawler(Name=stage.crawler)
    while any(
        glue.get_crawler(Name=stage.crawler)["Crawler"]["State"] != "READY" for stage in STAGES.values()
    ):
        time.sleep(0.2)


@dataclass(frozen=True)
class Query:
    step: str
    title: str
    evidence: Evidence

    def __str__(self) -> str:
        facts = self.evidence.facts
        seconds = int(facts["Time"].split()[0]) / 1000
        length = len(self.evidence.text.encode())
        return f"| {self.step} | {self.title} | {seconds:,.1f} s | {facts['Scanned']} | {length:,} |"


def queries(verdict: Verdict) -> Iterator[Query]:
    for scenario in verdict.scenarios:
        for step in scenario.steps:
            for evidence in step.evidence:
                if evidence.kind is Kind.QUERY:
                    yield Query(scenario.step, evidence.title, evidence)


def played(box: sandbox.Sandbox, reports: Path) -> tuple[Measured, Verdict]:
    """The steps that find and query the tables. Raises `RuntimeError` where one of them does not pass."""
    given = {
        "ticket": TICKET,
        "tables": TABLE,
        "endpoint": box.endpoint,
        "data_platform": str(box.data_platform),
        "reports": str(reports),
        "deadline_minutes": "240",
    }
    words = [word for key, value in given.items() for word in ("-D", f"{key}={value}")]
    tags = " or ".join(f"@step-{step}" for step in STEPS)
    measured = process(sys.executable, "-m", "behave", *words, f"--tags={tags}")
    return measured, read_verdict(next(reports.glob(f"{TICKET}/*/verdict.json")))


def report(rows: int) -> str:
    """In Markdown."""
    pending = sandbox.launch()
    try:
        box = pending.ready()
        process(sys.executable, "-m", "benchmarks.wide", "--plant", box.endpoint, "--rows", str(rows))
        with tempfile.TemporaryDirectory() as folder:
            measured, verdict = played(box, Path(folder))
    finally:
        pending.stop()
    facts = {
        "rows": f"{rows:,}",
        "columns": str(len(resources()[TABLE].columns)),
        "scenarios": f"{len(verdict.scenarios)}, {verdict.state}",
        "wall time": f"{measured.wall:,.0f} s",
        "peak memory of the suite": f"{measured.peak:,.0f} MB",
        "peak memory of the sandbox": f"{peak_of_children():,.0f} MB",
    }
    told = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    listed = "\n".join(map(str, queries(verdict)))
    return (
        f"| | |\n|---|---:|\n{told}\n\n"
        f"| step | query | time | scanned | length in bytes |\n|---|---|---:|---:|---:|\n{listed}"
    )


def peak_of_children() -> float:
    """MB, of the largest so far, which is the sandbox once it has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.wide", description="The widest table with many rows."
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--plant", metavar="ENDPOINT", help="put the data into a sandbox that is up, no more")
    given = parser.parse_args()
    if given.plant:
        clients = Clients(given.plant, ENVIRONMENTS["local"].region)
        plant(clients, given.rows, datetime.now(UTC).date())
        crawl(clients)
    else:
        print(report(given.rows))


if __name__ == "__main__":
    main()
