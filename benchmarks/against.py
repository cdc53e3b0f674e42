"""The suite's checks of the data against one check a query, Great Expectations and Soda Core: same checks, same data.

python -m benchmarks.against [--runs 5]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

import sandbox
from acceptance.aws.glue_catalog import Catalog
from acceptance.aws.session import Aws, isolate
from acceptance.branch.checkout import DataPlatform
from benchmarks import environments
from benchmarks.faults import ENVIRONMENT, faults
from benchmarks.kinds import KINDS, Client, Kind, Means
from benchmarks.main_job import FOUR_TABLES, TICKET, played
from benchmarks.plan import TableChecks, plan
from benchmarks.timing import Measured, Process, markdown, process, side_by_side, table
from sandbox.clients import Clients

HERE = Path(__file__).parent
ONE_QUERY = "one query a table and stage"
OTHERS = {
    Client.GREAT_EXPECTATIONS: ("great-expectations", "expectations.py"),
    Client.SODA: ("soda", "soda_core.py"),
}
"""By client: its environment, and the program that runs in it."""
ALL_FAULTS = [
    fault for found in faults("a_table", date.min, {"a": "date"}, ["b"]).values() for fault in found
]
"""One of each that is checked for in a table."""


def report(rounds: int) -> str:
    """Measures on one sandbox, in which the playbook has been played, and tells it in Markdown."""
    pythons = {client: environments.python(name) for client, (name, _) in OTHERS.items()}
    with sandbox.start() as box, tempfile.TemporaryDirectory() as folder:
        reports, written = Path(folder), Path(folder) / "plan.json"
        there = {"endpoint": box.endpoint, "data_platform": str(box.data_platform), "keep": "true"}
        played(reports, **there)
        isolate(os.environ, box.endpoint, ENVIRONMENT.region)
        aws = Aws(ENVIRONMENT)
        today, tables = datetime.now(UTC).date(), tuple(FOUR_TABLES.split(","))
        parts = list(plan(Catalog(aws), DataPlatform(box.data_platform, TICKET), tables, today))
        written.write_bytes(msgspec.json.encode(parts))
        copy_for_soda(Clients(box.endpoint, box.region)("glue"), parts)

        def own(way: str) -> Process:
            return lambda: process(sys.executable, "-m", "benchmarks.checks", way, str(written), box.endpoint)

        def other(client: Client) -> Process:
            program = HERE / OTHERS[client][1]
            return lambda: process(str(pythons[client]), str(program), str(written))

        processes = {ONE_QUERY: own("together"), "one check a query": own("one_by_one")}
        processes |= {client: other(client) for client in OTHERS}
        counted = {name: _counted(box, aws, run) for name, run in processes.items()}
        measured = side_by_side(counted, rounds)
    checks = {run.output.splitlines()[-1] for runs in measured.values() for run in runs}
    if checks != {f"{sum(len(part.checks) for part in parts)} checks"}:
        raise RuntimeError(f"not the same checks were made: {checks}")
    return "\n\n".join(
        [
            f"{checks.pop()} of {len(tables)} tables at four stages, all of them passed.",
            table(measured, ONE_QUERY),
            expressed(parts),
            kinds(),
        ]
    )


def copy_for_soda(glue: Any, parts: list[TableChecks]) -> None:
    """The plan's tables over the same data, in databases that Soda can name."""
    datasets = {part.rows for part in parts}
    for name in {each.soda_database for each in datasets}:
        glue.create_database(DatabaseInput={"Name": name})
    for each in datasets:
        there, here = {"DatabaseName": each.database}, {"DatabaseName": each.soda_database}
        found = glue.get_table(Name=each.table, **there)["Table"]
        kept = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
        glue.create_table(TableInput={key: found[key] for key in kept if key in found}, **here)
        partitions = glue.get_partitions(TableName=each.table, **there)["Partitions"]
        inputs = [{key: found[key] for key in ("Values", "StorageDescriptor")} for found in partitions]
        glue.batch_create_partition(TableName=each.table, PartitionInputList=inputs, **here)


def _counted(box: sandbox.Sandbox, aws: Aws, run: Process) -> Process:
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


def expressed(parts: list[TableChecks]) -> str:
    """A Markdown table: by what means each makes the checks that were run, and how many findings it has none for."""
    checks = [check for part in parts for check in part.checks]
    heads = ["", "checks as its own", "checks as SQL", "findings that it cannot make at all"]
    ours = [kind for kind in KINDS if kind.ours is Means.NO]
    rows: list[list[object]] = [["the suite", len(checks), 0, _share(ours)]]
    for client in Client:
        own = sum(check.means[client] is Means.OWN for check in checks)
        impossible = [kind for kind in KINDS if means(kind, client) == Means.NO]
        rows.append([client, own, len(checks) - own, _share(impossible)])
    return markdown(heads, rows)


def kinds() -> str:
    """A Markdown table: which kinds of faults each can find, and by what means."""
    heads = ["kind of fault", "findings", "the suite", *Client]
    rows = [
        [kind.name, len(kind.findings) or "", kind.ours, *(means(kind, client) for client in Client)]
        for kind in KINDS
    ]
    return markdown(heads, rows)


def means(kind: Kind, client: Client) -> str:
    """Of the checks of a kind that are run, or as the kind has it: "own", "SQL", "own, SQL" or "no"."""
    if kind.others:
        return kind.others[client]
    found = {fault.means(client) for fault in ALL_FAULTS if fault.kind is kind}
    return ", ".join(each for each in Means if each in found)


def _share(kinds: list[Kind]) -> str:
    """Their findings, of those of all kinds."""
    return f"{_findings(kinds)} of {_findings(KINDS)}"


def _findings(kinds: Iterable[Kind]) -> int:
    return sum(len(kind.findings) for kind in kinds)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.against",
        description="The checks of the data, by the suite and by others, in ratios.",
    )
    parser.add_argument("--runs", type=int, default=5, help="counted rounds; there is one more before them")
    print(report(parser.parse_args().runs))


if __name__ == "__main__":
    main()
