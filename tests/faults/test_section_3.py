"""Seeded faults of section 3, the recast: each in one place, found there alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from acceptance.aws.athena import Athena
from acceptance.aws.console_links import Links
from acceptance.aws.waiting import Clock
from acceptance.branch.checkout import DataPlatform
from acceptance.environments import ENVIRONMENTS, Zone
from acceptance.measurements.model import Point
from acceptance.pipeline import RECAST, Stage
from acceptance.queries.parts import LONGEST
from acceptance.queries.query import Question, ask
from acceptance.queries.recast import Recast
from tests.aws import connect
from tests.faults import tampering
from tests.faults.chain import Chain
from tests.faults.seeded import FAULTS, Seeded, cases, must_find
from tests.playing import Played

pytestmark = pytest.mark.xdist_group("chain")

SECTION = {table: fault for table, fault in FAULTS.items() if fault.step.startswith("3.")}


def test_a_deployed_dictionary_older_than_the_branchs(whole: Played) -> None:
    assert whole.finding("3.1.1").code == "dictionary-not-deployed"
    message = whole.failure("3.1.1")
    assert message.startswith(
        "the column type dictionary of “stg tascomi_recast_tables_increments_planning” is not the branch's: "
        "old_dictionary.id is text and not int; "
    )
    assert "have the branch's scripts/jobs/planning/tascomi-column-type-dictionary.json deployed" in message
    assert whole.failed_step("3.1.1").startswith(
        "the column type dictionary that it reads has the branch's types"
    )


def test_a_deployed_script_that_nobody_knows_is_told(whole: Played) -> None:
    (note,) = whole.scenario("3.1.1").notes
    assert (
        "tascomi_recast_tables_increments.py is not the tascomi_recast_tables_increments.py of main" in note
    )


@cases(SECTION)
def test_data_or_script(whole: Played, table: str, fault: Seeded) -> None:
    must_find(whole, table, fault)


def test_what_athena_cannot_read_is_counted_and_all_else_compared(whole: Played) -> None:
    left = [each for each in whole.verdict.uncompared if each.point is Point.INCREMENT]
    assert sorted((each.table, each.column, each.count) for each in left) == [
        ("julian", "closed", 1),
        ("julian", "established", 1),
        ("shift_near_zone_name", "closed", 1),
        ("zone_named", "closed", 1),
    ]


def test_a_text_of_no_date_is_no_loss_and_noted(whole: Played) -> None:
    notes = whole.scenario("3.2.4", "odd_times").notes
    assert [note.split(" were ")[0] for note in notes] == ["2 values of closed, established"]


@cases(tampering.expected(RECAST))
def test_description_or_files(tampered: dict[Stage, Played], table: str, fault: Seeded) -> None:
    must_find(tampered[RECAST], table, fault)


def test_tables_not_tampered_with_pass(tampered: dict[Stage, Played]) -> None:
    failed = {table for _, table in tampered[RECAST].failed()}
    assert failed == set(tampering.expected(RECAST))
    tampered[RECAST].passes(tampering.CONTROL)


@tampering.crawl_cases(RECAST)
def test_crawl(crawled: dict[str, Played], way: str, table: str, fault: Seeded) -> None:
    must_find(crawled[way], table, fault)


@cases({tampering.RUN[RECAST]: tampering.FAILED_RUNS[RECAST]})
def test_run_failed(runs_failed: Played, table: str, fault: Seeded) -> None:
    must_find(runs_failed, table, fault)


def test_a_query_too_long_for_athena_is_made_in_parts(
    chain: Chain, whole: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a table some of whose casts went wrong: the parts tell together what the whole query tells."""
    environment, table = ENVIRONMENTS["local"], "never_cast"
    types = DataPlatform(chain.checkout.folder, "DPP-426").branch.types_of(table)
    raw, refined = environment.database(Zone.RAW), environment.database(Zone.REFINED)
    recast = Recast(refined, raw, table, [datetime.now(UTC).date()], types, ["name"])
    made = [recast.queries(longest) for longest in (LONGEST, 4000)]
    assert [len(made[0]), len(made[1])] == [1, 3]
    assert all(len(part.encode()) <= 4000 for part in made[1])
    aws = connect(chain.deployment.box, monkeypatch)
    athena = Athena(aws, environment, Links(environment), Clock())
    try:
        one, parts = (ask(athena, Question(each, list)).answer().value for each in made)
    finally:
        athena.close()
    assert recast.read(parts) == recast.read(one)
    assert "texts_8" in made[0][0] and "texts_8" in made[1][-1]
    lost_in_parts = [sum(v for k, v in part.items() if k.startswith("lost_")) for part in parts]
    assert sum(lost_in_parts) == 5
    assert lost_in_parts[-1] > 0
