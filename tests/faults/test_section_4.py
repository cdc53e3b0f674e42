"""Seeded faults of section 4, the daily snapshot: each in one place, found there alone."""

from __future__ import annotations

import pytest

from acceptance.pipeline import SNAPSHOT, Stage
from tests.faults import tampering
from tests.faults.seeded import FAULTS, must_find
from tests.playing import Played

pytestmark = pytest.mark.xdist_group("chain")

SECTION = {table: fault for table, fault in FAULTS.items() if fault.step.startswith("4.")}


@pytest.mark.parametrize("table", SECTION)
def test_data_or_script(whole: Played, table: str) -> None:
    must_find(whole, table, SECTION[table])


@pytest.mark.parametrize("table", tampering.expected(SNAPSHOT))
def test_description_or_files(tampered: dict[Stage, Played], table: str) -> None:
    must_find(tampered[SNAPSHOT], table, tampering.expected(SNAPSHOT)[table])


def test_tables_not_tampered_with_pass(tampered: dict[Stage, Played]) -> None:
    failed = {table for _, table in tampered[SNAPSHOT].failed()}
    assert failed == set(tampering.expected(SNAPSHOT))
    tampered[SNAPSHOT].passes(tampering.CONTROL)


def test_crawl(crawled: dict[str, Played]) -> None:
    tampering.must_find_crawl_faults(crawled, SNAPSHOT)


def test_run_failed(runs_failed: Played) -> None:
    tampering.must_find_failed_run(runs_failed, SNAPSHOT)
