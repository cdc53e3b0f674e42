"""Of the parsed rows, compared with the API records that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from acceptance.aws.athena import identifier, quoted
from acceptance.pipeline import API_RESPONSE_COLUMNS, PARSE
from acceptance.queries import parts, sql
from acceptance.queries.ingestion import records
from acceptance.queries.query import Question, Row, filled, one_row

FRACTION = r'"\s*:\s*-?[0-9]+[.eE]'
"""Of a record with a number that is no whole one: as a map's text Trino writes 1.5 as 1.5E0 (measured on Trino 435)."""

_AS_TEXTS = (
    "CASE WHEN NOT any_match(map_values(fields), v -> json_extract_scalar(v, '$') IS NULL "
    "AND json_format(v) <> 'null') "
    "THEN map(map_keys(fields), transform(map_values(fields), v -> json_extract_scalar(v, '$'))) END"
)
"""The fields of a record without lists and objects, each as its text stands in the JSON: slower, and exact."""


@dataclass(frozen=True, kw_only=True)
class ParseCounts:
    """Today's parsed rows of a table, compared with the API records that they come from.

    The values that are not null are counted over all columns, and over all keys. The checksums are equal where all
    values are; None: no rows, no records.
    """

    row_count: int
    distinct_count: int  # different ids
    id_count: int  # rows with an id
    value_count: int
    values_checksum: str | None = None
    record_count: int
    lost_keys: str = ""  # of one record, those that are no columns: "a, b"
    json_value_count: int
    json_values_checksum: str | None = None
    uncompared_count: int  # records that cannot be put beside rows of texts


@dataclass(frozen=True)
class Values:
    """The values that are not null of a column, or of a key."""

    count: int
    checksum: str | None  # None: no rows


@dataclass(frozen=True)
class ColumnValues:
    parsed: Values
    json: Values  # of the column's key in the API records


@dataclass(frozen=True)
class Parse:
    """Today's parsed rows of a table, compared with the API records that they come from."""

    database: str
    table: str
    day: date
    columns: Sequence[str]  # of the parsed table, its partition keys apart

    def queries(self) -> list[str]:
        keys = sorted(self._keys)
        # one text that is split: Trino's array constructor takes 254 elements at most, and applications has 752 columns
        known = f"split({_joined(self.columns)}, chr(10))"
        of_record = "coalesce(map_keys(texts), map_keys(fields))"
        lost = f"array_join(array_except(transform({of_record}, k -> lower(k)), {known}), ', ')"
        ordered = f"transform(split({_joined(keys)}, chr(10)), k -> element_at(texts, k))"
        in_capitals = "array_join(map_keys(texts), ',') <> lower(array_join(map_keys(texts), ','))"
        values = (
            "coalesce(cardinality(filter(map_values(texts), v -> v IS NOT NULL)), "
            "cardinality(filter(map_values(fields), v -> json_format(v) <> 'null')), 0)"
        )
        rows = {
            "row_count": "count(*)",
            "distinct_count": "count(DISTINCT nullif(trim(id), ''))",  # of one import_date
            "id_count": "count(nullif(trim(id), ''))",
            "value_count": sql.total([f"count({quoted(column)})" for column in keys]),
            "values_checksum": sql.checksum(sql.text(map(quoted, keys))),
        }
        found = {
            "record_count": "count(*)",
            "lost_keys": f"max(CASE WHEN usual THEN '' ELSE {lost} END)",
            "json_value_count": f"coalesce(sum({values}), 0)",
            "json_values_checksum": sql.checksum(
                sql.joined(f"CASE WHEN usual THEN map_values(texts) ELSE {ordered} END")
            ),
            "uncompared_count": f"count_if(CASE WHEN usual THEN false ELSE texts IS NULL OR {in_capitals} END)",
        }
        return [sql.side_by_side(rows, self._rows, found, self._fields(keys))]

    def read(self, rows: Iterable[Row]) -> ParseCounts:
        return filled(ParseCounts, one_row(rows))

    def values(self, longest: int = parts.LONGEST) -> Question[dict[str, ColumnValues]]:
        """The values of each column that is a key of the JSON, and of its key."""
        # each record is parsed once: json_extract_scalar of the record itself would parse it once a key
        parsed_json = f"try(CAST(json_parse({identifier(self.table)}) AS map(varchar, json)))"
        fields = records({"fields": parsed_json}, self.database, self.table, self.day)

        def parsed(names: Mapping[int, str]) -> str:
            return _counted("parsed", names, self._rows)

        def in_json(names: Mapping[int, str]) -> str:
            values = {
                name: f"json_extract_scalar(element_at(fields, {sql.literal(name)}), '$')"
                for name in names.values()
            }
            selected = {quoted(name): value for name, value in values.items()}
            return _counted("json", names, f"(SELECT\n{sql.listed(selected)}\nFROM {fields})")

        def read(rows: Iterable[Row]) -> dict[str, ColumnValues]:
            row = one_row(rows)
            return {
                column: ColumnValues(_values(row, "parsed", number), _values(row, "json", number))
                for number, column in enumerate(self._keys)
            }

        texts = [*parts.of(parsed, self._keys, longest), *parts.of(in_json, self._keys, longest)]
        return Question(texts, read)

    @property
    def _keys(self) -> list[str]:
        """The columns that are keys of the JSON."""
        return [column for column in self.columns if column not in API_RESPONSE_COLUMNS]

    @property
    def _rows(self) -> str:
        return sql.day_of(self.database, PARSE, self.table, self.day)

    def _fields(self, keys: Iterable[str]) -> str:
        """A day's records as maps: of `texts`, or, where lists or objects are among their values, of JSON `fields`.

        Most records have just the parsed columns as keys (`usual`), in their order, as json_parse sorts them.
        """
        record = identifier(self.table)
        texts = f"try(CAST(json_parse({record}) AS map(varchar, varchar)))"
        found = records(
            {
                "record": record,
                "texts": f"CASE WHEN NOT regexp_like({record}, '{FRACTION}') THEN {texts} END",
            },
            self.database,
            self.table,
            self.day,
        )
        for columns in (
            {
                "texts": "texts",
                "fields": "CASE WHEN texts IS NULL THEN try(CAST(json_parse(record) AS map(varchar, json))) END",
            },
            {"texts": f"coalesce(texts, {_AS_TEXTS})", "fields": "fields"},
            {
                "texts": "texts",
                "fields": "fields",
                "usual": f"array_join(map_keys(texts), chr(10)) = {_joined(keys)}",
            },
        ):
            found = f"(SELECT\n{sql.listed(columns)}\nFROM {found})"
        return found


def _joined(columns: Iterable[str]) -> str:
    """Names as one literal, a line each: no name in the Data Catalog has a line break, and many have a comma."""
    return sql.literal("\n".join(columns))


def _counted(what: str, names: Mapping[int, str], source: str) -> str:
    columns = {number: quoted(name) for number, name in names.items()}
    counts = {f"{what}_{number}": f"count({column})" for number, column in columns.items()}
    checksums = {f"{what}_checksum_{number}": sql.checksum(column) for number, column in columns.items()}
    return f"SELECT\n{sql.listed({**counts, **checksums})}\nFROM {source}"


def _values(row: Row, what: str, number: int) -> Values:
    return Values(row[f"{what}_{number}"], row[f"{what}_checksum_{number}"])
