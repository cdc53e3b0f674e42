"""The SQL of the checks: all of a table's checks at a stage are one flat query, so that Athena reads the data once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial

from acceptance.aws.athena import identifier
from acceptance.findings import SuiteError
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, Stage

LONGEST = 262_144
"""Bytes of a query (Athena user guide, "Service Quotas"). `applications`, 752 columns wide, needs some 140,000."""


def playbook_query(database: str, stage: Stage, table: str) -> str:
    """The playbook's own query of a table's newest generation (steps 1.2.4, 2.3.4, 3.2.4, 4.3.4)."""
    source = _source(database, stage, table)
    last = f"last_{stage.generation}"
    return "\n".join(
        [
            "WITH",
            "generation AS (",
            f"    SELECT MAX({stage.generation}) AS {last}",
            f"        FROM {source}",
            ")",
            "SELECT g.*, a.*",
            f"    FROM {source} a",
            "INNER JOIN generation g",
            f"ON a.{stage.generation} = g.{last}",
            "ORDER BY a.import_datetime DESC",
            "LIMIT 10",
        ]
    )


def ingestion_query(database: str, table: str, day: date) -> str:
    """One row: what is to be known of a day's API responses.

    A page that failed is a row with an empty record, its status code and the exception; some failures are marked 200,
    with a blank record (platform documentation, "Ingestion"). So a good record is one with status 200 and text.
    """
    record = identifier(table)
    columns = {
        "page_number": "page_number",
        "page": "concat(cast(page_number AS varchar), ' ', coalesce(import_api_url_requested, ''))",
        "record": record,
        "blank": _blank(record),
        "good": _good(record),
    }
    aggregates = {
        "row_count": "count(*)",
        "record_count": "count_if(good)",
        "page_count": "count(DISTINCT page)",
        "last_page": "max(page_number)",
        "failed_page_count": "count(DISTINCT CASE WHEN NOT good THEN page END)",
        "not_json_count": "count_if(NOT blank AND try(json_parse(record)) IS NULL)",
        "without_id_count": "count_if(good AND coalesce(json_extract_scalar(record, '$.id'), '') = '')",
    }
    return f"SELECT\n{_listed(aggregates)}\nFROM {_selected(columns, database, INGESTION, table, day)}"


def failed_pages(database: str, stage: Stage, table: str, day: date, limit: int = 20) -> str:
    """The pages that failed, with their status; the exception's text stays where it is: it may quote data."""
    record = identifier(table)
    return "\n".join(
        [
            "SELECT DISTINCT page_number, import_api_status_code",
            f"FROM {_source(database, stage, table)}",
            f"WHERE {_partition(stage, day)}",
            f"    AND (coalesce(import_api_status_code, '') <> '200' OR {_blank(record)})",
            f"ORDER BY page_number\nLIMIT {limit}",
        ]
    )


def parse_query(database: str, table: str, day: date, columns: Iterable[str]) -> str:
    """One row: today's parsed rows of a table beside the API records they come from.

    `columns`: those of the parsed table, its partition keys apart; `lost_keys` names keys of a record that are none of
    them. The values that are not null are counted over all columns, and over all keys.
    """
    record = identifier(table)
    good = _good(record)
    fields = f"CASE WHEN {good} THEN try(CAST(json_parse({record}) AS map(varchar, json))) END"
    columns = list(columns)
    # one text that is split: Trino's array constructor takes 254 elements at most, and applications has 752 columns
    known = f"split('{_joined(columns)}', ',')"
    # most records have just the parsed columns as keys, which is soon seen
    lost = (
        f"CASE WHEN array_join(map_keys(fields), ',') <> '{_joined(sorted(json_columns(columns)))}' "
        f"THEN array_join(array_except(transform(map_keys(fields), k -> lower(k)), {known}), ', ') END"
    )
    values = "cardinality(filter(map_values(fields), v -> json_format(v) <> 'null'))"
    return _side_by_side(
        {
            "row_count": "count(*)",
            "distinct_count": "count(DISTINCT nullif(trim(id), ''))",  # of one import_date
            "id_count": "count(nullif(trim(id), ''))",
            "value_count": _sum([f"count({identifier(column)})" for column in json_columns(columns)]),
        },
        _day_of(database, PARSE, table, day),
        {
            "record_count": "count_if(good)",
            "lost_keys": f"max({lost})",
            "json_value_count": f"coalesce(sum({values}), 0)",
        },
        _selected({"good": good, "fields": fields}, database, INGESTION, table, day),
    )


