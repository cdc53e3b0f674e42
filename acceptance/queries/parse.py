"""Of the parsed rows, compared with the API records that they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from acceptance.aws.athena import identifier, quoted
from acceptance.pipeline import API_RESPONSE_COLUMNS, PARSE
from acceptance.queries import parts, sql
from acceptance.queries.ingestion import records
from acceptance.queries.query import Question, Row, filled, one_row

FRACTION = r'"\s*:\s*-?[0-9]+[.eE]'
"""Of a record with a number that is no whole one: as a map's text Trino writes 1.5 as 1.5E0 (measured on Trino 435)."""

_STRUCTURE = "^[\\[{]"
"""Of a text that may be a list or an object: whatever job writes one as text begins so."""
_STRUCTURES = r"(^|\x1f)[\[{][^\x1f]*"
"""The same, of each among joined texts (`sql.joined`)."""


@dataclass(frozen=True, kw_only=True)
class ParseCounts:
    """A day's parsed rows of a table, compared with the API records that they come from.

    The values that are not null are counted over all columns, and over all keys. A checksum is the same for rows and
    records where all values are, in each row: letter for letter; with lists and objects that are equal JSON; all but
    lists and objects. None: no rows, no records.
    """

    day: date
    row_count: int = 0
    distinct_count: int = 0  # different ids
    id_count: int = 0  # rows with an id
    value_count: int = 0
    values_checksum: str | None = None
    equal_checksum: str | None = None
    scalars_checksum: str | None = None
    record_count: int = 0
    lost_keys: str = ""  # of one record, those that are no columns: "a, b"
    structured_keys: str = ""  # that have lists or objects in any record: a line each
    json_value_count: int = 0
    json_values_checksum: str | None = None
    json_equal_checksum: str | None = None
    json_scalars_checksum: str | None = None

    @property
    def all_equal(self) -> bool:
        """Whether each row has the values of a record; lists and objects are compared as JSON."""
        return self.values_checksum == self.json_values_checksum or (
            bool(self.structured_keys) and self.equal_checksum == self.json_equal_checksum
        )

    @property
    def scalars_equal(self) -> bool:
        """Whether each row has the values of a record, lists and objects left out."""
        return self.scalars_checksum == self.json_scalars_checksum


@dataclass(frozen=True)
class Values:
    """The values that are not null of a column, or of a key."""

    count: int
    checksum: str | None  # None: no rows; lists and objects count as the JSON that they are
    lists: int = 0  # values that are JSON: counted where a record has a list or an object
    objects: int = 0


@dataclass(frozen=True)
class ColumnValues:
    parsed: Values
    json: Values  # of the column's key in the API records

    @property
    def uncompared(self) -> int:
        """The lists and objects of the records, where the parse has not written them as JSON."""
        before, after = self.json, self.parsed
        if (before.lists, before.objects) == (after.lists, after.objects):
            return 0
        return before.lists + before.objects

    @property
    def changed(self) -> bool:
        return self.parsed != self.json and not self.uncompared


