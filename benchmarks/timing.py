"""Whole processes, measured side by side: wall time, processor time, medians, ratios."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Measured:
    """One process from its start to its end, its descendants with it. Seconds."""

    wall: float
    processor: float  # of the process and its children, user and system
    output: str
    counts: Mapping[str, float] = field(default_factory=dict)  # what else is to be told of it
    peak: float = 0.0  # MB of memory, of the process itself


Process = Callable[[], Measured]


def process(*command: str, environ: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end; raises `RuntimeError` with the end of its output where it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        began = time.perf_counter()
        started = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT, text=True
        )
        _, status, usage = os.wait4(started.pid, 0)
        wall = time.perf_counter() - began
        started.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        told = output.read()
    if started.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {started.returncode}:\n{told[-4000:]}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, told, peak=usage.ru_maxrss / 1024)


def side_by_side(processes: Mapping[str, Process], rounds: int) -> dict[str, list[Measured]]:
    """Each process once a round, so that what else the machine does meets all alike; a round before is not counted."""
    for run in processes.values():
        run()
    measured: dict[str, list[Measured]] = {name: [] for name in processes}
    for _ in range(rounds):
        for name, run in processes.items():
            measured[name].append(run())
    return measured


def table(measured: Mapping[str, list[Measured]], base: str) -> str:
    """A Markdown table: ratios to `base` first (median of the rounds' own ratios, and their range), then medians."""
    counted = list(dict.fromkeys(name for runs in measured.values() for run in runs for name in run.counts))
    heads = [f"wall time × *{base}*", "range", "processor time ×", "wall time", "processor time", *counted]
    rows: list[list[object]] = []
    for name, runs in measured.items():
        walls = [run.wall / other.wall for run, other in zip(runs, measured[base], strict=True)]
        processors = [
            run.processor / other.processor for run, other in zip(runs, measured[base], strict=True)
        ]
        cells = [
            f"**{statistics.median(walls):.2f}**",
            f"{min(walls):.2f} to {max(walls):.2f}",
            f"{statistics.median(processors):.2f}",
            f"{statistics.median(run.wall for run in runs):.2f} s",
            f"{statistics.median(run.processor for run in runs):.2f} s",
            *(_count([run.counts[head] for run in runs if head in run.counts]) for head in counted),
        ]
        rows.append([name, *cells])
    return markdown(["", *heads], rows)


def markdown(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, numbers to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _count(values: list[float]) -> str:
    return f"{statistics.median(values):,.10g}" if values else ""
