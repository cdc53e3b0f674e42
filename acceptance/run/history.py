"""What is asked about the earlier days of a table; the queries of all tables in scope are started together.

None: there is no day to be judged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from acceptance.aws.glue_job_runs import JobRun
from acceptance.pipeline import INGESTION, PARSE, RECAST, Stage
from acceptance.queries.parse import ParseCounts
from acceptance.queries.past_pages import PastPages, PastPagesQuery
from acceptance.queries.query import Asked, ask
from acceptance.queries.recast import RecastCounts
from acceptance.queries.snapshot import SnapshotCounts
from acceptance.run import generations
from acceptance.run.run import Run

RUNS_KEPT = timedelta(days=90)
Counts = TypeVar("Counts", ParseCounts, RecastCounts)


def pages(run: Run, table: str) -> Asked[list[PastPages]] | None:
    return run.started.see("past pages", table, partial(_start_pages, run))


def pages_of(run: Run, table: str, days: list[str]) -> Asked[list[PastPages]]:
    """Of some generations (yyyymmdd)."""
    lost = [loss.day for loss in run.lost_pages.of(table) if loss.day in days]
    query = PastPagesQuery(run.environment.database(INGESTION.zone), table, days, lost)
    return ask(run.athena, query, f"pages of all days, {table}")


def parse(run: Run, table: str) -> Asked[list[ParseCounts]] | None:
    return run.started.see("past parse", table, partial(_start, run, PARSE, run.queries.past_parse))


def recast(run: Run, table: str) -> Asked[list[RecastCounts]] | None:
    return run.started.see("past recast", table, partial(_start, run, RECAST, run.queries.past_recast))


def ingested_on(run: Run, table: str, since: date) -> set[date]:
    """The days since then on which a run of an ingestion job took the table, as far as Glue keeps them.

    Glue keeps a job's runs for `RUNS_KEPT` at least, and not beyond the job (Glue developer guide, "Job runs").
    """
    names = {*run.jobs.of_others(INGESTION), *run.jobs.test_job_names(INGESTION, run.jobs.listed())}
    found = (JobRun.of(raw) for name in sorted(names) for raw in run.jobs.runs(name))
    return {
        each.started.date()
        for each in found
        if each.succeeded
        and each.started.date() > since
        and each.arguments.get(INGESTION.tables_argument) == table
    }


def newest_snapshot(run: Run, table: str) -> Asked[SnapshotCounts]:
    """What the checks count of the newest snapshot in the Data Catalog."""
    return run.started.see("newest snapshot's checks", table, run.queries.start_newest_snapshot)


def _days(run: Run, table: str) -> list[str]:
    """The API's generations that are judged, yyyymmdd, the one under test the last."""
    return [*generations.earlier(run, INGESTION, table), f"{run.day_of(INGESTION, table):%Y%m%d}"]


def _is_asked(run: Run, stage: Stage, table: str) -> bool:
    """A stage's own query step has checks of its own for the day under test, and needs no more without earlier ones."""
    judged = table in run.queries.planned.get(stage, ())
    return not judged or bool(generations.earlier(run, INGESTION, table))


def _start_pages(run: Run, table: str) -> Asked[list[PastPages]] | None:
    return pages_of(run, table, _days(run, table)) if _is_asked(run, INGESTION, table) else None


def _start(
    run: Run, stage: Stage, ask: Callable[[str, list[date]], Asked[list[Counts]]], table: str
) -> Asked[list[Counts]] | None:
    if not _is_asked(run, stage, table):
        return None
    return ask(table, [date.fromisoformat(day) for day in _days(run, table)])
