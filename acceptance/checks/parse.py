"""The parsed increments, compared with the API responses that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from acceptance.checks.queries import named, on_pages, shown
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Failure
from acceptance.measurements.model import Point
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE
from acceptance.queries.failing import (
    RepeatedId,
    bad_records,
    ids_with_key,
    misparsed,
    repeated_ids,
    repeated_ids_of_api,
    unparsed_ids,
    without_id,
)
from acceptance.queries.parse import ColumnValues, ParseCounts
from acceptance.run.run import Run
from acceptance.wording import count

COMPLETENESS = 0.99
"""Of `id`, as the parse job's data quality rules want it."""
NOT_JSON = "lists or objects, which the parse has not written as JSON"
"""Why a value of a parsed row is not compared with that of its record."""


def no_key_is_lost(run: Run, table: str, counts: ParseCounts) -> None:
    if not counts.record_count:
        raise _no_records(table)
    if not counts.lost_keys:
        return
    keys = counts.lost_keys.split(", ")
    ids = shown(run, f"Records with {keys[0]}", ids_with_key(_raw(run), table, counts.day, keys[0]))
    clashing = [key for key in keys if key in (table, "json", *API_RESPONSE_COLUMNS)]
    raise Failure(
        "parse-keys-lost",
        f"the parse has lost keys of the API's records: {counts.lost_keys}",
        table=table,
        expected="a column of the parsed table for each key of the JSON records",
        observed=f"no column for {counts.lost_keys}"
        + (f"; records with {keys[0]}: the ids {named(ids)}" if ids else ""),
        look="the query of these records below"
        if ids
        else "the checks' query below; lost_keys is one record's",
        do=f"{' and '.join(clashing)}: the script has a column of this name itself, and drops or overwrites one of the "
        "two. Have it rename the field"
        if clashing
        else "fix what the parse script does with these keys",
        redo=PARSE,
    )


def _no_records(table: str) -> Failure:
    return Failure(
        "parse-no-records",
        "the API responses have no record to parse",
        table=table,
        expected="records in the API responses",
        observed="no record with status 200",
        look=f"the pages, and their import_exception_thrown, in step {INGESTION.query_step}",
        do="see whether the API answers now; where it does not, the vendor has to fix it",
        redo=INGESTION,
    )


def rows_are_the_records(run: Run, table: str, counts: ParseCounts) -> None:
    rows, records = counts.row_count, counts.record_count
    if rows > records:
        raise _rows_extra(run, table, counts)
    if rows < records:
        raise _rows_lost(run, table, counts)


def _rows_extra(run: Run, table: str, counts: ParseCounts) -> Failure:
    rows, records = counts.row_count, counts.record_count
    pages = run.queries.failed_pages(table, counts.day)
    blank = [str(page.number) for page in pages.value if page.status == "200"]
    if len(blank) == rows - records:
        run.record_failing("The pages without records", pages.result)
        return Failure(
            "parse-rows-of-blank-pages",
            f"{count(len(blank), 'row')} without a record: the API answered page {', '.join(blank)} with status 200, "
            "and its records were lost",
            table=table,
            expected=f"{records} rows, one for each record of the API responses",
            observed=f"{rows} rows, of which {len(blank)} come of pages without a record (step {INGESTION.query_step})",
            look="the query of these pages below; import_exception_thrown says why",
            do="see whether the API answers these pages now; where it does not, the vendor has to fix it",
            redo=INGESTION,
        )
    raw, day = _raw(run), counts.day
    repeated = shown(run, "Ids that have several rows", repeated_ids(raw, PARSE, table, day))
    blanks = [] if repeated else shown(run, "Rows without an id, by page", without_id(raw, PARSE, table, day))
    files = run.data_of(PARSE, table, day)
    return Failure(
        "parse-rows-extra",
        f"{count(rows - records, 'row')} too many after the parse"
        + (f": each record is there {rows // records} times" if records and rows % records == 0 else ""),
        table=table,
        expected=f"{records} rows, one for each record of the API responses",
        observed=f"{rows} rows; {_times(repeated) or f'without an id: {on_pages(blanks)}'}",
        look=("the query of these rows below, and " if repeated or blanks else "")
        + f"the times of the {count(files.objects, 'object')} in {files.address}",
        do="where the objects are of several job runs, the job has read the responses again: a clone or a renamed job "
        "starts without a bookmark. Where one run has written them all, fix the script",
        redo=PARSE,
    )


def _rows_lost(run: Run, table: str, counts: ParseCounts) -> Failure:
    rows, records = counts.row_count, counts.record_count
    ids = shown(run, "Records that are no row", unparsed_ids(_raw(run), table, counts.day))
    return Failure(
        "parse-rows-lost",
        f"{count(records - rows, 'row')} too few after the parse",
        table=table,
        expected=f"{records} rows, one for each record of the API responses",
        observed=f"{rows} rows; "
        + (f"none of the ids {named(ids)}" if ids else "each id has a row, some lack another"),
        look=f"{'the query of these records below, and ' if ids else ''}the log of step {PARSE.run_step}",
        do="see in the job run's log which records were left out, and fix the script",
        redo=PARSE,
    )


def _raw(run: Run) -> str:
    return run.environment.database(PARSE.zone)


def _times(repeated: list[RepeatedId]) -> str:
    return ", ".join(f"id {named([each.id])} {each.times} times" for each in repeated)


