"""The main job as its user waits for it, and the playbook's way (a) beside its way (b).

python -m benchmarks.main_job [--runs 5]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import sandbox
from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import State
from acceptance.verdict.sentence import sentence
from benchmarks.timing import ROOT, Measured, process, side_by_side, table
from sandbox.clients import Clients

TICKET = "DPP-426"
FOUR_TABLES = "enforcement_breaches,enforcement_outcomes,enforcement_actions_taken,enforcement_breach_details"
RUN_SECONDS = 3
CODE = ("acceptance", "benchmarks", "features", "harness", "sandbox", "steps", "tests")


def behave(reports: Path, *arguments: str, **parameters: str) -> Measured:
    """One run of the playbook for the four tables of the sample ticket."""
    given = {"ticket": TICKET, "tables": FOUR_TABLES, "reports": str(reports)} | parameters
    words = [word for key, value in given.items() for word in ("-D", f"{key}={value}")]
    return process(sys.executable, "-m", "behave", *words, *arguments)


def played(reports: Path, *arguments: str, **parameters: str) -> Measured:
    """A run that must pass, with the seconds that went by before its first scenario."""
    began = datetime.now(UTC)
    measured = behave(reports, *arguments, **parameters)
    newest = max(reports.glob(f"{TICKET}/*/verdict.json"), key=lambda path: path.parent.name)
    verdict = read_verdict(newest)
    if verdict.state not in (State.PASSED, State.PARTIAL):
        raise RuntimeError(f"only a run that passes is measured; this one: {sentence(verdict)}")
    first = min(scenario.started for scenario in verdict.scenarios if scenario.started)
    counts = {
        "scenarios": len(verdict.scenarios),
        "seconds to the first": round((first - began).total_seconds(), 2),
    }
    return Measured(measured.wall, measured.processor, measured.output, counts)


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
    packages = [Path(path) for path in sys.path if path.endswith("site-packages")]
    return sum(f.stat().st_size for path in packages for f in path.rglob("*") if f.is_file()) / 1e6


def slow_job(reports: Path, **parameters: str) -> Measured:
    """A run on a sandbox of its own, started before it, whose ingestion runs take their time as Glue's do."""
    with sandbox.start() as box:
        s3 = Clients(box.endpoint, box.region)("s3")
        where = {
            "Bucket": "dataplatform-stg-glue-scripts",
            "Key": "scripts/planning/tascomi_api_ingestion.py",
        }
        script = s3.get_object(**where)["Body"].read()
        s3.put_object(**where, Body=f"import time\ntime.sleep({RUN_SECONDS})\n".encode() + script)
        there = {"endpoint": box.endpoint, "data_platform": str(box.data_platform)}
        return played(reports, **there, **parameters)


def report(rounds: int) -> str:
    """Measures, and tells it in Markdown."""
    slow = f", ingestion runs of {RUN_SECONDS} s"
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder)
        measured = side_by_side(
            {
                "way (b)": lambda: played(reports),
                "way (a)": lambda: played(reports, one_at_a_time="true"),
                f"way (b){slow}": lambda: slow_job(reports),
                f"way (a){slow}": lambda: slow_job(reports, one_at_a_time="true"),
                "`behave --dry-run`": lambda: behave(reports, "--dry-run"),
                "`python -c pass`": lambda: process(sys.executable, "-c", "pass"),
            },
            rounds,
        )
    lines = ", ".join(f"{folder} {count}" for folder, count in lines_of_code().items())

    def chosen(base: str, *others: str) -> str:
        return table({name: measured[name] for name in (base, *others)}, base)

    return "\n\n".join(
        [
            chosen("`python -c pass`", "`behave --dry-run`", "way (b)"),
            chosen("way (b)", "way (a)"),
            chosen(f"way (b){slow}", f"way (a){slow}"),
            f"Installed packages: {installed_megabytes():.0f} MB. Lines that are not blank: {lines}.",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.main_job", description="The main job on the sandbox, in ratios."
    )
    parser.add_argument("--runs", type=int, default=5)
    print(report(parser.parse_args().runs))


if __name__ == "__main__":
    main()
