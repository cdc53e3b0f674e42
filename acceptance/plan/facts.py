"""A look at the environment for the plan of a run: its jobs and their last runs, the size of the tables' data.

Reads alone. What cannot be seen is not known to the plan, and is no error: the run's own checks tell it better.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from itertools import product

from botocore.exceptions import BotoCoreError, ClientError

from acceptance import naming
from acceptance.aws import parallel
from acceptance.aws.console_links import Links
from acceptance.aws.glue_catalog import Catalog, Partition
from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.glue_jobs import Jobs
from acceptance.aws.identity import Identity, identify
from acceptance.aws.quotas import job_runs_at_once
from acceptance.aws.s3_objects import objects_at
from acceptance.aws.session import Aws, isolate
from acceptance.aws.waiting import Clock
from acceptance.findings import Failure, SuiteError
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, STAGES, Stage
from acceptance.plan.plan import DeployedJob, Known, Selection
from acceptance.privacy.errors_in_words import explain
from acceptance.run import resume
from acceptance.run.created_resources import CreatedResources
from acceptance.run.day_records import Place
from acceptance.run.generations import RECENT_DAYS
from acceptance.settings import Settings


def look(settings: Settings, selection: Selection) -> Known:
    """Raises `SettingsError` where AWS must not be called at all (`acceptance.aws.guards`)."""
    if settings.endpoint:
        isolate(os.environ, settings.endpoint, settings.env.region)
    aws = Aws(settings.env)
    try:
        identity = identify(aws, settings)
        newest = _newest(aws, settings, selection)
        return Known(
            looked=True,
            unfinished=_unfinished(aws, settings, identity),
            jobs=_jobs(aws, settings, selection),
            sizes=_sizes(aws, newest),
            widths={
                table: len(found.columns.keys() - API_RESPONSE_COLUMNS.keys())
                for (stage, table), found in newest.items()
                if stage is PARSE
            },
        )
    except (BotoCoreError, ClientError, SuiteError) as error:
        return Known(hindered=" ".join(explain(error).split()))


def _unfinished(aws: Aws, settings: Settings, identity: Identity) -> str:
    if settings.fresh:
        return ""
    return resume.recall(settings, Place.of(settings, identity, aws, Clock().now().date())).by


def _jobs(aws: Aws, settings: Settings, selection: Selection) -> dict[Stage, DeployedJob]:
    """Of the stages that would be cloned or run."""
    path = settings.reports / settings.ticket / naming.created_resources(settings.env.name)
    created = CreatedResources(path, settings.keep)
    jobs = Jobs(aws, settings.env, settings.ticket, created, Links(settings.env))
    wanted = [
        stage for stage in STAGES.values() if selection.has(stage.clone_step) or selection.of(stage.run_step)
    ]
    at_once = job_runs_at_once(aws) if len(selection.of(INGESTION.run_step)) > 1 else None
    found = parallel.by_item(lambda stage: _job(jobs, stage, at_once), wanted)
    return {stage: job for stage, job in found.items() if job}


def _job(jobs: Jobs, stage: Stage, at_once: int | None) -> DeployedJob | None:
    try:
        job = jobs.find(stage)
    except Failure:
        return None
    last = next((run for raw in jobs.runs(job.name) if (run := JobRun.of(raw)).succeeded), None)
    if last is None:
        return DeployedJob(job.name, job.places(at_once))
    return DeployedJob(job.name, job.places(at_once), last.seconds, last.dpus)


def _newest(aws: Aws, settings: Settings, selection: Selection) -> dict[tuple[Stage, str], Partition]:
    """The newest generation of each table that is queried, where there is one."""
    catalog, since = Catalog(aws), Clock().now().date() - timedelta(days=RECENT_DAYS)

    def newest(place: tuple[Stage, str]) -> Partition | None:
        stage, table = place
        database, name = settings.env.database(stage.zone), stage.catalog_table(table)
        found = catalog.newest(database, name, 1, f"{stage.generation} >= '{since:%Y%m%d}'")
        return found[0] if found else None

    places = parallel.by_item(newest, list(product(STAGES.values(), selection.queried)))
    return {place: found for place, found in places.items() if found}


def _sizes(aws: Aws, newest: Mapping[tuple[Stage, str], Partition]) -> dict[tuple[Stage, str], int]:
    def size(place: tuple[Stage, str]) -> int:
        return sum(each.bytes for each in objects_at(aws, newest[place].location))

    return parallel.by_item(size, list(newest))