def _joined(columns: Iterable[str]) -> str:
    return ",".join(column for column in columns if identifier(column))


def parsed_values_queries(
    database: str, table: str, day: date, columns: Iterable[str], longest: int = LONGEST
) -> list[str]:
    """One row, in parts: how many values each column has after the parse, and how many its key has in the JSON."""
    record = identifier(table)

    def query(fields: Mapping[int, str]) -> str:
        return _side_by_side(
            {f"parsed_{number}": f"count({identifier(column)})" for number, column in fields.items()},
            _day_of(database, PARSE, table, day),
            {
                f"json_{number}": f"count(json_extract_scalar({record}, '$.{column}'))"
                for number, column in fields.items()
            },
            f"(SELECT * FROM {_day_of(database, INGESTION, table, day)} WHERE {_good(record)})",
        )

    return _in_parts(query, json_columns(columns), longest)


def _in_parts(query: Callable[[Mapping[int, str]], str], columns: Sequence[str], longest: int) -> list[str]:
    """One query of all columns, or as few of about as many each as are no longer than `longest` bytes.

    `query` writes one of some columns, by their numbers among all. Raises `SuiteError` where one alone is too long.
    """
    numbered = list(enumerate(columns))
    for parts in range(1, max(len(columns), 1) + 1):
        size = math.ceil(len(columns) / parts) or 1
        starts = range(0, max(len(columns), 1), size)
        found = [query(dict(numbered[start : start + size])) for start in starts]
        if all(len(each.encode()) <= longest for each in found):
            return found
    raise SuiteError(f"no query of {longest:,} bytes holds one column alone: Athena takes no longer ones")


def _sum(terms: list[str], width: int = 50) -> str:
    """A sum in groups, so that many terms do not nest deeply; 0 without terms."""
    groups = [" + ".join(terms[start : start + width]) for start in range(0, len(terms), width)]
    return " + ".join(f"({group})" for group in groups) or "0"


def json_columns(columns: Iterable[str]) -> list[str]:
    """The columns of a parsed table that are keys of the JSON."""
    return [column for column in columns if column not in API_RESPONSE_COLUMNS]


def recast_queries(
    database: str,
    raw: str,
    table: str,
    day: date,
    types: Mapping[str, str],
    longest: int = LONGEST,
) -> list[str]:
    """One row, in parts: the recast rows beside the parsed ones, and of each typed column the values lost or changed.

    `types`: catalog type of each column that the dictionary names; `lost_0`, `changed_0` are of the first of them.
    """
    return _in_parts(partial(_recast_query, database, raw, table, day, types), list(types), longest)


def _recast_query(
    database: str, raw: str, table: str, day: date, types: Mapping[str, str], columns: Mapping[int, str]
) -> str:
    whole = "regexp_like(i.id, '^(0|[1-9][0-9]*)$')" if "id" not in types else "false"
    compared = {
        "row_count": f"({_count_of(database, RECAST, table, day)})",
        "parsed_count": f"({_count_of(raw, PARSE, table, day)})",
        "matched_count": "count_if(i.id IS NOT NULL AND p.id IS NOT NULL)",
        "whole_id_count": f"count_if({whole})",  # ids that are numbers, though the dictionary leaves them as text
    }
    for number, column in columns.items():
        for what, condition in _cast_faults(column, types[column]).items():
            compared[f"{what}_{number}"] = f"count_if({condition})"
    source = _increment_and_parsed(database, raw, table, day, types.get("id", "string"))
    return f"SELECT\n{_listed(compared)}\nFROM {source}"


