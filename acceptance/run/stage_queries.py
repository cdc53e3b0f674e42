"""The Athena queries of a run of the playbook: one of the playbook's and one of the checks', a table and stage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from acceptance import pipeline
from acceptance.aws.athena import QueryResult, RunningQuery
from acceptance.environments import Zone
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries import ingestion, parse
from acceptance.queries.generation_sizes import playbook_query
from acceptance.queries.recast import Recast
from acceptance.queries.snapshot import Snapshot
from acceptance.run.context import Context
from acceptance.run.observations import Observations


@dataclass(frozen=True)
class TableQueries:
    """The queries of one table at one stage, both under way at once."""

    playbook: RunningQuery
    measures: tuple[RunningQuery, ...]  # one row, in parts where one query would be too long


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
            self.context.athena.start(playbook_query(database, stage, table), f"the playbook's, {table}"),
            tuple(
                self.context.athena.start(sql, f"the checks', {table}") for sql in self._checks(stage, table)
            ),
        )

    def _checks(self, stage: Stage, table: str) -> list[str]:
        raw, day = self.context.environment.database(Zone.RAW), self.observed.day_of(stage, table)
        match stage:
            case pipeline.INGESTION:
                return [ingestion.query(raw, table, day)]
            case pipeline.PARSE:
                found = self.observed.catalog_table(stage, table)
                return [parse.query(raw, table, day, found.columns if found else ())]
            case pipeline.RECAST:
                return self._recast(table).queries()
            case _:
                return self._snapshot(table).queries()

    def failed_pages(self, table: str) -> QueryResult:
        raw, day = self.context.environment.database(Zone.RAW), self.observed.day_of(INGESTION, table)
        return self.context.athena.run(ingestion.failed_pages(raw, INGESTION, table, day))

    def records_of(self, table: str, days: list[str]) -> QueryResult:
        """A row for each of some days (yyyymmdd) of API responses: how many records they hold."""
        raw = self.context.environment.database(Zone.RAW)
        return self.context.athena.run(ingestion.records_by_generation(raw, table, days))

    def parsed_values(self, table: str, columns: Iterable[str]) -> list[QueryResult]:
        """How many values each column has after the parse, how many its key has in the JSON, and their checksums: one
        row, in parts."""
        raw, day = self.context.environment.database(Zone.RAW), self.observed.day_of(PARSE, table)
        return self._run_parts(parse.values_queries(raw, table, day, columns))

    def changed_texts(self, table: str) -> list[QueryResult]:
        """In how many rows each column that the recast leaves as text is another: one row, in parts."""
        return self._run_parts(self._recast(table).changed_texts())

    def recast_ids(self, table: str, column: str, what: str) -> QueryResult:
        """The ids of rows whose value was lost or changed in the recast, some of them."""
        return self.context.athena.run(self._recast(table).ids(column, what, self.context.settings.samples))

    def altered_columns(self, table: str) -> list[QueryResult]:
        """In how many rows of today's snapshot each column is not as in the version they are of: one row, in parts."""
        return self._run_parts(self._snapshot(table).altered_columns())

    def altered_ids(self, table: str, column: str) -> QueryResult:
        """The ids of rows whose value is not as in the version that they are of, some of them."""
        return self.context.athena.run(
            self._snapshot(table).altered_ids(column, self.context.settings.samples)
        )

    def _run_parts(self, parts: list[str]) -> list[QueryResult]:
        started = [self.context.athena.start(sql) for sql in parts]
        return [query.result() for query in started]

    def _recast(self, table: str) -> Recast:
        return Recast(
            self.context.environment.database(Zone.REFINED),
            self.context.environment.database(Zone.RAW),
            table,
            self.observed.day_of(RECAST, table),
            self.context.platform.branch.types_of(table),
            self.texts(table),
        )

    def _snapshot(self, table: str) -> Snapshot:
        return Snapshot(
            self.context.environment.database(SNAPSHOT.zone),
            table,
            self.observed.day_of(SNAPSHOT, table),
            self.observed.last_generation(SNAPSHOT, table),
            self.columns(SNAPSHOT, table),
            self.columns(RECAST, table),
        )

    def texts(self, table: str) -> list[str]:
        """The columns of the API's records that the recast leaves as they are."""
        typed, recast = self.context.platform.branch.types_of(table), self.columns(RECAST, table)
        return [name for name in self.columns(PARSE, table) if name in recast and name not in typed]

    def columns(self, stage: Stage, table: str) -> dict[str, str]:
        """A table's columns that are keys of the API's records, with their types; {} where there is no table yet."""
        found = self.observed.catalog_table(stage, table)
        added = {
            *API_RESPONSE_COLUMNS,
            *RECAST.partition_keys,
        }  # the increments' keys are a snapshot's columns
        return {name: kind for name, kind in (found.columns if found else {}).items() if name not in added}
