"""How old a table's newest generation may be, and how often its data change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acceptance.advice.ingestion_frequency import Rhythm, advice, list_of, oldest_allowed, rhythm
from acceptance.branch.terraform import TerraformLists

LISTS = TerraformLists(daily=("documents",), weekly=("wards",))


@pytest.mark.parametrize(
    ("table", "often", "days"), [("documents", "daily", 1), ("wards", "weekly", 8), ("other", "", 1)]
)
def test_how_old_the_newest_generation_may_be(table: str, often: str, days: int) -> None:
    assert list_of(LISTS, table) == often
    assert oldest_allowed(LISTS, table) == timedelta(days=days)


def test_the_first_generation_tells_nothing_of_changes() -> None:
    assert rhythm({"20260301": 900}) == Rhythm(generations=1, days=0, changed=0)


def test_each_import_asks_for_the_days_since_the_one_before() -> None:
    changed = {"20260227": 900, "20260301": 1, "20260308": 4}  # 2 days and 7 days
    assert rhythm(changed) == Rhythm(generations=3, days=9, changed=5)


def test_days_longer_ago_than_an_import_looks_back_do_not_count_as_quiet() -> None:
    assert rhythm({"20250101": 900, "20260301": 30}).share == 1


def test_a_generation_changes_on_no_more_days_than_were_asked_for() -> None:
    """Its records' dates may be of any day where it was a full load again."""
    assert rhythm({"20260301": 900, "20260302": 900, "20260303": 1}).changed == 2


def test_imports_that_found_nothing_are_quiet_days() -> None:
    assert rhythm({"20260301": 900}, idle=6) == Rhythm(generations=7, days=6, changed=0)


@pytest.mark.parametrize(
    ("found", "often", "told"),
    [
        (Rhythm(2, 1, 1), "daily", "not known yet: 2 generations so far, 3 are the fewest"),
        (Rhythm(10, 9, 9), "daily", "daily ingestion fits, and the branch has it in the daily list"),
        (Rhythm(10, 14, 4), "weekly", "daily ingestion would fit"),
        (Rhythm(10, 14, 4), "weekly", "consider tascomi_table_names"),
        (Rhythm(10, 14, 3), "daily", "consider tascomi_static_tables"),
        (Rhythm(10, 14, 3), "weekly", "weekly ingestion fits, and the branch has it in the weekly list"),
        (Rhythm(10, 14, 3), "", "weekly ingestion would fit, and the branch has it in neither list"),
    ],
)
def test_advice(found: Rhythm, often: str, told: str) -> None:
    assert told in advice(found, often)
