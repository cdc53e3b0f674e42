"""One run of the playbook: what its steps share. What they build on lives in AWS; here are handles and results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from acceptance import pipeline, queries, samples
from acceptance.aws import parallel
from acceptance.aws.account import Identity
from acceptance.aws.athena import Athena, QueryResult, RunningQuery
from acceptance.aws.catalog import Catalog, CatalogTable, Partition
from acceptance.aws.clients import Aws
from acceptance.aws.crawls import Crawl, Crawlers
from acceptance.aws.job_runs import Batch, JobRun, RunLog, read_logs
from acceptance.aws.jobs import Job, Jobs
from acceptance.aws.links import Links
from acceptance.aws.parquet import column_types
from acceptance.aws.quotas import job_runs_at_once
from acceptance.aws.scripts import Script, Scripts
from acceptance.aws.storage import Folder, look_into
from acceptance.aws.waiting import Clock, Progress
from acceptance.data_platform import SCRIPTS, DataPlatform
from acceptance.environments import Zone
from acceptance.findings import Blocked, DayOver, SuiteError
from acceptance.ledger import Ledger
from acceptance.lock import TicketLock
from acceptance.measured import Measurements
from acceptance.pipeline import INGESTION, PARSE, SNAPSHOT, Stage, source_of
from acceptance.records import Place
from acceptance.reruns import Appending, Standing
from acceptance.resume import Resumption
from acceptance.settings import Settings
from acceptance.survey import Survey
from acceptance.verdict import Evidence, Kind

T = TypeVar("T")


@dataclass(frozen=True)
class TableQueries:
    """The queries of one table at one stage, both under way at once."""

    playbook: RunningQuery
    measures: tuple[RunningQuery, ...]  # one row, in parts where one query would be too long


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
        self.ledger = Ledger(folder.parent / f"created-{self.environment.name}.jsonl", settings.keep)
        self.lock = TicketLock(aws, self.environment, settings.ticket, folder.name, identity.caller, clock)
        self.jobs = Jobs(aws, self.environment, settings.ticket, self.ledger, self.links)
        self.scripts = Scripts(aws, self.jobs, settings.ticket, self.ledger)
        self.crawlers = Crawlers(aws, self.environment, self.links, clock, progress)
        self.catalog = Catalog(aws)
        self.measured = Measurements()
        self.athena = Athena(aws, self.environment, self.links, clock, self.measured)
        self.evidence: list[Evidence] = []  # of the step under way
        self.survey = Survey(tables)
        self.resumption = Resumption(self)
        self._runs: dict[tuple[Stage, str], Callable[[], JobRun | Standing]] = {}
        self._latest: dict[str, JobRun] = {}  # of this run, by table
        self._batches: list[Batch] = []
        self._logs: dict[str, RunLog] = {}  # by run id
        self.started = Survey(tables)  # queries, once each: nothing makes them old
        # the tables by stage, if the run gets that far
        self.will_query: Mapping[Stage, Collection[str]] = {}
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
        newest = self.once(("newest", leading, table), lambda: max(self._days(leading, table), default=""))
        return datetime.strptime(newest, "%Y%m%d").replace(tzinfo=UTC).date() if newest else self.day

    @property
    def spoilt(self) -> SuiteError | None:
        """Why what is found from now on says nothing of the product; None while all is well."""
        return DayOver(self.day) if self.clock.now().date() != self.day else self.lock.lost

    def _refuse_if_spoilt(self) -> None:
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
            self.record(samples.evidence(title, found.rows))

    def note(self, text: str) -> None:
        """Something that a reader should know although nothing is wrong."""
        self.record(Evidence(Kind.NOTE, text))

    # -- what a stage does, for all tables in scope at once

    def job_run(self, stage: Stage, table: str) -> JobRun | Standing:
        """The finished job run for a table, or today's data where no run is needed.

        All tables' runs are started together. Raises `Blocked` where one would write rows twice (`acceptance.reruns`).
        """
        if (stage, table) not in self._runs:
            self._start_runs(stage)
        found = self._runs[stage, table]()
        if isinstance(found, JobRun):
            if activity := found.activity(self.links):
                self.measured.activity(activity)
            self.resumption.ended(found)
            self._latest[table] = found
        return found

    def log_tail(self, table: str) -> tuple[Evidence, ...]:
        """The end of the log of the table's latest job run, for whoever looks into a failure, if it can be had."""
        if table not in self._latest:
            return ()
        try:
            found = self.log(self._latest[table]).evidence()
        except (BotoCoreError, ClientError):
            return ()
        return (found,) if found.text else ()

    def test_job(self, stage: Stage) -> Job:
        """The ticket's clone of a stage's job; raises `Blocked` where it is not there."""
        job = self.survey.see(("test job", stage), "", lambda _: self.jobs.test_job(stage))
        if job is None:
            raise Blocked(f"there is no {stage.title} test job of {self.settings.ticket}", stage.clone_step)
        return job

    def _start_runs(self, stage: Stage) -> None:
        """Go on with what an interrupted run has started, and start the rest."""
        self._refuse_if_spoilt()
        earlier = self.resumption.job_runs(stage, self.scope)
        self._runs |= {(stage, table): found for table, found in earlier.items()}
        by_job: dict[str, list[str]] = {}
        jobs: dict[str, Job] = {}
        rest = tuple(table for table in self.scope if table not in earlier)
        for table, chosen in self._chosen_jobs(stage, rest).items():
            if isinstance(chosen, Job):
                jobs[chosen.name] = chosen
                by_job.setdefault(chosen.name, []).append(table)
            else:
                self._runs[stage, table] = partial(_given, chosen)
        for name, tables in by_job.items():
            lists = {table: table if stage.run_per_table else ",".join(tables) for table in tables}
            arguments = {each: {stage.tables_argument: each} for each in lists.values()}
            code = self.resumption.code_of(stage, jobs[name])
            batch = Batch(
                self.aws,
                self.environment,
                jobs[name],
                arguments,
                self.clock,
                self.progress,
                own=self.jobs.is_own(name),
                at_once=self._job_runs_at_once() if len(arguments) > 1 else None,
                started=partial(self.resumption.started, stage, jobs[name], code),
            )
            self._batches.append(batch)
            self._runs |= {(stage, table): partial(batch.result, each) for table, each in lists.items()}

    def _job_runs_at_once(self) -> int | None:
        return self.once("job runs at once", lambda: job_runs_at_once(self.aws))

    def _chosen_jobs(self, stage: Stage, tables: tuple[str, ...]) -> dict[str, Job | Standing | Blocked]:
        """What is to be done for each of some tables."""
        if not tables:
            return {}
        test_job = self.test_job(stage)
        if not stage.appends:
            return dict.fromkeys(tables, test_job)
        deployed = self.jobs.find(stage)
        runs = [JobRun.of(raw) for raw in self.jobs.runs(test_job.name)]
        outdated = [table for table in tables if (stage, table) in self.resumption.outdated]
        code_changed = partial(self._code_changed, stage, test_job)
        choice = Appending(stage, test_job, deployed, runs, code_changed, outdated)

        def choose(table: str) -> Job | Standing | Blocked:
            source, today = self.todays_data(source_of(stage), table), self.todays_data(stage, table)
            everything = partial(
                look_into, self.aws, self.environment.bucket(stage.zone), stage.prefix(table)
            )
            try:
                chosen = choice.choose(table, source, today, everything)
            except Blocked as blocked:
                return blocked
            by = self.resumption.cut_short.get((stage, table), "")
            return replace(chosen, cut_short=by) if isinstance(chosen, Standing) else chosen

        return parallel.by_item(choose, tables)

    def _code_changed(self, stage: Stage, test_job: Job) -> datetime:
        """When what the test job runs was last changed: on the branch, or in S3 where the clone keeps the script."""
        if stage.script_edited:
            return self.platform.branch.changed(SCRIPTS + stage.script)
        return self.scripts.changed(Script(test_job.script))

    def ingestion_log(self, table: str) -> RunLog | None:
        """The log of the run that brought a table's data today: this process's, else the test job's newest."""
        finished = self._runs[INGESTION, table]() if (INGESTION, table) in self._runs else None
        if isinstance(finished, JobRun):
            return self.log(finished)
        earlier = self.once("earlier ingestion runs", self._earlier_ingestion_runs)
        return self.log(earlier[table], *earlier.values()) if table in earlier else None

    def _earlier_ingestion_runs(self) -> dict[str, JobRun]:
        """By table the test job's newest run of today that succeeded."""
        job = self.jobs.test_job(INGESTION)
        runs = [JobRun.of(raw) for raw in self.jobs.runs(job.name)] if job else []
        todays = [run for run in runs if run.succeeded and run.started.date() == self.day]
        by_table = {run.arguments.get(INGESTION.tables_argument, ""): run for run in reversed(todays)}
        return {table: run for table, run in by_table.items() if table in self.tables}

    def log(self, run: JobRun, *others: JobRun) -> RunLog:
        """A job run's log; with the same calls, those of other runs that will be asked for."""
        if run.id not in self._logs:
            wanted = [each for each in (run, *others, *self._settled(run.job)) if each.id not in self._logs]
            self._logs |= read_logs(self.aws, wanted)
        return self._logs[run.id]

    def _settled(self, job: str) -> list[JobRun]:
        """The runs of a job started here whose log is complete by now: its end comes a little later than the run's."""
        until = self.clock.now() - timedelta(seconds=self.environment.patience.settle)
        finished = [run for batch in self._batches if batch.job.name == job for run in batch.runs.values()]
        return [run for run in finished if run.completed and run.completed <= until]

    def settled_log(self, run: JobRun) -> RunLog:
        """The log of a run that has ended, to be judged by: CloudWatch Logs may show its last lines a little later."""
        log, patience = self.log(run), self.environment.patience
        passed = (self.clock.now() - (run.completed or run.started)).total_seconds()
        until = self.clock.monotonic() + max(min(patience.settle, patience.settle - passed), patience.poll)
        while not log.says_so and self.clock.monotonic() < until:
            self.clock.sleep(patience.poll)
            del self._logs[run.id]
            log = self.log(run)
        return log

    def crawl(self, stage: Stage) -> Crawl:
        """One crawl for all tables in scope. Their queries, if there are to be any, start as soon as it has ended."""
        crawler = self.once(("crawler", stage), lambda: self.crawlers.find(stage))
        return self.once(("crawl", stage, self.scope), lambda: self._crawled(stage, crawler))

    def _crawled(self, stage: Stage, crawler: str) -> Crawl:
        self._refuse_if_spoilt()
        found = self.resumption.crawl(stage, crawler)
        if activity := found.activity(self.links):
            self.measured.activity(activity)
        if found.status == "SUCCEEDED":
            tables = [table for table in self.scope if table in self.will_query.get(stage, ())]
            self.started.look_ahead(("queries", stage), tables, partial(self._start_queries, stage))
        return found

    def query(self, stage: Stage, table: str) -> TableQueries:
        """The playbook's query and the checks' of a table; those of all tables in scope are started together."""
        return self.started.see(("queries", stage), table, partial(self._start_queries, stage))

    def _start_queries(self, stage: Stage, table: str) -> TableQueries:
        database = self.environment.database(stage.zone)
        return TableQueries(
            self.athena.start(queries.playbook_query(database, stage, table), f"the playbook's, {table}"),
            tuple(
                self.athena.start(sql, f"the checks', {table}") for sql in self._checks_queries(stage, table)
            ),
        )

    def _checks_queries(self, stage: Stage, table: str) -> list[str]:
        raw, refined = self.environment.database(Zone.RAW), self.environment.database(Zone.REFINED)
        day = self.day_of(stage, table)
        match stage:
            case pipeline.INGESTION:
                return [queries.ingestion_query(raw, table, day)]
            case pipeline.PARSE:
                found = self.catalog_table(stage, table)
                return [queries.parse_query(raw, table, day, found.columns if found else ())]
            case pipeline.RECAST:
                return queries.recast_queries(refined, raw, table, day, self.platform.branch.types_of(table))
            case _:
                return [queries.snapshot_query(refined, table, day, self.last_generation(stage, table))]

    def last_generation(self, stage: Stage, table: str) -> str:
        """The newest generation before the one under test in the Data Catalog (yyyymmdd); "" for none."""
        days = self.days(stage, table)
        return max((day for day in days if day < f"{self.day_of(stage, table):%Y%m%d}"), default="")

    def days(self, stage: Stage, table: str) -> list[str]:
        """A table's generations in the Data Catalog, yyyymmdd; seen for all tables in scope at once."""
        return self.survey.see(("days", stage), table, partial(self._days, stage))

    def _days(self, stage: Stage, table: str) -> list[str]:
        """A table's generations in the Data Catalog, yyyymmdd."""
        place = stage.partition_keys.index(stage.generation)
        database, name = self.environment.database(stage.zone), stage.catalog_table(table)
        found = self.catalog.partitions(database, name, ExcludeColumnSchema=True)
        return [partition.values[place] for partition in found]

    def failed_pages(self, table: str) -> QueryResult:
        database = self.environment.database(INGESTION.zone)
        return self.athena.run(
            queries.failed_pages(database, INGESTION, table, self.day_of(INGESTION, table))
        )

    def parsed_values(self, table: str, columns: Iterable[str]) -> list[QueryResult]:
        """How many values each column has after the parse, and how many its key has in the JSON: one row, in parts."""
        raw = self.environment.database(Zone.RAW)
        parts = queries.parsed_values_queries(raw, table, self.day_of(PARSE, table), columns)
        return [self.athena.run(sql) for sql in parts]

    def recast_ids(self, table: str, column: str, what: str) -> QueryResult:
        """The ids of rows whose value was lost or changed in the cast, some of them."""
        raw, refined = self.environment.database(Zone.RAW), self.environment.database(Zone.REFINED)
        types, values = self.platform.branch.types_of(table), self.settings.samples
        sql = queries.recast_ids(refined, raw, table, self.day, types, column, what, values)
        return self.athena.run(sql)

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
        standing = self.ledger.standing()
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
        self.ledger.removed(kind, name)

    def close(self) -> None:
        with ExitStack() as stack:  # the last one first, each whatever the others meet with
            stack.callback(self.lock.release)
            stack.callback(self.started.close)  # queries that wait for a place see that Athena is closed
            stack.callback(self.survey.close)
            self.athena.close()


def _given(chosen: Standing | Blocked) -> Standing:
    if isinstance(chosen, Blocked):
        raise chosen
    return chosen
