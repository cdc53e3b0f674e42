"""Healthy runs and seeded faults, again and again: each time the same verdict, or it is told and the exit code is 1.

    python -m tests.steadiness [--healthy 50] [--rounds 10] [--at-once 2] [--records FOLDER] [FAULT FILES…]

A healthy run is a process of its own with a sandbox and a reports folder of its own. A round is every test of
`tests/faults`; tests that share deployments share a process. What each has found is kept in the records folder, and a
command that was interrupted goes on from there. What midnight UTC passes in is done again.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path

from acceptance.verdict.file import read
from tests.steadiness.digest import told

ROOT = Path(__file__).parents[2]
HEALTHY = "main job, healthy"
FAULTS = "tests/faults"
LONGEST = 3600  # seconds, of a process
MOST_LINES = 30  # of a difference

stopping = threading.Event()  # Ctrl-C: what is under way counts for nothing


@dataclass(frozen=True)
class Found:
    """What was said of something once; `good`: as it should be said."""

    what: str
    verdict: str
    good: bool


@dataclass(frozen=True)
class Job:
    """One process: a healthy run, or some tests of a round."""

    kind: str
    number: int
    tests: tuple[str, ...] = ()  # none: a healthy run

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number}"

    def file(self, records: Path) -> Path:
        return records / f"{self.name.replace(' ', '-').replace(',', '')}.json"

    def command(self, folder: Path) -> list[str]:
        if not self.tests:
            return [sys.executable, "-m", "behave", "-D", "ticket=DPP-426", "-D", f"reports={folder}"]
        options = [f"--basetemp={folder / 'base'}", f"--record={folder / 'record'}"]
        return [*pytest("-p", "no:cacheprovider", *options), *self.tests]

    def found(self, folder: Path, exit_code: int) -> Iterator[Found]:
        """What the process has left in its folder."""
        if self.tests:
            record = folder / "record"
            lines = record.read_text().splitlines() if record.exists() else []
            yield from (Found(**json.loads(line)) for line in lines)
            yield Found(f"{self.kind}, tests", f"exit code {exit_code}", exit_code == 0)
            return
        verdicts = [told(read(path)) for path in folder.glob("*/*/verdict.json")]
        good = exit_code == 0 and len(verdicts) == 1 and verdicts[0].startswith("passed: ")
        yield Found(self.kind, "\n".join([f"exit code {exit_code}", *verdicts]), good)


@dataclass(frozen=True)
class Done:
    job: Job
    seconds: float
    found: list[Found]


def pytest(*arguments: str) -> list[str]:
    plugin = ("-n", "0", "-p", "tests.steadiness.record", f"--rootdir={ROOT}")
    return [sys.executable, "-m", "pytest", *plugin, *arguments]


def shares(files: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The tests of some files, by what they share; the largest share first."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "list")
        subprocess.run(
            [*pytest("--collect-only", f"--list={file}"), *files],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        found: dict[str, list[str]] = json.loads(file.read_text())
    return {name: tuple(found[name]) for name in sorted(found, key=lambda name: -len(found[name]))}


def do(job: Job, records: Path) -> Done:
    """Run a job, or take what it has found before; once more where midnight has passed."""
    file = job.file(records)
    if file.exists():
        kept = json.loads(file.read_text())
        return Done(job, kept["seconds"], [Found(**each) for each in kept["found"]])
    day = datetime.now(UTC).date()
    done = _run(job, file.with_suffix(".log"))
    if datetime.now(UTC).date() != day:
        return do(job, records)
    unfinished = file.with_suffix(".part")
    unfinished.write_text(
        json.dumps({"seconds": done.seconds, "found": [asdict(each) for each in done.found]})
    )
    unfinished.replace(file)
    return done


def _run(job: Job, log: Path) -> Done:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PLAYBOOK_"))
    }
    with tempfile.TemporaryDirectory(prefix="steadiness-") as folder, log.open("w") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            job.command(Path(folder)), cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT
        )
        while process.poll() is None and time.monotonic() - began < LONGEST and not stopping.wait(0.1):
            pass
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # it ends its sandboxes
            process.wait()
        if stopping.is_set():
            raise CancelledError
        return Done(job, time.monotonic() - began, list(job.found(Path(folder), process.returncode)))


def flips(done: Iterable[Done]) -> dict[str, dict[str, list[str]]]:
    """What was not said the same way each time: {what: {verdict: [names of jobs]}}, the most frequent verdict first."""
    by_what: dict[str, dict[str, list[str]]] = {}
    jobs: dict[str, list[str]] = {}
    for each in done:
        jobs.setdefault(each.job.kind, []).append(each.job.name)
        for found in each.found:
            by_what.setdefault(found.what, {}).setdefault(found.verdict, []).append(each.job.name)
    kinds = {name: kind for kind, names in jobs.items() for name in names}
    for verdicts in by_what.values():
        said = {name for names in verdicts.values() for name in names}
        if silent := [name for name in jobs[kinds[min(said)]] if name not in said]:
            verdicts["(nothing was said)"] = silent
    return {
        what: dict(sorted(verdicts.items(), key=lambda item: -len(item[1])))
        for what, verdicts in by_what.items()
        if len(verdicts) > 1
    }


def report(done: list[Done]) -> tuple[str, bool]:
    """In Markdown, and whether all is steady and as it should be."""
    rows = ["| what | times | verdicts compared | flips | not as it should be | wall time, median (range) |"]
    rows.append("|---|---:|---:|---:|---:|---:|")
    details: list[str] = []
    for kind in dict.fromkeys(each.job.kind for each in done):
        of_kind = [each for each in done if each.job.kind == kind]
        flipped = flips(of_kind)
        bad = [(each.job.name, found) for each in of_kind for found in each.found if not found.good]
        seconds = [each.seconds for each in of_kind]
        compared = {found.what for each in of_kind for found in each.found}
        time_taken = f"{statistics.median(seconds):.0f} s ({min(seconds):.0f} to {max(seconds):.0f})"
        rows.append(
            f"| {kind} | {len(of_kind)} | {len(compared)} | {len(flipped)} | {len(bad)} | {time_taken} |"
        )
        details += [difference(what, verdicts) for what, verdicts in flipped.items()]
        details += [
            f"not as it should be, in {name}: {f.what}: {f.verdict.splitlines()[0]}" for name, f in bad
        ]
    return "\n\n".join(["\n".join(rows), *details]), not details


def difference(what: str, verdicts: dict[str, list[str]]) -> str:
    """The most frequent verdict beside each other one."""
    (usual, most), *others = verdicts.items()
    told = [f"### {what}\n\n{len(most)} time(s) the same"]
    for verdict, names in others:
        lines = list(
            unified_diff(
                usual.splitlines(), verdict.splitlines(), "usual", ", ".join(names), n=0, lineterm=""
            )
        )
        told.append("\n".join(["```diff", *lines[:MOST_LINES], "```"]))
    return "\n\n".join(told)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.steadiness", description=__doc__.splitlines()[0])
    parser.add_argument("--healthy", type=int, default=50, metavar="N", help="healthy runs of the main job")
    parser.add_argument("--rounds", type=int, default=10, metavar="N", help="rounds of the seeded faults")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="processes at once")
    parser.add_argument(
        "--records", type=Path, metavar="FOLDER", help="where to keep what was found, and to go on from"
    )
    parser.add_argument(
        "files", nargs="*", default=[FAULTS], help=f"files of seeded faults (default: {FAULTS})"
    )
    given = parser.parse_args()
    records: Path = given.records or Path(tempfile.mkdtemp(prefix="steadiness-"))
    records.mkdir(parents=True, exist_ok=True)
    print(f"Findings and logs in {records}; to go on after an interruption: --records {records}", flush=True)
    jobs = [Job(HEALTHY, number) for number in range(1, given.healthy + 1)]
    of_round = shares(given.files) if given.rounds else {}
    jobs += [
        Job(f"faults, {name}", n, of_round[name]) for n in range(1, given.rounds + 1) for name in of_round
    ]
    done: list[Done] = []
    pool = ThreadPoolExecutor(given.at_once)
    try:
        for future in as_completed([pool.submit(do, job, records) for job in jobs]):
            done.append(future.result())
            _progress(done, len(jobs))
    except KeyboardInterrupt:
        print("Interrupted: this is what there is until now", flush=True)
        stopping.set()
    finally:
        pool.shutdown(cancel_futures=True)
    text, steady = report(sorted(done, key=lambda each: jobs.index(each.job)))
    print(f"\n{text}")
    return 0 if steady and len(done) == len(jobs) else 1


def _progress(done: list[Done], total: int) -> None:
    last = done[-1]
    same = [each for each in done if each.job.kind == last.job.kind]
    state = (
        "FLIPS" if flips(same) else "not as it should be" if not all(f.good for f in last.found) else "steady"
    )
    print(f"{len(done)} of {total}: {last.job.name}, {last.seconds:.0f} s, {state}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
