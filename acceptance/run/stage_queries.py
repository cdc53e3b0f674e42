"""The Athena queries of a run of the playbook: one of the playbook's and one of the checks', a table and stage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeVar

from acceptance import pipeline
from acceptance.branch.dictionary import CATALOG_TYPES
from acceptance.environments import Zone
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries import generation_sizes
from acceptance.queries.ingestion import (
    FailedPage,
    GenerationRecords,
    Ingestion,
    IngestionCounts,
    records_by_generation,
)
from acceptance.queries.parse import ColumnValues, Parse, ParseCounts
from acceptance.queries.query import Answer, Asked, Query, Question, ask, of_one_day
from acceptance.queries.recast import Recast, RecastCounts, Shift
from acceptance.queries.snapshot import Lacking, Snapshot, SnapshotCounts
from acceptance.run.context import Context
from acceptance.run.observations import Observations

T = TypeVar("T")
Counts = IngestionCounts | ParseCounts | RecastCounts | SnapshotCounts
"""What the checks' query of a stage counts."""


@dataclass(frozen=True)
class TableQueries:
    """The queries of one table at one stage, both under way at once."""

    playbook: Asked[list[str]]  # the generation that it shows as the newest
    checks: Asked[Counts]


class StageQueries:
    """What a stage's steps ask Athena: once for each table, all in scope at once; and what is asked about a finding."""

    def __init__(self, context: Context, observed: Observations) -> None:
        self.context, self.observed = context, observed
        # the tables by stage, if the run gets that far
        self.planned: Mapping[Stage, Collection[str]] = {}

    def start_planned(self, stage: Stage, tables: tuple[str, ...]) -> None:
        """For those of the tables whose queries will be asked for: there is what they read."""
        wanted = [table for table in tables if table in self.planned.get(stage, ())]
        self.observed.started.look_ahead(("queries", stage), wanted, partial(self._start, stage))

    def of(self, stage: Stage, table: str) -> TableQueries:
        """The playbook's query and the checks' of a table; those of all tables in scope are started together."""
        return self.observed.started.see(("queries", stage), table, partial(self._start, stage))

    def _start(self, stage: Stage, table: str) -> TableQueries:
        database = self.context.environment.database(stage.zone)
        return TableQueries(
            ask(
                self.context.athena,
                generation_sizes.newest(database, stage, table),
                f"the playbook's, {table}",
            ),
            ask(self.context.athena, self._checks(stage, table), f"the checks', {table}"),
        )

    def _checks(self, stage: Stage, table: str) -> Query[Counts]:
        match stage:
            case pipeline.INGESTION:
                return self._ingestion(table)
            case pipeline.PARSE:
                return of_one_day(self._parse(table, self.observed.day_of(stage, table)))
            case pipeline.RECAST:
                types = self.context.platform.branch.types_of(table)
                return of_one_day(self._recast(table, types, self.observed.day_of(stage, table)))
            case _:
                return self._snapshot(table)

    def failed_pages(self, table: str, day: date | None = None) -> Answer[list[FailedPage]]:
        """`day`: of another generation than the one under test."""
        return self._answer(self._ingestion(table, day).failed_pages())

    def pages(self, table: str) -> Answer[set[int]]:
        """The numbers of today's pages of API responses that left rows."""
        return self._answer(self._ingestion(table).pages())

    def records_of(self, table: str, days: list[str]) -> Answer[list[GenerationRecords]]:
        """How many records each of some days (yyyymmdd) of API responses holds; days without rows are left out."""
        raw = self.context.environment.database(Zone.RAW)
        return self._answer(records_by_generation(raw, table, days))

    def past_parse(self, table: str, days: Sequence[date]) -> Asked[list[ParseCounts]]:
        query = self._parse(table, *days)
        return ask(self.context.athena, query, f"the parse of all days, {table}")

    def past_recast(self, table: str, days: Sequence[date]) -> Asked[list[RecastCounts]]:
        """Of the types that the increments have: on earlier days the dictionary may have named others."""
        parsed = self.columns(PARSE, table)
        types = {
            name: kind
            for name, kind in self.columns(RECAST, table).items()
            if name in parsed and kind in CATALOG_TYPES.values()
        }
        query = self._recast(table, types, *days)
        return ask(self.context.athena, query, f"the recast of all days, {table}")

    def parsed_values(self, table: str, counts: ParseCounts) -> Answer[dict[str, ColumnValues]]:
        """The values that each column has after the parse, and those that its key has in the JSON."""
        structured = counts.structured_keys.splitlines()
        return self._answer(self._parse(table, counts.day).values(structured))

    def changed_texts(self, table: str, counts: RecastCounts) -> Answer[dict[str, int]]:
        """The columns that the recast changed and had to leave as text, each with the number of such rows."""
        return self._answer(self._recast_of(table, counts).changed_texts())

    def recast_ids(self, table: str, counts: RecastCounts, column: str, what: str) -> Answer[list[str]]:
        """The ids of rows whose value was lost or changed in the recast, some of them."""
        samples = self.context.settings.samples
        return self._answer(self._recast_of(table, counts).ids(column, what, samples))

    def lacking(self, table: str, day: date) -> Answer[list[Lacking]]:
        """Ids that are not in a day's snapshot, or in an older version, some of them."""
        return self._answer(self._snapshot(table, day).lacking())

    def recast_shifts(self, table: str, counts: RecastCounts, column: str) -> Question[list[Shift]]:
        """By how much the recast has moved a column's timestamps."""
        return self._recast_of(table, counts).shifts(column)

    def altered_columns(self, table: str) -> Answer[dict[str, int]]:
        """The columns of today's snapshot that are not as in their row's version, each with the number of such rows."""
        return self._answer(self._snapshot(table).altered_columns())

    def altered_ids(self, table: str, column: str) -> Answer[list[str]]:
        """The ids of rows whose value is not as in the version that they are of, some of them."""
        return self._answer(self._snapshot(table).altered_ids(column, self.context.settings.samples))

    def _answer(self, query: Query[T]) -> Answer[T]:
        return ask(self.context.athena, query).answer()

    def _ingestion(self, table: str, day: date | None = None) -> Ingestion:
        day = day or self.observed.day_of(INGESTION, table)
        return Ingestion(self.context.environment.database(Zone.RAW), table, day)

    def _parse(self, table: str, *days: date) -> Parse:
        found = self.observed.catalog_table(PARSE, table)
        columns = list(found.columns) if found else []
        return Parse(self.context.environment.database(Zone.RAW), table, days, columns)

    def _recast(self, table: str, types: Mapping[str, str], *days: date) -> Recast:
        database = self.context.environment.database
        texts = self._texts(table, types)
        return Recast(database(Zone.REFINED), database(Zone.RAW), table, days, types, texts)

    def _recast_of(self, table: str, counts: RecastCounts) -> Recast:
        """The query that has counted them."""
        return self._recast(table, counts.types, counts.day)

    def start_newest_snapshot(self, table: str) -> Asked[SnapshotCounts]:
        """The checks' query of the newest snapshot in the Data Catalog, whichever day it is of."""
        newest = max(self.observed.days(SNAPSHOT, table))
        query = self._snapshot(table, datetime.strptime(newest, "%Y%m%d").replace(tzinfo=UTC).date())
        return ask(self.context.athena, query, f"the newest snapshot, {table}")

    def _snapshot(self, table: str, day: date | None = None) -> Snapshot:
        """`day`: of another snapshot than the one under test."""
        day = day or self.observed.day_of(SNAPSHOT, table)
        last = max(
            (each for each in self.observed.days(SNAPSHOT, table) if each < f"{day:%Y%m%d}"), default=""
        )
        since = self.observed.judged_since(SNAPSHOT, table)
        return Snapshot(
            self.context.environment.database(SNAPSHOT.zone),
            table,
            day,
            last,
            min(since, last or since),
            self.columns(SNAPSHOT, table),
            self.columns(RECAST, table),
        )

    def _texts(self, table: str, types: Mapping[str, str]) -> list[str]:
        """The columns of the API's records that the recast leaves as they are; `types`: of the others."""
        recast = self.columns(RECAST, table)
        return [name for name in self.columns(PARSE, table) if name in recast and name not in types]

    def columns(self, stage: Stage, table: str) -> dict[str, str]:
        """A table's columns that are keys of the API's records, with their types; {} where there is no table yet."""
        found = self.observed.catalog_table(stage, table)
        added = {
            *API_RESPONSE_COLUMNS,
            *RECAST.partition_keys,
        }  # the increments' keys are a snapshot's columns
        return {name: kind for name, kind in (found.columns if found else {}).items() if name not in added}
