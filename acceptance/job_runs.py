"""Runs of a Glue job: started together, watched with one call for all, and what their logs tell.

Sources: Glue API reference (StartJobRun, GetJobRuns, JobRun); platform documentation ("How the jobs behave").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from acceptance.clients import Aws
from acceptance.environments import Environment
from acceptance.findings import WaitExpired
from acceptance.foreign import discretion
from acceptance.jobs import UNDER_WAY, Job
from acceptance.links import Links
from acceptance.verdict import Evidence, Kind
from acceptance.waiting import Clock, Progress

NOTHING_TO_ASK = "No requests, exiting job"
_PROMISE = re.compile(r"Number of pages to retrieve(?: for (?P<day>[\d-]+))?: (?P<pages>\d+)")


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
            log_group=raw.get("LogGroupName") or "/aws-glue/jobs",
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
        if self.error:
            facts["Error"] = self.error
        return Evidence(Kind.JOB_RUN, f"Job run of {self.job}", facts, link=links.job_run(self.job, self.id))


class Batch:
    """Runs of one job, as many at once as the job allows, the rest as places fall free.

    Nothing runs in the background here: whoever waits for one run looks after them all.
    """

    def __init__(
        self,
        aws: Aws,
        environment: Environment,
        job: Job,
        arguments: Mapping[str, Mapping[str, str]],
        clock: Clock,
        progress: Progress,
    ) -> None:
        """`arguments`: of each run, by the name it is asked for with."""
        self.aws, self.patience, self.job, self.clock, self.progress = (
            aws,
            environment.patience,
            job,
            clock,
            progress,
        )
        self.arguments = arguments
        self.waiting = list(arguments)
        self.ids: dict[str, str] = {}
        self.began: dict[str, float] = {}
        self.runs: dict[str, JobRun] = {}  # finished
        self.states: dict[str, str] = {}
        self._start()

    def result(self, name: str) -> JobRun:
        """The finished run; raises `WaitExpired` at the deadline, which counts from the run's start."""
        since = self.clock.monotonic()
        while name not in self.runs:
            self._look()
            self._start()
            if name in self.runs:
                break
            self._refuse_late(name, since)
            self.clock.sleep(self.patience.poll)
        return self.runs[name]

    def _refuse_late(self, name: str, since: float) -> None:
        passed = self.clock.monotonic() - self.began.get(name, since)
        if passed < self.patience.job_run:
            return
        run_id = self.ids.get(name, "")
        state = self.states.get(run_id, "not started: the job's places are taken")
        if run_id:
            # the run is the ticket's own: it must not go on to cost money
            self.aws.glue.batch_stop_job_run(JobName=self.job.name, JobRunIds=[run_id])
        raise WaitExpired(
            f"{name}: run {run_id or '(none)'} of {self.job.name} is still {state} after {passed:.0f} s "
            f"(deadline {self.patience.job_run:.0f} s)" + ("; it was stopped" if run_id else "")
        )

    def _start(self) -> None:
        """Start what waits, until the job has no place left."""
        glue = self.aws.glue
        while self.waiting and len(self.ids) - len(self.runs) < self.job.concurrency:
            name = self.waiting[0]
            try:
                started = glue.start_job_run(JobName=self.job.name, Arguments=dict(self.arguments[name]))
            except glue.exceptions.ConcurrentRunsExceededException:
                self.progress(name, "waits for a place")
                return
            self.waiting.pop(0)
            self.ids[name] = started["JobRunId"]
            self.began[name] = self.clock.monotonic()
            self.progress(name, "STARTING")

    def _look(self) -> None:
        """One look at all runs under way."""
        names = {run_id: name for name, run_id in self.ids.items() if name not in self.runs}
        for page in self.aws.glue.get_paginator("get_job_runs").paginate(JobName=self.job.name):
            for raw in page["JobRuns"]:
                if name := names.get(raw["Id"]):
                    self._saw(name, JobRun.of(raw))

    def _saw(self, name: str, run: JobRun) -> None:
        self.states[run.id] = run.state
        if run.state in UNDER_WAY:
            self.progress(name, f"{run.state}, {self.clock.monotonic() - self.began[name]:.0f} s")
        else:
            self.runs[name] = run
            self.progress(name, "")


@dataclass(frozen=True)
class RunLog:
    """What a run printed, and what the ingestion job's lines mean."""

    lines: tuple[str, ...]  # as printed: they may quote data
    place: str = ""  # in CloudWatch Logs

    @property
    def told(self) -> list[str]:
        """The lines as far as they quote no data."""
        return discretion.log(self.lines)

    @property
    def promised_pages(self) -> dict[str, int]:
        """Pages that the API promised, by day (`""` for a full load); empty when the log has no such line."""
        found = [match for line in self.lines if (match := _PROMISE.search(line))]
        return {match["day"] or "": int(match["pages"]) for match in found}

    @property
    def nothing_to_ask(self) -> bool:
        """Whether the job says that there was nothing to ingest."""
        promised = self.promised_pages
        return any(NOTHING_TO_ASK in line for line in self.lines) or (
            bool(promised) and not any(promised.values())
        )

    def evidence(self, tail: int = 15) -> Evidence:
        facts = {"CloudWatch Logs": self.place} if self.place else {}
        text = "\n".join(discretion.log(self.lines[-tail:]))
        return Evidence(Kind.LOG, "Log of the job run, its end", facts, text=text)


def read_log(aws: Aws, run: JobRun) -> RunLog:
    """A run's log, output and errors together, in the order of time. A stream not there yet counts as empty."""
    events: list[tuple[int, str]] = []
    for kind in ("output", "error"):
        try:
            pages = aws.logs.get_paginator("filter_log_events").paginate(
                logGroupName=f"{run.log_group}/{kind}", logStreamNames=[run.id]
            )
            events += [(event["timestamp"], event["message"]) for page in pages for event in page["events"]]
        except aws.logs.exceptions.ResourceNotFoundException:
            continue
    lines = (line.rstrip() for _, line in sorted(events, key=lambda event: event[0]))
    return RunLog(tuple(lines), f"groups {run.log_group}/output and /error, stream {run.id}")
