"""Of the daily snapshot, compared with the last one and with the increments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from acceptance.aws.athena import quoted
from acceptance.pipeline import RECAST, SNAPSHOT
from acceptance.queries import pairs, parts, sql
from acceptance.queries.query import Question, Row, filled, most, one_row

_ID = "nullif(trim(CAST(id AS varchar)), '')"
# as text, which sorts alike: tables that the dictionary leaves out have it as text. Missing: no later than its import
_VERSION = (
    "coalesce(nullif(trim(CAST(last_updated AS varchar)), ''), "
    "regexp_replace(import_date, '^([0-9]{4})([0-9]{2})([0-9]{2})$', '$1-$2-$3'), '')"
)
_KEY = f"{_VERSION} || ' ' || coalesce(import_date, '')"
"""What sorts the versions of an id: last_updated, and where that is the same, the day of import."""
_MISSING = "todays = 0 AND increments > 0"
# what is neither of the others' rows has no key: its own last_updated tells
# carried over from the last snapshot, and not as the increment of the very same version has it
_ALTERED = "altereds + CASE WHEN todays_last_key = newest_increment_key THEN carried ELSE 0 END"
_OUTDATED = "todays > 0 AND coalesce(todays_key < newest_key, todays_version < newest_version, false)"


@dataclass(frozen=True, kw_only=True)
class SnapshotCounts:
    """A snapshot of a table, compared with the last one and the increments. A sum of no rows is NULL: 0."""

    day: date
    row_count: int = 0
    without_id: int  # 1 where there are rows without an id, else 0
    repeated_count: int  # ids
    missing_count: int  # ids of the increments that today's snapshot has not
    outdated_count: (
        int  # ids in an older version than an increment, or the last snapshot, has; in parts: the most
    )
    lost_count: int  # ids of the last snapshot that today's has not
    unknown_count: int  # ids that neither the last snapshot nor the increments have
    altered_rows: (
        int  # that are in neither of the others as what they are; in parts: of the part with the most
    )
    last_count: int = 0  # rows of the last snapshot
    fresh_rows: int = 0  # of today's increment
    fresh_count: int  # ids of today's increment
    kept_count: int  # ids that today's increment does not renew


@dataclass(frozen=True)
class Lacking:
    """An id that today's snapshot has not, or in an older version."""

    id: str
    imported: str  # yyyymmdd, of its newest version


