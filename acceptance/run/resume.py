"""Resuming a run that was interrupted: what it has started and paid for, and still stands, is not run again.

A run writes down each job run and crawl as it starts it, and how it ended, in a file next to the ticket's reports: its
test jobs are removed at its end, and with a job Glue forgets the job's runs. A run that comes to its end, whatever its
verdict, throws the record away, so that the next one verifies anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from acceptance import naming
from acceptance.aws import parallel
from acceptance.aws.glue_crawlers import Crawl
from acceptance.aws.glue_job_runs import Batch, JobRun
from acceptance.aws.glue_jobs import UNDER_WAY, Job
from acceptance.aws.glue_scripts import Script
from acceptance.aws.s3_objects import Folder, objects
from acceptance.pipeline import INGESTION, Stage, source_of
from acceptance.run import day_records
from acceptance.run.context import Context
from acceptance.run.day_records import Place
from acceptance.run.observations import Observations
from acceptance.settings import Settings

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class StartedRun:
    """A job run as it was started, and what is known of its end."""

    stage: str  # its title
    tables: tuple[str, ...]
    job: str
    id: str
    code: str  # fingerprint of the job's definition and of the code that it runs
    by: str  # run of the playbook
    ended: JobRun | None = None
    wrote: dict[str, str] = field(default_factory=dict)  # by table, fingerprint of what it wrote for today


@dataclass(frozen=True)
class StartedCrawl:
    """A crawl about to be started, and its end where that was seen."""

    stage: str
    tables: tuple[str, ...]
    crawler: str
    by: str
    ended: Crawl | None = None


@dataclass(frozen=True)
class Unfinished:
    """What runs that did not come to their end have started, the newest last."""

    place: Place
    runs: tuple[StartedRun, ...] = ()
    crawls: tuple[StartedCrawl, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def by(self) -> str:
        """The last run of the playbook that started anything; "" for none."""
        return max([*(run.by for run in self.runs), *(crawl.by for crawl in self.crawls)], default="")


def path_of(settings: Settings) -> Path:
    return settings.reports / settings.ticket / naming.unfinished(settings.env.name)


def recall(settings: Settings, place: Place) -> Unfinished:
    """What there is of today to resume; empty where there is no record."""
    return day_records.read(path_of(settings), Unfinished, place, SCHEMA_VERSION) or Unfinished(place)


def told(taken: JobRun | Crawl) -> str:
    """A note on a job run or crawl that was taken from an earlier run."""
    return (
        f"taken from the run {taken.taken_from}, which was interrupted, and not run again; "
        "-D fresh=true runs everything again"
    )


class Resumption:
    """What is taken from interrupted runs, and the record of what this one starts."""

    def __init__(self, context: Context, observed: Observations) -> None:
        self.context, self.observed = context, observed
        self.path, self.by = path_of(context.settings), context.folder.name
        self.fresh = context.settings.fresh
        self.earlier = self.record = Unfinished(context.place)
        self.outdated: set[tuple[Stage, str]] = set()  # of earlier runs, by other code than there is now
        # by stage and table, in which run its job run did not get to its end
        self.cut_short: dict[tuple[Stage, str], str] = {}
        self.awaited: set[str] = set()  # ids of earlier job runs under way that this run waits for
        self._begun = False

    def begin(self) -> None:
        """To be called before anything is started, once the ticket is locked: no other run writes the record then."""
        self.earlier = recall(self.context.settings, self.context.place)
        self.record = Unfinished(self.context.place) if self.fresh else self.earlier
        self._begun = True
        if self.fresh:
            self.close()

    def close(self) -> None:
        """The run has come to its end: nothing is left to resume."""
        if self._begun and not self.context.lock.lost:
            self.path.unlink(missing_ok=True)

    # -- job runs

    def job_runs(self, stage: Stage, tables: tuple[str, ...]) -> dict[str, Callable[[], JobRun]]:
        """By table the earlier job run that stands for a new one: it has succeeded, or is waited for when called.

        One of the ticket's own that is under way and stands for none is stopped: nobody checks what it would write.
        """
        of_stage = [started for started in self.earlier.runs if started.stage == stage.title]
        if not of_stage:
            return {}
        newest = {table: started for started in of_stage for table in started.tables if table in tables}
        found = self._found(of_stage)
        code = {job: self._code(stage, job) for job in {started.job for started in newest.values()}}
        outdated = {table for table, started in newest.items() if started.code != code[started.job]}
        self.outdated |= {(stage, table) for table in outdated}

        def stands(table: str) -> bool:
            job_run = found.get(newest[table].id)
            return bool(job_run and self._stands(stage, table, newest[table], job_run))

        candidates = [] if self.fresh else [table for table in newest if table not in outdated]
        standing = [table for table, yes in parallel.by_item(stands, candidates).items() if yes]
        self.cut_short |= {
            (stage, table): started.by
            for table, started in newest.items()
            if table not in standing and not (started.id in found and found[started.id].succeeded)
        }
        taken = {newest[table].id: newest[table] for table in standing}
        if not self.fresh:
            self._stop(job_run for job_run in found.values() if job_run.id not in taken)
        self.awaited |= {each for each in taken if found[each].state in UNDER_WAY}
        results = self._results(list(taken.values()), found)
        return {table: results[newest[table].id] for table in standing}

    def _results(
        self, taken: list[StartedRun], found: Mapping[str, JobRun]
    ) -> dict[str, Callable[[], JobRun]]:
        """By id, what gives the job run once it has ended."""
        under_way: dict[str, list[StartedRun]] = {}
        for started in taken:
            if found[started.id].state in UNDER_WAY:
                under_way.setdefault(started.job, []).append(started)
        results: dict[str, Callable[[], JobRun]] = {
            each.id: partial(found.__getitem__, each.id) for each in taken
        }
        for job, runs in under_way.items():
            batch = self._batch(job, runs)
            results |= {started.id: partial(batch.result, _name(started)) for started in runs}
        return {each.id: partial(_taken, results[each.id], each.by) for each in taken}

    def _batch(self, job: str, runs: list[StartedRun]) -> Batch:
        context = self.context
        return Batch(
            context.aws,
            context.environment,
            context.jobs.get(job),
            {},
            context.clock,
            context.progress,
            own=context.jobs.is_own(job),
            under_way={_name(started): started.id for started in runs},
        )

    def _found(self, started: list[StartedRun]) -> dict[str, JobRun]:
        """The runs by id: those that were seen to end, and of the others those that Glue still knows."""
        found = {each.id: each.ended for each in started if each.ended}
        for job in {each.job for each in started if not each.ended}:
            found |= {raw["Id"]: JobRun.of(raw) for raw in self.context.jobs.runs(job)}
        return {each.id: found[each.id] for each in started if each.id in found}

    def _stands(self, stage: Stage, table: str, started: StartedRun, job_run: JobRun) -> bool:
        """Whether a run of the same code has worked, or works, on what is there now, and its data is as it left it."""
        if stage is not INGESTION:
            source = self.observed.todays_data(source_of(stage), table)
            if source.newest is None or source.newest > job_run.started:
                return False
        if job_run.state in UNDER_WAY:
            return True
        wrote = self.observed.todays_data(stage, table, written_by=job_run)
        same = started.wrote.get(table) in (None, _fingerprint(wrote))
        return job_run.succeeded and bool(wrote.objects) and same

    def _stop(self, job_runs: Iterable[JobRun]) -> None:
        for job_run in job_runs:
            if job_run.state in UNDER_WAY and self.context.jobs.is_own(job_run.job):
                self.context.aws.glue.batch_stop_job_run(JobName=job_run.job, JobRunIds=[job_run.id])

    def code_of(self, stage: Stage, job: Job) -> str:
        """Fingerprint of all that makes the job's work what it is, but for the tables that a run is given.

        The script's bytes count, not its ETag: a test script is written anew by each run, and where S3 encrypts it, its
        ETag is another each time. Of what lies beside the scripts (helpers, dictionary) the ETag has to do.
        """
        definition = self.context.jobs.updatable(job)
        arguments = {
            name: value
            for name, value in definition.get("DefaultArguments", {}).items()
            if name != stage.tables_argument
        }
        named = [Script(word) for value in arguments.values() for word in re.split(r"[\s,]+", value)]
        beside = [
            self._etag(each) for each in named if each.bucket == self.context.environment.scripts_bucket
        ]
        told = json.dumps(
            [{**definition, "DefaultArguments": arguments}, beside], sort_keys=True, default=str
        )
        code = self.context.scripts.code(Script(job.script)) or b""
        return hashlib.sha256(told.encode() + code).hexdigest()

    def _code(self, stage: Stage, job: str) -> str:
        """Of the job as it is now; "" where it is not there."""
        try:
            return self.code_of(stage, self.context.jobs.get(job))
        except self.context.aws.glue.exceptions.EntityNotFoundException:
            return ""

    def _etag(self, script: Script) -> str:
        """Of the object at an address; "" where it is a folder, or nothing is there."""
        first = next(objects(self.context.aws, script.bucket, script.key), None)
        return first.etag if first and first.key == script.key else ""

    def started(self, stage: Stage, job: Job, code: str, tables: str, run_id: str) -> None:
        """A job run was started for tables, separated by commas."""
        new = StartedRun(stage.title, tuple(tables.split(",")), job.name, run_id, code, self.by)
        self._write(replace(self.record, runs=(*self.record.runs, new)))

    def ended(self, job_run: JobRun) -> None:
        plain = replace(job_run, taken_from="")
        self._update(job_run.id, lambda started: started if started.ended else replace(started, ended=plain))

    def wrote(self, job_run: JobRun, table: str, folder: Folder) -> None:
        """What a job run that has ended wrote into today's folder of a table."""
        wrote = {table: _fingerprint(folder)}
        self._update(job_run.id, lambda started: replace(started, wrote=started.wrote | wrote))

    # -- crawls

    def crawl(self, stage: Stage, tables: tuple[str, ...], crawler: str) -> Crawl:
        """The earlier crawl where it stands for a new one, else a new one."""
        if found := self._earlier_crawl(stage, tables, crawler):
            return found
        new = StartedCrawl(stage.title, tables, crawler, self.by)
        before = self.record.crawls
        self._write(replace(self.record, crawls=(*before, new)))
        crawl = self.context.crawlers.crawl(crawler)
        self._write(replace(self.record, crawls=(*before, replace(new, ended=crawl))))
        return crawl

    def _earlier_crawl(self, stage: Stage, tables: tuple[str, ...], crawler: str) -> Crawl | None:
        """One that has succeeded and began after all tables' data was written.

        Where its end was not seen, the crawler's last crawl once it is free: StartCrawler tells no id to find it by.
        """
        earlier = [
            started
            for started in self.earlier.crawls
            if (started.stage, started.crawler) == (stage.title, crawler)
            and set(tables) <= set(started.tables)
        ]
        if self.fresh or not earlier:
            return None
        crawl = earlier[-1].ended or self.context.crawlers.settled(crawler)
        sound = crawl.status == "SUCCEEDED" and crawl.own and self.context.crawlers.remembers(crawl)
        if sound and all(parallel.each(partial(self._is_crawled, stage, crawl), tables)):
            return replace(crawl, taken_from=earlier[-1].by)
        return None

    def _is_crawled(self, stage: Stage, crawl: Crawl, table: str) -> bool:
        """Whether the crawl has seen a table's data of today, and the Data Catalog still has it."""
        data = self.observed.todays_data(stage, table)
        database = self.context.environment.database(stage.zone)
        values = stage.partition_values(self.context.day)
        return bool(
            crawl.started
            and data.newest
            and data.newest <= crawl.started
            and self.context.catalog.partition(database, stage.catalog_table(table), values)
        )

    # -- the record

    def _update(self, run_id: str, change: Callable[[StartedRun], StartedRun]) -> None:
        runs = tuple(change(started) if started.id == run_id else started for started in self.record.runs)
        if runs != self.record.runs:
            self._write(replace(self.record, runs=runs))

    def _write(self, record: Unfinished) -> None:
        """Unless another run has taken the ticket over: the record is that one's then."""
        self.record = record
        if not self.context.lock.lost:
            day_records.write(self.path, record)


def _name(started: StartedRun) -> str:
    return ",".join(started.tables)


def _taken(result: Callable[[], JobRun], by: str) -> JobRun:
    return replace(result(), taken_from=by)


def _fingerprint(folder: Folder) -> str:
    return hashlib.sha256(repr(folder).encode()).hexdigest()
