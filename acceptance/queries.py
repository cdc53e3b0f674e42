"""The SQL of the checks: all of a table's checks at a stage are one flat query, so that Athena reads the data once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from acceptance import sql
from acceptance.aws.athena import identifier
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, Stage


def playbook_query(database: str, stage: Stage, table: str) -> str:
    """The playbook's own query of a table's newest generation (steps 1.2.4, 2.3.4, 3.2.4, 4.3.4)."""
    source = sql.source(database, stage, table)
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
    return f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.selected(columns, database, INGESTION, table, day)}"


def failed_pages(database: str, stage: Stage, table: str, day: date, limit: int = 20) -> str:
    """The pages that failed, with their status; the exception's text stays where it is: it may quote data."""
    record = identifier(table)
    return "\n".join(
        [
            "SELECT DISTINCT page_number, import_api_status_code",
            f"FROM {sql.source(database, stage, table)}",
            f"WHERE {sql.partition(stage, day)}",
            f"    AND (coalesce(import_api_status_code, '') <> '200' OR {_blank(record)})",
            f"ORDER BY page_number\nLIMIT {limit}",
        ]
    )


def records_by_generation(database: str, table: str, generations: Iterable[str]) -> str:
    """A row for each of some days (yyyymmdd) of API responses: how many records they hold."""
    days = ", ".join(f"'{date.fromisoformat(day):%Y%m%d}'" for day in generations)
    aggregates = {"generation": "import_date", "record_count": f"count_if({_good(identifier(table))})"}
    return (
        f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.source(database, INGESTION, table)}\n"
        f"WHERE import_date IN ({days})\nGROUP BY import_date"
    )


def parse_query(database: str, table: str, day: date, columns: Iterable[str]) -> str:
    """One row: today's parsed rows of a table beside the API records they come from.

    `columns`: those of the parsed table, its partition keys apart; `lost_keys` names keys of a record that are none of
    them. The values that are not null are counted over all columns, and over all keys. The checksums of the rows and of
    the records are equal where all values are; `uncompared_count` records cannot be put beside rows of texts.
    """
    columns = list(columns)
    keys = sorted(json_columns(columns))
    # one text that is split: Trino's array constructor takes 254 elements at most, and applications has 752 columns
    known = f"split('{_joined(columns)}', ',')"
    of_record = "coalesce(map_keys(texts), map_keys(fields))"
    lost = f"array_join(array_except(transform({of_record}, k -> lower(k)), {known}), ', ')"
    ordered = f"transform(split('{_joined(keys)}', ','), k -> element_at(texts, k))"
    in_capitals = "array_join(map_keys(texts), ',') <> lower(array_join(map_keys(texts), ','))"
    values = (
        "coalesce(cardinality(filter(map_values(texts), v -> v IS NOT NULL)), "
        "cardinality(filter(map_values(fields), v -> json_format(v) <> 'null')), 0)"
    )
    return sql.side_by_side(
        {
            "row_count": "count(*)",
            "distinct_count": "count(DISTINCT nullif(trim(id), ''))",  # of one import_date
            "id_count": "count(nullif(trim(id), ''))",
            "value_count": sql.total([f"count({identifier(column)})" for column in keys]),
            "values_checksum": sql.checksum(sql.text(map(identifier, keys))),
        },
        sql.day_of(database, PARSE, table, day),
        {
            "record_count": "count(*)",
            "lost_keys": f"max(CASE WHEN usual THEN '' ELSE {lost} END)",
            "json_value_count": f"coalesce(sum({values}), 0)",
            "json_values_checksum": sql.checksum(
                sql.joined(f"CASE WHEN usual THEN map_values(texts) ELSE {ordered} END")
            ),
            "uncompared_count": f"count_if(CASE WHEN usual THEN false ELSE texts IS NULL OR {in_capitals} END)",
        },
        _fields(database, table, day, keys),
    )


def _fields(database: str, table: str, day: date, keys: Iterable[str]) -> str:
    """A day's records as maps: of `texts`, or, where lists or objects are among a record's values, of JSON `fields`.

    Most records have just the parsed columns as keys (`usual`), in their order, as json_parse sorts them.
    """
    record = identifier(table)
    texts = f"try(CAST(json_parse({record}) AS map(varchar, varchar)))"
    maps = {
        "texts": "texts",
        "fields": "CASE WHEN texts IS NULL THEN try(CAST(json_parse(record) AS map(varchar, json))) END",
        "usual": f"array_join(map_keys(texts), ',') = '{_joined(keys)}'",
    }
    return f"(SELECT\n{sql.listed(maps)}\nFROM {_records({'record': record, 'texts': texts}, database, table, day)})"


