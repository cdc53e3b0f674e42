"""Of the daily snapshot, compared with the last one and the increments since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from acceptance.aws.athena import identifier
from acceptance.pipeline import RECAST, SNAPSHOT
from acceptance.queries import pairs, parts, sql
from acceptance.queries.query import Question, Row, filled, most, one_row

_ID = "nullif(trim(CAST(id AS varchar)), '')"
# as text, which sorts alike: tables that the dictionary leaves out have it as text. Missing: as the job counts it
_VERSION = "coalesce(nullif(trim(CAST(last_updated AS varchar)), ''), '2020-01-01 00:00:00')"


@dataclass(frozen=True, kw_only=True)
class SnapshotCounts:
    """Today's snapshot of a table, compared with the last one and the increments since. A sum of no rows is NULL: 0."""

    row_count: int = 0
    without_id: int  # 1 where there are rows without an id, else 0
    repeated_count: int  # ids
    missing_count: int  # ids of the increments that today's snapshot has not
    outdated_count: int  # ids in an older version than their increment's
    lost_count: int  # ids of the last snapshot that today's has not
    unknown_count: int  # ids that neither the last snapshot nor the increments have
    altered_rows: int  # that are neither of the others' rows; in parts: of the part with the most
    last_count: int = 0  # rows of the last snapshot
    fresh_rows: int = 0  # of today's increment
    fresh_count: int  # ids of today's increment
    kept_count: int  # ids that today's increment does not renew


@dataclass(frozen=True)
class Snapshot:
    """Today's snapshot of a table, the last one (yyyymmdd, or ""), and the increments since."""

    database: str
    table: str
    day: date
    last: str
    columns: Mapping[str, str]  # name -> catalog type, of the records alone
    increments: Mapping[str, str]  # the same, of the increments' table

    def queries(self, longest: int = parts.LONGEST) -> list[str]:
        """One row, in parts: whether today's snapshot is the last one with the increments since put in.

        All versions of an id, from today's snapshot, the last and the increments, are brought together and compared;
        `altered_0` counts today's rows that are, in the columns from the first on, neither of the others' rows.
        """
        return parts.of(self._query, list(self.columns), longest)

    def read(self, rows: Iterable[Row]) -> SnapshotCounts:
        row = one_row(rows)
        return filled(SnapshotCounts, row, altered_rows=most(row, "altered_"))

    def altered_columns(self) -> Question[dict[str, int]]:
        """The columns that are not as in the version that their row is of, each with the number of such rows."""
        return pairs.changes(self._versions, list(self.columns))

    def altered_ids(self, column: str, values: bool = False) -> Question[list[str]]:
        """The ids of rows whose value is not as in the version that they are of; with `values` these too."""
        return pairs.ids(self._versions([column]), column, pairs.is_another(column), values)

    def _query(self, columns: Mapping[int, str]) -> str:
        fresh = f"CASE WHEN import_date = '{self.day:%Y%m%d}' THEN 1 ELSE 0 END"  # of today's increment

        def versions(name: str) -> str:
            row = sql.text(self._values(name, columns.values()).values())
            fresh_rows = fresh if name == "increment" else "0"
            return self._rows(
                name, f"'{name}' AS source", f"{fresh_rows} AS fresh", f"md5(to_utf8({row})) AS row_digest"
            )

        sources = "\nUNION ALL\n".join(map(versions, ("today", "last", "increment")))
        return _compared(sources, f"altered_{min(columns, default=0)}")

    def _versions(self, columns: Iterable[str]) -> str:
        """Today's rows, each paired with the same version of its id in the increments or the last snapshot."""

        def rows(name: str) -> str:
            values = self._values(name, (column for column in columns if column != "id"))
            return self._rows(name, *(f"{value} AS {identifier(column)}" for column, value in values.items()))

        return (
            f"({rows('today')}) after\nJOIN ({rows('last')}\nUNION\n{rows('increment')}) before\n"
            "ON after.id = before.id AND after.version = before.version"
        )

    def _rows(self, name: str, *values: str) -> str:
        """What is selected of the rows of today's snapshot, of the last, or of the increments."""
        stage, condition = {
            "today": (SNAPSHOT, f"snapshot_date = '{self.day:%Y%m%d}'"),
            "last": (SNAPSHOT, f"snapshot_date = '{self.last}'"),
            "increment": (RECAST, f"import_date >= '{self.last}'"),
        }[name]
        return (
            f"SELECT {', '.join([f'{_ID} AS id', f'{_VERSION} AS version', *values])}\n"
            f"FROM {sql.source(self.database, stage, self.table)} WHERE {condition}"
        )

    def _values(self, name: str, columns: Iterable[str]) -> dict[str, str]:
        """Columns as texts, of one of the three."""
        types = self.increments if name == "increment" else self.columns
        return {
            column: sql.as_text(identifier(column), types[column])
            if column in types
            else "CAST(NULL AS varchar)"
            for column in columns
        }


def _compared(sources: str, altered: str) -> str:
    """The counts, over the versions of each id."""
    return f"""SELECT
    sum(todays) AS row_count,
    count_if(id IS NULL AND todays > 0) AS without_id,
    count_if(todays > 1) AS repeated_count,
    count_if(todays = 0 AND increments > 0) AS missing_count,
    count_if(todays > 0 AND newest_increment > newest_todays) AS outdated_count,
    count_if(todays = 0 AND lasts > 0) AS lost_count,
    count_if(todays > 0 AND lasts + increments = 0) AS unknown_count,
    sum(altereds) AS {altered},
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
