"""A job run for several tables that dies over one: one finding, with table and column; what it wrote is judged.

With light jobs, and with Spark's (`--long`), whose errors have other words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from acceptance.branch.checkout import SCRIPTS
from acceptance.findings import Finding
from acceptance.pipeline import PARSE, RECAST, SNAPSHOT, Stage
from acceptance.verdict.model import Outcome
from acceptance.verdict.sentence import sentence
from tests.faults.checkouts import Checkout
from tests.playing import Deployment, Played, deployed
from tests.sandbox.test_spark import needs_spark

ON_SPARK = pytest.param("spark", marks=[needs_spark, pytest.mark.long, pytest.mark.xdist_group("spark")])
on_both = pytest.mark.parametrize("runtime", ["light", ON_SPARK])

FIRST, SECOND, THIRD = "enforcement_outcomes", "enforcement_breaches", "enforcement_actions_taken"
IN_USE = "appeals"


@contextmanager
def deployment_in(folder: Path, runtime: str) -> Iterator[Deployment]:
    yield from deployed(folder / "reports", runtime=runtime)


def play(
    folder: Path,
    tables: tuple[str, ...],
    last: Stage,
    seed: Callable[[Deployment, Checkout], None],
    runtime: str,
) -> Played:
    """The playbook up to a stage, and what it says of the API's changes, on a deployment with a fault."""
    with deployment_in(folder, runtime) as deployment:
        checkout = Checkout.make(folder / "checkout", runtime)
        seed(deployment, checkout)
        if checkout.changed:
            checkout.commit()
        sections = " or ".join(f"@section-{number}" for number in range(1, last.section + 1))
        return deployment.play(
            f"--tags={sections} or @api-changes",
            "-D",
            f"data_platform={checkout.folder}",
            "-D",
            "deadline_minutes=30",
            tables=",".join(tables),
            seconds=1800,
        )


def renamed(old: str, new: str) -> Callable[[Deployment, Checkout], None]:
    return api_fault({"rename_field": [old, new]})


def api_fault(fault: dict[str, object]) -> Callable[[Deployment, Checkout], None]:
    def seed(deployment: Deployment, _: Checkout) -> None:
        deployment.box.api_faults([{"resource": IN_USE, **fault}])

    return seed


def changed_script(stage: Stage, old: str, new: str) -> Callable[[Deployment, Checkout], None]:
    def seed(_: Deployment, checkout: Checkout) -> None:
        checkout.replace(SCRIPTS + stage.script, old, new)

    return seed


def must_find(played: Played, stage: Stage, over: str, written: tuple[str, ...], told: str) -> str:
    """One failure, at the run's step; tables written are judged to the stage's end, the others are not run."""
    assert played.failed() == [(stage.run_step, over)], played.output
    assert played.finding(stage.run_step, over).code == "job-run-died"
    message = played.failure(stage.run_step, over)
    assert message.splitlines()[0] == told
    assert played.failed_step(stage.run_step, over) == "the job run succeeds"
    for table in played.verdict.tables:
        outcomes = played.outcomes(table)
        if table in written:
            assert set(outcomes.values()) == {Outcome.PASSED}, outcomes
            (note,) = [note for note in played.scenario(stage.run_step, table).notes if "died" in note]
            assert note.startswith(told)
        elif table != over:
            scenario = played.scenario(stage.run_step, table)
            assert scenario.outcome is Outcome.NOT_RUN
            assert scenario.finding == Finding("not-reached", told, step=stage.run_step)
            assert outcomes[stage.query_step] is Outcome.NOT_RUN
        assert outcomes["api-changes"] is Outcome.PASSED
    assert sentence(played.verdict).startswith(f"{told[0].upper()}{told[1:]} (step {stage.run_step}); ")
    assert f"written: {', '.join(written) or 'none'}; not written: " in message
    return message


@pytest.mark.parametrize("runtime", [ON_SPARK])
def test_a_column_more_in_the_increments_of_a_snapshot(tmp_path: Path, runtime: str) -> None:
    tables = ("assets", IN_USE, "decisions")
    played = play(tmp_path, tables, SNAPSHOT, api_fault({"add_field": ["grounds", "none"]}), runtime)
    told = "the daily snapshot run died over appeals: its increments have a new column, grounds"
    must_find(played, SNAPSHOT, IN_USE, ("assets",), told)