def _joined(columns: Iterable[str]) -> str:
    return ",".join(column for column in columns if identifier(column))


def parsed_values_queries(
    database: str, table: str, day: date, columns: Iterable[str], longest: int = sql.LONGEST
) -> list[str]:
    """One row, in parts: of each column how many values it has after the parse, and a checksum, beside its key's."""
    record = identifier(table)

    def query(fields: Mapping[int, str]) -> str:
        names = {number: identifier(column) for number, column in fields.items()}
        return sql.side_by_side(
            _counted("parsed", names),
            sql.day_of(database, PARSE, table, day),
            _counted("json", names),
            _records(
                {
                    name: f"json_extract_scalar({record}, '$.{fields[number]}')"
                    for number, name in names.items()
                },
                database,
                table,
                day,
            ),
        )

    return sql.in_parts(query, json_columns(columns), longest)


def _counted(source: str, names: Mapping[int, str]) -> dict[str, str]:
    return {f"{source}_{number}": f"count({name})" for number, name in names.items()} | {
        f"{source}_checksum_{number}": sql.checksum(name) for number, name in names.items()
    }


def json_columns(columns: Iterable[str]) -> list[str]:
    """The columns of a parsed table that are keys of the JSON."""
    return [column for column in columns if column not in API_RESPONSE_COLUMNS]


def recast_queries(
    database: str,
    raw: str,
    table: str,
    day: date,
    types: Mapping[str, str],
    texts: Iterable[str],
    longest: int = sql.LONGEST,
) -> list[str]:
    """One row, in parts: the recast rows beside the parsed ones, and of each typed column the values lost or changed.

    `types`: catalog type of each column that the dictionary names; `lost_0`, `changed_0` are of the first of them.
    `texts`: the columns that stay as they were parsed, numbered on; `texts_9` counts the rows in which any from the
    tenth on is another.
    """
    columns = [*types, *(name for name in texts if name not in types)]
    return sql.in_parts(partial(_recast_query, database, raw, table, day, types), columns, longest)


def _recast_query(
    database: str, raw: str, table: str, day: date, types: Mapping[str, str], columns: Mapping[int, str]
) -> str:
    typed = {number: column for number, column in columns.items() if column in types}
    texts = {number: column for number, column in columns.items() if column not in types}
    whole = "regexp_like(after.id, '^(0|[1-9][0-9]*)$')" if "id" not in types else "false"
    compared = {
        "row_count": f"({sql.count_of(database, RECAST, table, day)})",
        "parsed_count": f"({sql.count_of(raw, PARSE, table, day)})",
        "matched_count": "count_if(after.id IS NOT NULL AND before.id IS NOT NULL)",
        "whole_id_count": f"count_if({whole})",  # ids that are numbers, though the dictionary leaves them as text
    }
    for number, column in typed.items():
        for what, condition in _cast_faults(column, types[column]).items():
            compared[f"{what}_{number}"] = f"count_if({condition})"
    if texts:
        after, before = (
            sql.text(f"{row}.{identifier(column)}" for column in texts.values())
            for row in ("after", "before")
        )
        compared[f"texts_{min(texts)}"] = f"count_if({_BOTH} AND {after} <> {before})"
    return f"SELECT\n{sql.listed(compared)}\nFROM {_increment_and_parsed(database, raw, table, day, types)}"


def recast_ids(
    database: str,
    raw: str,
    table: str,
    day: date,
    types: Mapping[str, str],
    column: str,
    what: str,
    values: bool = False,
) -> str:
    """The ids of rows whose value of a column was `lost` or `changed` in the cast; with `values` these too."""
    return _ids(
        _increment_and_parsed(database, raw, table, day, types),
        column,
        _cast_faults(column, types[column])[what],
        values,
    )


def changed_texts(
    database: str, raw: str, table: str, day: date, types: Mapping[str, str], texts: Sequence[str]
) -> list[str]:
    """One row, in parts: of each column that stays as it was parsed, in how many rows it is another (`changed_0`)."""
    return _changes(_increment_and_parsed(database, raw, table, day, types), texts)


