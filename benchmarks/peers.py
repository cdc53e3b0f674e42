"""One failing run of the playbook, and the same checks of the same data in Great Expectations and in dbt.

    python -m benchmarks.peers FOLDER

Of four new tables one has a page that the API answers with an error, one is passed over by the parse, one has values
that the parse changes, and one is sound; the parse also writes into a table that is not under test. docs/peers.md
compares the pages that come of it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import sandbox
from acceptance.aws.athena import Athena, QueryFailed
from acceptance.aws.console_links import Links
from acceptance.aws.glue_catalog import Catalog
from acceptance.aws.session import Aws, isolate
from acceptance.aws.waiting import Clock
from acceptance.branch.checkout import SCRIPTS, DataPlatform
from acceptance.environments import Zone
from acceptance.pipeline import PARSE
from benchmarks import environments
from benchmarks.faults import ENVIRONMENT, Dataset, Own
from benchmarks.growth import of_branch
from benchmarks.main_job import FOUR_TABLES, TICKET, played
from benchmarks.plan import RAW, Check, TableChecks, plan
from benchmarks.timing import ROOT
from sandbox.repository import commit

LOST, PASSED_OVER, CHANGED, _ = FOUR_TABLES.split(",")
NEIGHBOUR = "appeals"
COLUMN = "notes"  # of the table whose values are changed


@contextmanager
def account() -> Iterator[sandbox.Sandbox]:
    """A sandbox that this process's AWS clients talk to."""
    with sandbox.start() as box:
        isolate(os.environ, box.endpoint, ENVIRONMENT.region)
        yield box


def planned(reports: Path) -> list[TableChecks]:
    """The checks of four sound tables, and of the neighbour that it has the rows that it has."""
    with account() as box:
        played(reports, endpoint=box.endpoint, data_platform=str(box.data_platform))
        aws, today = Aws(ENVIRONMENT), datetime.now(UTC).date()
        platform = DataPlatform(box.data_platform, TICKET)
        return [*plan(Catalog(aws), platform, tuple(FOUR_TABLES.split(",")), today), neighbour(athena())]


def break_tables(box: sandbox.Sandbox) -> None:
    """The branch's parse script gets three of the faults, the API the fourth."""
    bucket, path = ENVIRONMENT.bucket(Zone.RAW), SCRIPTS + PARSE.script
    found = Aws(ENVIRONMENT).s3.list_objects_v2(Bucket=bucket, Prefix=PARSE.prefix(NEIGHBOUR))["Contents"]
    key = max(each["Key"] for each in found)
    nothing_parsed = "    if not parsed:\n"
    faults = (
        f"    if table_name == {CHANGED!r} and parsed:\n"
        f"        at = parsed.column_names.index({COLUMN!r})\n"
        "        values = [value and value.upper() for value in parsed[at].to_pylist()]\n"
        f"        parsed = parsed.set_column(at, {COLUMN!r}, pa.array(values, pa.string()))\n"
        f"    parsed = None if table_name == {PASSED_OVER!r} else parsed\n"
    )
    script = of_branch(box.data_platform, path)
    if nothing_parsed not in script:
        raise RuntimeError(f"{path} has no {nothing_parsed.strip()!r}")
    script = script.replace(nothing_parsed, faults + nothing_parsed, 1) + (
        "    from helpers import aws\n\n"
        f"    source = {{'Bucket': {bucket!r}, 'Key': {key!r}}}\n"
        f"    aws('s3').copy_object(Bucket={bucket!r}, Key={key + '.again.parquet'!r}, CopySource=source)\n"
    )
    commit(box.data_platform, TICKET, {path: script}, f"{TICKET}: break three tables")
    box.api_faults([{"resource": LOST, "page": 2, "status": 500}])


def athena() -> Athena:
    return Athena(Aws(ENVIRONMENT), ENVIRONMENT, Links(ENVIRONMENT), Clock())


def neighbour(asked: Athena) -> TableChecks:
    """That the newest generation of the table not under test has the rows that it had."""
    table = f'"{RAW}"."{NEIGHBOUR}"'
    newest = f"import_date = (SELECT max(import_date) FROM {table})"
    counted = f"SELECT count(*) AS row_count FROM {table} WHERE {newest}"
    (row,) = asked.start(counted).result().rows
    rows = row["row_count"]
    dataset = Dataset(RAW, "", NEIGHBOUR, "newest", newest)
    expected = Own(dataset, "ExpectTableRowCountToEqual", {"value": rows})
    faulty = f"SELECT * FROM ({counted}) WHERE row_count <> {rows}"
    unchanged = Check("row_count", "<>", rows, counted, faulty, (expected,), (), {})
    return TableChecks(f"parse {NEIGHBOUR}", counted, dataset, [unchanged])


def for_dbt(parts: list[TableChecks], folder: Path) -> None:
    """What `elementary_report` makes a dbt project of: the measures of each part, and the faults that must not be.

    A part whose query Athena refuses, since a table is not there, has no measures.
    """
    asked, measures = athena(), {}
    for part in parts:
        with suppress(QueryFailed):
            (measures[named(part)],) = asked.start(part.query).result().rows
    asked.close()
    faults = {named(part): {check.measure: condition(check) for check in part.checks} for part in parts}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "measures.json").write_bytes(msgspec.json.encode(measures))
    (folder / "faults.json").write_bytes(msgspec.json.encode(faults))


def named(part: TableChecks) -> str:
    return part.name.replace(" ", "_")


def condition(check: Check) -> str:
    return f"{check.measure} {check.comparison} {check.other or repr(check.other)}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers", description="A failing run for its page's peers."
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as reports:
        parts = planned(Path(reports))
    checks = folder / "plan.json"
    checks.write_bytes(msgspec.json.encode(parts))
    with account() as box:
        break_tables(box)
        given = {"ticket": TICKET, "tables": FOUR_TABLES, "reports": folder / "reports"}
        given |= {"endpoint": box.endpoint, "data_platform": box.data_platform}
        words = [word for key, value in given.items() for word in ("-D", f"{key}={value}")]
        for _ in range(2):  # the second run knows of the first
            subprocess.run([sys.executable, "-m", "behave", *words], cwd=ROOT, check=False)
        for_dbt(parts, folder / "dbt")
        python = environments.python("great-expectations")
        docs = [python, "-m", "benchmarks.data_docs", checks, folder / "data-docs"]
        subprocess.run(docs, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
