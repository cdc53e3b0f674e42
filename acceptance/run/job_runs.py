"""The job runs of a run of the playbook, all tables' at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from acceptance.aws import parallel
from acceptance.aws.glue_job_runs import Batch, JobRun
from acceptance.aws.glue_jobs import Job
from acceptance.aws.job_logs import RunLog
from acceptance.aws.quotas import job_runs_at_once
from acceptance.aws.s3_objects import look_into, objects
from acceptance.aws.session import Aws
from acceptance.aws.waiting import wait_until
from acceptance.branch.checkout import SCRIPTS
from acceptance.evidence import Evidence
from acceptance.findings import Blocked
from acceptance.pipeline import INGESTION, SNAPSHOT, Stage, source_of
from acceptance.run.context import Context
from acceptance.run.logs import Logs
from acceptance.run.observations import Observations
from acceptance.run.other_runs import LONGEST, runs_of_others
from acceptance.run.rerun_policy import Look, RerunPolicy, StageJobs, Standing, TakenRun
from acceptance.run.resume import Resumption


class JobRuns:
    """The first table that asks starts the job runs of all tables of its feature."""

    def __init__(self, context: Context, observed: Observations, resumption: Resumption, logs: Logs) -> None:
        self.context, self.observed, self.resumption, self.logs = context, observed, resumption, logs
        # by stage and table, what gives its job run once it has ended
        self._results: dict[tuple[Stage, str], Callable[[], JobRun | Standing]] = {}
        self._latest: dict[str, JobRun] = {}  # of this run of the playbook, by table

    def of(self, stage: Stage, table: str, tables: tuple[str, ...]) -> JobRun | Standing:
        """The finished job run for a table, or today's data where no run is needed.

        The runs of all `tables` are started together. Raises `Blocked` where one would do harm (see `rerun_policy`).
        """
        if (stage, table) not in self._results:
            self._start(stage, tables)
        found = self._results[stage, table]()
        if isinstance(found, JobRun):
            if activity := found.activity(self.context.links):
                self.context.measurements.activity(activity)
            self.resumption.ended(found)
            self._latest[table] = found
        return found

    def _start(self, stage: Stage, tables: tuple[str, ...]) -> None:
        """Resume what an interrupted run has started, and start the rest."""
        self.context.refuse_if_spoilt()
        earlier = self.resumption.job_runs(stage, tables)
        self._results |= {(stage, table): found for table, found in earlier.items()}
        rest = tuple(table for table in tables if table not in earlier)
        to_run: dict[str, tuple[Job, list[str]]] = {}  # by the job's name, with its tables
        for table, chosen in self._chosen(stage, rest).items():
            if isinstance(chosen, Job):
                to_run.setdefault(chosen.name, (chosen, []))[1].append(table)
            else:
                self._results[stage, table] = partial(_given, chosen)
        for job, taken in to_run.values():
            self._start_batch(stage, job, taken)

    def _start_batch(self, stage: Stage, job: Job, tables: list[str]) -> None:
        context = self.context
        lists = {table: table if stage.run_per_table else ",".join(tables) for table in tables}
        arguments = {each: {stage.tables_argument: each} for each in lists.values()}
        if stage is SNAPSHOT and context.jobs.is_own(job.name):
            # its bookmark may have passed increments that are in no snapshot, and none of these tables has one of today
            context.jobs.forget(job.name)
        batch = Batch(
            context.aws,
            context.environment,
            job,
            arguments,
            context.clock,
            context.progress,
            own=context.jobs.is_own(job.name),
            at_once=self._job_runs_at_once() if len(arguments) > 1 else None,
            started=partial(self.resumption.started, stage, job, self.resumption.code_of(stage, job)),
        )
        self.logs.follow(batch)
        self._results |= {(stage, table): partial(batch.result, each) for table, each in lists.items()}

    def _job_runs_at_once(self) -> int | None:
        return self.observed.once("job runs at once", lambda: job_runs_at_once(self.context.aws))

    def _chosen(self, stage: Stage, tables: tuple[str, ...]) -> dict[str, Job | JobRun | Standing | Blocked]:
        """What is to be done for each of some tables."""
        if not tables:
            return {}
        context, test_job = self.context, self.observed.test_job(stage)
        self._wait_for_leftovers(stage, test_job)
        jobs = StageJobs(
            test_job,
            self.observed.deployed_job(stage),
            self._own_runs(stage, test_job),
            self._others_runs(stage),
        )
        policy = RerunPolicy(
            stage,
            context.day,
            jobs,
            in_use={*jobs.deployed.tables, *context.platform.base.lists.all}
            if stage is INGESTION
            else jobs.deployed.tables,
            code_changed=partial(context.platform.branch.changed, SCRIPTS + stage.script),
            other_code=[table for table in tables if (stage, table) in self.resumption.outdated],
        )

        def choose(table: str) -> Job | JobRun | Standing | Blocked:
            try:
                chosen = policy.choose(table, self._look(stage, table))
            except Blocked as blocked:
                return blocked
            by = self.resumption.cut_short.get((stage, table), "")
            return replace(chosen, cut_short=by) if isinstance(chosen, Standing) else chosen

        return parallel.by_item(choose, tables)

    def _look(self, stage: Stage, table: str) -> Look:
        context, bucket = self.context, self.context.environment.bucket(stage.zone)
        return Look(
            data=self.observed.todays_data(stage, table),
            source=None if stage is INGESTION else self.observed.todays_data(source_of(stage), table),
            registered=partial(self.observed.registered, stage, table),
            everything=partial(look_into, context.aws, bucket, stage.prefix(table)),
            after=partial(_generations_after, context.aws, bucket, stage, table),
        )

    def _wait_for_leftovers(self, stage: Stage, test_job: Job) -> None:
        """Runs of the test job that an earlier run of the playbook has left, perhaps on another machine.

        Nobody else may use the job while this run holds the ticket's lock; what they write is judged.
        """
        context = self.context
        wait_until(
            lambda: set(context.jobs.under_way(test_job.name)) - self.resumption.awaited,
            lambda left: not left,
            what=f"earlier runs of {test_job.name}",
            state=lambda left: f"under way ({', '.join(sorted(left))})",
            poll=context.environment.patience.poll,
            deadline=context.environment.patience.job_run,
            clock=context.clock,
            progress=context.progress,
        )

    def _own_runs(self, stage: Stage, test_job: Job) -> tuple[TakenRun, ...]:
        found = [JobRun.of(raw) for raw in self.context.jobs.runs(test_job.name)]
        return tuple(
            TakenRun(each, test_job.tables_of(each.arguments, stage.tables_argument)) for each in found
        )

    def _others_runs(self, stage: Stage) -> tuple[TakenRun, ...]:
        """Today's, and those that may still be under way."""
        midnight = datetime.combine(self.context.day, time(), UTC)
        return tuple(
            TakenRun(*found) for found in runs_of_others(self.context.jobs, stage, midnight - LONGEST)
        )

    def ingestion_log(self, table: str) -> RunLog | None:
        """The log of the run that brought a table's data today: this process's, else the test job's newest."""
        finished = self._results[INGESTION, table]() if (INGESTION, table) in self._results else None
        if isinstance(finished, JobRun):
            return self.logs.of(finished)
        earlier = self.observed.once("earlier ingestion runs", self._earlier_ingestion_runs)
        return self.logs.of(earlier[table], *earlier.values()) if table in earlier else None

    def _earlier_ingestion_runs(self) -> dict[str, JobRun]:
        """By table the test job's newest run of today that succeeded."""
        job = self.context.jobs.test_job(INGESTION)
        found = [JobRun.of(raw) for raw in self.context.jobs.runs(job.name)] if job else []
        todays = [each for each in found if each.succeeded and each.started.date() == self.context.day]
        by_table = {each.arguments.get(INGESTION.tables_argument, ""): each for each in reversed(todays)}
        return {table: job_run for table, job_run in by_table.items() if table in self.context.tables}

    def log_tail(self, table: str) -> tuple[Evidence, ...]:
        """The end of the log of the table's latest job run, for whoever looks into a failure."""
        if table not in self._latest:
            return ()
        try:
            return (self.logs.of(self._latest[table]).evidence(),)
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
