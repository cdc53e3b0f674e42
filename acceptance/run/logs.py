"""The logs of job runs: read for several at once, and read again until they are complete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from acceptance.aws.glue_job_runs import Batch, JobRun
from acceptance.aws.job_logs import RunLog, read_logs
from acceptance.run.context import Context
from acceptance.run.observations import Observations


class Logs:
    def __init__(self, context: Context, observed: Observations) -> None:
        self.context, self.observed = context, observed
        self._logs: dict[str, RunLog] = {}  # by run id
        self._batches: list[Batch] = []

    def follow(self, batch: Batch) -> None:
        """Runs that were started here: their logs are read together."""
        self._batches.append(batch)

    def of(self, job_run: JobRun, *others: JobRun) -> RunLog:
        """A job run's log; with the same calls, those of other runs that will be asked for."""
        if job_run.id not in self._logs:
            asked = (job_run, *others, *self._settled(job_run.job))
            unread = [each for each in asked if each.id not in self._logs]
            parameters = {name: self._parameters(name) for name in {each.job for each in unread}}
            self._logs |= read_logs(self.context.aws, unread, parameters)
        return self._logs[job_run.id]

    def settled(self, job_run: JobRun) -> RunLog:
        """The log of a run that has ended, to be judged by: CloudWatch Logs may show its last lines a little later."""
        log, patience, clock = self.of(job_run), self.context.environment.patience, self.context.clock
        passed = (clock.now() - (job_run.completed or job_run.started)).total_seconds()
        until = clock.monotonic() + max(min(patience.settle, patience.settle - passed), patience.poll)
        while not log.says_so and clock.monotonic() < until:
            clock.sleep(patience.poll)
            del self._logs[job_run.id]
            log = self.of(job_run)
        return log

    def _parameters(self, job: str) -> Mapping[str, str]:
        """The default arguments of a job, which say among other things where its runs log."""
        found = self.observed.once(("job", job), lambda: self.context.jobs.get(job))
        arguments: Mapping[str, str] = found.definition.get("DefaultArguments", {})
        return arguments

    def _settled(self, job: str) -> list[JobRun]:
        """The runs of a job started here whose log is complete by now: its end comes a little later than the run's."""
        until = self.context.clock.now() - timedelta(seconds=self.context.environment.patience.settle)
        started = [each for batch in self._batches if batch.job.name == job for each in batch.runs.values()]
        return [each for each in started if each.completed and each.completed <= until]