def recast_ids(
    database: str,
    raw: str,
    table: str,
    day: date,
    types: Mapping[str, str],
    column: str,
    what: str,
    values: bool = False,
    limit: int = 10,
) -> str:
    """The ids of rows whose value of a column was lost or changed in the cast; with `values` these too."""
    name = identifier(column)
    shown = f", p.{name} AS {identifier(f'{column}_parsed')}, i.{name} AS {identifier(f'{column}_recast')}"
    condition = _cast_faults(column, types[column])[what]
    source = _increment_and_parsed(database, raw, table, day, types.get("id", "string"))
    return f"SELECT p.id{shown if values else ''}\nFROM {source}\nWHERE {condition}\nORDER BY p.id\nLIMIT {limit}"


def _cast_faults(column: str, kind: str) -> dict[str, str]:
    text, value = f"nullif(trim(p.{identifier(column)}), '')", f"i.{identifier(column)}"
    return {
        "lost": f"{text} IS NOT NULL AND {value} IS NULL",
        "changed": f"{value} <> {_value_of(text, kind)}",
    }


def _increment_and_parsed(database: str, raw: str, table: str, day: date, id_type: str) -> str:
    """Today's increment rows `i`, each beside its parsed row `p`; an unmatched row of either stands alone.

    Ids are compared as what they were cast to: "007" and "12.0" are the numbers 7 and 12.
    """
    number = "try_cast(trim(p.id) AS double) = CAST(i.id AS double)"
    same_id = "p.id = i.id" if id_type == "string" else number
    return (
        f"{_day_of(database, RECAST, table, day)} i\nFULL JOIN {_day_of(raw, PARSE, table, day)} p\n"
        f"ON {same_id} AND i.page_number = p.page_number"
    )


def snapshot_query(database: str, table: str, day: date, last: str) -> str:
    """One row: whether today's snapshot is the last one (`last`, yyyymmdd, or "") with the increments since put in.

    All versions of an id, from today's snapshot, the last and the increments, are brought together and compared.
    """
    # as text, which sorts alike: tables that the dictionary leaves out have it as text. Missing: as the job counts it
    latest = "coalesce(nullif(trim(CAST(last_updated AS varchar)), ''), '2020-01-01 00:00:00')"
    sources = {
        "today": (SNAPSHOT, f"snapshot_date = '{day:%Y%m%d}'"),
        "last": (SNAPSHOT, f"snapshot_date = '{last}'"),
        "increment": (RECAST, f"import_date >= '{last}'"),
    }
    fresh = f"CASE WHEN import_date = '{day:%Y%m%d}' THEN 1 ELSE 0 END"  # of today's increment
    versions = "\nUNION ALL\n".join(
        f"SELECT nullif(trim(CAST(id AS varchar)), '') AS id, {latest} AS version, '{name}' AS source, "
        f"{fresh if name == 'increment' else 0} AS fresh\n"
        f"FROM {_source(database, stage, table)} WHERE {condition}"
        for name, (stage, condition) in sources.items()
    )
    return f"""SELECT
    sum(todays) AS row_count,
    count_if(id IS NULL AND todays > 0) AS without_id,
    count_if(todays > 1) AS repeated_count,
    count_if(todays = 0 AND increments > 0) AS missing_count,
    count_if(todays > 0 AND newest_increment > newest_todays) AS outdated_count,
    count_if(todays = 0 AND lasts > 0) AS lost_count,
    sum(lasts) AS last_count,
    sum(freshs) AS fresh_rows,
    count_if(freshs > 0) AS fresh_count,
    count_if(freshs = 0 AND todays > 0) AS kept_count
FROM (
SELECT id,
    count_if(source = 'today') AS todays,
    count_if(source = 'last') AS lasts,
    count_if(source = 'increment') AS increments,
    sum(fresh) AS freshs,
    max(CASE WHEN source = 'today' THEN version END) AS newest_todays,
    max(CASE WHEN source = 'increment' THEN version END) AS newest_increment
FROM (
{versions}
)
GROUP BY id
)"""