@dataclass(frozen=True)
class Snapshot:
    """Today's snapshot of a table, the last one, and the increments: the newest version of each id must be in it."""

    database: str
    table: str
    day: date
    last: str  # yyyymmdd; "" for none
    since: str  # yyyymmdd, of the oldest increments; "" for all
    columns: Mapping[str, str]  # name -> catalog type, of the records alone
    increments: Mapping[str, str]  # the same, of the increments' table

    def queries(self, longest: int = parts.LONGEST) -> list[str]:
        """One row, in parts: whether today's snapshot is the last one with the increments put in.

        All versions of an id, from today's snapshot, the last and the increments, are brought together and compared;
        `altered_0` counts today's rows that are, in the columns from the first on, neither of the others' rows.
        """
        return parts.of(self._query, list(self.columns), longest)

    def read(self, rows: Iterable[Row]) -> SnapshotCounts:
        row = one_row(rows)
        return filled(
            SnapshotCounts,
            row,
            day=self.day,
            altered_rows=most(row, "altered_"),
            outdated_count=most(row, "outdated_"),
        )

    def lacking(self, limit: int = 10) -> Question[list[Lacking]]:
        """Ids that are missing or outdated, some of them, the longest imported first."""
        imported = "regexp_extract(newest_key, '[0-9]*$') AS imported"

        def query(columns: Mapping[int, str]) -> str:
            return (
                f"SELECT id, {imported}\nFROM {self._by_id(columns)}\n"
                f"WHERE ({_MISSING}) OR ({_OUTDATED})\nORDER BY imported, id\nLIMIT {limit}"
            )

        def read(rows: Iterable[Row]) -> list[Lacking]:
            found = {Lacking(row["id"], row["imported"]) for row in rows}
            return sorted(found, key=lambda each: (each.imported, each.id))[:limit]

        return Question(parts.of(query, list(self.columns)), read)

    def altered_columns(self) -> Question[dict[str, int]]:
        """The columns that are not as in the version that their row is of, each with the number of such rows."""
        return pairs.changes(self._versions, list(self.columns))

    def altered_ids(self, column: str, values: bool = False) -> Question[list[str]]:
        """The ids of rows whose value is not as in the version that they are of; with `values` these too."""
        return pairs.ids(self._versions([column]), column, pairs.is_another(column), values)

    def _query(self, columns: Mapping[int, str]) -> str:
        counted = {
            "row_count": "sum(todays)",
            "without_id": "count_if(id IS NULL AND todays > 0)",
            "repeated_count": "count_if(todays > 1)",
            "missing_count": f"count_if({_MISSING})",
            f"outdated_{min(columns, default=0)}": f"count_if({_OUTDATED})",
            "lost_count": "count_if(todays = 0 AND lasts > 0)",
            "unknown_count": "count_if(todays > 0 AND lasts + increments = 0)",
            f"altered_{min(columns, default=0)}": f"sum({_ALTERED})",
            "last_count": "sum(lasts)",
            "fresh_rows": "sum(freshs)",
            "fresh_count": "count_if(freshs > 0)",
            "kept_count": "count_if(freshs = 0 AND todays > 0)",
        }
        return f"SELECT\n{sql.listed(counted)}\nFROM {self._by_id(columns)}"

    def _by_id(self, columns: Mapping[int, str]) -> str:
        """One row for each id, of what the three have of it; rows are told apart by some columns."""
        fresh = f"CASE WHEN import_date = '{self.day:%Y%m%d}' THEN 1 ELSE 0 END"  # of today's increment

        def versions(name: str) -> str:
            row = sql.text(self._values(name, columns.values()).values())
            return self._rows(
                name,
                f"{_KEY} AS version_key",
                f"'{name}' AS source",
                f"{fresh if name == 'increment' else '0'} AS fresh",
                f"md5(to_utf8({row})) AS row_digest",
            )

        return _by_id("\nUNION ALL\n".join(map(versions, ("today", "last", "increment"))))

    def _versions(self, columns: Iterable[str]) -> str:
        """Today's rows, each paired with the same version of its id in the increments or the last snapshot."""

        version = sql.free_name("version", {*self.columns, *self.increments})

        def rows(name: str) -> str:
            values = self._values(name, (column for column in columns if column != "id"))
            selected = (f"{value} AS {quoted(column)}" for column, value in values.items())
            return self._rows(name, *selected, version=version)

        return (
            f"({rows('today')}) after\nJOIN ({rows('last')}\nUNION\n{rows('increment')}) before\n"
            f"ON after.id = before.id AND after.{version} = before.{version}"
        )

    def _rows(self, name: str, *values: str, version: str = "version") -> str:
        """What is selected of the rows of today's snapshot, of the last, or of the increments."""
        stage, condition = {
            "today": (SNAPSHOT, f"snapshot_date = '{self.day:%Y%m%d}'"),
            "last": (SNAPSHOT, f"snapshot_date = '{self.last}'"),
            "increment": (RECAST, f"import_date BETWEEN '{self.since}' AND '{self.day:%Y%m%d}'"),
        }[name]
        return (
            f"SELECT {', '.join([f'{_ID} AS id', f'{_VERSION} AS {version}', *values])}\n"
            f"FROM {sql.source(self.database, stage, self.table)} WHERE {condition}"
        )

    def _values(self, name: str, columns: Iterable[str]) -> dict[str, str]:
        """Columns as texts, of one of the three."""
        types = self.increments if name == "increment" else self.columns
        return {
            column: sql.as_text(quoted(column), types[column]) if column in types else "CAST(NULL AS varchar)"
            for column in columns
        }


def _by_id(sources: str) -> str:
    """Rows that are alike first, then the ids."""
    alike = {
        "id": "id",
        "todays": "count_if(source = 'today')",
        "lasts": "count_if(source = 'last')",
        "increments": "count_if(source = 'increment')",
        "freshs": "sum(fresh)",
        "todays_version": "max(CASE WHEN source = 'today' THEN version END)",
        "newest_version": "max(CASE WHEN source <> 'today' THEN version END)",
        "increment_key": "max(CASE WHEN source = 'increment' THEN version_key END)",
        "last_key": "max(CASE WHEN source = 'last' THEN version_key END)",
    }
    known = "coalesce(greatest(increment_key, last_key), increment_key, last_key)"
    ids = {
        "id": "id",
        "todays": "sum(todays)",
        "lasts": "sum(lasts)",
        "increments": "sum(increments)",
        "freshs": "sum(freshs)",
        "todays_version": "max(todays_version)",
        "newest_version": "max(newest_version)",
        "newest_key": f"max({known})",
        "newest_increment_key": "max(increment_key)",
        "todays_key": f"max(CASE WHEN todays > 0 THEN {known} END)",
        "todays_last_key": "max(CASE WHEN todays > 0 THEN last_key END)",
        "altereds": "sum(CASE WHEN lasts + increments = 0 THEN todays ELSE 0 END)",
        "carried": "sum(CASE WHEN increments = 0 AND lasts > 0 THEN todays ELSE 0 END)",
    }
    return (
        f"(SELECT\n{sql.listed(ids)}\nFROM (SELECT\n{sql.listed(alike)}\nFROM (\n{sources}\n)\n"
        "GROUP BY id, row_digest)\nGROUP BY id)"
    )