def changed_text_ids(
    database: str,
    raw: str,
    table: str,
    day: date,
    types: Mapping[str, str],
    column: str,
    values: bool = False,
) -> str:
    """The ids of rows whose text is not as it was parsed; with `values` these too."""
    return _ids(_increment_and_parsed(database, raw, table, day, types), column, _is_another(column), values)


def _cast_faults(column: str, kind: str) -> dict[str, str]:
    text, value = f"nullif(trim(before.{identifier(column)}), '')", f"after.{identifier(column)}"
    return {
        "lost": f"{text} IS NOT NULL AND {value} IS NULL",
        "changed": f"{value} <> {_value_of(text, kind)}",
    }


def _increment_and_parsed(database: str, raw: str, table: str, day: date, types: Mapping[str, str]) -> str:
    """Today's increment rows `after`, each beside its parsed row `before`; an unmatched row of either stands alone.

    Ids are compared as what they were cast to: "007" and "12.0" are the numbers 7 and 12.
    """
    number = "try_cast(trim(before.id) AS double) = CAST(after.id AS double)"
    same_id = number if types.get("id", "string") != "string" else "before.id = after.id"
    return (
        f"{sql.day_of(database, RECAST, table, day)} after\nFULL JOIN {sql.day_of(raw, PARSE, table, day)} before\n"
        f"ON {same_id} AND after.page_number = before.page_number"
    )


_BOTH = "after.id IS NOT NULL AND before.id IS NOT NULL"


def _is_another(column: str) -> str:
    return f"{_BOTH} AND after.{identifier(column)} IS DISTINCT FROM before.{identifier(column)}"


def _changes(source: str, columns: Sequence[str]) -> list[str]:
    """In how many rows each column is another than before."""

    def query(numbered: Mapping[int, str]) -> str:
        counts = {
            f"changed_{number}": f"count_if({_is_another(column)})" for number, column in numbered.items()
        }
        return f"SELECT\n{sql.listed(counts)}\nFROM {source}"

    return sql.in_parts(query, columns)


def _ids(source: str, column: str, condition: str, values: bool, limit: int = 10) -> str:
    name = identifier(column)
    shown = (
        f", before.{name} AS {identifier(f'{column}_before')}, after.{name} AS {identifier(f'{column}_after')}"
        if values
        else ""
    )
    return f"SELECT before.id{shown}\nFROM {source}\nWHERE {condition}\nORDER BY before.id\nLIMIT {limit}"


@dataclass(frozen=True)
class Merged:
    """Today's snapshot of a table, the last one (yyyymmdd, or ""), and the increments since."""

    database: str
    table: str
    day: date
    last: str
    columns: Mapping[str, str]  # name -> catalog type, of the records alone
    increments: Mapping[str, str]  # the same, of the increments' table

    def source(self, name: str, values: str) -> str:
        """What is selected of the rows of today's snapshot, of the last, or of the increments."""
        stage, condition = {
            "today": (SNAPSHOT, f"snapshot_date = '{self.day:%Y%m%d}'"),
            "last": (SNAPSHOT, f"snapshot_date = '{self.last}'"),
            "increment": (RECAST, f"import_date >= '{self.last}'"),
        }[name]
        return (
            f"SELECT {_ID} AS id, {_VERSION} AS version, {values}\n"
            f"FROM {sql.source(self.database, stage, self.table)} WHERE {condition}"
        )

    def values(self, name: str, columns: Iterable[str]) -> dict[str, str]:
        """Columns as texts, of one of the three."""
        types = self.increments if name == "increment" else self.columns
        return {
            column: sql.as_text(identifier(column), types[column])
            if column in types
            else "CAST(NULL AS varchar)"
            for column in columns
        }


_ID = "nullif(trim(CAST(id AS varchar)), '')"
# as text, which sorts alike: tables that the dictionary leaves out have it as text. Missing: as the job counts it
_VERSION = "coalesce(nullif(trim(CAST(last_updated AS varchar)), ''), '2020-01-01 00:00:00')"


