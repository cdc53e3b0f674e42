"""All days of a table: what one of them lost is in no later snapshot, however well the jobs have gone since.

Each stage's query step judges the earlier days of its stage; the day under test has checks of its own there. Where a
stage's query step is not run, those that come after it judge the stage, the day under test with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from acceptance.advice.ingestion_frequency import LOOKBACK_DAYS, day_of
from acceptance.branch.checkout import DICTIONARY
from acceptance.checks import ingestion, snapshot
from acceptance.checks.queries import query_worked
from acceptance.findings import Failure
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, STAGES, Stage
from acceptance.queries.past_pages import PastPages
from acceptance.queries.past_rows import PastRows
from acceptance.queries.past_values import PastValues
from acceptance.queries.query import Asked
from acceptance.run import generations, history
from acceptance.run.run import Run
from acceptance.wording import count

SHOWN = 5  # days, in the first line of a message
Day = TypeVar("Day", PastPages, PastRows, PastValues)


def start(run: Run, section: int, table: str) -> None:
    """The queries that a section's query step will ask for."""
    for stage in _unjudged(run, section, table):
        _QUERIES[stage](run, table)
    for stage, ask in _QUERIES.items():
        if stage.section == section:
            ask(run, table)


def no_page_is_lost(run: Run, table: str, through: str = "") -> None:
    """`through`: the last day (yyyymmdd) to be judged; where it is not given, the last before the day under test."""
    past = _past(run, INGESTION, table, history.pages, through)
    if past:
        ingestion.no_page_is_lost_of_earlier_days(run, table, past, through or _yesterday(run, table))


def no_row_is_lost(run: Run, table: str, through: str = "") -> None:
    """As many parsed rows as records, each with an id of its own; `through` as above."""
    past = _past(run, PARSE, table, history.rows, through)
    told = [f"{each.day}: {told}" for each in past if (told := _wrong_rows(each))]
    if not told:
        return
    raise Failure(
        "history-rows-differ",
        f"the parse of {count(len(told), 'day')} is not what the API sent: {_listed(told)}",
        table=table,
        expected="for each day as many rows as its API responses have records, each with an id of its own",
        observed="; ".join(told),
        look="the query of all days below",
        do="see in the logs of the parse job on these days why rows were left out or parsed twice: no later run parses "
        "these responses again, and every snapshot since is built on the rows. A new table has to be ingested again",
        redo=INGESTION,
    )


def no_value_is_lost(run: Run, table: str, through: str = "") -> None:
    """As many rows as were parsed, and a value for each text that says something; `through` as above."""
    past = _past(run, RECAST, table, history.values, through)
    told = [f"{each.day}: {told}" for each in past if (told := _wrong_values(each))]
    if not told:
        return
    raise Failure(
        "history-values-lost",
        f"the increments of {count(len(told), 'day')} have lost what was parsed: {_listed(told)}",
        table=table,
        expected="for each day a row for each parsed row, and a value for each text of a typed column",
        observed="; ".join(told),
        look="the query of all days below",
        do=f"see whether the types in {DICTIONARY} fit the texts, and whether they were others on these days. Fix the "
        "type or the recast script, and have a new table ingested again: the recast does not come back to these days",
        redo=INGESTION,
    )


def no_day_is_left_out(run: Run, table: str) -> None:
    """The API was asked for the updates of each day: the job's look-back ends, however long ago the last import was.

    A run that finds no updates leaves no generation: only the job's runs on record tell it from one that never was.
    """
    lookback, today = _lookback(run), run.day_of(INGESTION, table)
    generations_of = sorted(day_of(each) for each in run.days(INGESTION, table) if day_of(each) <= today)
    since = run.judged_since(INGESTION, table)
    far_apart = [
        (last, day)
        for last, day in pairwise(generations_of)
        if f"{day:%Y%m%d}" >= since and day - last > lookback
    ]
    if not far_apart:
        return
    asked = history.pages_of(run, table, [f"{day:%Y%m%d}" for _, day in far_apart])
    past = query_worked(run, INGESTION, table, asked, "What was asked for after the gaps").value
    full_loads = {day_of(each.day) for each in past if each.asked_for_all}
    ingested = history.ingested_on(run, table, far_apart[0][0])
    told = []
    for last, day in far_apart:
        if day in full_loads:
            continue
        if last < run.day - history.RUNS_KEPT:
            run.note(
                f"whether the updates of {table} from {last:%Y%m%d} on were asked for is not known: Glue keeps no "
                "runs that old"
            )
            continue
        told += [
            f"from {first:%Y%m%d} to {end:%Y%m%d}" for first, end in left_out(last, day, ingested, lookback)
        ]
    if not told:
        return
    raise Failure(
        "days-left-out",
        f"nobody asked the API for the updates of some days: {'; '.join(told)}",
        table=table,
        expected=f"a run of the ingestion at least each {lookback.days} days, or a full load",
        observed=f"no run for {table} on record for so long; what was updated {'; '.join(told)} is missing",
        look=run.links.job(run.jobs.find(INGESTION).name) or "the runs of the ingestion job",
        do="have the table ingested in full: the job asks for everything where the Data Catalog has no "
        f"{INGESTION.catalog_table(table)}",
        redo=INGESTION,
    )


