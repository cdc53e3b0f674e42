"""Today's snapshot: the last one with the increments put in. Its date alone is no evidence of that."""

from __future__ import annotations

from datetime import date

from acceptance.checks.queries import failing_ids, named, on_pages, shown
from acceptance.findings import Failure
from acceptance.pipeline import RECAST, SNAPSHOT
from acceptance.privacy import sample_rows
from acceptance.queries.failing import (
    lost_ids,
    repeated_ids,
    repeated_versions,
    unknown_ids,
    without_id,
)
from acceptance.queries.generation_sizes import size_query
from acceptance.queries.snapshot import SnapshotCounts
from acceptance.run import generations
from acceptance.run.run import Run
from acceptance.wording import count


def ids_are_unique(run: Run, table: str, counts: SnapshotCounts) -> None:
    rows = counts.row_count
    if not rows:
        raise Failure(
            "snapshot-empty",
            f"{_named(run, counts)} has no rows",
            table=table,
            expected="one row for each id",
            observed="0 rows",
            look=f"the log of step {SNAPSHOT.run_step}, and the checks' query below",
            do=f"see whether the increments have rows (step {RECAST.query_step}), and what the script leaves out",
            redo=SNAPSHOT,
        )
    if counts.repeated_count:
        raise _ids_repeated(run, table, counts)
    if counts.without_id:
        refined, day = _place(run, table)
        pages = shown(run, "Rows without an id, by page", without_id(refined, SNAPSHOT, table, day))
        raise Failure(
            "snapshot-ids-missing",
            f"{_named(run, counts)} has rows without an id",
            table=table,
            expected="one row for each id",
            observed=f"without one: {on_pages(pages)}",
            look="the query of these rows' import_date and page below",
            do=f"see step {RECAST.query_step} of that import_date: an id that does not fit its type becomes NULL. If "
            "the increments have all ids, fix the snapshot script",
            redo=SNAPSHOT,
        )


def _named(run: Run, counts: SnapshotCounts) -> str:
    """For people: where sections are run alone, the newest snapshot may be of another day."""
    return "today's snapshot" if counts.day == run.day else f"the snapshot of {counts.day:%Y%m%d}"


def _ids_repeated(run: Run, table: str, counts: SnapshotCounts) -> Failure:
    refined, day = _place(run, table)
    size = shown(run, "Rows and ids", size_query(refined, SNAPSHOT, table, f"{day:%Y%m%d}"))
    repeated = shown(run, "Ids that have several rows", repeated_ids(refined, SNAPSHOT, table, day))
    times = size.row_count // max(size.id_count, 1)
    doubled = counts.repeated_count == size.id_count and size.row_count == times * size.id_count
    tied = (
        []
        if doubled
        else shown(run, "Versions that the increments hold several times", repeated_versions(refined, table))
    )
    return Failure(
        "snapshot-made-again" if doubled else "snapshot-ids-repeated",
        f"each of the {size.id_count} ids is in {_named(run, counts)} {times} times: the job has run as often that day"
        if doubled
        else f"{_named(run, counts)} has {count(counts.repeated_count, 'id')} more than once"
        + (": the increments hold a version twice" if tied else ""),
        table=table,
        expected="one row for each id",
        observed=f"{size.row_count} rows of {size.id_count} ids; for instance {named(each.id for each in repeated)}",
        look="the query of these ids below",
        do="find out who ran the job again: this version of the script adds its rows to those of the run before"
        if doubled
        else f"see step {RECAST.query_step}: the snapshot takes all rows of an id's latest version"
        if tied
        else f"fix the snapshot script; dq_params should have stopped it: see whether it names {table}",
        redo=SNAPSHOT,
    )


def _place(run: Run, table: str) -> tuple[str, date]:
    """The refined zone's database, and the day of the newest snapshot."""
    found = generations.newest(run, SNAPSHOT, table)
    day = date.fromisoformat(generations.name_of(found[0])) if found else run.day_of(SNAPSHOT, table)
    return run.environment.database(SNAPSHOT.zone), day


