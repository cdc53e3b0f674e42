"""The job runs and crawls of a run of the playbook, all tables' at once, and the logs of the job runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from acceptance.aws import parallel
from acceptance.aws.glue_crawlers import Crawl
from acceptance.aws.glue_job_runs import Batch, JobRun
from acceptance.aws.glue_jobs import Job
from acceptance.aws.job_logs import RunLog, read_logs
from acceptance.aws.quotas import job_runs_at_once
from acceptance.aws.s3_objects import look_into, objects
from acceptance.aws.session import Aws
from acceptance.aws.waiting import wait_until
from acceptance.branch.checkout import SCRIPTS
from acceptance.evidence import Evidence
from acceptance.findings import Blocked
from acceptance.pipeline import INGESTION, SNAPSHOT, Stage, source_of
from acceptance.run.other_runs import LONGEST, runs_of_others
from acceptance.run.rerun_policy import Look, RerunPolicy, StageJobs, Standing, TakenRun

if TYPE_CHECKING:
    from acceptance.run.run import Run


class StageRuns:
    """What a stage's steps start: the first table that asks starts the job runs, or the crawl, of all in scope."""

    def __init__(self, run: Run) -> None:
        self.run = run
        # by stage and table, what gives its job run once it has ended
        self._results: dict[tuple[Stage, str], Callable[[], JobRun | Standing]] = {}
        self._latest: dict[str, JobRun] = {}  # of this run of the playbook, by table
        self._batches: list[Batch] = []
        self._logs: dict[str, RunLog] = {}  # by run id

    def of(self, stage: Stage, table: str) -> JobRun | Standing:
        """The finished job run for a table, or today's data where no run is needed.

        All tables' runs are started together. Raises `Blocked` where one would do harm (`acceptance.run.rerun_policy`).
        """
        if (stage, table) not in self._results:
            self._start(stage)
        found = self._results[stage, table]()
        if isinstance(found, JobRun):
            if activity := found.activity(self.run.links):
                self.run.measured.activity(activity)
            self.run.resumption.ended(found)
            self._latest[table] = found
        return found

    def test_job(self, stage: Stage) -> Job:
        """The ticket's clone of a stage's job; raises `Blocked` where it is not there."""
        job = self.run.survey.see(("test job", stage), "", lambda _: self.run.jobs.test_job(stage))
        if job is None:
            raise Blocked(
                "no-test-job",
                f"there is no {stage.title} test job of {self.run.settings.ticket}",
                stage.clone_step,
            )
        return job

    def _start(self, stage: Stage) -> None:
        """Resume what an interrupted run has started, and start the rest."""
        self.run.refuse_if_spoilt()
        earlier = self.run.resumption.job_runs(stage, self.run.scope)
        self._results |= {(stage, table): found for table, found in earlier.items()}
        rest = tuple(table for table in self.run.scope if table not in earlier)
        to_run: dict[str, tuple[Job, list[str]]] = {}  # by the job's name, with its tables
        for table, chosen in self._chosen(stage, rest).items():
            if isinstance(chosen, Job):
                to_run.setdefault(chosen.name, (chosen, []))[1].append(table)
            else:
                self._results[stage, table] = partial(_given, chosen)
        for job, tables in to_run.values():
            self._start_batch(stage, job, tables)

    def _start_batch(self, stage: Stage, job: Job, tables: list[str]) -> None:
        run = self.run
        lists = {table: table if stage.run_per_table else ",".join(tables) for table in tables}
        arguments = {each: {stage.tables_argument: each} for each in lists.values()}
        if stage is SNAPSHOT and run.jobs.is_own(job.name):
            # its bookmark may have passed increments that are in no snapshot, and none of these tables has one of today
            run.jobs.forget(job.name)
        batch = Batch(
            run.aws,
            run.environment,
            job,
            arguments,
            run.clock,
            run.progress,
            own=run.jobs.is_own(job.name),
            at_once=self._job_runs_at_once() if len(arguments) > 1 else None,
            started=partial(run.resumption.started, stage, job, run.resumption.code_of(stage, job)),
        )
        self._batches.append(batch)
        self._results |= {(stage, table): partial(batch.result, each) for table, each in lists.items()}

    def _job_runs_at_once(self) -> int | None:
        return self.run.once("job runs at once", lambda: job_runs_at_once(self.run.aws))

    def _chosen(self, stage: Stage, tables: tuple[str, ...]) -> dict[str, Job | JobRun | Standing | Blocked]:
        """What is to be done for each of some tables."""
        if not tables:
            return {}
        run, test_job = self.run, self.test_job(stage)
        self._wait_for_leftovers(stage, test_job)
        jobs = StageJobs(
            test_job, run.jobs.find(stage), self._own_runs(stage, test_job), self._others_runs(stage)
        )
        policy = RerunPolicy(
            stage,
            run.day,
            jobs,
            in_use={*jobs.deployed.tables, *run.platform.base.lists.all}
            if stage is INGESTION
            else jobs.deployed.tables,
            code_changed=partial(run.platform.branch.changed, SCRIPTS + stage.script),
            other_code=[table for table in tables if (stage, table) in run.resumption.outdated],
        )

        def choose(table: str) -> Job | JobRun | Standing | Blocked:
            try:
                chosen = policy.choose(table, self._look(stage, table))
            except Blocked as blocked:
                return blocked
            by = run.resumption.cut_short.get((stage, table), "")
            return replace(chosen, cut_short=by) if isinstance(chosen, Standing) else chosen

        return parallel.by_item(choose, tables)

    def _look(self, stage: Stage, table: str) -> Look:
        run, bucket = self.run, self.run.environment.bucket(stage.zone)
        return Look(
            data=run.todays_data(stage, table),
            source=None if stage is INGESTION else run.todays_data(source_of(stage), table),
            registered=partial(run.registered, stage, table),
            everything=partial(look_into, run.aws, bucket, stage.prefix(table)),
            after=partial(_generations_after, run.aws, bucket, stage, table),
        )

    def _wait_for_leftovers(self, stage: Stage, test_job: Job) -> None:
        """Runs of the test job that an earlier run of the playbook has left, perhaps on another machine.

        Nobody else may use the job while this run holds the ticket's lock; what they write is judged.
        """
        run = self.run
        wait_until(
            lambda: set(run.jobs.under_way(test_job.name)) - run.resumption.awaited,
            lambda left: not left,
            what=f"earlier runs of {test_job.name}",
            state=lambda left: f"under way ({', '.join(sorted(left))})",
            poll=run.environment.patience.poll,
            deadline=run.environment.patience.job_run,
            clock=run.clock,
            progress=run.progress,
        )

    def _own_runs(self, stage: Stage, test_job: Job) -> tuple[TakenRun, ...]:
        found = [JobRun.of(raw) for raw in self.run.jobs.runs(test_job.name)]
        return tuple(
            TakenRun(each, test_job.tables_of(each.arguments, stage.tables_argument)) for each in found
        )

    def _others_runs(self, stage: Stage) -> tuple[TakenRun, ...]:
        """Today's, and those that may still be under way."""
        midnight = datetime.combine(self.run.day, time(), UTC)
        return tuple(TakenRun(*found) for found in runs_of_others(self.run.jobs, stage, midnight - LONGEST))

    def crawl(self, stage: Stage) -> Crawl:
        """One crawl for all tables in scope. Their queries, if there are to be any, start as soon as it has ended."""
        crawler = self.run.once(("crawler", stage), lambda: self.run.crawlers.find(stage))
        return self.run.once(("crawl", stage, self.run.scope), lambda: self._crawled(stage, crawler))

    def _crawled(self, stage: Stage, crawler: str) -> Crawl:
        self.run.refuse_if_spoilt()
        found = self.run.resumption.crawl(stage, crawler)
        if activity := found.activity(self.run.links):
            self.run.measured.activity(activity)
        if found.status == "SUCCEEDED":
            self.run.queries.start_planned(stage)
        return found

    def ingestion_log(self, table: str) -> RunLog | None:
        """The log of the run that brought a table's data today: this process's, else the test job's newest."""
        finished = self._results[INGESTION, table]() if (INGESTION, table) in self._results else None
        if isinstance(finished, JobRun):
            return self.log(finished)
        earlier = self.run.once("earlier ingestion runs", self._earlier_ingestion_runs)
        return self.log(earlier[table], *earlier.values()) if table in earlier else None

    def _earlier_ingestion_runs(self) -> dict[str, JobRun]:
        """By table the test job's newest run of today that succeeded."""
        job = self.run.jobs.test_job(INGESTION)
        found = [JobRun.of(raw) for raw in self.run.jobs.runs(job.name)] if job else []
        todays = [each for each in found if each.succeeded and each.started.date() == self.run.day]
        by_table = {each.arguments.get(INGESTION.tables_argument, ""): each for each in reversed(todays)}
        return {table: job_run for table, job_run in by_table.items() if table in self.run.tables}

    def log(self, job_run: JobRun, *others: JobRun) -> RunLog:
        """A job run's log; with the same calls, those of other runs that will be asked for."""
        if job_run.id not in self._logs:
            asked = (job_run, *others, *self._settled(job_run.job))
            unread = [each for each in asked if each.id not in self._logs]
            parameters = {name: self._parameters(name) for name in {each.job for each in unread}}
            self._logs |= read_logs(self.run.aws, unread, parameters)
        return self._logs[job_run.id]

    def _parameters(self, job: str) -> Mapping[str, str]:
        """The default arguments of a job, which say among other things where its runs log."""
        found = self.run.once(("job", job), lambda: self.run.jobs.get(job))
        arguments: Mapping[str, str] = found.definition.get("DefaultArguments", {})
        return arguments

    def _settled(self, job: str) -> list[JobRun]:
        """The runs of a job started here whose log is complete by now: its end comes a little later than the run's."""
        until = self.run.clock.now() - timedelta(seconds=self.run.environment.patience.settle)
        started = [each for batch in self._batches if batch.job.name == job for each in batch.runs.values()]
        return [each for each in started if each.completed and each.completed <= until]

    def settled_log(self, job_run: JobRun) -> RunLog:
        """The log of a run that has ended, to be judged by: CloudWatch Logs may show its last lines a little later."""
        log, patience, clock = self.log(job_run), self.run.environment.patience, self.run.clock
        passed = (clock.now() - (job_run.completed or job_run.started)).total_seconds()
        until = clock.monotonic() + max(min(patience.settle, patience.settle - passed), patience.poll)
        while not log.says_so and clock.monotonic() < until:
            clock.sleep(patience.poll)
            del self._logs[job_run.id]
            log = self.log(job_run)
        return log

    def log_tail(self, table: str) -> tuple[Evidence, ...]:
        """The end of the log of the table's latest job run, for whoever looks into a failure."""
        if table not in self._latest:
            return ()
        try:
            return (self.log(self._latest[table]).evidence(),)
        except (BotoCoreError, ClientError):
            return ()


def _generations_after(aws: Aws, bucket: str, stage: Stage, table: str, newest: str) -> set[str]:
    """Generations (yyyymmdd) of a table that have data in S3 and are newer than one; all of them after ""."""
    after = stage.partition_prefix(table, datetime.strptime(newest, "%Y%m%d").date()) if newest else ""  # noqa: DTZ007
    found = {stage.generation_of(item.key) for item in objects(aws, bucket, stage.prefix(table), after)}
    return {day for day in found if day > newest}


def _given(chosen: JobRun | Standing | Blocked) -> JobRun | Standing:
    if isinstance(chosen, Blocked):
        raise chosen
    return chosen
