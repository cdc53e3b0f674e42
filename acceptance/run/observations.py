"""What is there: looks at catalog tables, partitions, objects and generations, for all tables of a feature at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TypeVar

from acceptance.aws.glue_catalog import CatalogTable, Partition, same_place
from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.glue_jobs import Job
from acceptance.aws.parallel import by_item
from acceptance.aws.parquet_footers import column_types, to_be_read
from acceptance.aws.s3_objects import Folder, look_into
from acceptance.findings import Blocked
from acceptance.pipeline import INGESTION, LOOKBACK, SNAPSHOT, Stage
from acceptance.run.context import Context
from acceptance.run.prefetch import Prefetch

T = TypeVar("T")


class Observations:
    """Each look is made for all tables in scope when the first asks, and kept until something may have changed it."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.looks = Prefetch(context.tables)
        self.started = Prefetch(context.tables)  # queries, once each: nothing makes them old
        self._once: dict[Hashable, object] = {}

    def begin(self, tables: tuple[str, ...], *, changed: bool) -> None:
        """A feature begins that is about these tables. `changed`: it, or the one before, changes what can be seen."""
        self.looks.begin(tables, changed=changed)
        self.started.begin(tables, changed=False)

    @property
    def scope(self) -> tuple[str, ...]:
        """The tables that the feature under way will check."""
        return self.looks.tables

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What stays as it is for the whole run."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]  # type: ignore[return-value]

    def close(self) -> None:
        self.started.close()
        self.looks.close()

    # -- jobs

    def test_job(self, stage: Stage) -> Job:
        """The ticket's clone of a stage's job; raises `Blocked` where it is not there."""
        job = self.looks.see(("test job", stage), "", lambda _: self.context.jobs.test_job(stage))
        if job is None:
            raise Blocked(
                "no-test-job",
                f"there is no {stage.title} test job of {self.context.settings.ticket}",
                stage.clone_step,
            )
        return job

    def listed_jobs(self) -> list[str]:
        """Names of the pipeline's jobs, as the console lists them once the playbook's filter text is typed."""
        return self.looks.see("listed jobs", "", lambda _: self.context.jobs.listed())

    def deployed_job(self, stage: Stage) -> Job:
        """The one that the ticket's test job is cloned of; raises `Failure` for none or several."""
        name = self.context.jobs.name_of(stage, self.listed_jobs())
        return self.looks.see(("job", name), "", lambda _: self.context.jobs.get(name))

    # -- generations

    def day_of(self, stage: Stage, table: str) -> date:
        """The day of the generation under test: today's; where nothing is ever run, the newest there is.

        The stages up to the recast are held against the ingestion's newest: one that has not got there shows.
        """
        if not self.context.environment.read_only:
            return self.context.day
        leading = SNAPSHOT if stage is SNAPSHOT else INGESTION
        newest = self.once(
            ("newest", leading, table), lambda: max(self.registered(leading, table), default="")
        )
        return datetime.strptime(newest, "%Y%m%d").replace(tzinfo=UTC).date() if newest else self.context.day

    def last_generation(self, stage: Stage, table: str) -> str:
        """The newest generation before the one under test in the Data Catalog (yyyymmdd); "" for none."""
        days = self.days(stage, table)
        return max((day for day in days if day < f"{self.day_of(stage, table):%Y%m%d}"), default="")

    def judged_since(self, stage: Stage, table: str) -> str:
        """The oldest generation (yyyymmdd) that is judged: of a table in the pipeline a recent one, else "" for all."""
        if table not in self.context.platform.base.lists.all:
            return ""
        return f"{self.day_of(stage, table) - LOOKBACK + timedelta(days=1):%Y%m%d}"

    def days(self, stage: Stage, table: str) -> list[str]:
        """A table's generations in the Data Catalog, yyyymmdd."""

        def look(table: str) -> list[str]:
            whole = self.whole(stage, table)
            return self.registered(stage, table) if whole is None else _generations(stage, whole)

        return self.looks.see(("days", stage), table, look)

    def registered(self, stage: Stage, table: str) -> list[str]:
        """The same as of now."""
        found = self.context.catalog.partitions(*self._named(stage, table), ExcludeColumnSchema=True)
        return _generations(stage, found)

    # -- the Data Catalog

    def catalog_table(self, stage: Stage, table: str) -> CatalogTable | None:
        return self.looks.see(
            ("table", stage), table, lambda table: self.context.catalog.table(*self._named(stage, table))
        )

    def twins(self, stage: Stage, table: str) -> list[str]:
        """Other tables of the database that lie in a table's folder."""
        database, name = self._named(stage, table)
        place = f"s3://{self.context.environment.bucket(stage.zone)}/{stage.prefix(table)}"
        tables = self.looks.see(("tables", database), "", lambda _: self.context.catalog.tables(database))
        return sorted(each.name for each in tables if each.name != name and same_place(each.location, place))

    def partition(self, stage: Stage, table: str) -> Partition | None:
        """The partition of the generation under test."""

        def look(table: str) -> Partition | None:
            values = stage.partition_values(self.day_of(stage, table))
            whole = self.whole(stage, table)
            if whole is not None:
                return next((each for each in whole if each.values == values), None)
            return self.context.catalog.partition(*self._named(stage, table), values)

        return self.looks.see(("partition", stage), table, look)

    def partitions(self, stage: Stage, table: str) -> list[Partition]:
        """All of a table's partitions, each with the columns that it was crawled with."""
        return self.looks.see(
            ("partitions", stage),
            table,
            lambda table: self.context.catalog.partitions(*self._named(stage, table)),
        )

    def whole(self, stage: Stage, table: str) -> list[Partition] | None:
        """What `partitions` gives, if that look has been made: then smaller ones need no call. Else None."""
        found: list[Partition] | None = self.looks.seen(("partitions", stage), table)
        return found

    def _named(self, stage: Stage, table: str) -> tuple[str, str]:
        """Database and catalog table."""
        return self.context.environment.database(stage.zone), stage.catalog_table(table)

    # -- objects

    def file_types(self, stage: Stage, table: str) -> dict[str, dict[str, str]]:
        """The columns' types in Parquet files of the generation under test, by key, the newest file last.

        In all of them, up to `parquet_footers.MOST`.
        """

        def look(table: str) -> dict[str, dict[str, str]]:
            found = sorted(self.todays_data(stage, table).items, key=lambda item: item.modified)
            bucket = self.context.environment.bucket(stage.zone)
            keys = [item.key for item in to_be_read(found)]
            return by_item(partial(column_types, self.context.aws, bucket), keys)

        return self.looks.see(("file types", stage), table, look)

    def todays_data(self, stage: Stage, table: str, written_by: JobRun | None = None) -> Folder:
        """The objects in today's partition of a table, or those of them that a run wrote."""
        return self.data_of(stage, table, self.day_of(stage, table), written_by)

    def data_of(self, stage: Stage, table: str, day: date, written_by: JobRun | None = None) -> Folder:
        return look_into(
            self.context.aws,
            self.context.environment.bucket(stage.zone),
            stage.partition_prefix(table, day),
            since=written_by.started if written_by else None,
        )

    def written(self, stage: Stage, table: str, job_run: JobRun) -> Folder:
        """The objects in today's partition of a table that a run wrote; all tables' where it took them all."""
        look = partial(self.todays_data, stage, written_by=job_run)
        return look(table) if stage.run_per_table else self.looks.see(("written", job_run.id), table, look)


def _generations(stage: Stage, partitions: list[Partition]) -> list[str]:
    place = stage.partition_keys.index(stage.generation)
    return [partition.values[place] for partition in partitions]