def row_count(database: str, table: str, partition: Mapping[str, str]) -> str:
    """One row: how many there are in one partition (key -> value; {}: in the table). Of Parquet it scans no bytes."""
    pairs = ((identifier(key), value.replace("'", "''")) for key, value in partition.items())
    condition = " AND ".join(f"{key} = '{value}'" for key, value in pairs)
    return f"SELECT count(*) AS row_count\nFROM {identifier(database)}.{identifier(table)}" + (
        f"\nWHERE {condition}" if condition else ""
    )


def generation_query(database: str, stage: Stage, table: str, generation: str) -> str:
    """One row: how large a generation (yyyymmdd) is."""
    return (
        f"SELECT '{generation}' AS generation, count(*) AS row_count, count(DISTINCT id) AS id_count\n"
        f"FROM {_source(database, stage, table)}\nWHERE {stage.generation} = '{generation}'"
    )


def changes_query(database: str, table: str, since: str) -> str:
    """A row for each generation of a table's increments since a day (yyyymmdd): how much was new or changed in it."""
    day = "substr(CAST(last_updated AS varchar), 1, 10)"
    aggregates = {
        "generation": "import_date",
        "row_count": "count(*)",
        "day_count": f"count(DISTINCT {day})",
    }
    return (
        f"SELECT\n{_listed(aggregates)}\nFROM {_source(database, RECAST, table)}\n"
        f"WHERE import_date >= '{since}'\nGROUP BY import_date\nORDER BY import_date"
    )


def _side_by_side(
    left: Mapping[str, str], left_source: str, right: Mapping[str, str], right_source: str
) -> str:
    """One row of two sources' aggregates."""
    return (
        f"SELECT * FROM (SELECT\n{_listed(left)}\nFROM {left_source})\n"
        f"CROSS JOIN (SELECT\n{_listed(right)}\nFROM {right_source})"
    )


def _listed(aggregates: Mapping[str, str]) -> str:
    return ",\n".join(f"    {expression} AS {name}" for name, expression in aggregates.items())


def _value_of(text: str, kind: str) -> str:
    """What a text says, as the type it is cast to; NULL where Athena cannot tell."""
    if kind == "boolean":
        return (
            f"CASE WHEN lower({text}) IN ('t', 'true', 'y', 'yes', '1') THEN true "
            f"WHEN lower({text}) IN ('f', 'false', 'n', 'no', '0') THEN false END"
        )
    if kind in ("timestamp", "date"):
        return f"try_cast({text} AS {kind})"
    return f"try_cast({text} AS double)"


def _day_of(database: str, stage: Stage, table: str, day: date) -> str:
    return f"(SELECT * FROM {_source(database, stage, table)} WHERE {_partition(stage, day)})"


def _count_of(database: str, stage: Stage, table: str, day: date) -> str:
    return f"SELECT count(*) FROM {_source(database, stage, table)} WHERE {_partition(stage, day)}"


def _selected(columns: Mapping[str, str], database: str, stage: Stage, table: str, day: date) -> str:
    """Expressions by name, of a day's rows: each is computed once, however often it is used."""
    source = _source(database, stage, table)
    return f"(SELECT\n{_listed(columns)}\nFROM {source}\nWHERE {_partition(stage, day)})"


def _good(record: str) -> str:
    return f"(coalesce(import_api_status_code, '') = '200' AND NOT {_blank(record)})"


def _blank(record: str) -> str:
    return f"coalesce(trim({record}), '') IN ('', '{{}}', 'null')"


def _source(database: str, stage: Stage, table: str) -> str:
    return f"{identifier(database)}.{identifier(stage.catalog_table(table))}"


def _partition(stage: Stage, day: date) -> str:
    pairs = zip(stage.partition_keys, stage.partition_values(day), strict=True)
    return "\n    AND ".join(f"{key} = '{value}'" for key, value in pairs)
