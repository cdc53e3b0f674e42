"""Of the increments, compared with the parsed rows that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from acceptance.aws.athena import quoted
from acceptance.pipeline import PARSE, RECAST, Stage
from acceptance.queries import casts, pairs, parts, sql
from acceptance.queries.query import Question, Row, filled, most


@dataclass(frozen=True)
class ColumnCounts:
    """What the cast of a column did to values, in how many rows."""

    lost: int = 0  # texts that became NULL
    changed: int = 0  # values that say something else than their text, or come from none
    uncompared: int = 0  # values whose text Athena cannot read, or of a calendar that the file does not tell
    dateless: int = 0  # texts such as 0000-00-00, which became NULL


@dataclass(frozen=True)
class Shift:
    minutes: int
    row_count: int


@dataclass(frozen=True)
class RecastCounts:
    """A day's increments of a table, compared with the parsed rows."""

    day: date
    types: Mapping[str, str]  # catalog type of each column that is cast
    columns: Mapping[str, ColumnCounts]  # the same columns
    row_count: int = 0
    parsed_count: int = 0  # rows
    matched_count: int = 0  # rows of both that belong together
    whole_id_count: int = 0  # ids that are numbers, though the dictionary leaves them as text
    changed_texts: int = 0  # rows in which a text is another; in parts: of the part with the most


