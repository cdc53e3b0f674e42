"""Job runs of a stage that are not the ticket's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.glue_jobs import Jobs
from acceptance.pipeline import Stage

LONGEST = timedelta(hours=48)  # that a job run can take: Glue's own time-out


def runs_of_others(jobs: Jobs, stage: Stage, since: datetime) -> Iterator[tuple[JobRun, tuple[str, ...]]]:
    """Runs that began after a moment, of all jobs of a stage but the ticket's, each with its tables.

    Those of a job come one after the other, the newest first.
    """
    for name in jobs.of_others(stage):
        job = jobs.get(name)
        recent = takewhile(lambda found: found.started > since, map(JobRun.of, jobs.runs(name)))
        yield from ((found, job.tables_of(found.arguments, stage.tables_argument)) for found in recent)
