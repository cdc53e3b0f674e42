"""Runs of a Glue job: started together, watched with one call for all, and how they ended.

Sources: Glue API reference (StartJobRun, GetJobRuns, JobRun); platform documentation ("How the jobs behave").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from acceptance.aws.console_links import Links
from acceptance.aws.glue_jobs import UNDER_WAY, Job
from acceptance.aws.session import Aws
from acceptance.aws.waiting import Clock, Progress, back_off, pause
from acceptance.environments import Environment
from acceptance.error_codes import is_passing
from acceptance.evidence import Evidence, Kind
from acceptance.findings import WaitExpired
from acceptance.measurements.model import Activity, Work
from acceptance.privacy.foreign_text import discretion


@dataclass(frozen=True)
class JobRun:
    job: str
    id: str
    state: str
    arguments: Mapping[str, str]
    started: datetime
    completed: datetime | None
    seconds: int  # execution time, as Glue bills it
    error: str  # as far as it quotes no data
    log_group: str
    dpus: float | None = None  # data processing units
    attempt: int = 0  # how often Glue had tried before (the job's MaxRetries)
    previous: str = ""  # id of the attempt before
    taken_from: str = ""  # the interrupted run of the playbook that started it (`acceptance.run.resume`)
    found: bool = (
        False  # started by the deployed pipeline, and judged as it is (`acceptance.run.rerun_policy`)
    )

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> JobRun:
        return cls(
            job=raw["JobName"],
            id=raw["Id"],
            state=raw["JobRunState"],
            arguments=raw.get("Arguments", {}),
            started=raw["StartedOn"],
            completed=raw.get("CompletedOn"),
            seconds=raw.get("ExecutionTime", 0),
            error=discretion.job_error(raw.get("ErrorMessage", "")),
            log_group=(raw.get("LogGroupName") or "/aws-glue/jobs").rstrip("/"),
            dpus=raw.get("MaxCapacity"),
            attempt=raw.get("Attempt", 0),
            previous=raw.get("PreviousRunId", ""),
        )

    @property
    def succeeded(self) -> bool:
        return self.state == "SUCCEEDED"

    def evidence(self, links: Links) -> Evidence:
        facts = {
            "Run": self.id,
            "State": self.state,
            "Started": f"{self.started:%Y-%m-%d %H:%M:%S} UTC",
            "Seconds": str(self.seconds),
            **{key: value for key, value in self.arguments.items() if key in ("--resource", "--table_list")},
        }
        if self.attempt:
            facts["Attempt"] = str(self.attempt + 1)
        if self.error:
            facts["Error"] = self.error
        if self.taken_from:
            facts["Taken from"] = self.taken_from
        link = links.job_run(self.job, self.id)
        return Evidence(Kind.JOB_RUN, f"Job run of {self.job}", facts, link=link, id=self.id)

    def activity(self, links: Links) -> Activity | None:
        """From the start to the end, its wait for machines with it; None for what this run has not started."""
        if self.taken_from or self.found:
            return None
        seconds = (self.completed - self.started).total_seconds() if self.completed else self.seconds
        link = links.job_run(self.job, self.id)
        return Activity(
            Work.JOB_RUN,
            self.job,
            self.id,
            self.started,
            seconds,
            state=self.state,
            dpus=self.dpus,
            link=link,
        )


class Batch:
    """Runs of one job, as many at once as the job and the account allow, the rest as places fall free.

    Nothing runs in the background here: whoever waits for one run looks after them all.
    """

    ATTEMPTS = 5  # to start a run, while AWS is not reached, throttles or fails itself

    def __init__(
        self,
        aws: Aws,
        environment: Environment,
        job: Job,
        arguments: Mapping[str, Mapping[str, str]],
        clock: Clock,
        progress: Progress,
        *,
        own: bool,
        at_once: int | None = None,
        under_way: Mapping[str, str] | None = None,
        started: Callable[[str, str], None] = lambda name, run_id: None,
    ) -> None:
        """`arguments`: of each run, by the name it is asked for with. `own`: the job is the ticket's own clone.

        `at_once`: the runs that the account may have under way, where that is known. `under_way`: ids of runs that were
        started before, by their names. `started` is told a run's name and id.
        """
        self.aws, self.patience, self.job, self.clock, self.progress = (
            aws,
            environment.patience,
            job,
            clock,
            progress,
        )
        self.arguments, self.own, self.started = arguments, own, started
        self.places = job.places(at_once)
        self.waiting = list(arguments)
        self.ids = dict(under_way or {})
        self.began = dict.fromkeys(self.ids, clock.monotonic())
        self.runs: dict[str, JobRun] = {}  # finished
        self.expired: dict[str, str] = {}  # given up, and with which words
        self.states: dict[str, str] = {}
        self.others = set(self._newest())  # runs that are not ours
        self._start()

    def result(self, name: str) -> JobRun:
        """The finished run; raises `WaitExpired` at the deadline, which counts from the run's start."""
        if name in self.expired:  # even if it has ended since: by our own hand
            raise WaitExpired(self.expired[name])
        since = self.clock.monotonic()
        while name not in self.runs:
            self._look()
            self._start()
            if name in self.runs:
                break
            self._refuse_late(name, since)
            newest = max(self.began.values(), default=since)  # whose end makes place for the next
            self.clock.sleep(pause(self.patience.poll, self.clock.monotonic() - newest))
        return self.runs[name]

    def _refuse_late(self, name: str, since: float) -> None:
        passed = self.clock.monotonic() - self.began.get(name, since)
        if passed < self.patience.job_run:
            return
        after = f"after {passed:.0f} s (deadline {self.patience.job_run:.0f} s)"
        if run_id := self.ids.get(name, ""):
            told = f"{name}: run {run_id} of {self.job.name} is still {self.states.get(run_id, 'STARTING')} {after}"
            if self.own:
                # it must not go on to cost money, and what it would still write nobody checks
                self.aws.glue.batch_stop_job_run(JobName=self.job.name, JobRunIds=[run_id])
                told += "; it was stopped"
            else:
                told += "; it is left alone: the job is not the ticket's own"
        else:
            busy = [run_id for run_id, state in self.states.items() if state in UNDER_WAY]
            told = (
                f"{name}: no run of {self.job.name} could be started {after}: its places are taken, by "
                f"{', '.join(f'{run_id} ({self.states[run_id]})' for run_id in busy) or 'runs not to be seen'}"
            )
        self.expired[name] = told
        raise WaitExpired(told)

    def _start(self) -> None:
        """Start what waits, until the job or the account has no place left."""
        while self.waiting and len(self.ids) - len(self.runs) < self.places:
            name = self.waiting[0]
            run_id = self._start_run(name)
            if run_id is None:
                self.progress(name, "waits for a place")
                return
            self.waiting.pop(0)
            self.ids[name] = run_id
            self.started(name, run_id)
            self.began[name] = self.clock.monotonic()
            self.progress(name, "STARTING")

    def _start_run(self, name: str) -> str | None:
        """The id of the run started; None where the job, or the account, has no place left.

        A call without an answer may have started a run, and StartJobRun takes no token that would make it safe to
        repeat: the job's runs tell whether it has.
        """
        glue = self.aws.glue_once
        full = (
            glue.exceptions.ConcurrentRunsExceededException,
            glue.exceptions.ResourceNumberLimitExceededException,
        )
        attempt = 0
        while True:
            try:
                return glue.start_job_run(JobName=self.job.name, Arguments=dict(self.arguments[name]))[
                    "JobRunId"
                ]
            except full:
                return None
            except (ClientError, HTTPClientError, NoConnection) as error:
                attempt += 1
                if attempt == self.ATTEMPTS or not is_passing(error):
                    raise
                self.clock.sleep(back_off(attempt))
                known = self.others.union(self.ids.values())
                lost = [
                    run_id
                    for run_id, run in self._newest().items()
                    if run_id not in known and not run.previous and run.arguments == self.arguments[name]
                ]
                if lost:
                    return lost[0]

    def _newest(self) -> dict[str, JobRun]:
        """The job's newest runs, by id."""
        found = self.aws.glue.get_job_runs(JobName=self.job.name)["JobRuns"]
        return {raw["Id"]: JobRun.of(raw) for raw in found}

    def _look(self) -> None:
        """One look at all runs under way, and no further into the job's past.

        A run that Glue tries again is followed by another, which is newer: GetJobRuns has shown it before.
        """
        unseen = {run_id: name for name, run_id in self.ids.items() if name not in self.runs}
        followed: dict[str, JobRun] = {}
        for page in self.aws.glue.get_paginator("get_job_runs").paginate(JobName=self.job.name):
            for run in map(JobRun.of, page["JobRuns"]):
                self.states[run.id] = run.state
                if run.previous:
                    followed[run.previous] = run
                if name := unseen.pop(run.id, ""):
                    self._saw(name, run, followed.get(run.id))
            if not unseen:
                return

    def _saw(self, name: str, run: JobRun, next_attempt: JobRun | None) -> None:
        if run.state == "FAILED" and next_attempt:
            self.ids[name] = next_attempt.id
            self.began[name] = self.clock.monotonic()
            self.started(name, next_attempt.id)
            self.progress(name, f"failed, attempt {next_attempt.attempt + 1}")
        elif run.state in UNDER_WAY:
            self.progress(name, f"{run.state}, {self.clock.monotonic() - self.began[name]:.0f} s")
        elif self._is_tried_again(run):
            self.progress(name, "failed, Glue tries again")
        else:
            self.runs[name] = run
            self.progress(name, "")

    def _is_tried_again(self, run: JobRun) -> bool:
        """Whether another attempt is to come; Glue does not say when, so it has as long as AWS has to show things."""
        if run.state != "FAILED" or run.attempt >= self.job.retries:
            return False
        since = (self.clock.now() - (run.completed or run.started)).total_seconds()
        return since < self.patience.settle