@dataclass(frozen=True)
class Parse:
    """A table's parsed rows of some days, compared with the API records that they come from."""

    database: str
    table: str
    days: Sequence[date]
    columns: Sequence[str]  # of the parsed table, its partition keys apart

    def queries(self) -> list[str]:
        """A row of each day that has rows or records."""
        keys = sorted(self._keys)
        # one text that is split: Trino's array constructor takes 254 elements at most, and applications has 752 columns
        known = f"split({_joined(self.columns)}, chr(10))"
        lost = f"array_join(array_except(map_keys(texts), {known}), ', ')"
        rows = {
            "row_count": "count(*)",
            "distinct_count": "count(DISTINCT id)",
            "id_count": "count(id)",
            "value_count": _number_of("given"),
            **_checksums(""),
        }
        found = {
            "record_count": "count(*)",
            "lost_keys": f"max(CASE WHEN usual THEN '' ELSE {lost} END)",
            "structured_keys": "array_join(array_distinct(flatten(array_agg(structured))), chr(10))",
            "json_value_count": _number_of("map_values(texts)"),
            **_checksums("json_"),
        }
        given = {
            "import_date": "import_date",
            "id": "nullif(trim(id), '')",
            "given": sql.array(map(quoted, keys)),
        }
        parsed = sql.by_day(
            rows, _with_whole(f"(SELECT\n{sql.listed(given)}\nFROM {self._rows})"), "parsed_day"
        )
        sent = sql.by_day(found, _with_whole(self._ordered(keys)), "sent_day")
        return [f"SELECT * FROM {parsed}\nFULL JOIN {sent}\nON parsed_day = sent_day"]

    def read(self, rows: Iterable[Row]) -> list[ParseCounts]:
        """One of each of the days."""
        found = {row["parsed_day"] or row["sent_day"]: row for row in rows}
        return [filled(ParseCounts, found.get(f"{day:%Y%m%d}", {}), day=day) for day in self.days]

    def values(
        self, structured: Collection[str] = (), longest: int = parts.LONGEST
    ) -> Question[dict[str, ColumnValues]]:
        """The values of each column that is a key of the JSON, and of its key.

        `structured`: the keys that have lists or objects.
        """

        def parsed(names: Mapping[int, str]) -> str:
            return _counted("parsed", names, structured, self._rows)

        def in_json(names: Mapping[int, str]) -> str:
            # each record is parsed once: json_extract_scalar of the record itself would parse it once a key
            selected = {quoted(name): f"element_at(texts, {sql.literal(name)})" for name in names.values()}
            return _counted(
                "json", names, structured, f"(SELECT\n{sql.listed(selected)}\nFROM {self._texts()})"
            )

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
        return sql.rows_of(self.database, PARSE, self.table, *self.days)

    def _ordered(self, keys: Sequence[str]) -> str:
        """The records, `given` as the values of the columns are.

        Most records have just the parsed columns as keys (`usual`), in their order, as json_parse sorts them.
        """
        ordered = f"transform(split({_joined(keys)}, chr(10)), k -> element_at(texts, k))"
        usual = f"SELECT *,\n    array_join(map_keys(texts), chr(10)) = {_joined(keys)} AS usual\nFROM {self._texts()}"
        given = f"CASE WHEN usual THEN map_values(texts) ELSE {ordered} END"
        return f"(SELECT *,\n    {given} AS given\nFROM ({usual}))"

    def _texts(self) -> str:
        """The records as maps of `texts`, their keys in lower case as columns are, and the `structured` keys.

        A number that is no whole one is another text as a map's than in the JSON; a list or an object is none. So
        records with such values are taken apart value by value: slower, and exact.
        """
        record = identifier(self.table)
        read = {"json": f"try(json_parse({record}))", "whole": f"NOT regexp_like({record}, '{FRACTION}')"}
        found = records({"import_date": "import_date", **read}, self.database, self.table, *self.days)
        lowered = "map(transform(map_keys(texts), k -> lower(k)), map_values(texts))"
        capitals = "array_join(map_keys(texts), ',') <> lower(array_join(map_keys(texts), ','))"
        for columns in (
            {"json": "json", "plain": "CASE WHEN whole THEN try(CAST(json AS map(varchar, varchar))) END"},
            {
                "plain": "plain",
                "fields": "CASE WHEN plain IS NULL THEN try(CAST(json AS map(varchar, json))) END",
            },
            {
                "texts": f"coalesce(plain, map(map_keys(fields), transform(map_values(fields), v -> {_AS_TEXT})))",
                "structured": f"transform(filter(map_keys(fields), k -> {_IS_STRUCTURE}), k -> lower(k))",
            },
            {
                # two keys that differ in capitals alone are two values for one column: their number tells
                "texts": f"CASE WHEN {capitals} THEN coalesce(try({lowered}), texts) ELSE texts END",
                "structured": "structured",
            },
        ):
            found = f"(SELECT\n{sql.listed({'import_date': 'import_date', **columns})}\nFROM {found})"
        return found


_AS_TEXT = "coalesce(json_extract_scalar(v, '$'), nullif(json_format(v), 'null'))"
_IS_STRUCTURE = "regexp_like(json_format(element_at(fields, k)), '^[\\[{]')"


def _with_whole(source: str) -> str:
    """Rows with their `given` values as one text."""
    return f"(SELECT *,\n    {sql.joined('given')} AS whole\nFROM {source})"


def _number_of(values: str) -> str:
    return f"coalesce(sum(cardinality(filter({values}, v -> v IS NOT NULL))), 0)"


def _checksums(prefix: str) -> dict[str, str]:
    """Of the values of a source's rows, as `ParseCounts` has them."""
    equal = sql.joined(f"transform(given, v -> {_canonical('v')})")
    texts = {
        "values": "whole",
        "equal": f"CASE WHEN regexp_like(whole, '{_STRUCTURES}') THEN {equal} ELSE whole END",
        "scalars": f"regexp_replace(whole, '{_STRUCTURES}', '$1[')",
    }
    return {f"{prefix}{name}_checksum": sql.checksum(text) for name, text in texts.items()}


def _canonical(text: str) -> str:
    """A list or an object as Athena writes it; json_parse sorts the keys."""
    json = f"coalesce(json_format(try(json_parse({text}))), {text})"
    return f"CASE WHEN regexp_like({text}, '{_STRUCTURE}') THEN {json} ELSE {text} END"


def _joined(columns: Iterable[str]) -> str:
    """Names as one literal, a line each: no name in the Data Catalog has a line break, and many have a comma."""
    return sql.literal("\n".join(columns))


def _counted(what: str, names: Mapping[int, str], structured: Collection[str], source: str) -> str:
    counts, checksums, structures = {}, {}, {}
    for number, name in names.items():
        column = quoted(name)
        counts[f"{what}_{number}"] = f"count({column})"
        checksums[f"{what}_checksum_{number}"] = sql.checksum(
            _canonical(column) if name in structured else column
        )
        if name in structured:
            json = f"json_format(try(json_parse({column})))"
            structures[f"{what}_lists_{number}"] = f"count_if(regexp_like({json}, '^\\['))"
            structures[f"{what}_objects_{number}"] = f"count_if(regexp_like({json}, '^[{{]'))"
    return f"SELECT\n{sql.listed({**counts, **checksums, **structures})}\nFROM {source}"


def _values(row: Row, what: str, number: int) -> Values:
    structures = (row.get(f"{what}_{kind}_{number}", 0) for kind in ("lists", "objects"))
    return Values(row[f"{what}_{number}"], row[f"{what}_checksum_{number}"], *structures)
