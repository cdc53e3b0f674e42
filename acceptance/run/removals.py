"""What has to be removed before a stage can write a new table's data once more: named, never removed by the suite.

It is all that the stage and the later ones hold of the table. Of the daily snapshot it is today's alone, since each
snapshot is made from the one before. A test job that was kept goes too: its bookmark has passed the data.
"""

from __future__ import annotations

from acceptance.aws.glue_catalog import same_place
from acceptance.aws.s3_objects import Folder, look_into
from acceptance.evidence import Evidence, Kind
from acceptance.pipeline import SNAPSHOT, STAGES, Stage
from acceptance.run.run import Run

OBJECTS, PARTITION, TABLE, TEST_JOB = "all objects below", "partition", "catalog table", "test job"
"""The kinds of what is to be removed, as the evidence's facts tell them."""


def needed(run: Run, stage: Stage, table: str) -> Evidence | None:
    """By address, or name, its kind; None where there is nothing, or where the data is not the ticket's to remove."""
    if in_use(run, table):
        facts = {} if run.todays_data(stage, table).objects else _todays(run, stage, table)
    else:
        facts = {}
        for each in _from(stage):
            facts |= _todays(run, each, table) if stage is SNAPSHOT else _all(run, each, table)
            facts |= _kept_job(run, each)
    if not facts:
        return None
    return Evidence(
        Kind.REMOVAL, f"To be removed before {table} can go through the {stage.title} again", facts
    )


def catalog_table(run: Run, stage: Stage, table: str) -> Evidence | None:
    """Where a catalog table's description alone is wrong: the next crawl makes it again from the files.

    With it goes what crawlers have made of the table's folders under other names, at this stage and the later ones.
    """
    if in_use(run, table):
        return None
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    facts = {f"{database}.{name}": TABLE} if run.catalog.table(database, name) else {}
    for each in _from(stage):
        facts |= _misnamed(run, each, table)
    return Evidence(Kind.REMOVAL, f"To be removed before {table} is crawled again", facts) if facts else None


def _misnamed(run: Run, stage: Stage, table: str) -> dict[str, str]:
    """A crawler that finds the name taken by a table elsewhere adds a suffix to it."""
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    place = f"s3://{run.environment.bucket(stage.zone)}/{stage.prefix(table)}"
    tables = run.catalog.tables(database)
    return {
        f"{database}.{each.name}": TABLE
        for each in tables
        if same_place(each.location, place) and each.name != name
    }


def _from(stage: Stage) -> list[Stage]:
    stages = list(STAGES.values())
    return stages[stages.index(stage) :]


def in_use(run: Run, table: str) -> bool:
    """Whether the deployed pipeline has the table: others read it then."""
    return table in run.platform.base.lists.all


def _all(run: Run, stage: Stage, table: str) -> dict[str, str]:
    folder = look_into(run.aws, run.environment.bucket(stage.zone), stage.prefix(table))
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    return _objects(folder) | ({f"{database}.{name}": TABLE} if run.catalog.table(database, name) else {})


def _todays(run: Run, stage: Stage, table: str) -> dict[str, str]:
    """A catalog table whose only generation it is goes with it."""
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    values = stage.partition_values(run.day)
    found = _objects(run.todays_data(stage, table))
    registered = {each.values for each in run.catalog.partitions(database, name, ExcludeColumnSchema=True)}
    if registered == {values}:
        return found | {f"{database}.{name}": TABLE}
    return found | ({f"{database}.{name}/{'/'.join(values)}": PARTITION} if values in registered else {})


def _objects(folder: Folder) -> dict[str, str]:
    return {folder.address: OBJECTS} if folder.objects else {}


def _kept_job(run: Run, stage: Stage) -> dict[str, str]:
    """The test job where its bookmark outlasts this run."""
    if not stage.appends:
        return {}
    job = run.jobs.test_job(stage)
    return {job.name: TEST_JOB} if job and ("job", job.name) not in run.context.created.standing() else {}
