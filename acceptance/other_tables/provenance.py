"""Who wrote what a table has new since a moment: the pipeline's own runs are told from the ticket's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from acceptance.aws import s3_objects
from acceptance.aws.glue_job_runs import JobRun
from acceptance.environments import Zone
from acceptance.pipeline import STAGES, Stage
from acceptance.run.other_runs import LONGEST, runs_of_others

if TYPE_CHECKING:
    from acceptance.run.run import Run

_SECOND = timedelta(seconds=1)  # S3 tells no less


def explanation(run: Run, zone: Zone, name: str, place: str, since: datetime) -> str:
    """Where the objects of a generation come from, if not from this ticket; "" where nothing explains them.

    Objects older than `since` were only registered now. Younger ones are explained by runs of the stage's deployed job
    (or of another ticket's clone) that took the table and were under way when the objects were written.
    """
    moments = [item.modified for item in s3_objects.objects_at(run.aws, place)]
    written = [moment for moment in moments if moment + _SECOND > since]
    if not written:
        return "its data was there before; a crawl has only now registered it"
    stage, table = origin(zone, name)
    if stage is None:
        return ""
    recent = run.once(
        ("runs of others", stage), lambda: list(runs_of_others(run.jobs, stage, since - LONGEST))
    )
    runs = [found for found, tables in recent if table in tables]
    covering = {each.id: each for moment in written for each in runs if _covers(each, moment)}
    if not all(any(_covers(each, moment) for each in covering.values()) for moment in written):
        return ""
    return "written by " + ", ".join(f"run {each.id} of “{each.job}”" for each in covering.values())


def origin(zone: Zone, name: str) -> tuple[Stage | None, str]:
    """The stage that writes a catalog table, and the API resource; longer prefixes are the better match."""
    stages = [s for s in STAGES.values() if s.zone is zone and name.startswith(s.table_prefix)]
    stage = max(stages, key=lambda s: len(s.table_prefix), default=None)
    return stage, name.removeprefix(stage.table_prefix) if stage else name


def _covers(job_run: JobRun, moment: datetime) -> bool:
    started = job_run.started.replace(microsecond=0)
    return started <= moment and (job_run.completed is None or moment <= job_run.completed)
