"""What the steps' queries count and their looks see, noted for the ledger of records and the list of columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from botocore.exceptions import ClientError

from acceptance.aws.glue_catalog import CatalogTable
from acceptance.aws.job_logs import RunLog
from acceptance.findings import SuiteError
from acceptance.measurements.model import Point, Reason, RowChange, RowCount
from acceptance.pipeline import PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries.ingestion import IngestionCounts
from acceptance.queries.parse import ParseCounts
from acceptance.queries.recast import RecastCounts
from acceptance.queries.snapshot import SnapshotCounts
from acceptance.run.run import Run
from acceptance.run.stage_queries import Counts

NO_READING = "Athena cannot read the text as the job does, or the time is of before 15 October 1582"
"""Why a value of an increment is not compared with its text: see `acceptance.queries.casts`."""


def rows(run: Run, table: str, counts: Counts) -> None:
    """From what the checks' query of a stage has counted."""
    match counts:
        case IngestionCounts():
            run.measurements.rows(
                *_ingested(table, counts), *_promised(table, run.job_runs.ingestion_log(table))
            )
        case ParseCounts():
            run.measurements.rows(*_parsed(table, counts))
        case RecastCounts():
            run.measurements.rows(RowCount(table, Point.INCREMENT, counts.row_count))
            casts(run, table, counts)
        case SnapshotCounts():
            run.measurements.rows(*_merged(table, counts))


def _ingested(table: str, counts: IngestionCounts) -> Iterator[RowCount | RowChange]:
    yield RowCount(table, Point.API_RESPONSE, counts.row_count, counts.page_count)
    if without := counts.row_count - counts.record_count:
        text = "rows that hold no record: pages that the API did not answer properly"
        yield RowChange(table, Point.PARSED, Reason.FAILED_PAGE, -without, text)


def _parsed(table: str, counts: ParseCounts) -> Iterator[RowCount | RowChange]:
    yield RowCount(table, Point.PARSED, counts.row_count)
    if repeated := counts.id_count - counts.distinct_count:
        text = "rows that repeat an id of the same import_date"
        more = counts.row_count - counts.record_count
        if more > 0:
            yield RowChange(table, Point.PARSED, Reason.DUPLICATE, min(repeated, more), text)


def _merged(table: str, counts: SnapshotCounts) -> Iterator[RowCount | RowChange]:
    yield RowCount(table, Point.SNAPSHOT, counts.row_count)
    if older := counts.fresh_rows - counts.fresh_count:
        text = "versions of an id beside the latest in today's increment"
        yield RowChange(table, Point.SNAPSHOT, Reason.DUPLICATE, -older, text)
    if kept := counts.kept_count:
        text = "ids of the last snapshot and of earlier increments that today's does not renew"
        yield RowChange(table, Point.SNAPSHOT, Reason.MERGE, kept, text)


def _promised(table: str, log: RunLog | None) -> Iterator[RowCount]:
    """What the API promised to the run that brought the data, by its log."""
    if log and (promised := sum(log.promised_pages.values())):
        yield RowCount(table, Point.API, None, promised)


def columns(run: Run, stage: Stage, table: str, found: CatalogTable) -> None:
    """The types of a table's columns in the Data Catalog; those of the increments, and what is wanted."""
    if stage is RECAST:
        _increments(run, table, found)
    elif stage is SNAPSHOT:
        for name in _own(found):
            run.measurements.column(table, name, snapshot=found.columns[name])


def _increments(run: Run, table: str, found: CatalogTable) -> None:
    parsed = run.catalog_table(PARSE, table)
    typed = run.platform.branch.types_of(table)
    expected = {**(parsed.columns if parsed else {}), **typed}
    today, last = _generations(run, table, found)
    files = _file_types(run, table)
    for name in dict.fromkeys((*expected, *_own(found))):
        run.measurements.column(
            table,
            name,
            expected=expected.get(name, ""),
            catalog=found.columns.get(name, ""),
            files=None if files is None else files.get(name, ""),
            since=""
            if last is None or (name in today) == (name in last)
            else "new"
            if name in today
            else "gone",
        )


def _own(found: CatalogTable) -> list[str]:
    """A table's columns without the partition keys of the increments, which a snapshot has as columns."""
    return [name for name in found.columns if name not in RECAST.partition_keys]


def _generations(
    run: Run, table: str, found: CatalogTable
) -> tuple[Mapping[str, str], Mapping[str, str] | None]:
    """The columns of today's partition and of the one before; None where there is none before."""
    today = f"{run.day:%Y%m%d}"
    by_day = {part.values[-1]: part.columns for part in run.partitions(RECAST, table)}
    earlier = [day for day in by_day if day < today]
    return by_day.get(today, found.columns), by_day[max(earlier)] if earlier else None


def _file_types(run: Run, table: str) -> Mapping[str, str] | None:
    """Of the newest of today's files of the increment; None where there is none that can be read.

    It is only looked at here, not checked: that the caller may not read it is no reason for a step to fail.
    """
    try:
        *_, newest = run.file_types(RECAST, table).values()
    except (ClientError, SuiteError, ValueError):
        return None
    return newest


def casts(run: Run, table: str, counts: RecastCounts) -> None:
    """For each typed column the values that the cast lost or changed, and those that could not be compared."""
    bad: list[str] = []
    for name, column in counts.columns.items():
        run.measurements.column(table, name, lost=column.lost, changed=column.changed)
        bad += [
            f"{name} {count} {what}"
            for what, count in (("lost", column.lost), ("changed", column.changed))
            if count
        ]
    if bad:
        told = ", ".join(bad[:5]) + (f" and {len(bad) - 5} more" if len(bad) > 5 else "")
        run.measurements.rows(
            RowChange(table, Point.INCREMENT, Reason.CAST, 0, f"values lost or changed: {told}")
        )
    uncompared_casts(run, table, counts)


def uncompared_casts(run: Run, table: str, counts: RecastCounts) -> None:
    uncompared = {name: column.uncompared for name, column in counts.columns.items()}
    run.measurements.not_compared(table, Point.INCREMENT, counts.day, uncompared, NO_READING)