def left_out(
    last: date, day: date, ingested: Collection[date], lookback: timedelta
) -> list[tuple[date, date]]:
    """First and last day of each gap between two imports that no run has asked for."""
    runs = sorted({last, day, *(each for each in ingested if last < each < day)})
    return [
        (before, after - lookback - timedelta(days=1))
        for before, after in pairwise(runs)
        if after - before > lookback
    ]


def newest_snapshot_is_whole(run: Run, table: str) -> None:
    """As the snapshot's own query step has it, of the newest snapshot there is."""
    asked = history.newest_snapshot(run, table)
    counts = query_worked(run, SNAPSHOT, table, asked, "The checks' query of the newest snapshot").value
    last = run.last_generation(SNAPSHOT, table)
    snapshot.ids_are_unique(run, table, counts)
    snapshot.increments_are_in(run, table, counts)
    snapshot.nothing_is_lost(run, table, counts, last)


def nothing_was_lost_before(run: Run, section: int, table: str) -> None:
    """In the sections before this one whose query steps are not run; the first loss is reported."""
    through = f"{run.day_of(INGESTION, table):%Y%m%d}"
    for stage in _unjudged(run, section, table):
        if stage is SNAPSHOT:
            newest_snapshot_is_whole(run, table)
        else:
            _CHECKS[stage](run, table, through)
        if stage is INGESTION:
            no_day_is_left_out(run, table)


_CHECKS: dict[Stage, Callable[[Run, str, str], None]] = {
    INGESTION: no_page_is_lost,
    PARSE: no_row_is_lost,
    RECAST: no_value_is_lost,
}
_QUERIES: dict[Stage, Callable[[Run, str], object]] = {
    INGESTION: history.pages,
    PARSE: history.rows,
    RECAST: history.values,
}


def _lookback(run: Run) -> timedelta:
    given = run.jobs.find(INGESTION).definition.get("DefaultArguments", {}).get("--max_lookback_days", "")
    return timedelta(days=int(given) if given.isdigit() else LOOKBACK_DAYS)


def _unjudged(run: Run, section: int, table: str) -> list[Stage]:
    return [
        stage
        for stage in STAGES.values()
        if stage.section < section and table not in run.queries.planned.get(stage, ())
    ]


def _past(
    run: Run, stage: Stage, table: str, ask: Callable[[Run, str], Asked[list[Day]] | None], through: str
) -> list[Day]:
    """What is known of each day; nothing is asked where there is no day to be judged."""
    through, asked = through or _yesterday(run, table), ask(run, table)
    if not through or asked is None:
        return []
    found = query_worked(run, stage, table, asked, f"All days of the {stage.data}").value
    return found if stage is INGESTION else [each for each in found if each.day <= through]


def _yesterday(run: Run, table: str) -> str:
    return max(generations.earlier(run, INGESTION, table), default="")


def _wrong_rows(found: PastRows) -> str:
    told = []
    if found.row_count != found.record_count:
        told.append(f"{count(found.row_count, 'row')} of {count(found.record_count, 'record')}")
    if repeated := found.id_count - found.distinct_count:
        told.append(f"{count(repeated, 'row')} with an id that another row has")
    if missing := found.row_count - found.id_count:
        told.append(f"{count(missing, 'row')} without an id")
    return ", ".join(told)


def _wrong_values(found: PastValues) -> str:
    if found.rows != found.parsed_rows:
        return f"{count(found.rows, 'row')} of {found.parsed_rows} that were parsed"
    return ", ".join(f"{lost} of {column}" for column, lost in found.lost.items())


def _listed(told: list[str]) -> str:
    rest = len(told) - SHOWN
    return "; ".join(told[:SHOWN]) + (f"; and {count(rest, 'day')} more" if rest > 0 else "")
