"""`python -m benchmarks [--runs 5]`: measures all that benchmarks/README.md tells, and prints it in Markdown."""

from __future__ import annotations

import argparse
import os
import platform
from datetime import UTC, datetime

from benchmarks import against, main_job


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Ratios, measured side by side on the sandbox."
    )
    parser.add_argument("--runs", type=int, default=5, help="counted rounds; there is one more before them")
    rounds = parser.parse_args().runs
    load = os.getloadavg()[0]
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"medians of {rounds} rounds; load average before: {load:.1f}\n",
        flush=True,
    )
    print(f"### The main job\n\n{main_job.report(rounds)}\n", flush=True)
    print(f"### The checks of the data\n\n{against.report(rounds)}")


if __name__ == "__main__":
    main()
