"""The wall time of a run beside its critical path, on a sandbox that is as slow as AWS.

    python -m benchmarks.critical_path [--tables 1 10 50 200] [--latency call=0.01,job_run=24,crawl=12,query=0.4]

All that AWS does takes a fifth of the time it takes there: job runs of two minutes, crawls of one, queries of two
seconds, calls of 50 ms. What the suite and the sandbox compute takes all of its time. The critical path is what has to
come one after the other: at each stage its job run (at the ingestion, as many rounds as its concurrency asks for), its
crawl and its queries, and the queries of the acceptance. Calls are not in it.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from pathlib import Path

from acceptance.pipeline import STAGES
from acceptance.verdict.file import read as read_verdict
from benchmarks.growth import ALL, checkout
from benchmarks.main_job import FOUR_TABLES, TICKET
from benchmarks.timing import Measured, process
from sandbox.deployment import stages
from sandbox.latency import VARIABLE, Latency
from sandbox.tascomi.resources import deployed

LATENCY = "call=0.01,job_run=24,crawl=12,query=0.4"
ACCEPTANCE_QUERIES = 2  # one after the other: user acceptance, advice


def tables(count: int) -> str:
    """So many tables under test: the ticket's, then tables in use whose data change daily; from ALL on all."""
    if count >= ALL:
        return "all"
    in_use = [each.name for each in deployed() if each.schedule == "daily" and not each.quiet]
    return ",".join([*FOUR_TABLES.split(","), *in_use][:count])


def critical_path(count: int, latency: Latency) -> float:
    """Seconds."""
    ingestion, *_ = stages()
    job_runs = math.ceil(count / ingestion.concurrent_runs) + len(STAGES) - 1
    queries = len(STAGES) + ACCEPTANCE_QUERIES
    return job_runs * latency.job_run + len(STAGES) * latency.crawl + queries * latency.query


def played(count: int, latency: str, reports: Path) -> tuple[Measured, int]:
    """A run that must not fail, and the number of its AWS calls."""
    words = [f"ticket={TICKET}", f"tables={tables(count)}", f"reports={reports}"]
    if count > ALL:
        words.append(f"data_platform={checkout(count, reports / 'data-platform')}")
    given = [word for each in words for word in ("-D", each)]
    measured = process(sys.executable, "-m", "behave", *given, environ={**os.environ, VARIABLE: latency})
    newest = max(reports.glob(f"{TICKET}/*/verdict.json"), key=lambda path: path.parent.name)
    return measured, sum(read_verdict(newest).calls.values())


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.critical_path", description="Wall time beside the critical path."
    )
    parser.add_argument("--tables", type=int, nargs="+", default=[1, 10, 50, 200])
    parser.add_argument("--latency", default=LATENCY)
    given = parser.parse_args()
    print(
        f"`{VARIABLE}={given.latency}`\n\n| tables | wall ÷ critical path | wall | critical path | AWS calls |"
    )
    print("|---:|---:|---:|---:|---:|", flush=True)
    for count in given.tables:
        with tempfile.TemporaryDirectory() as folder:
            measured, calls = played(count, given.latency, Path(folder))
        path = critical_path(count, Latency.parse(given.latency))
        print(
            f"| {count} | **{measured.wall / path:.2f}** | {measured.wall:.0f} s | {path:.0f} s | {calls:,} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
