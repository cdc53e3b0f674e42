"""Of the parsed rows, beside the API records that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from acceptance.aws.athena import identifier
from acceptance.pipeline import API_RESPONSE_COLUMNS, PARSE
from acceptance.queries import parts, sql
from acceptance.queries.ingestion import records


def query(database: str, table: str, day: date, columns: Iterable[str]) -> str:
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
    return f"(SELECT\n{sql.listed(maps)}\nFROM {records({'record': record, 'texts': texts}, database, table, day)})"


def _joined(columns: Iterable[str]) -> str:
    return ",".join(column for column in columns if identifier(column))


def values_queries(
    database: str, table: str, day: date, columns: Iterable[str], longest: int = parts.LONGEST
) -> list[str]:
    """One row, in parts: of each column how many values it has after the parse, and a checksum; and of its key too."""
    record, keys = identifier(table), json_columns(columns)
    # each record is parsed once: json_extract_scalar of the record itself would parse it once a key
    fields = records(
        {"fields": f"try(CAST(json_parse({record}) AS map(varchar, json)))"}, database, table, day
    )

    def parsed(names: Mapping[int, str]) -> str:
        return _counted("parsed", names, sql.day_of(database, PARSE, table, day))

    def in_json(names: Mapping[int, str]) -> str:
        values = {name: f"json_extract_scalar(element_at(fields, '{name}'), '$')" for name in names.values()}
        selected = {identifier(name): value for name, value in values.items()}
        return _counted("json", names, f"(SELECT\n{sql.listed(selected)}\nFROM {fields})")

    return [*parts.of(parsed, keys, longest), *parts.of(in_json, keys, longest)]


def _counted(what: str, names: Mapping[int, str], source: str) -> str:
    columns = {number: identifier(name) for number, name in names.items()}
    counts = {f"{what}_{number}": f"count({column})" for number, column in columns.items()}
    checksums = {f"{what}_checksum_{number}": sql.checksum(column) for number, column in columns.items()}
    return f"SELECT\n{sql.listed({**counts, **checksums})}\nFROM {source}"


def json_columns(columns: Iterable[str]) -> list[str]:
    """The columns of a parsed table that are keys of the JSON."""
    return [column for column in columns if column not in API_RESPONSE_COLUMNS]