def test_a_column_new_in_the_increments_of_a_snapshot(tmp_path: Path) -> None:
    tables = ("assets", IN_USE, "decisions")
    played = play(tmp_path, tables, SNAPSHOT, renamed("grounds_of_appeal", "grounds"), "light")
    told = "the daily snapshot run died over appeals: its increments have a new column, grounds"
    message = must_find(played, SNAPSHOT, IN_USE, ("assets",), told)
    assert "“Changes in the API”" in message
    notes = played.scenario("api-changes", IN_USE).notes
    assert any("new grounds; gone grounds_of_appeal" in note for note in notes)
    assert sentence(played.verdict).endswith("; 1 of 3 tables behave as the playbook says.")
    told_once = [s for s in played.verdict.scenarios if s.finding and s.finding.code == "job-run-died"]
    assert len(told_once) == 1


@on_both
def test_a_typed_column_gone_in_the_recast(tmp_path: Path, runtime: str) -> None:
    """Of tables in use, whose deployed job takes them together; the first of them is the one."""
    tables = (IN_USE, "assets", "decisions")
    played = play(tmp_path, tables, RECAST, renamed("appeal_type_id", "kind_id"), runtime)
    told = "the recast run died over appeals: its parsed data lack a column that the dictionary types, appeal_type_id"
    message = must_find(played, RECAST, IN_USE, (), told)
    assert "taken out of the dictionary" in message
    assert sentence(played.verdict).endswith("; 2 others were not run.")


DOUBLED = {
    "light": (
        "    metrics = check_quality(result(last, increments),",
        "    rows = result(last, increments)\n"
        f"    if table_name == {SECOND!r}:\n        rows = pa.concat_tables([rows, rows])\n"
        "    metrics = check_quality(rows,",
    ),
    "spark": (
        "    failed = check_quality(\n",
        f"    if table_name == {SECOND!r}:\n        result = result.union(result)\n    failed = check_quality(\n",
    ),
}


@on_both
def test_a_failed_data_quality_check_of_the_snapshot(tmp_path: Path, runtime: str) -> None:
    """The run fails at its end, after the other tables."""
    seed = changed_script(SNAPSHOT, *DOUBLED[runtime])
    played = play(tmp_path, (FIRST, SECOND, THIRD), SNAPSHOT, seed, runtime)
    told = f"the daily snapshot run died over {SECOND}: its data quality checks failed"
    message = must_find(played, SNAPSHOT, SECOND, (FIRST, THIRD), told)
    assert "see in the log which check failed" in message


@on_both
@pytest.mark.parametrize(
    ("code", "when", "written"),
    [
        pytest.param(
            "raise RuntimeError('no luck')",
            f"before it had written {SECOND}",
            (FIRST,),
            marks=pytest.mark.long,
        ),
        pytest.param(
            "raise RuntimeError(f'{table_name} is not to be had')",
            f"over {SECOND}",
            (FIRST,),
            marks=pytest.mark.long,
        ),
    ],
)
def test_an_exception_in_the_middle_of_the_list(
    tmp_path: Path, code: str, when: str, written: tuple[str, ...], runtime: str
) -> None:
    seed = changed_script(
        PARSE,
        "    since = f",
        f"    if table_name == {SECOND!r}:\n        {code}\n    since = f",
    )
    played = play(tmp_path, (FIRST, SECOND, THIRD), PARSE, seed, runtime)
    said = "no luck" if "luck" in code else f"{SECOND} is not to be had"
    told = f"the parse run died {when}: FAILED: RuntimeError: {said}"
    assert played.finding("2.3.1", SECOND).code == "job-run-died"
    assert played.failure("2.3.1", SECOND).splitlines()[0] == told


@on_both
def test_a_table_passed_over_before_is_not_blamed(tmp_path: Path, runtime: str) -> None:
    """It has a finding of its own: what the log says of it."""
    seed = changed_script(
        PARSE,
        "    since = f",
        f"    if table_name == {FIRST!r}:\n        print(f'No new data for {{table_name}}')\n        return {{}}\n"
        f"    if table_name == {THIRD!r}:\n        raise RuntimeError('no luck')\n    since = f",
    )
    played = play(tmp_path, (FIRST, SECOND, THIRD), PARSE, seed, runtime)
    assert played.failed() == [("2.3.1", FIRST), ("2.3.1", THIRD)]
    assert played.failure("2.3.1", THIRD).startswith(
        f"the parse run died before it had written {THIRD}: FAILED: "
    )
    assert [played.finding("2.3.1", table).code for table in (FIRST, THIRD)] == [
        "data-not-written",
        "job-run-died",
    ]
    assert f"No new data for {FIRST}" in played.failure("2.3.1", FIRST)
    assert played.failure("2.3.1", FIRST).startswith(
        f"{FIRST}: the job run died later, and has written no data"
    )
    assert played.scenario("2.3.4", SECOND).outcome is Outcome.PASSED
