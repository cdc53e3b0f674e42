"""Tables that look wrong and are right stay green through the whole pipeline, all in one run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from acceptance.evidence import Kind
from acceptance.report import messages
from acceptance.verdict.model import Outcome
from tests.faults import chain as chains
from tests.faults.odd_tables import ODD, SAMPLE, Odd
from tests.playing import Played, deployed

pytestmark = pytest.mark.xdist_group("odd tables")


def play(folder: Path, tables: Mapping[str, Odd]) -> Played:
    records = {table: odd.records for table, odd in tables.items()}
    types = {table: odd.types for table, odd in tables.items()}
    for deployment in deployed(folder / "reports", seed=False):
        chain = chains.make_sound(deployment, folder / "checkout", records, types)
        return chain.play(*(f"features/{section}" for section in chains.SECTIONS), tables=tables)
    raise AssertionError("no deployment")


def are_green(played: Played, tables: Mapping[str, Odd]) -> None:
    red = [s for s in played.verdict.scenarios if s.outcome is not Outcome.PASSED]
    assert not red, "\n".join(f"{s.table}, step {s.step}: {messages.reasons(s)}" for s in red)
    assert played.exit_code == 0, played.output
    assert {s.table for s in played.verdict.scenarios} - {""} == set(tables)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("odd-tables"), SAMPLE)


def test_a_sample_is_green(sample: Played) -> None:
    are_green(sample, SAMPLE)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("column_typed_oddly", "site visits, straße, a.b. They are checked like all others"),
        ("column_typed_oddly", "(Glue 2.0 and 3.0) refuses to write site visits as Parquet"),
        ("column_with_quotes", 'say "x", o\'brien, `tick`, ", \'. They'),
    ],
)
def test_columns_with_odd_names_are_named(sample: Played, table: str, told: str) -> None:
    steps = sample.scenario("2.3.3", table).steps
    notes = [each.title for step in steps for each in step.evidence if each.kind is Kind.NOTE]
    assert any(told in note for note in notes), notes


@pytest.mark.long
def test_all_are_green(tmp_path: Path) -> None:
    assert len(ODD) >= 60
    are_green(play(tmp_path, ODD), ODD)
