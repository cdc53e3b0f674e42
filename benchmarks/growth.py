"""What a run of all tables costs as these become more: processor time, memory, calls, and the page.

    python -m benchmarks.growth [--tables 50 100 200]

The sandbox's checkout gets copies of its own tables, with their columns and rules under other names, until there are so
many. All of them are ingested for the first time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import count as numbers
from itertools import islice
from pathlib import Path
from statistics import median

import sandbox
from acceptance.branch.checkout import DICTIONARY, SCRIPTS, TERRAFORM
from acceptance.pipeline import PARSE, SNAPSHOT
from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import State
from acceptance.verdict.sentence import sentence
from benchmarks.main_job import TICKET
from benchmarks.timing import process
from sandbox.repository import commit
from sandbox.tascomi.resources import column_type_dictionary, deployed

RULES = {
    PARSE: '{"unique": ["id", "import_date"], "complete": "id"}',
    SNAPSHOT: '{"unique": ["id"]}',
}
LOADS = 5
ALL = len(deployed()) + 4  # tables of the sample: those in use, and those that the ticket adds


@dataclass(frozen=True)
class Grown:
    """A run of so many tables. Seconds, MB; `peak` is the largest process's."""

    tables: int
    processor: float
    wall: float
    peak: float
    calls: int
    page: float
    load: float | None  # None where there is no Chromium

    @property
    def row(self) -> str:
        load = "" if self.load is None else f"{self.load:.1f} s"
        return (
            f"| {self.tables} | {self.processor:.0f} s | {self.processor / self.tables:.2f} s | {self.wall:.0f} s | "
            f"{self.peak:.0f} MB | {self.calls:,} | {self.page:.1f} MB | {load} |"
        )


HEAD = (
    "| tables | processor time | a table | wall time | memory | AWS calls | page | page loads in |\n"
    "|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def copies(number: int) -> dict[str, str]:
    """So many names of tables that there are not, each with the table that it is a copy of."""
    named = (
        (f"{each.name}_{chr(ord('a') + round_)}", each.name) for round_ in numbers() for each in deployed()
    )
    return dict(islice(named, number))


def checkout(tables: int, folder: Path) -> Path:
    """The sample repository with so many tables in the lists of the ticket's branch."""
    sandbox.sample_checkout(folder)
    added = copies(tables - ALL)
    types = column_type_dictionary()
    for typed in types.values():
        typed.update({copy: typed[table] for copy, table in added.items() if table in typed})
    head = "tascomi_table_names = ["
    lists = of_branch(folder, TERRAFORM).replace(
        head, head + "".join(f'\n    "{name}",' for name in added), 1
    )
    files = {DICTIONARY: json.dumps([types], indent=1), TERRAFORM: lists}
    for stage, rule in RULES.items():
        lines = "".join(f'    "{name}": {rule},\n' for name in added)
        script = SCRIPTS + stage.script
        files[script] = of_branch(folder, script).replace("\n}\n", f"\n{lines}}}\n", 1)
    commit(folder, TICKET, files, f"{TICKET}: add copies of tables")
    return folder


def of_branch(folder: Path, path: str) -> str:
    command = ["git", "-C", str(folder), "show", f"{TICKET}:{path}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def grown(tables: int) -> Grown:
    with tempfile.TemporaryDirectory() as folder:
        place, reports = checkout(tables, Path(folder, "data-platform")), Path(folder, "reports")
        words = (
            f"ticket={TICKET}",
            "tables=all",
            f"data_platform={place}",
            f"reports={reports}",
            "deadline_minutes=30",  # eight queries at once, of tables of 752 columns among them
        )
        measured = process(sys.executable, "-m", "behave", *(word for each in words for word in ("-D", each)))
        verdict = read_verdict(next(reports.glob(f"{TICKET}/*/verdict.json")))
        if verdict.state not in (State.PASSED, State.PARTIAL) or len(verdict.tables) != tables:
            raise RuntimeError(f"only a run of {tables} tables that passes is measured: {sentence(verdict)}")
        page = reports / TICKET / "report.html"
        return Grown(
            tables,
            measured.processor,
            measured.wall,
            measured.peak,
            sum(verdict.calls.values()),
            page.stat().st_size / 1e6,
            load_seconds(page),
        )


def load_seconds(page: Path) -> float | None:
    """How long Chromium takes from asking for the page to its `load` event: the median of several loads."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        return None
    from playwright.sync_api import sync_playwright  # of requirements-dev.txt

    found = []
    with sync_playwright() as playwright:
        for _ in range(LOADS):
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            tab = browser.new_page()
            began = time.perf_counter()
            tab.goto(page.as_uri(), wait_until="load")
            found.append(time.perf_counter() - began)
            browser.close()
    return median(found)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth", description="A run of all tables, of so many."
    )
    parser.add_argument("--tables", type=int, nargs="+", default=[50, 100, 200])
    given = parser.parse_args()
    print(HEAD, flush=True)
    for tables in given.tables:
        print(grown(tables).row, flush=True)


if __name__ == "__main__":
    main()