def no_value_is_lost(run: Run, table: str, counts: ParseCounts) -> None:
    """A key may be a column of old, and have no values in today's files."""
    values, wanted = counts.value_count, counts.json_value_count
    if values == wanted:
        return
    compared = tuple(
        Comparison(
            column,
            f"{found.json.count} values",
            f"{found.parsed.count} values",
            found.parsed.count == found.json.count,
        )
        for column, found in _values_by_column(run, table, counts).items()
    )
    told = [f"{c.name} has {c.observed} of {c.expected.split()[0]}" for c in compared if not c.ok]
    raise Failure(
        "parse-values-lost",
        f"the columns have {values} values after the parse, the API's records {wanted}: "
        + ", ".join(told[:5]),
        table=table,
        expected="as many values in each column as its key has in the JSON records",
        observed=(", ".join(told) or f"{values} values in all, and not {wanted}")
        + _rows_of(run, table, counts.day, compared),
        look="the queries of the columns' values, and of the rows, below",
        do="fix what the parse script does with these keys",
        redo=PARSE,
        evidence=(Evidence(Kind.TABLE, f"Values in the parse of {table}", comparisons=compared),),
    )


def no_value_is_changed(run: Run, table: str, counts: ParseCounts) -> None:
    """Row by row the values of the JSON's keys, letter for letter; lists and objects as the JSON that they are."""
    run.measurements.not_compared(table, Point.PARSED, counts.day, {}, "")
    if counts.all_equal:
        return
    values = _values_by_column(run, table, counts)
    uncompared = {column: found.uncompared for column, found in values.items() if found.uncompared}
    others = [column for column, found in values.items() if found.changed]
    if uncompared and not others and counts.scalars_equal:
        run.measurements.not_compared(table, Point.PARSED, counts.day, uncompared, NOT_JSON)
        return
    compared = tuple(
        Comparison(
            column,
            "the values of its key",
            "others" if found.changed else "not compared" if found.uncompared else "the same",
            not found.changed,
        )
        for column, found in values.items()
    )
    raise Failure(
        "parse-values-changed" if others else "parse-values-misplaced",
        f"the parse has changed values: {', '.join(others[:5])}"
        + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        if others
        else "the parse has put values into other rows, though each column has those of its key",
        table=table,
        expected="in each row the values of its record in the JSON, letter for letter",
        observed=(f"others in {', '.join(others)}" if others else "rows that no record of the JSON is like")
        + (_rows_of(run, table, counts.day, compared)),
        look="the queries of the columns' values, and of the rows, below",
        do="fix what the parse script does with these values (trimmed, reformatted, put under another key's name or "
        "into another row)",
        redo=PARSE,
        evidence=(Evidence(Kind.TABLE, f"Values in the parse of {table}", comparisons=compared),),
    )


def _rows_of(run: Run, table: str, day: date, compared: tuple[Comparison, ...]) -> str:
    """How many rows a column is another in, with some ids; of the first column that has such rows."""
    for column in [each.name for each in compared if not each.ok] or [each.name for each in compared]:
        title = f"Rows whose {column} is not its record's"
        if column == "id":
            continue
        rows = shown(run, title, misparsed(_raw(run), table, day, column))
        if rows.count:
            more = rows.count - len(rows.ids)
            told = f"{named(rows.ids)}" + (f" and {more:,} more" if more else "")
            return f"; {column} is not its record's in {count(rows.count, 'row')}: the ids {told}"
    return ""


def _values_by_column(run: Run, table: str, counts: ParseCounts) -> Mapping[str, ColumnValues]:
    counted = run.queries.parsed_values(table, counts)
    run.record(*counted.evidence(run.links, "The values of each column"))
    return counted.value


def ids_are_unique(run: Run, table: str, counts: ParseCounts) -> None:
    repeated = counts.id_count - counts.distinct_count
    if not repeated:
        return
    raw, day = _raw(run), counts.day
    rows = shown(run, "Ids that have several rows", repeated_ids(raw, PARSE, table, day))
    sent = shown(run, "Ids that several API records have", repeated_ids_of_api(raw, table, day))
    raise Failure(
        "parse-ids-repeated",
        f"{count(repeated, 'row')} with an id that another row of the same import_date has: "
        + ("the API has sent the id more than once" if sent else "the parse has put it there"),
        table=table,
        expected="id and import_date together are unique",
        observed=f"{counts.distinct_count} different ids in {counts.id_count} rows that have one; {_times(rows)}",
        look="the query of these ids below",
        do="have the vendor see why the API sends a record twice: the parse job's rule rejects the table"
        if sent
        else "fix what the parse script does to ids",
        redo=INGESTION,
    )


def ids_are_complete(run: Run, table: str, counts: ParseCounts) -> None:
    share = counts.id_count / counts.row_count if counts.row_count else 0
    if share >= COMPLETENESS:
        return
    raw, day = _raw(run), counts.day
    pages = shown(run, "Rows without an id, by page", without_id(raw, PARSE, table, day))
    sent = shown(run, "API records without an id, by page", bad_records(raw, table, day))
    raise Failure(
        "parse-ids-incomplete",
        f"only {share:.1%} of the rows have an id"
        + (
            ": the API's records lack it"
            if sent
            else ": the parse has lost it, or a page of the API left no record"
        ),
        table=table,
        expected=f"at least {COMPLETENESS:.0%}",
        observed=f"{counts.id_count} of {counts.row_count} rows; without one: {on_pages(pages)}",
        look="the query of these rows' pages below",
        do="have the vendor see why records have no id"
        if sent
        else f"fix what the parse script does to id. Where step {INGESTION.query_step} reports a page without "
        "records, that is why",
        redo=INGESTION,
    )


CHECKS = (
    no_key_is_lost,
    rows_are_the_records,
    ids_are_unique,
    ids_are_complete,
    no_value_is_lost,
    no_value_is_changed,
)
"""What is insisted on of each day; the later ones build on those before them."""
