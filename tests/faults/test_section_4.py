"""Seeded faults of section 4, the daily snapshot: each in one place, found there alone."""

from __future__ import annotations

import pytest

from acceptance.pipeline import SNAPSHOT, Stage
from tests.faults import tampering
from tests.faults.seeded import FAULTS, Seeded, cases, must_find
from tests.playing import Played

pytestmark = pytest.mark.xdist_group("chain")

SECTION = {table: fault for table, fault in FAULTS.items() if fault.step.startswith("4.")}


@cases(SECTION)
def test_data_or_script(whole: Played, table: str, fault: Seeded) -> None:
    must_find(whole, table, fault)


@cases(tampering.expected(SNAPSHOT))
def test_description_or_files(tampered: dict[Stage, Played], table: str, fault: Seeded) -> None:
    must_find(tampered[SNAPSHOT], table, fault)


def test_tables_not_tampered_with_pass(tampered: dict[Stage, Played]) -> None:
    failed = {table for _, table in tampered[SNAPSHOT].failed()}
    assert failed == set(tampering.expected(SNAPSHOT))
    tampered[SNAPSHOT].passes(tampering.CONTROL)


@tampering.crawl_cases(SNAPSHOT)
def test_crawl(crawled: dict[str, Played], way: str, table: str, fault: Seeded) -> None:
    must_find(crawled[way], table, fault)


@cases({tampering.RUN[SNAPSHOT]: tampering.FAILED_RUNS[SNAPSHOT]})
def test_run_failed(runs_failed: Played, table: str, fault: Seeded) -> None:
    must_find(runs_failed, table, fault)
