"""Over which table a job run died, as far as its data and its log tell; no other table is blamed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.job_logs import RunLog
from acceptance.checks import died_runs
from acceptance.findings import Failure, NotRun
from acceptance.pipeline import PARSE, SNAPSHOT, Stage

TABLES = ("appeals", "documents", "users", "wards")
NOW = datetime(2026, 11, 27, tzinfo=UTC)


@dataclass
class Seen:
    """What a run of the playbook sees of a job run that died: what it wrote, its log, columns in the catalog."""

    written_tables: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    new_columns: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def logs(self) -> Any:
        return SimpleNamespace(settled=lambda _: RunLog(self.lines))

    @property
    def links(self) -> Any:
        return SimpleNamespace(job_run=lambda *_: "")

    def written(self, _stage: Stage, table: str, _run: JobRun) -> Any:
        return SimpleNamespace(objects=int(table in self.written_tables))

    def partition(self, _stage: Stage, table: str) -> Any:
        return SimpleNamespace(
            columns={"id": "int", **dict.fromkeys(self.new_columns.get(table, "").split(), "int")}
        )

    def partitions(self, _stage: Stage, _table: str) -> Any:
        return [SimpleNamespace(values=("20261126",), columns={"id": "int"})]

    def last_generation(self, _stage: Stage, _table: str) -> str:
        return "20261126"

    def once(self, _key: object, look: Any) -> Any:
        return look()

    def note(self, text: str) -> None:
        self.notes.append(text)


def judged(
    seen: Seen, stage: Stage = PARSE, state: str = "FAILED", error: str = "it broke"
) -> dict[str, str]:
    """By table what is said of it: its failure's first line, why it was not run, or "" where its data are judged."""
    job_run = JobRun(
        "job", "jr_1", state, {"--table_list": ",".join(TABLES)}, NOW, NOW, 3, error, "/aws-glue/jobs"
    )
    told = {}
    for table in TABLES:
        try:
            died_runs.judge(seen, stage, table, job_run)  # type: ignore[arg-type]
            told[table] = ""
        except Failure as failure:
            told[table] = failure.finding.what
        except NotRun as reason:
            assert reason.finding.step == stage.run_step
            told[table] = "not run"
    return told


def failed(told: dict[str, str]) -> dict[str, str]:
    return {table: message for table, message in told.items() if message not in ("", "not run")}


def test_without_a_word_it_is_said_how_far_it_came() -> None:
    told = judged(Seen(("appeals",)))
    assert told == {
        "appeals": "",
        "documents": "the parse run died before it had written documents: FAILED: it broke",
        "users": "not run",
        "wards": "not run",
    }


@pytest.mark.parametrize(
    ("lines", "over"),
    [
        (("2026-11-27 ERROR users: cannot be read", "ValueError: increment_users has no id"), "users"),
        (("Exception: s3://dataplatform-stg-raw-zone/planning/tascomi/parsed/users/ is gone",), "users"),
        (
            ("RuntimeError: cannot close appeals",),
            "appeals",
        ),  # its data were written, and the run died over it
    ],
)
def test_the_log_names_the_table(lines: tuple[str, ...], over: str) -> None:
    told = failed(judged(Seen(("appeals",), lines)))
    assert told == {over: f"the parse run died over {over}: FAILED: it broke"}


def test_a_table_written_long_before_is_not_blamed_for_being_named() -> None:
    told = failed(judged(Seen(("appeals", "documents"), ("ValueError: no appeals in the answer",))))
    assert told == {"users": "the parse run died before it had written users: FAILED: it broke"}


@pytest.mark.parametrize(
    ("lines", "bearer", "passed_over"),
    [
        (("No new data for documents", "users is read"), "users", ["appeals", "documents"]),
        (("tables: appeals,documents,users,wards",), "documents", ["appeals"]),  # says not how far it came
    ],
)
def test_tables_passed_over_are_not_blamed(
    lines: tuple[str, ...], bearer: str, passed_over: list[str]
) -> None:
    told = judged(Seen(("appeals",), lines))
    assert list(failed(told)) == [bearer]
    assert [table for table in TABLES if not told[table]] == passed_over


def test_a_table_passed_over_between_two_that_were_written_is_judged_by_its_own() -> None:
    told = judged(Seen(("appeals", "users")))
    assert told["documents"] == ""
    assert list(failed(told)) == ["wards"]


def test_a_check_that_fails_at_the_end_names_its_tables() -> None:
    lines = ("RuntimeError: Data quality checks failed: {'documents': …, 'wards': …}",)
    told = judged(Seen(("appeals", "users"), lines), SNAPSHOT)
    assert told == {
        "appeals": "",
        "documents": "the daily snapshot run died over documents and wards: its data quality checks failed",
        "users": "",
        "wards": "not run",
    }


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (
            Seen(("appeals",), new_columns={"documents": "size"}),
            {
                "documents": "the daily snapshot run died over documents: its increments have a new column, size"
            },
        ),
        (
            Seen(("appeals",), new_columns={"documents": "size pages"}),
            {
                "documents": "the daily snapshot run died over documents: its increments have new columns, pages, size"
            },
        ),
        (  # of a table further down it may be chance
            Seen(("appeals",), new_columns={"users": "size"}),
            {"documents": "the daily snapshot run died before it had written documents: FAILED: it broke"},
        ),
        (
            Seen(("appeals",), ("ValueError: unknown columns: size",), new_columns={"users": "size"}),
            {"users": "the daily snapshot run died over users: its increments have a new column, size"},
        ),
        (
            Seen(("appeals",), ("ValueError: unknown columns: count(*)",), new_columns={"users": "count(*)"}),
            {"users": "the daily snapshot run died over users: its increments have a new column, count(*)"},
        ),
    ],
)
def test_a_new_column(seen: Seen, expected: dict[str, str]) -> None:
    assert failed(judged(seen, SNAPSHOT)) == expected


def test_a_run_that_died_when_all_was_written() -> None:
    told = judged(Seen(TABLES))
    assert told["appeals"] == ""
    assert failed(told) == {"wards": "the parse run died after its last table: FAILED: it broke"}


def test_a_time_out() -> None:
    seen = Seen(("appeals", "documents"))
    told = judged(seen, state="TIMEOUT", error="Job run timed out after 60 minutes")
    assert failed(told) == {
        "users": "the parse run died before it had written users: TIMEOUT: Job run timed out after 60 minutes"
    }
    assert len(seen.notes) == 2 and "is judged all the same" in seen.notes[0]