@dataclass(frozen=True)
class Recast:
    """A table's increments of some days, compared with the parsed rows."""

    refined: str  # the databases
    raw: str
    table: str
    days: Sequence[date]
    types: Mapping[str, str]  # catalog type of each column that is cast
    texts: Sequence[str]  # the columns that stay as they were parsed

    def queries(self, longest: int = parts.LONGEST) -> list[str]:
        """A row of each day, in parts: the rows compared with the parsed ones, and what became of each column's values.

        `lost_0`, `changed_0` are of the first of the types; the texts are numbered on, and `texts_9` counts the rows in
        which any from the tenth column on is another.
        """
        return parts.of_join(self._query, [*self.types, *self.texts], longest)

    def read(self, rows: Iterable[Row]) -> list[RecastCounts]:
        """One of each of the days."""
        by_day: dict[str, dict[str, Any]] = {}
        for row in rows:
            by_day.setdefault(row["day"], {}).update(row)
        return [self._counts(day, by_day.get(f"{day:%Y%m%d}", {})) for day in self.days]

    def _counts(self, day: date, row: Row) -> RecastCounts:
        columns = {
            column: ColumnCounts(
                **{what: row[f"{what}_{number}"] or 0 for what in _fates(kind)} if row else {}
            )
            for number, (column, kind) in enumerate(self.types.items())
        }
        return filled(
            RecastCounts,
            row,
            day=day,
            types=self.types,
            columns=columns,
            changed_texts=most(row, "texts_"),
        )

    def changed_texts(self) -> Question[dict[str, int]]:
        """Those of the texts that are not as they were parsed, each with the number of such rows."""
        return pairs.changes(lambda _: self._source, self.texts)

    def ids(self, column: str, what: str, values: bool = False) -> Question[list[str]]:
        """The ids of rows whose value was `lost` or `changed`; with `values` these too."""
        return pairs.ids(self._source, column, self._is(column, what), values)

    def shifts(self, column: str) -> Question[list[Shift]]:
        """By how many minutes a timestamp is later than its text says, the most frequent first."""
        said = casts.said(_text_of(column), "timestamp")
        minutes = f"date_diff('minute', {said}, after.{quoted(column)})"
        query = (
            f"SELECT minutes, count(*) AS row_count\nFROM (SELECT {minutes} AS minutes FROM {self._source}\n"
            f"WHERE {self._is(column, 'changed')})\nWHERE minutes IS NOT NULL\n"
            "GROUP BY minutes\nORDER BY row_count DESC, minutes\nLIMIT 20"
        )
        return Question([query], lambda rows: [filled(Shift, row) for row in rows])

    def _query(self, columns: Mapping[int, str]) -> str:
        typed = {number: column for number, column in columns.items() if column in self.types}
        texts = {number: column for number, column in columns.items() if column not in self.types}
        compared = {"matched_count": "count_if(paired)", "whole_id_count": "count_if(whole_id)"}
        for number, column in typed.items():
            for what in _fates(self.types[column]):
                compared[f"{what}_{number}"] = f"count_if(f{number} = '{what}')"
        if texts:
            compared[f"texts_{min(texts)}"] = "count_if(paired AND other_texts)"
        found = sql.by_day(compared, self._fates_of(typed, texts), "day", "day")
        # the side with the many columns stands first: see `parts.WIDEST_JOIN`
        made = sql.by_day({"row_count": "count(*)"}, self._chosen(self.refined, RECAST), "made_day")
        parsed = sql.by_day({"parsed_count": "count(*)"}, self._chosen(self.raw, PARSE), "parsed_day")
        return (
            f"SELECT * FROM {found}\nLEFT JOIN {made}\nON made_day = day\n"
            f"LEFT JOIN {parsed}\nON parsed_day = day"
        )

    def _fates_of(self, typed: Mapping[int, str], texts: Mapping[int, str]) -> str:
        """The joined rows, with what became of each typed value: `f0` of the first.

        That comes of its text `b0` before the cast, the value `a0` after it, and what the text says, `s0`. Names are
        short because Athena's queries are, and each text is read once, however often it is named.
        """
        whole = "regexp_like(after.id, '^(0|[1-9][0-9]*)$')" if "id" not in self.types else "false"
        day = "coalesce(after.import_date, before.import_date)"
        values = {"day": day, "paired": pairs.BOTH, "whole_id": whole}
        said, fates = {}, {}
        for number, column in typed.items():
            text, value, kind = f"b{number}", f"a{number}", self.types[column]
            values |= {text: _text_of(column), value: f"after.{quoted(column)}"}
            said[f"s{number}"] = casts.said(text, kind)
            fates[f"f{number}"] = f"CASE WHEN paired THEN {casts.fate(text, value, f's{number}', kind)} END"
        if texts:
            after, before = (
                sql.text(f"{row}.{quoted(column)}" for column in texts.values())
                for row in ("after", "before")
            )
            values["other_texts"] = f"{after} <> {before}"
        found = f"(SELECT\n{sql.listed(values)}\nFROM {self._source})"
        for more in (said, fates) if typed else ():
            found = f"(SELECT *,\n{sql.listed(more)}\nFROM {found})"
        return found

    @property
    def _source(self) -> str:
        """An unmatched row of either stands alone. Trino joins no more columns than the query around it names.

        Ids are compared as what they were cast to: "007" and "12.0" are the numbers 7 and 12.
        """
        match self.types.get("id", "string"):
            case "string":
                same_id = "before.id = after.id"
            case "int" | "bigint":  # a double would take large ids that are neighbours for one
                same_id = f"try_cast(regexp_extract(trim(before.id), '{_WHOLE}', 1) AS bigint) = after.id"
            case _:
                same_id = "try_cast(trim(before.id) AS double) = CAST(after.id AS double)"
        made = sql.rows_of(self.refined, RECAST, self.table, *self.days)
        parsed = sql.rows_of(self.raw, PARSE, self.table, *self.days)
        return (
            f"{made} after\nFULL JOIN {parsed} before\nON {same_id} "
            "AND after.page_number = before.page_number AND after.import_date = before.import_date"
        )

    def _chosen(self, database: str, stage: Stage) -> str:
        """The days' rows, to be counted: no column is read for that."""
        return f"{sql.source(database, stage, self.table)}\nWHERE {sql.partition(stage, *self.days)}"

    def _is(self, column: str, what: str) -> str:
        if column not in self.types:
            return pairs.is_another(column)
        kind, text, value = self.types[column], _text_of(column), f"after.{quoted(column)}"
        return f"{pairs.BOTH} AND {casts.fate(text, value, casts.said(text, kind), kind)} = '{what}'"


def _text_of(column: str) -> str:
    return f"nullif(trim(before.{quoted(column)}), '')"


_WHOLE = r"^([+-]?[0-9]+)(\.0*)?$"


def _fates(kind: str) -> list[str]:
    """What can become of a value of a catalog type, as `ColumnCounts` has it."""
    return ["lost", "changed", "uncompared", *(["dateless"] if kind in casts.TIMES else [])]
