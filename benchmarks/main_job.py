"""How long the main job takes, as its user waits for it: whole processes, wall time, medians.

    python -m benchmarks.main_job [--runs 5]

Prints seconds beside ratios to a bare `python -c pass`, so that figures of different machines can be compared.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from acceptance.verdict import Verdict
from acceptance.verdict import read as read_verdict

ROOT = Path(__file__).parents[1]
FOUR_TABLES = "enforcement_breaches,enforcement_outcomes,enforcement_actions_taken,enforcement_breach_details"
CODE = ("acceptance", "benchmarks", "features", "harness", "sandbox", "steps", "tests")


def timed(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main_job(reports: Path) -> tuple[float, float, Verdict]:
    """Wall time, time until the first scenario, and the verdict of one run."""
    began = datetime.now(UTC)
    wall = timed(*behave(reports))
    newest = max(reports.glob("DPP-426/*/verdict.json"), key=lambda path: path.stat().st_mtime_ns)
    verdict = read_verdict(newest)
    first = min(s.started for s in verdict.scenarios if s.started)
    return wall, (first - began).total_seconds(), verdict


def behave(reports: Path, *arguments: str) -> tuple[str, ...]:
    parameters = ("ticket=DPP-426", f"tables={FOUR_TABLES}", f"reports={reports}")
    given = [word for parameter in parameters for word in ("-D", parameter)]
    return (sys.executable, "-m", "behave", *given, *arguments)


def lines_of_code() -> dict[str, int]:
    """Lines by folder, blank ones apart, of what git tracks."""
    tracked = subprocess.run(
        ["git", "ls-files", *CODE], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    counts = dict.fromkeys(CODE, 0)
    for name in tracked:
        text = (ROOT / name).read_text("utf-8")
        counts[name.split("/")[0]] += sum(1 for line in text.splitlines() if line.strip())
    return counts


def installed_megabytes() -> float:
    site = Path(statistics.__file__).parent / "site-packages"
    packages = [Path(path) for path in sys.path if path.endswith("site-packages")] or [site]
    return sum(f.stat().st_size for path in packages for f in path.rglob("*") if f.is_file()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the main job on the sandbox.")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder)
        main_job(reports)  # once uncounted: caches of the file system and of Python
        bare = [timed(sys.executable, "-c", "pass") for _ in range(runs)]
        dry = [timed(*behave(reports, "--dry-run")) for _ in range(runs)]
        full = [main_job(reports) for _ in range(runs)]
    figures = {
        "bare interpreter": bare,
        "behave --dry-run": dry,
        "start until the first scenario": [start for _, start, _ in full],
        "main job, 4 tables": [wall for wall, _, _ in full],
    }
    base = statistics.median(bare)
    for name, seconds in figures.items():
        middle = statistics.median(seconds)
        print(
            f"{name:<32}{middle:7.2f} s  ({min(seconds):.2f} to {max(seconds):.2f})  {middle / base:6.1f} x bare"
        )
    states = {str(verdict.state) for _, _, verdict in full}
    print(f"verdicts: {', '.join(sorted(states))}; scenarios: {len(full[-1][2].scenarios)}")
    print(f"installed packages: {installed_megabytes():.0f} MB")
    print("lines: " + ", ".join(f"{folder} {count}" for folder, count in lines_of_code().items()))


if __name__ == "__main__":
    main()
