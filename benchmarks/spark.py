"""A rehearsal on Spark: the whole playbook for one table and for three, and what the suite itself takes of that.

    python -m benchmarks.spark [--tables 1 3]

Needs requirements-spark.txt, and Linux: processor time and memory are read from /proc.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import State
from acceptance.verdict.sentence import sentence
from benchmarks.main_job import FOUR_TABLES, TICKET
from benchmarks.timing import ROOT

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.25


@dataclass
class Rehearsal:
    """Of one run: seconds; MB of memory that all its processes had together at most, shared pages counted once."""

    tables: int
    wall: float = 0.0
    suite: float = 0.0  # processor time of the suite's own process
    all: float = 0.0  # of the suite, the sandbox, the job runs and Java
    peak: float = 0.0

    @classmethod
    def play(cls, tables: int) -> Rehearsal:
        played = cls(tables)
        with tempfile.TemporaryDirectory() as reports:
            names = ",".join(FOUR_TABLES.split(",")[:tables])
            given = {"ticket": TICKET, "tables": names, "runtime": "spark", "reports": reports}
            words = [word for key, value in given.items() for word in ("-D", f"{key}={value}")]
            began = time.perf_counter()
            with subprocess.Popen(
                [sys.executable, "-m", "behave", *words], cwd=ROOT, stdout=subprocess.DEVNULL
            ) as process:
                played._watch(process)
            played.wall = time.perf_counter() - began
            verdict = read_verdict(next(Path(reports).glob(f"{TICKET}/*/verdict.json")))
        if verdict.state is not State.PASSED:
            raise RuntimeError(f"only a run that passes is measured; this one: {sentence(verdict)}")
        return played

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        spent: dict[int, float] = {}
        while True:
            family = _family(process.pid)
            spent |= {pid: seconds for pid in family if (seconds := _processor(pid))}
            self.peak = max(self.peak, sum(map(_memory, family)))
            if process.poll() is not None:
                break
            time.sleep(LOOK_SECONDS)
        self.suite, self.all = spent[process.pid], sum(spent.values())

    def row(self) -> str:
        return f"| {self.tables} | {self.wall:.1f} s | {self.suite:.1f} s | {self.all:.1f} s | {self.peak:,.0f} MB |"


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    try:
        below = [int(child) for path in children for child in path.read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(each for child in below for each in _family(child))]


def _processor(pid: int) -> float:
    """Seconds of a process alone, user and system; 0 where it has gone. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> float:
    """MB; pages that several processes share are counted in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description="A rehearsal on Spark.")
    parser.add_argument("--tables", type=int, nargs="+", default=[1, 3])
    asked = parser.parse_args().tables
    print(
        "| tables | wall time | the suite's own processor time | processor time of all | peak memory of all |"
    )
    print("|---:" * 5 + "|")
    for tables in asked:
        print(Rehearsal.play(tables).row(), flush=True)


if __name__ == "__main__":
    main()
