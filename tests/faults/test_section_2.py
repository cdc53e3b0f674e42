"""Seeded faults of section 2, the parse: each in one place, found there alone."""

from __future__ import annotations

import pytest

from acceptance.pipeline import PARSE, Stage
from tests.faults import tampering
from tests.faults.chain import FAULTS, YESTERDAY, must_find
from tests.faults.conftest import Played

pytestmark = pytest.mark.xdist_group("chain")

SECTION = {table: fault for table, fault in FAULTS.items() if fault.step.startswith("2.")}


@pytest.mark.parametrize("table", SECTION)
def test_data_or_script(whole: Played, table: str) -> None:
    must_find(whole, table, SECTION[table])


@pytest.mark.parametrize("table", tampering.expected(PARSE))
def test_description_or_files(tampered: dict[Stage, Played], table: str) -> None:
    must_find(tampered[PARSE], table, tampering.expected(PARSE)[table])


def test_a_day_without_records_needs_no_parse(tampered: dict[Stage, Played]) -> None:
    (note,) = tampered[PARSE].scenario("2.3.3", "day_without_records").notes
    assert note.startswith(f"of {YESTERDAY:%Y%m%d} the API responses hold no record")


def test_tables_not_tampered_with_pass(tampered: dict[Stage, Played]) -> None:
    failed = {table for _, table in tampered[PARSE].failed()}
    assert failed == set(tampering.expected(PARSE))
    tampered[PARSE].passes(tampering.CONTROL)


def test_values_with_a_structure_are_counted_and_not_compared(whole: Played) -> None:
    (note,) = whole.scenario("2.3.4", "structured").notes
    assert note.startswith("1 record(s) hold lists or objects, or keys in capitals")


def test_crawl(crawled: dict[str, Played]) -> None:
    tampering.must_find_crawl_faults(crawled, PARSE)


def test_run_failed(runs_failed: Played) -> None:
    tampering.must_find_failed_run(runs_failed, PARSE)
