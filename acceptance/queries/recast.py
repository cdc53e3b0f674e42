"""Of the increments, compared with the parsed rows that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from acceptance.aws.athena import quoted
from acceptance.pipeline import PARSE, RECAST
from acceptance.queries import pairs, parts, sql
from acceptance.queries.query import Question, Row, filled, most, one_row


@dataclass(frozen=True)
class ColumnCounts:
    """What the cast of a column did to values, in how many rows."""

    lost: int  # texts that became NULL
    changed: int  # values that say something else than their text


@dataclass(frozen=True)
class RecastCounts:
    """Today's increments of a table, compared with the parsed rows."""

    row_count: int
    parsed_count: int  # rows
    matched_count: int  # rows of both that belong together
    whole_id_count: int  # ids that are numbers, though the dictionary leaves them as text
    columns: Mapping[str, ColumnCounts]  # those that the dictionary names, in its order
    changed_texts: int  # rows in which a text is another; in parts: of the part with the most


@dataclass(frozen=True)
class Recast:
    """Today's increments of a table, compared with the parsed rows."""

    refined: str  # the databases
    raw: str
    table: str
    day: date
    types: Mapping[str, str]  # catalog type of each column that the dictionary names
    texts: Sequence[str]  # the columns that stay as they were parsed

    def queries(self, longest: int = parts.LONGEST) -> list[str]:
        """One row, in parts: the recast rows compared with the parsed ones, and what became of each column's values.

        `lost_0`, `changed_0` are of the first of the types; the texts are numbered on, and `texts_9` counts the rows in
        which any from the tenth column on is another.
        """
        return parts.of_join(self._query, [*self.types, *self.texts], longest)

    def read(self, rows: Iterable[Row]) -> RecastCounts:
        row = one_row(rows)
        columns = {
            column: ColumnCounts(row[f"lost_{number}"], row[f"changed_{number}"])
            for number, column in enumerate(self.types)
        }
        return filled(RecastCounts, row, columns=columns, changed_texts=most(row, "texts_"))

    def changed_texts(self) -> Question[dict[str, int]]:
        """Those of the texts that are not as they were parsed, each with the number of such rows."""
        return pairs.changes(lambda _: self._source, self.texts)

    def ids(self, column: str, what: str, values: bool = False) -> Question[list[str]]:
        """The ids of rows whose value was `lost` or `changed`; with `values` these too."""
        return pairs.ids(self._source, column, self._faults(column)[what], values)

    def _query(self, columns: Mapping[int, str]) -> str:
        typed = {number: column for number, column in columns.items() if column in self.types}
        texts = {number: column for number, column in columns.items() if column not in self.types}
        whole = "regexp_like(after.id, '^(0|[1-9][0-9]*)$')" if "id" not in self.types else "false"
        compared = {
            "row_count": f"({sql.count_of(self.refined, RECAST, self.table, self.day)})",
            "parsed_count": f"({sql.count_of(self.raw, PARSE, self.table, self.day)})",
            "matched_count": f"count_if({pairs.BOTH})",
            "whole_id_count": f"count_if({whole})",
        }
        for number, column in typed.items():
            for what, condition in self._faults(column).items():
                compared[f"{what}_{number}"] = f"count_if({condition})"
        if texts:
            after, before = (
                sql.text(f"{row}.{quoted(column)}" for column in texts.values())
                for row in ("after", "before")
            )
            compared[f"texts_{min(texts)}"] = f"count_if({pairs.BOTH} AND {after} <> {before})"
        return f"SELECT\n{sql.listed(compared)}\nFROM {self._source}"

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
        after = sql.day_of(self.refined, RECAST, self.table, self.day)
        before = sql.day_of(self.raw, PARSE, self.table, self.day)
        return (
            f"{after} after\nFULL JOIN {before} before\n"
            f"ON {same_id} AND after.page_number = before.page_number"
        )

    def _faults(self, column: str) -> dict[str, str]:
        if column not in self.types:
            return {"changed": pairs.is_another(column)}
        text, value = f"nullif(trim(before.{quoted(column)}), '')", f"after.{quoted(column)}"
        return {
            "lost": f"{text} IS NOT NULL AND {value} IS NULL",
            "changed": f"{value} <> {_value_of(text, self.types[column])}",
        }


def _value_of(text: str, kind: str) -> str:
    """What a text says, as the type it is cast to; NULL where Athena cannot tell."""
    if kind == "boolean":
        return (
            f"CASE WHEN lower({text}) IN ('t', 'true', 'y', 'yes', '1') THEN true "
            f"WHEN lower({text}) IN ('f', 'false', 'n', 'no', '0') THEN false END"
        )
    if kind == "date":  # what stands behind the day does not count (Spark SQL reference, "Cast")
        return f"try_cast(regexp_extract({text}, '{_DAY}', 1) AS date)"
    if kind == "timestamp":
        return _moment_of(text)
    return f"try_cast({text} AS double)"


_WHOLE = r"^([+-]?[0-9]+)(\.0*)?$"
_DAY = r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})([T ].*)?$"
_PLAIN = r"^([0-9-]+)([T ]([0-9:.]+) ?(Z|UTC)?)?$"
_OFFSET = r"^([0-9-]+)[T ]([0-9:.]+) ?([+-])([0-9]{2}):?([0-9]{2})$"


def _moment_of(text: str) -> str:
    """UTC, as Spark casts it there: Trino's own cast drops an offset, and refuses a T between date and time."""

    def minutes(group: int) -> str:
        return f"try_cast(regexp_replace({text}, '{_OFFSET}', '$3${group}') AS integer)"

    def local(pattern: str, time: int) -> str:
        return f"try_cast(trim(regexp_replace({text}, '{pattern}', '$1 ${time}')) AS timestamp)"

    return (
        f"CASE WHEN regexp_like({text}, '{_PLAIN}') THEN {local(_PLAIN, 3)} WHEN regexp_like({text}, '{_OFFSET}') "
        f"THEN date_add('minute', -60 * {minutes(4)} - {minutes(5)}, {local(_OFFSET, 2)}) END"
    )
