"""All days of a table: what one of them lost is in no later snapshot, however well the jobs have gone since.

Each stage's query step judges the earlier days of its stage; the day under test has checks of its own there. Where a
stage's query step is not run, those that come after it judge the stage, the day under test with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from acceptance.advice.ingestion_frequency import LOOKBACK_DAYS, day_of
from acceptance.branch.checkout import DICTIONARY
from acceptance.checks import ingestion, parse, recast, snapshot
from acceptance.checks.queries import query_worked
from acceptance.findings import Failure, Finding
from acceptance.measurements import collect
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, STAGES, Stage
from acceptance.queries.parse import ParseCounts
from acceptance.queries.query import Asked
from acceptance.queries.recast import RecastCounts
from acceptance.run import generations, history
from acceptance.run.run import Run
from acceptance.wording import count

SHOWN = 5  # days in a message
Counts = TypeVar("Counts", ParseCounts, RecastCounts)


def start(run: Run, section: int, table: str) -> None:
    """The queries that a section's query step will ask for."""
    for stage in _unjudged(run, section, table):
        _QUERIES[stage](run, table)
    for stage, ask in _QUERIES.items():
        if stage.section == section:
            ask(run, table)


def no_page_is_lost(run: Run, table: str, through: str = "") -> None:
    """`through`: the last day (yyyymmdd) to be judged; where it is not given, the last before the day under test."""
    through, asked = through or _yesterday(run, table), history.pages(run, table)
    if not through or asked is None:
        return
    title = f"All days of the {INGESTION.data}"
    past = query_worked(run, INGESTION, table, asked, title).value
    if ingestion.remember_gaps(run, table, [each for each in past if each.day <= through]):
        again = history.pages_of(run, table, [each.day for each in past])
        past = query_worked(run, INGESTION, table, again, f"{title}, and what came later").value
    ingestion.no_page_is_lost_of_earlier_days(run, table, past, through)


def no_parse_was_wrong(run: Run, table: str, through: str = "") -> None:
    """Each day's rows are the records that the API sent; `through` as above."""
    past = _past(run, PARSE, table, history.parse, through)
    found = _wrong_days(run, table, past, parse.CHECKS)
    if not found:
        return
    raise Failure(
        "history-parse-differs",
        f"the parse of {count(len(found), 'day')} is not what the API sent: {_listed(found, past)}",
        table=table,
        expected="on each day as step 2.3.4 has it for today: a row for each record, with all its values",
        observed=_observed(found),
        look="the query of all days, and those of the rows of these days, below",
        do="see in the logs of the parse job on these days what it did: no later run parses these responses again, and "
        "every snapshot since is built on the rows. A new table has to be ingested again",
        redo=INGESTION,
    )


def no_recast_was_wrong(run: Run, table: str, through: str = "") -> None:
    """Each day's increments are the parsed rows, and their values say what the texts said; `through` as above."""
    past = _past(run, RECAST, table, history.recast, through)
    for counts in past:
        collect.uncompared_casts(run, table, counts)
    found = _wrong_days(run, table, past, recast.CHECKS)
    if not found:
        return
    raise Failure(
        "history-recast-differs",
        f"the increments of {count(len(found), 'day')} are not what was parsed: {_listed(found, past)}",
        table=table,
        expected="on each day as step 3.2.4 has it for today: a row for each parsed row, with values that say the same",
        observed=_observed(found),
        look="the query of all days, and those of the rows of these days, below",
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
        look=run.links.job(run.deployed_job(INGESTION).name) or "the runs of the ingestion job",
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
    PARSE: no_parse_was_wrong,
    RECAST: no_recast_was_wrong,
}
_QUERIES: dict[Stage, Callable[[Run, str], object]] = {
    INGESTION: history.pages,
    PARSE: history.parse,
    RECAST: history.recast,
}


def _lookback(run: Run) -> timedelta:
    given = run.deployed_job(INGESTION).definition.get("DefaultArguments", {}).get("--max_lookback_days", "")
    return timedelta(days=int(given) if given.isdigit() else LOOKBACK_DAYS)


def _unjudged(run: Run, section: int, table: str) -> list[Stage]:
    return [
        stage
        for stage in STAGES.values()
        if stage.section < section and table not in run.queries.planned.get(stage, ())
    ]


def _past(
    run: Run, stage: Stage, table: str, ask: Callable[[Run, str], Asked[list[Counts]] | None], through: str
) -> list[Counts]:
    """What is known of each day; nothing is asked where there is no day to be judged."""
    through, asked = through or _yesterday(run, table), ask(run, table)
    if not through or asked is None:
        return []
    found = query_worked(run, stage, table, asked, f"All days of the {stage.data}").value
    return [each for each in found if f"{each.day:%Y%m%d}" <= through]


def _yesterday(run: Run, table: str) -> str:
    return max(generations.earlier(run, INGESTION, table), default="")


def _wrong_days(
    run: Run, table: str, past: list[Counts], checks: Sequence[Callable[[Run, str, Counts], None]]
) -> dict[str, Finding]:
    """By day (yyyymmdd) the first thing that is wrong; the oldest days first, and no more than `SHOWN` of them.

    Today's checks judge the earlier days too. Each of them asks for the rows that it is about.
    """
    found: dict[str, Finding] = {}
    for counts in past:
        if len(found) == SHOWN:
            break
        if _is_empty(counts):
            continue
        if failure := _first_failure(run, table, counts, checks):
            found[f"{counts.day:%Y%m%d}"] = failure.finding
            run.record(*failure.evidence)
    return found


def _first_failure(
    run: Run, table: str, counts: Counts, checks: Sequence[Callable[[Run, str, Counts], None]]
) -> Failure | None:
    for check in checks:
        try:
            check(run, table, counts)
        except Failure as failure:
            return failure
    return None


def _is_empty(counts: ParseCounts | RecastCounts) -> bool:
    """No rows, and nothing to make them of: the stage before it has failed, and says so."""
    made_of = counts.record_count if isinstance(counts, ParseCounts) else counts.parsed_count
    return not counts.row_count and not made_of


def _listed(found: Mapping[str, Finding], past: Sequence[ParseCounts | RecastCounts]) -> str:
    told = "; ".join(f"{day}: {finding.what}" for day, finding in found.items())
    left = [counts for counts in past if f"{counts.day:%Y%m%d}" > max(found)] if len(found) == SHOWN else []
    return told + (f"; {count(len(left), 'later day')} not compared" if left else "")


def _observed(found: Mapping[str, Finding]) -> str:
    return "; ".join(f"{day}: {finding.observed}" for day, finding in found.items())
