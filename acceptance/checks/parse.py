"""The parsed increments, compared with the API responses that they come from."""

from __future__ import annotations

from collections.abc import Mapping

from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Failure
from acceptance.measurements.model import Point
from acceptance.pipeline import INGESTION, PARSE
from acceptance.queries.parse import ColumnValues, ParseCounts
from acceptance.run.run import Run

COMPLETENESS = 0.99
"""Of `id`, as the parse job's data quality rules want it."""
NOT_JSON = "lists or objects, which the parse has not written as JSON"
"""Why a value of a parsed row is not compared with that of its record."""


def no_key_is_lost(table: str, counts: ParseCounts) -> None:
    lost, records = counts.lost_keys, counts.record_count
    if records and not lost:
        return
    raise Failure(
        "parse-keys-lost" if lost else "parse-no-records",
        f"the parse has lost keys of the API's records: {lost}"
        if lost
        else "today's API responses have no record to parse",
        table=table,
        expected="a column of the parsed table for each key of the JSON records",
        observed=f"no column for {lost}" if lost else "no record with status 200",
        look="the checks' query below; lost_keys is one record's",
        do="fix what the parse script does with these keys",
        redo=PARSE,
    )


def rows_are_the_records(table: str, counts: ParseCounts) -> None:
    rows, records = counts.row_count, counts.record_count
    if rows == records:
        return
    more = rows > records
    raise Failure(
        "parse-rows-extra" if more else "parse-rows-lost",
        f"{abs(rows - records)} row(s) too {'many' if more else 'few'} after the parse",
        table=table,
        expected=f"{records} rows, one for each record of today's API responses",
        observed=f"{rows} rows",
        look=f"today's partition of {table} in the raw zone, and the log of step {PARSE.run_step}",
        do="find out why the data was parsed more than once (a renamed or cloned job starts without a bookmark)"
        if more
        else "see in the job run's log which records were left out, and fix the script",
        redo=PARSE,
    )


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
        observed=", ".join(told) or f"{values} values in all, and not {wanted}",
        look="the query of the columns' values below",
        do="fix what the parse script does with these keys",
        redo=PARSE,
        evidence=(Evidence(Kind.TABLE, f"Values in the parse of {table}", comparisons=compared),),
    )


def no_value_is_changed(run: Run, table: str, counts: ParseCounts) -> None:
    """Row by row the values of the JSON's keys, letter for letter; lists and objects as the JSON that they are."""
    run.measurements.not_compared(table, Point.PARSED, {}, "")
    if counts.all_equal:
        return
    values = _values_by_column(run, table, counts)
    uncompared = {column: found.uncompared for column, found in values.items() if found.uncompared}
    others = [column for column, found in values.items() if found.changed]
    if uncompared and not others and counts.scalars_equal:
        run.measurements.not_compared(table, Point.PARSED, uncompared, NOT_JSON)
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
        observed=f"others in {', '.join(others)}" if others else "rows that no record of the JSON is like",
        look="the query of the columns' values below",
        do="fix what the parse script does with these values (trimmed, reformatted, put under another key's name or "
        "into another row)",
        redo=PARSE,
        evidence=(Evidence(Kind.TABLE, f"Values in the parse of {table}", comparisons=compared),),
    )


def _values_by_column(run: Run, table: str, counts: ParseCounts) -> Mapping[str, ColumnValues]:
    counted = run.queries.parsed_values(table, counts.structured_keys.split(","))
    run.record(*counted.evidence(run.links, "The values of each column"))
    return counted.value


def ids_are_unique(table: str, counts: ParseCounts) -> None:
    repeated = counts.id_count - counts.distinct_count
    if not repeated:
        return
    raise Failure(
        "parse-ids-repeated",
        f"{repeated} row(s) repeat an id of the same import_date",
        table=table,
        expected="id and import_date together are unique",
        observed=f"{counts.distinct_count} different ids in {counts.id_count} rows that have one",
        look=f"SELECT id, count(*) FROM {table} … GROUP BY id HAVING count(*) > 1, in the raw zone",
        do="see whether the API sends records twice, which is the vendor's to fix, or the parse script repeats them",
        redo=INGESTION,
    )


def ids_are_complete(table: str, counts: ParseCounts) -> None:
    share = counts.id_count / counts.row_count if counts.row_count else 0
    if share >= COMPLETENESS:
        return
    raise Failure(
        "parse-ids-incomplete",
        f"only {share:.1%} of the rows have an id",
        table=table,
        expected=f"at least {COMPLETENESS:.0%}",
        observed=f"{counts.id_count} of {counts.row_count} rows",
        look="the checks' query below",
        do="see what the API sends for the others, and whether the parse script loses it; the parse job's own rule "
        "should have stopped them",
        redo=INGESTION,
    )
