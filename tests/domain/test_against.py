"""What the suite's checks are compared with: kinds of faults, and the checks that the benchmark runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from acceptance.findings import BUGS
from benchmarks.against import kinds
from benchmarks.kinds import KINDS
from benchmarks.plan import Columns, checks_of, narrowed
from tests.domain.test_findings import rows

ROOT = Path(__file__).parents[2]
NOT_OF_THE_PLATFORM = {"error", "not run"}


def test_each_finding_about_the_platform_is_of_one_kind() -> None:
    outcomes = {code: set(row[1].split(", ")) for code, row in rows().items()}
    about = {code for code, found in outcomes.items() if found - NOT_OF_THE_PLATFORM} - BUGS
    assert sorted(code for kind in KINDS for code in kind.findings) == sorted(about)


def test_the_documents_table_is_the_codes() -> None:
    assert kinds() in (ROOT / "benchmarks" / "README.md").read_text("utf-8")


def test_the_benchmarks_checks_are_of_what_the_queries_measure() -> None:
    types = {"amount": "double"}
    refined = {"id": "string", "amount": "double", "last_updated": "string"}
    day = date(2026, 11, 28)
    parts = list(checks_of("wards", day, Columns(list(refined), refined, refined, types)))
    assert len(parts) == 4
    for part in parts:
        for check in part.checks:
            assert check.measure in check.query
            assert check.faulty.startswith(f"SELECT * FROM ({check.query}) WHERE {check.measure}")


def test_a_measure_that_the_query_has_not_got() -> None:
    with pytest.raises(ValueError, match="measures no b"):
        narrowed("SELECT count(*) AS a FROM t", ["a", "b"])
