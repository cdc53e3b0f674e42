"""Each fault of a job script, played with Spark jobs: the same finding at the same step as with light jobs.

One run serves all faults that are asked for (`pytest -k` chooses), on one deployment with one warm Spark.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from acceptance.pipeline import STAGES
from acceptance.verdict.model import Outcome
from sandbox.runtimes import SPARK
from tests.faults import chain as chains
from tests.faults.broken_scripts import NOT_ON_SPARK, tables_of
from tests.faults.seeded import FAULTS, LOST_OR_HELD_BACK, TABLES, Seeded, cases, must_find
from tests.playing import Played, deployed
from tests.sandbox.test_spark import needs_spark

pytestmark = [needs_spark, pytest.mark.long, pytest.mark.xdist_group("spark")]
LONGEST = 3600
"""Seconds of the run over all tables, on a busy machine."""
OF_SCRIPTS = {
    table: FAULTS[table] for stage in STAGES.values() for table in tables_of(stage) if table in FAULTS
}
SOUND = "keys_vary"


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The run over the tables of the tests that have been chosen, as far as their faults are."""
    asked = {
        item.callspec.params["table"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module and hasattr(item, "callspec")
    }
    tables = {table: records for table, records in TABLES.items() if table in asked}
    last = max(int(FAULTS[table].step[0]) if table in OF_SCRIPTS else len(STAGES) for table in tables)
    sections = [f"features/{section}" for section in chains.SECTIONS[: last + 1]]
    folder = tmp_path_factory.mktemp("on-spark")
    for deployment in deployed(folder / "reports", seed=False, runtime=SPARK.name):
        chain = chains.make_sound(deployment, folder / "checkout", tables, runtime=SPARK.name)
        chains.break_scripts(chain, SPARK.name)
        chain.checkout.commit()
        yield chain.play(*sections, "-D", "deadline_minutes=60", tables=tables, seconds=LONGEST)


@cases({table: fault for table, fault in OF_SCRIPTS.items() if table not in NOT_ON_SPARK})
def test_script(played: Played, table: str, fault: Seeded) -> None:
    must_find(played, table, fault)


@pytest.mark.parametrize("table", [SOUND])
def test_a_sound_table_passes_beside_the_broken_ones(played: Played, table: str) -> None:
    played.passes(table)


@pytest.mark.parametrize("table", LOST_OR_HELD_BACK)
def test_a_page_may_be_held_back_until_tomorrow(played: Played, table: str) -> None:
    scenario = played.scenario("1.2.4", table)
    assert scenario.outcome is Outcome.BLOCKED
    assert scenario.finding and scenario.finding.code == "pages-unknown"
