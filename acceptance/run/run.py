"""One run of the playbook: what its steps share. What they build on lives in AWS; here are handles and results."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from acceptance import naming
from acceptance.aws.athena import Athena, QueryResult
from acceptance.aws.console_links import Links
from acceptance.aws.glue_catalog import Catalog, CatalogTable, Partition
from acceptance.aws.glue_crawlers import Crawlers
from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.glue_jobs import Jobs
from acceptance.aws.glue_scripts import Scripts
from acceptance.aws.identity import Identity
from acceptance.aws.parquet_footers import column_types
from acceptance.aws.s3_objects import Folder, look_into
from acceptance.aws.session import Aws
from acceptance.aws.waiting import Clock, Progress
from acceptance.branch.checkout import DataPlatform
from acceptance.evidence import Evidence, Kind
from acceptance.findings import DayOver, SuiteError
from acceptance.measurements.model import Measurements
from acceptance.pipeline import INGESTION, SNAPSHOT, Stage
from acceptance.privacy import sample_rows
from acceptance.run.created_resources import CreatedResources
from acceptance.run.day_records import Place
from acceptance.run.lock import TicketLock
from acceptance.run.prefetch import Survey
from acceptance.run.resume import Resumption
from acceptance.run.stage_queries import StageQueries
from acceptance.run.stage_runs import StageRuns
from acceptance.settings import Settings

T = TypeVar("T")


class Run:
    def __init__(
        self,
        settings: Settings,
        platform: DataPlatform,
        tables: tuple[str, ...],
        aws: Aws,
        identity: Identity,
        folder: Path,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self.settings, self.platform, self.tables = settings, platform, tables
        self.environment = settings.env
        self.aws, self.identity, self.folder, self.clock, self.progress = (
            aws,
            identity,
            folder,
            clock,
            progress,
        )
        self.day: date = clock.now().date()  # Athena and the jobs tell UTC; one date for the whole run
        self.place = Place.of(settings, identity, aws, self.day)
        self.links = Links(self.environment)
        self.created = CreatedResources(
            folder.parent / naming.created_resources(self.environment.name), settings.keep
        )
        self.lock = TicketLock(aws, self.environment, settings.ticket, folder.name, identity.caller, clock)
        self.jobs = Jobs(aws, self.environment, settings.ticket, self.created, self.links)
        self.scripts = Scripts(aws, self.jobs, settings.ticket, self.created)
        self.crawlers = Crawlers(aws, self.environment, self.links, clock, progress)
        self.catalog = Catalog(aws)
        self.measured = Measurements()
        self.athena = Athena(aws, self.environment, self.links, clock, self.measured)
        self.evidence: list[Evidence] = []  # of the step under way
        self.survey = Survey(tables)
        self.resumption = Resumption(self)
        self.runs, self.queries = StageRuns(self), StageQueries(self)
        self.started = Survey(tables)  # queries, once each: nothing makes them old
        self._once: dict[Hashable, object] = {}

    def begin(self, tables: tuple[str, ...], *, changed: bool) -> None:
        """A feature begins that is about these tables. `changed`: it, or the one before, changes what can be seen."""
        self.survey.begin(tables, changed=changed)
        self.started.begin(tables, changed=False)

    @property
    def scope(self) -> tuple[str, ...]:
        """The tables that the feature under way will check."""
        return self.survey.tables

    def day_of(self, stage: Stage, table: str) -> date:
        """The day of the generation under test: today's; where nothing is ever run, the newest there is.

        The stages up to the recast are held against the ingestion's newest: one that has not got there shows.
        """
        if not self.environment.read_only:
            return self.day
        leading = SNAPSHOT if stage is SNAPSHOT else INGESTION
        newest = self.once(
            ("newest", leading, table), lambda: max(self.registered(leading, table), default="")
        )
        return datetime.strptime(newest, "%Y%m%d").replace(tzinfo=UTC).date() if newest else self.day

    @property
    def spoilt(self) -> SuiteError | None:
        """Why what is found from now on says nothing of the product; None while all is well."""
        return DayOver(self.day) if self.clock.now().date() != self.day else self.lock.lost

    def refuse_if_spoilt(self) -> None:
        """Before something is started: nobody could make use of it."""
        if spoilt := self.spoilt:
            raise spoilt

    # -- evidence

    def record(self, *evidence: Evidence) -> None:
        self.evidence += evidence

    def record_failing(self, title: str, found: QueryResult) -> None:
        """The query of failing rows; what is in them only where `samples` asks for it."""
        self.record(found.evidence(self.links, title))
        if self.settings.samples:
            self.record(sample_rows.evidence(title, found.rows))

    def note(self, text: str) -> None:
        """Something that a reader should know although nothing is wrong."""
        self.record(Evidence(Kind.NOTE, text))

    # -- what is there, seen for all tables in scope at once

    def catalog_table(self, stage: Stage, table: str) -> CatalogTable | None:
        def look(table: str) -> CatalogTable | None:
            return self.catalog.table(self.environment.database(stage.zone), stage.catalog_table(table))

        return self.survey.see(("table", stage), table, look)

    def partition(self, stage: Stage, table: str) -> Partition | None:
        """The partition of the generation under test."""

        def look(table: str) -> Partition | None:
            values = stage.partition_values(self.day_of(stage, table))
            return self.catalog.partition(
                self.environment.database(stage.zone), stage.catalog_table(table), values
            )

        return self.survey.see(("partition", stage), table, look)

    def partitions(self, stage: Stage, table: str) -> list[Partition]:
        """All of a table's partitions, each with the columns that it was crawled with."""

        def look(table: str) -> list[Partition]:
            return self.catalog.partitions(self.environment.database(stage.zone), stage.catalog_table(table))

        return self.survey.see(("partitions", stage), table, look)

    def last_generation(self, stage: Stage, table: str) -> str:
        """The newest generation before the one under test in the Data Catalog (yyyymmdd); "" for none."""
        days = self.days(stage, table)
        return max((day for day in days if day < f"{self.day_of(stage, table):%Y%m%d}"), default="")

    def days(self, stage: Stage, table: str) -> list[str]:
        """A table's generations in the Data Catalog, yyyymmdd; seen for all tables in scope at once."""
        return self.survey.see(("days", stage), table, partial(self.registered, stage))

    def registered(self, stage: Stage, table: str) -> list[str]:
        """The same as of now."""
        place = stage.partition_keys.index(stage.generation)
        database, name = self.environment.database(stage.zone), stage.catalog_table(table)
        found = self.catalog.partitions(database, name, ExcludeColumnSchema=True)
        return [partition.values[place] for partition in found]

    def file_types(self, stage: Stage, table: str) -> dict[str, dict[str, str]]:
        """The columns' types in each Parquet file of the generation under test, by key, the newest file last."""

        def look(table: str) -> dict[str, dict[str, str]]:
            found = sorted(self.todays_data(stage, table).items, key=lambda item: item.modified)
            bucket = self.environment.bucket(stage.zone)
            return {item.key: column_types(self.aws, bucket, item.key) for item in found}

        return self.survey.see(("file types", stage), table, look)

    def todays_data(self, stage: Stage, table: str, written_by: JobRun | None = None) -> Folder:
        """The objects in today's partition of a table, or those of them that a run wrote."""
        return look_into(
            self.aws,
            self.environment.bucket(stage.zone),
            stage.partition_prefix(table, self.day_of(stage, table)),
            since=written_by.started if written_by else None,
        )

    def written(self, stage: Stage, table: str, job_run: JobRun) -> Folder:
        """The objects in today's partition of a table that a run wrote; all tables' where it took them all."""
        look = partial(self.todays_data, stage, written_by=job_run)
        return look(table) if stage.run_per_table else self.survey.see(("written", job_run.id), table, look)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]  # type: ignore[return-value]

    # -- the end

    def clean_up(self) -> None:
        """Remove what the suite has created for the ticket; the first error is raised once all was tried.

        Raises `TicketBusy` where there is something to remove and another run of the ticket is under way.
        """
        errors: list[Exception] = []
        standing = self.created.standing()
        if standing:
            self.lock.acquire()
        for kind, name in standing:
            try:
                self._remove(kind, name)
            except Exception as error:  # noqa: BLE001  whatever it is, the rest must go too
                errors.append(error)
        if errors:
            raise errors[0]

    def _remove(self, kind: str, name: str) -> None:
        if kind == "script":
            self.scripts.remove(name)
        else:
            self.jobs.remove(name)
        self.created.removed(kind, name)

    def close(self) -> None:
        with ExitStack() as stack:  # the last one first, each whatever the others meet with
            stack.callback(self.lock.release)
            stack.callback(self.started.close)  # queries that wait for a place see that Athena is closed
            stack.callback(self.survey.close)
            self.athena.close()
