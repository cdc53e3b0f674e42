from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from acceptance.findings import Finding
from acceptance.measurements.model import Point, Uncompared
from acceptance.verdict import file
from acceptance.verdict.model import Outcome, State, Verdict, gravest
from acceptance.verdict.sentence import sentence
from tests.domain.verdicts import BLOCKED, IDLE, LOST, REFUSED, SAMPLES, TABLES, scenario, verdict

STATES = {
    "green": State.PASSED,
    "failed": State.FAILED,
    "errors": State.ERROR,
    "broken_run": State.ERROR,
    "blocked": State.BLOCKED,
    "nothing_new": State.PARTIAL,
    "interrupted": State.INTERRUPTED,
    "partial": State.PARTIAL,
    "empty": State.EMPTY,
    "fifty": State.PASSED,
    "lost_in_the_parse": State.FAILED,
    "casts": State.FAILED,
    "several": State.FAILED,
    "aws_down": State.ERROR,
    "wide": State.FAILED,
    "sandbox": State.PASSED,
}
GRAVITY = [  # what decides first
    (State.INTERRUPTED, {"interrupted": "SIGTERM"}, None),
    (State.FAILED, {}, Outcome.FAILED),
    (State.ERROR, {}, Outcome.ERROR),
    (State.BLOCKED, {}, Outcome.BLOCKED),
    (State.BLOCKED, {}, Outcome.NOT_RUN),
    (State.PARTIAL, {}, Outcome.NOTHING_NEW),
    (State.PASSED, {}, Outcome.PASSED),
]


@pytest.mark.parametrize(("name", "state"), STATES.items())
def test_each_sample_has_its_state(name: str, state: State) -> None:
    assert SAMPLES[name]().state is state


def test_each_state_is_reachable() -> None:
    assert set(STATES.values()) == set(State)


def test_only_a_pass_exits_with_zero() -> None:
    for name, sample in SAMPLES.items():
        assert (sample().exit_code == 0) == (STATES[name] in (State.PASSED, State.PARTIAL)), name


@pytest.mark.parametrize("rank", range(len(GRAVITY)))
def test_the_gravest_decides(rank: int) -> None:
    state, changes, _ = GRAVITY[rank]
    outcomes = [outcome for _, _, outcome in GRAVITY[rank:] if outcome]
    sample = verdict([scenario("1.2.1", "wards", o) for o in reversed(outcomes)], **changes)
    assert sample.state is state
    assert sample.exit_code == (0 if state in (State.PASSED, State.PARTIAL) else 1)


def test_a_problem_of_the_run_is_an_error_but_hides_no_failure() -> None:
    assert verdict([scenario("1.2.1")], problems=("after_all: …",)).state is State.ERROR
    assert verdict([], problems=("before_all: …",)).state is State.ERROR
    assert verdict([scenario("1.2.1", outcome=Outcome.FAILED)], problems=("x",)).state is State.FAILED


def test_nothing_new_alone_is_no_pass() -> None:
    assert verdict([scenario("1.2.1", "wards", Outcome.NOTHING_NEW, IDLE)]).state is State.EMPTY


def test_a_selection_that_fails_is_failed() -> None:
    sample = verdict([scenario("1.2.1", "wards", Outcome.FAILED, LOST)], left_out=("2.3.1",))
    assert sample.state is State.FAILED


SENTENCES = {
    "green": "All 4 tables are ready for production.",
    "failed": "3 of 4 tables are ready for production; enforcement_outcomes failed step 1.2.1: "
    "the ingestion brought fewer records than the API has",
    "errors": "None of the 4 tables is shown to be ready for production; enforcement_breaches could not be "
    "checked in step 2.3.1: glue:StartJobRun on “stg tascomi_parse_tables_increments_planning-TEST-DPP-426” "
    "is refused: AccessDeniedException",
    "broken_run": "All 4 tables are ready for production, but the run itself had an error: "
    "after_all: the ledger could not be written",
    "nothing_new": "3 of 4 tables are ready for production. "
    "There was nothing to ingest for enforcement_breaches.",
    "interrupted": "Interrupted by Ctrl-C after 30 of 88 scenarios: this is not a pass.",
    "partial": "4 tables behave as the playbook says in the steps that ran. 3 steps were not selected.",
    "sandbox": "All 4 tables behave as the playbook says.",
    "empty": "Nothing was checked: this is not a pass.",
}


@pytest.mark.parametrize(("name", "told"), SENTENCES.items())
def test_the_sentence(name: str, told: str) -> None:
    assert sentence(SAMPLES[name]()) == told


def test_the_sentence_about_one_table() -> None:
    good, bad = scenario("1.2.1", "wards"), scenario("1.2.1", "wards", Outcome.ERROR, REFUSED)
    assert sentence(verdict([good], tables=("wards",))) == "The table is ready for production."
    assert sentence(verdict([bad], tables=("wards",))).startswith("The table is not shown to be ready")
    inside = verdict([good], tables=("wards",), environment="local")
    assert sentence(inside) == "The table behaves as the playbook says."


