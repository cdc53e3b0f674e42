"""The parsed increments, beside the API responses they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acceptance.aws.athena import merged
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import INGESTION, PARSE
from acceptance.queries.parse import json_columns
from acceptance.run.run import Run

COMPLETENESS = 0.99
"""Of `id`, as the parse job's data quality rules want it."""


def no_key_is_lost(table: str, measured: Mapping[str, Any]) -> None:
    lost, records = measured["lost_keys"], measured["record_count"]
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


def rows_are_the_records(table: str, measured: Mapping[str, int]) -> None:
    rows, records = measured["row_count"], measured["record_count"]
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


def no_value_is_lost(run: Run, table: str, measured: Mapping[str, Any]) -> None:
    """A key may be a column of old, and have no values in today's files."""
    values, wanted = measured["value_count"], measured["json_value_count"]
    if values == wanted:
        return
    compared = tuple(
        Comparison(column, f"{in_json.count} values", f"{parsed.count} values", parsed.count == in_json.count)
        for column, parsed, in_json in _values_by_column(run, table)
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


def no_value_is_changed(run: Run, table: str, measured: Mapping[str, Any]) -> None:
    """Row by row the values of the JSON's keys, letter for letter."""
    if uncompared := measured["uncompared_count"]:
        run.note(
            f"{uncompared} record(s) hold lists or objects, or keys in capitals: their values are counted, not compared"
        )
        return
    if measured["values_checksum"] == measured["json_values_checksum"]:
        return
    compared = tuple(
        Comparison(
            column,
            "the values of its key",
            "the same" if parsed == in_json else "others",
            parsed == in_json,
        )
        for column, parsed, in_json in _values_by_column(run, table)
    )
    others = [each.name for each in compared if not each.ok]
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


@dataclass(frozen=True)
class _Values:
    count: int
    checksum: str | None  # None: no rows


def _values_by_column(run: Run, table: str) -> list[tuple[str, _Values, _Values]]:
    """Each column with the values that it has after the parse, and those that its key has in the JSON."""
    found = run.catalog_table(PARSE, table)
    fields = json_columns(found.columns if found else ())
    counted = run.queries.parsed_values(table, fields)
    run.record(*(part.evidence(run.links, "The values of each column") for part in counted))
    row = merged(counted)

    def values(source: str, number: int) -> _Values:
        return _Values(row[f"{source}_{number}"], row[f"{source}_checksum_{number}"])

    return [(name, values("parsed", number), values("json", number)) for number, name in enumerate(fields)]


def ids_are_unique(table: str, measured: Mapping[str, int]) -> None:
    repeated = measured["id_count"] - measured["distinct_count"]
    if not repeated:
        return
    raise Failure(
        "parse-ids-repeated",
        f"{repeated} row(s) repeat an id of the same import_date",
        table=table,
        expected="id and import_date together are unique",
        observed=f"{measured['distinct_count']} different ids in {measured['id_count']} rows that have one",
        look=f"SELECT id, count(*) FROM {table} … GROUP BY id HAVING count(*) > 1, in the raw zone",
        do="see whether the API sends records twice, which is the vendor's to fix, or the parse script repeats them",
        redo=INGESTION,
    )


def ids_are_complete(table: str, measured: Mapping[str, int]) -> None:
    share = measured["id_count"] / measured["row_count"] if measured["row_count"] else 0
    if share >= COMPLETENESS:
        return
    raise Failure(
        "parse-ids-incomplete",
        f"only {share:.1%} of the rows have an id",
        table=table,
        expected=f"at least {COMPLETENESS:.0%}",
        observed=f"{measured['id_count']} of {measured['row_count']} rows",
        look="the checks' query below",
        do="see what the API sends for the others, and whether the parse script loses it; the parse job's own rule "
        "should have stopped them",
        redo=INGESTION,
    )
