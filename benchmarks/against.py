"""The suite's checks of the data against one check a query, and against Great Expectations: same checks, same data."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import sandbox
from acceptance.aws.glue_catalog import Catalog
from acceptance.aws.session import Aws, isolate
from acceptance.branch.checkout import DataPlatform
from benchmarks.main_job import FOUR_TABLES, TICKET, played
from benchmarks.plan import ENVIRONMENT, plan
from benchmarks.timing import Measured, process, side_by_side, table

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements-great-expectations.txt"
ONE_QUERY = "one query a table and stage"


def report(rounds: int) -> str:
    """Measures on one sandbox, in which the playbook has been played, and tells it in Markdown."""
    python = great_expectations()
    with sandbox.start() as box, tempfile.TemporaryDirectory() as folder:
        reports, written = Path(folder), Path(folder) / "plan.json"
        there = {"endpoint": box.endpoint, "data_platform": str(box.data_platform), "keep": "true"}
        played(reports, **there)
        isolate(os.environ, box.endpoint, ENVIRONMENT.region)
        aws = Aws(ENVIRONMENT)
        today, tables = datetime.now(UTC).date(), tuple(FOUR_TABLES.split(","))
        parts = list(plan(Catalog(aws), DataPlatform(box.data_platform, TICKET), tables, today))
        written.write_bytes(msgspec.json.encode(parts))

        def own(way: str) -> Measured:
            return process(sys.executable, "-m", "benchmarks.checks", way, str(written), box.endpoint)

        def others() -> Measured:
            return process(str(python), str(HERE / "expectations.py"), str(written))

        processes = {
            ONE_QUERY: lambda: own("together"),
            "one check a query": lambda: own("one_by_one"),
            "Great Expectations": others,
        }
        counted = {name: _counted(box, aws, run) for name, run in processes.items()}
        measured = side_by_side(counted, rounds)
    checks = {run.output.splitlines()[-1] for runs in measured.values() for run in runs}
    if checks != {f"{sum(len(part.checks) for part in parts)} checks"}:
        raise RuntimeError(f"not the same checks were made: {checks}")
    return f"{checks.pop()} of {len(tables)} tables at four stages, all of them passed.\n\n{table(measured, ONE_QUERY)}"


def _counted(box: sandbox.Sandbox, aws: Aws, run: Callable[[], Measured]) -> Callable[[], Measured]:
    """The same, with what it asked of Athena."""

    def counted() -> Measured:
        box.clear()
        measured = run()
        calls = [call for call in box.calls() if call["service"] == "athena"]
        # the result of each query is fetched
        ids = {call["resource"] for call in calls if call["action"] == "GetQueryResults"}
        scanned = sum(
            aws.athena.get_query_execution(QueryExecutionId=each)["QueryExecution"]["Statistics"].get(
                "DataScannedInBytes", 0
            )
            for each in ids
        )
        counts = {"queries": len(ids), "Athena calls": len(calls), "scanned kB": round(scanned / 1000)}
        return Measured(measured.wall, measured.processor, measured.output, counts)

    return counted


def great_expectations() -> Path:
    """The Python of an environment with Great Expectations, made at the first call."""
    folder = HERE / ".venv"
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = REQUIREMENTS.read_text("utf-8")
    if not installed.exists() or installed.read_text("utf-8") != wanted:
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        installed.write_text(wanted, "utf-8")
    return python