WHY = Finding("not-reached", "why")
DIED = "the daily snapshot run died over wards: its increments have a new column, x"


@pytest.mark.parametrize(
    ("others", "rest"),
    [
        ((Outcome.PASSED, Outcome.NOT_RUN), "1 of 3 tables are ready for production."),
        ((Outcome.NOT_RUN, Outcome.NOT_RUN), "2 others were not run."),
        ((Outcome.NOT_RUN,), "1 other was not run."),
        ((Outcome.FAILED,), "None of the 2 tables is shown to be ready for production."),
    ],
)
def test_the_sentence_about_a_job_run_that_died(others: tuple[Outcome, ...], rest: str) -> None:
    """It names the table that the run died over, and does not speak of all of the run's tables."""
    tables = ("wards", *TABLES[: len(others)])
    found = [scenario("4.3.1", "wards", Outcome.FAILED, Finding("job-run-died", DIED))]
    found += [
        scenario("4.3.1", table, outcome, WHY) for table, outcome in zip(tables[1:], others, strict=True)
    ]
    assert sentence(verdict(found, tables=tables)) == f"{DIED.replace('the', 'The', 1)} (step 4.3.1); {rest}"


def test_the_sentence_tells_what_could_not_be_compared() -> None:
    left = tuple(
        Uncompared("wards", Point.INCREMENT, column, number, "why")
        for column, number in (("closed", 11), ("x", 1))
    )
    told = "12 values of 2 columns could not be compared"
    green = verdict([scenario("1.2.1", table="wards")], tables=("wards",))
    assert sentence(replace(green, uncompared=left)) == f"The table is ready for production; {told}."
    failed = SAMPLES["casts"]()
    assert sentence(replace(failed, uncompared=left)) == f"{sentence(failed)}; {told}"
    assert "compared" not in sentence(green)
    one = replace(green, uncompared=left[1:])
    assert sentence(one).endswith("; 1 value of 1 column could not be compared.")


def test_the_sentence_about_no_table() -> None:
    sample = verdict([scenario("jobs"), scenario("access")], tables=(), left_out=("1.2.1",))
    assert sentence(sample) == (
        "2 of 2 checks passed, none of them about a single table in the steps that ran. "
        "1 step was not selected."
    )


def test_the_sentence_names_the_scenario_where_there_is_no_table() -> None:
    sample = verdict(
        [scenario("jobs", outcome=Outcome.BLOCKED, finding=BLOCKED), scenario("1.2.1", TABLES[0])]
    )
    assert (
        "; “The pipeline's jobs: the playbook's promise holds” is blocked in step jobs: no data of"
        in sentence(sample)
    )


def test_a_problem_is_told_although_something_had_nothing_new() -> None:
    scenarios = [scenario("1.2.1", "wards", Outcome.NOTHING_NEW, IDLE), scenario("1.2.3", "wards")]
    assert "the run itself had an error: disk full" in sentence(verdict(scenarios, problems=("disk full",)))


def test_what_did_not_run_blocks_although_something_had_nothing_new() -> None:
    outcomes = (Outcome.NOTHING_NEW, Outcome.NOT_RUN)
    sample = verdict([scenario("1.2.1", "wards", outcome, WHY) for outcome in outcomes])
    assert "wards did not reach step 1.2.1: why" in sentence(sample)


def test_an_interruption_tells_of_failures_before_it() -> None:
    sample = replace(SAMPLES["failed"](), interrupted="SIGTERM")
    assert sentence(sample).startswith(
        "Interrupted by SIGTERM after 88 of 88 scenarios, 1 of them failed or in error"
    )


def test_a_message_may_be_missing() -> None:
    assert sentence(verdict([scenario("jobs", outcome=Outcome.FAILED)])).endswith("step jobs: no message")


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_each_sentence_is_one_line(sample: Callable[[], Verdict]) -> None:
    assert len(sentence(sample()).splitlines()) == 1


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_json_round_trip(sample: Callable[[], Verdict], tmp_path: Path) -> None:
    path = tmp_path / "verdict.json"
    file.write(sample(), path)
    assert file.read(path) == sample()


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "verdict.json"
    path.write_text('{"run_id": 1}')
    with pytest.raises(msgspec.ValidationError):
        file.read(path)


def test_tables_and_counts() -> None:
    sample = SAMPLES["failed"]()
    assert sample.of_table("enforcement_outcomes") is Outcome.FAILED
    assert sample.of_table("enforcement_breaches") is Outcome.PASSED
    assert sample.of_table("never heard of") is Outcome.NOT_RUN
    assert sum(map(sample.count, Outcome)) == len(sample.scenarios)
    assert gravest([Outcome.PASSED, Outcome.BLOCKED, Outcome.ERROR]) is Outcome.ERROR


def test_notes_of_a_passed_scenario() -> None:
    noted = [s for s in SAMPLES["green"]().scenarios if s.notes]
    assert [s.notes for s in noted] == [
        ["3 records changed at the API while it was read; they come tomorrow"]
    ]