def increments_are_in(run: Run, table: str, counts: SnapshotCounts) -> None:
    """Of each id that was ever ingested the newest version: by last_updated, then by the day of import.

    Of a table in the pipeline: that was ingested within the jobs' look-back, or is in the last snapshot.
    """
    missing, outdated = counts.missing_count, counts.outdated_count
    if not missing and not outdated:
        return
    lacking = run.queries.lacking(table, counts.day)
    run.record(*lacking.evidence(run.links, "Ids that are missing or outdated"))
    days = sorted({each.imported for each in lacking.value})
    ids = ", ".join(f"{sample_rows.id_of(each.id)} (imported {each.imported})" for each in lacking.value)
    raise Failure(
        "snapshot-lacks-increments",
        f"{_named(run, counts)} lacks increments: {count(missing, 'id')} missing, {outdated} in an older version",
        table=table,
        expected="every id of the increments and of the last snapshot, in its newest version: by last_updated, and "
        "where that is the same by import_date",
        observed=f"{missing} not there, {outdated} older than their newest version; ids {ids}",
        look=f"the query of these ids below, and the log of step {SNAPSHOT.run_step}",
        do=f"see what became of the increments of {', '.join(days)}: a snapshot without news gets today's date all the "
        "same. Either the job's bookmark had passed them, or they were crawled after it ran, or they are dated before "
        "the last snapshot, or the script puts an older version over a newer one",
        redo=SNAPSHOT,
    )


def nothing_is_altered(run: Run, table: str, counts: SnapshotCounts) -> None:
    """Each row is a version of its id that the increments have, or the last snapshot's, in every column."""
    unknown, altered = counts.unknown_count, counts.altered_rows
    if not altered:
        return
    counted = run.queries.altered_columns(table)
    run.record(*counted.evidence(run.links, "The values of today's snapshot that are others"))
    differing = counted.value
    told = ", ".join(f"{column} in {rows}" for column, rows in differing.items())
    if unknown:
        refined, day = _place(run, table)
        question = unknown_ids(refined, table, day, run.last_generation(SNAPSHOT, table))
        strangers = shown(run, "Ids that neither of them has", question)
        told = f"{count(unknown, 'id')} that neither of them has ({named(strangers)})" + (
            f"; {told}" if told else ""
        )
    ids = ""
    if first := next(iter(differing), ""):
        failing = run.queries.altered_ids(table, first)
        ids = f"; for {first} the ids {failing_ids(run, f'The rows whose {first} is another', failing)}"
    raise Failure(
        "snapshot-rows-altered",
        f"today's snapshot differs from the increments, or from the last snapshot, in {count(altered, 'row')}: "
        + (told or "their last_updated is another"),
        table=table,
        expected="each row as its increment has it, or as the last snapshot had it",
        observed=f"{told or 'rows of which no version is known'}{ids}",
        look="the queries of the values below",
        do="see how the snapshot script puts increments into the last snapshot: columns that are joined by their order "
        "and not by their names end up in each other's place. Do so before the next snapshot builds on it",
        redo=SNAPSHOT,
    )


def nothing_is_lost(run: Run, table: str, counts: SnapshotCounts, last: str) -> None:
    lost = counts.lost_count
    if not last:
        run.note("there is no snapshot before today's to compare with")
    if not lost:
        return
    refined, day = _place(run, table)
    ids = shown(run, "Ids that the snapshot has lost", lost_ids(refined, table, day, last))
    raise Failure(
        "snapshot-rows-lost",
        f"{_named(run, counts)} has lost {lost} of the {counts.last_count} rows of the last one ({last})",
        table=table,
        expected="every id of the last snapshot",
        observed=f"{lost} ids are no longer there: {named(ids)}",
        look="the query of these ids below",
        do="see what the snapshot script leaves out, before the next snapshot builds on today's",
        redo=SNAPSHOT,
    )
