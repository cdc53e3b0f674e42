"""Today's snapshot: the last one with the increments put in. Its date alone is no evidence of that."""

from __future__ import annotations

from acceptance.checks.queries import failing_ids
from acceptance.findings import Failure
from acceptance.pipeline import SNAPSHOT
from acceptance.privacy import sample_rows
from acceptance.queries.snapshot import SnapshotCounts
from acceptance.run.run import Run


def ids_are_unique(table: str, counts: SnapshotCounts) -> None:
    repeated, anonymous, rows = counts.repeated_count, counts.without_id, counts.row_count
    if rows and not repeated and not anonymous:
        return
    raise Failure(
        "snapshot-ids-repeated" if repeated else "snapshot-ids-missing" if rows else "snapshot-empty",
        f"{repeated} id(s) are in today's snapshot more than once"
        if repeated
        else f"today's snapshot has {'rows without an id' if rows else 'no rows'}",
        table=table,
        expected="one row for each id",
        observed=f"{rows} rows; {repeated} ids more than once; {'some' if anonymous else 'none'} without an id",
        look=f"SELECT id, count(*) FROM {table} … GROUP BY id HAVING count(*) > 1, in the refined zone",
        do=f"see whether the increments hold a version of an id twice, and whether dq_params name {table}",
        redo=SNAPSHOT,
    )


def increments_are_in(run: Run, table: str, counts: SnapshotCounts) -> None:
    """Of each id that was ever ingested the newest version: by last_updated, then by the day of import.

    Of a table in the pipeline: that was ingested within the jobs' look-back, or is in the last snapshot.
    """
    missing, outdated = counts.missing_count, counts.outdated_count
    if not missing and not outdated:
        return
    lacking = run.queries.lacking(table)
    run.record(*lacking.evidence(run.links, "Ids that are missing or outdated"))
    days = sorted({each.imported for each in lacking.value})
    ids = ", ".join(f"{sample_rows.id_of(each.id)} (imported {each.imported})" for each in lacking.value)
    raise Failure(
        "snapshot-lacks-increments",
        f"today's snapshot lacks increments: {missing} id(s) missing, {outdated} in an older version",
        table=table,
        expected="every id of the increments and of the last snapshot, in its newest version: by last_updated, and "
        "where that is the same by import_date",
        observed=f"{missing} not there, {outdated} older than their newest version; ids {ids}",
        look=f"the query of these ids below, and the log of step {SNAPSHOT.run_step}",
        do=f"see what became of the increments of {', '.join(days)}: a snapshot without news gets today's date all the "
        "same. Had the job's bookmark passed them, were they crawled after it ran, are they dated before the last "
        "snapshot, or does the script put an older version over a newer one",
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
    told = ", ".join(f"{column} in {count}" for column, count in differing.items())
    if unknown:
        told = f"{unknown} id(s) that neither of them has" + (f"; {told}" if told else "")
    ids = ""
    if first := next(iter(differing), ""):
        failing = run.queries.altered_ids(table, first)
        ids = f"; for {first} the ids {failing_ids(run, f'The rows whose {first} is another', failing)}"
    raise Failure(
        "snapshot-rows-altered",
        f"{altered} row(s) of today's snapshot are neither their increment's nor the last snapshot's: "
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
    raise Failure(
        "snapshot-rows-lost",
        f"today's snapshot has lost {lost} of the {counts.last_count} rows of the last one ({last})",
        table=table,
        expected="every id of the last snapshot",
        observed=f"{lost} ids are no longer there",
        look="the checks' query below",
        do="see what the snapshot script leaves out, before the next snapshot builds on today's",
        redo=SNAPSHOT,
    )