def snapshot_queries(merged: Merged, longest: int = sql.LONGEST) -> list[str]:
    """One row, in parts: whether today's snapshot is the last one with the increments since put in.

    All versions of an id, from today's snapshot, the last and the increments, are brought together and compared;
    `altered_0` counts today's rows that are, in the columns from the first on, neither of the others' rows.
    """
    return sql.in_parts(partial(_snapshot_query, merged), list(merged.columns), longest)


def _snapshot_query(merged: Merged, columns: Mapping[int, str]) -> str:
    fresh = f"CASE WHEN import_date = '{merged.day:%Y%m%d}' THEN 1 ELSE 0 END"  # of today's increment

    def versions(name: str) -> str:
        row = sql.text(merged.values(name, columns.values()).values())
        told = f"'{name}' AS source, {fresh if name == 'increment' else 0} AS fresh"
        return merged.source(name, f"{told},\n    md5(to_utf8({row})) AS row_digest")

    sources = "\nUNION ALL\n".join(map(versions, ("today", "last", "increment")))
    return f"""SELECT
    sum(todays) AS row_count,
    count_if(id IS NULL AND todays > 0) AS without_id,
    count_if(todays > 1) AS repeated_count,
    count_if(todays = 0 AND increments > 0) AS missing_count,
    count_if(todays > 0 AND newest_increment > newest_todays) AS outdated_count,
    count_if(todays = 0 AND lasts > 0) AS lost_count,
    count_if(todays > 0 AND lasts + increments = 0) AS unknown_count,
    sum(altereds) AS altered_{min(columns, default=0)},
    sum(lasts) AS last_count,
    sum(freshs) AS fresh_rows,
    count_if(freshs > 0) AS fresh_count,
    count_if(freshs = 0 AND todays > 0) AS kept_count
FROM (
SELECT id,
    sum(todays) AS todays,
    sum(lasts) AS lasts,
    sum(increments) AS increments,
    sum(freshs) AS freshs,
    max(newest_todays) AS newest_todays,
    max(newest_increment) AS newest_increment,
    sum(CASE WHEN lasts + increments = 0 THEN todays ELSE 0 END) AS altereds
FROM (
SELECT id,
    count_if(source = 'today') AS todays,
    count_if(source = 'last') AS lasts,
    count_if(source = 'increment') AS increments,
    sum(fresh) AS freshs,
    max(CASE WHEN source = 'today' THEN version END) AS newest_todays,
    max(CASE WHEN source = 'increment' THEN version END) AS newest_increment
FROM (
{sources}
)
GROUP BY id, row_digest
)
GROUP BY id
)"""


def altered_columns(merged: Merged) -> list[str]:
    """One row, in parts: of each column in how many rows it is not as in the version that the row is of."""
    return _changes(_versions_before(merged, merged.columns), list(merged.columns))


def altered_ids(merged: Merged, column: str, values: bool = False) -> str:
    """The ids of rows whose value of a column is not as in the version that they are of; with `values` these too."""
    return _ids(_versions_before(merged, [column]), column, _is_another(column), values)


def _versions_before(merged: Merged, columns: Iterable[str]) -> str:
    """Today's rows `after`, each beside the same version of its id `before`, of the increments or the last snapshot."""

    def rows(name: str) -> str:
        values = {column: value for column, value in merged.values(name, columns).items() if column != "id"}
        return merged.source(
            name, ", ".join(f"{value} AS {identifier(column)}" for column, value in values.items())
        )

    return (
        f"({rows('today')}) after\nJOIN ({rows('last')}\nUNION\n{rows('increment')}) before\n"
        "ON after.id = before.id AND after.version = before.version"
    )


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
        f"FROM {sql.source(database, stage, table)}\nWHERE {stage.generation} = '{generation}'"
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
        f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.source(database, RECAST, table)}\n"
        f"WHERE import_date >= '{since}'\nGROUP BY import_date\nORDER BY import_date"
    )


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


def _records(columns: Mapping[str, str], database: str, table: str, day: date) -> str:
    """Expressions by name, of a day's API responses that hold a record."""
    return sql.selected(columns, database, INGESTION, table, day, _good(identifier(table)))


def _good(record: str) -> str:
    return f"(coalesce(import_api_status_code, '') = '200' AND NOT {_blank(record)})"


def _blank(record: str) -> str:
    return f"coalesce(trim({record}), '') IN ('', '{{}}', 'null')"
