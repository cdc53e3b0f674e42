"""A flip is found, told and fails the command; what differs from run to run anyway is none."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from acceptance.findings import Finding
from acceptance.verdict.model import Outcome, Verdict
from tests.domain.verdicts import SAMPLES
from tests.steadiness.__main__ import HEALTHY, ROOT, Done, Found, Job, report
from tests.steadiness.digest import told


def runs(*verdicts: str, good: bool = True) -> list[Done]:
    return [
        Done(Job(HEALTHY, number), 9.0 + number, [Found(HEALTHY, verdict, good)])
        for number, verdict in enumerate(verdicts, 1)
    ]


def test_the_same_each_time() -> None:
    text, steady = report(runs("passed: all", "passed: all", "passed: all"))
    assert steady
    assert text.splitlines()[-1] == f"| {HEALTHY} | 3 | 1 | 0 | 0 | 11 s (10 to 12) |"


def test_a_flip_is_told_with_its_difference() -> None:
    text, steady = report(runs("passed: all", "passed: all\n1.2.1 wards: blocked", "passed: all"))
    assert not steady
    assert f"| {HEALTHY} | 3 | 1 | 1 | 0 |" in text
    assert "2 time(s) the same" in text
    assert f"+++ {HEALTHY} 2" in text
    assert "+1.2.1 wards: blocked" in text


def test_what_was_once_not_said_is_a_flip() -> None:
    first, second = runs("passed: all", "passed: all")
    more = replace(first, found=[*first.found, Found("test_a.py::test_b, call", "passed", True)])
    text, steady = report([more, second])
    assert not steady
    assert "### test_a.py::test_b, call" in text
    assert "+(nothing was said)" in text


def test_steadily_wrong_is_not_steady() -> None:
    text, steady = report(runs("failed: one", "failed: one", good=False))
    assert not steady
    assert f"not as it should be, in {HEALTHY} 1: {HEALTHY}: failed: one" in text


# -- verdicts in plain text


def with_message(message: str) -> Verdict:
    verdict = SAMPLES["failed"]()
    scenario = replace(verdict.scenarios[0], outcome=Outcome.FAILED, finding=Finding("a-code", message))
    return replace(verdict, scenarios=(scenario, *verdict.scenarios[1:]))


def message(run: str, day: str, port: int, seconds: int) -> str:
    return (
        f"wards: run jr_{run} is still RUNNING after {seconds} s\n  expected: the partition of {day} below "
        f"import_year={day[:4]}/import_month={day[4:6]}/import_day={day[6:]}/import_date={day}/\n"
        f"  look at: http://127.0.0.1:{port}, /tmp/sandbox-{run[:6]}/data-platform, query "
        f"{run[:8]}-0000-4000-8000-{run[:12]} at {day[:4]}-{day[4:6]}-{day[6:]} 12:00:{seconds:02}"
    )


def test_times_and_ids_are_no_difference() -> None:
    one = with_message(message("0123456789abcdef" * 4, "20261123", 40001, 3))
    other = with_message(message("fedcba9876543210" * 4, "20261124", 51234, 44))
    day_later = replace(other, run_id="20261124T081530Z-ffff", started=other.started + timedelta(days=1))
    assert f"{one.started:%Y%m%d}" == "20261123"
    assert told(one) == told(day_later)
    assert "the partition of <day 0>" in told(one)


def test_another_outcome_or_word_or_number_is_one() -> None:
    verdict = with_message("wards: 5 of 6 pages")
    assert told(verdict) != told(with_message("wards: 4 of 6 pages"))
    assert told(verdict) != told(with_message("breach_types: 5 of 6 pages"))
    blocked = replace(verdict.scenarios[0], outcome=Outcome.BLOCKED)
    assert told(verdict) != told(replace(verdict, scenarios=(blocked, *verdict.scenarios[1:])))
    assert told(verdict) != told(replace(verdict, problems=("clean-up: access denied",)))
    yesterdays = with_message("wards: the newest data is of 20261122")
    assert told(yesterdays) != told(with_message("wards: the newest data is of 20261123"))


# -- the command

FLIPPING = """
from dataclasses import replace
from pathlib import Path

from acceptance.verdict.file import write
from tests.domain.verdicts import SAMPLES

MARK = Path(__file__).with_name("mark")


def test_flips(tmp_path):
    verdict = SAMPLES["failed"]()
    if MARK.exists():
        verdict = replace(verdict, problems=("something else",))
    MARK.touch()
    write(verdict, tmp_path / "verdict.json")


def test_is_steady():
    pass
"""


def test_the_command_finds_a_flip_and_goes_on_from_its_records(tmp_path: Path) -> None:
    file, records = tmp_path / "test_flipping.py", tmp_path / "records"
    file.write_text(FLIPPING)

    def steadiness(rounds: int) -> subprocess.CompletedProcess[str]:
        options = ["--healthy", "0", "--rounds", str(rounds), "--at-once", "1", "--records", str(records)]
        command = [sys.executable, "-m", "tests.steadiness", *options, str(file)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    once = steadiness(1)
    assert once.returncode == 0, once.stdout + once.stderr
    assert "1 of 1: faults, flipping 1, " in once.stdout
    twice = steadiness(2)
    assert twice.returncode == 1
    assert "2 of 2: faults, flipping 2, " in twice.stdout
    assert twice.stdout.count("FLIPS") == 1
    # the run, two tests, and how pytest ended
    assert "| faults, flipping | 2 | 4 | 1 | 0 |" in twice.stdout
    assert "+problem: something else" in twice.stdout
