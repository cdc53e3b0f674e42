"""The way back of tables in use: to the last good generation, from what is still there and from S3's versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from acceptance import naming
from acceptance.aws import parallel
from acceptance.aws.glue_catalog import CatalogTable, Partition, TableVersion, same_place
from acceptance.aws.s3_objects import Object, is_read
from acceptance.aws.s3_versions import Version, everything, versions
from acceptance.other_tables.state import TableState, digest
from acceptance.pipeline import STAGES, Stage
from acceptance.rollback.actions import (
    RESTORED_FROM,
    Action,
    BringBack,
    DeleteObject,
    DeletePartition,
    RemoveMarker,
    RestoreTable,
    Rewind,
)
from acceptance.rollback.plan import Loss, Step
from acceptance.rollback.scope import Scope
from acceptance.run.other_runs import runs_of_others
from acceptance.run.run import Run
from acceptance.wording import count

Steps = tuple[Step, tuple[Action, ...]]


@dataclass
class InUse:
    steps: dict[tuple[Stage, str], Steps] = field(default_factory=dict)
    rewinds: list[Steps] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)


def look(run: Run, found: Scope, versioned: Mapping[str, bool]) -> InUse:
    looked = InUse()
    for name in found.strangers:
        looked.losses.append(
            Loss(
                f"{name} has changed, and is no table of the pipeline",
                "nobody here knows who writes it",
                "ask the Data Platform team whose it is",
                code="generation-not-restorable",
            )
        )
    if found.moment is None:
        return looked
    way = partial(_way, run, found, versioned)
    for place, (step, losses) in parallel.by_item(way, found.shared).items():
        looked.steps[place] = step
        looked.losses += losses
    for stage in STAGES.values():
        tables = {table: actions for (at, table), (_, actions) in looked.steps.items() if at is stage}
        if tables:
            _rewind(run, found, stage, tables, looked)
    return looked


def _moves(actions: Iterable[Action]) -> bool:
    """Whether a stage's job would have to write something again."""
    return any(isinstance(action, DeleteObject | RemoveMarker | BringBack) for action in actions)


def _way(
    run: Run, found: Scope, versioned: Mapping[str, bool], place: tuple[Stage, str]
) -> tuple[Steps, list[Loss]]:
    """What a table in use needs at a stage."""
    stage, table = place
    assert found.moment is not None
    bucket = run.environment.bucket(stage.zone)
    objects = _versioned if versioned[bucket] else _unversioned
    then, actions = objects(run, stage, table, found.moment)
    registered, described = _registered(run, stage, table), _described(run, stage, table)
    was = found.before(run, stage, table)
    catalog = list(_catalog(run, described, registered, found.moment, was))
    everything_to_do = (*catalog, *actions)
    lost = [*_lost(run, found, stage, table, then, registered, described, versioned[bucket])]
    if described and was and not _is_as(described, was) and not _restores(catalog):
        lost.append(_misdescribed(stage, table))
    good = max((stage.generation_of(item.key) for item in then), default="")
    step = Step(
        _told(everything_to_do, good, [item for item in then if stage.generation_of(item.key) == good]),
        f"s3://{bucket}/{stage.prefix(table)}",
        f"the newest generation is {good or 'none'} again, with the objects that it had",
        table,
        stage.title,
        sum(isinstance(a, DeleteObject | BringBack | RemoveMarker) for a in actions),
        sum(action.bytes for action in actions if isinstance(action, DeleteObject | BringBack)),
        sum(isinstance(action, DeletePartition) for action in catalog),
        sum(isinstance(action, RestoreTable) for action in catalog),
        shared=True,
    )
    return (step, everything_to_do), lost


def _told(actions: Iterable[Action], good: str, items: list[Object]) -> str:
    given = list(actions)
    numbers = {
        "Remove {}": (DeleteObject, "object"),
        "have {} there again": (RemoveMarker, "deleted object"),
        "bring back {}": (BringBack, "overwritten object"),
        "take {} out of the Data Catalog": (DeletePartition, "partition"),
        "restore the description of {}": (RestoreTable, "catalog table"),
    }
    parts = [
        text.format(count(number, noun))
        for text, (kind, noun) in numbers.items()
        if (number := sum(isinstance(action, kind) for action in given))
    ]
    kept = (
        f"its last good generation {good} has {count(len(items), 'object')}"
        if good
        else "it had no data before"
    )
    if not parts:
        return f"Nothing to restore: {kept}"
    told = ", ".join(parts)
    return f"{told[0].upper()}{told[1:]}: {kept}"


# -- objects: what there was, and what brings it back


def _is_new(moment: datetime, modified: datetime) -> bool:
    """S3 tells whole seconds: what is of the moment's own second counts as older, and is left alone."""
    return modified > moment.replace(microsecond=0)


def _unversioned(run: Run, stage: Stage, table: str, moment: datetime) -> tuple[list[Object], list[Action]]:
    bucket = run.environment.bucket(stage.zone)
    found = everything(run.aws, bucket, stage.prefix(table)) or []
    then = [item for item in found if not _is_new(moment, item.modified)]
    new = [item for item in found if _is_new(moment, item.modified)]
    return then, [DeleteObject(bucket, item.key, item.etag, item.bytes) for item in new]


def _versioned(run: Run, stage: Stage, table: str, moment: datetime) -> tuple[list[Object], list[Action]]:
    bucket = run.environment.bucket(stage.zone)
    then: list[Object] = []
    actions: list[Action] = []
    for kept in versions(run.aws, bucket, stage.prefix(table)).values():
        newer = [version for version in kept if _is_new(moment, version.modified)]
        good = next((each for each in kept if each not in newer and not each.deleted), None)
        first_old = next((each for each in kept if each not in newer), None)
        was = good if good is first_old else None  # deleted before already
        then += [was.object] if was else []
        actions += _object_actions(run, bucket, kept[0], newer, was)
    return then, actions


def _object_actions(
    run: Run, bucket: str, now: Version, newer: list[Version], was: Version | None
) -> Iterator[Action]:
    if not newer:
        return
    if was is None:
        if not now.deleted:
            yield DeleteObject(bucket, now.key, now.etag, now.bytes)
    elif all(version.deleted for version in newer):
        yield from (RemoveMarker(bucket, version.key, version.id) for version in newer)
    elif now.deleted or (now.etag != was.etag and not _is_restored(run, bucket, now.key, was)):
        yield BringBack(bucket, was.key, was.id, was.bytes)


def _is_restored(run: Run, bucket: str, key: str, was: Version) -> bool:
    return run.aws.s3.head_object(Bucket=bucket, Key=key)["Metadata"].get(RESTORED_FROM) == was.id


# -- the Data Catalog


def _registered(run: Run, stage: Stage, table: str) -> list[Partition]:
    names = run.environment.database(stage.zone), stage.catalog_table(table)
    return run.catalog.partitions(*names, ExcludeColumnSchema=True)


def _described(run: Run, stage: Stage, table: str) -> CatalogTable | None:
    return run.catalog.table(run.environment.database(stage.zone), stage.catalog_table(table))


def _catalog(
    run: Run,
    described: CatalogTable | None,
    registered: list[Partition],
    moment: datetime,
    recorded: TableState | None,
) -> Iterator[Action]:
    if described is None:
        return
    for partition in registered:
        if partition.created and partition.created > moment:
            yield DeletePartition(described.database, described.name, partition.values)
    if described.updated and described.updated > moment and not _is_as(described, recorded):
        now, *earlier = run.catalog.versions(described.database, described.name)
        was = next((each for each in earlier if _was(each, moment, recorded)), None)
        if was and dict(was.definition) != dict(now.definition):
            yield RestoreTable(described.database, described.name, was.id, tuple(was.definition))


def _was(version: TableVersion, moment: datetime, recorded: TableState | None) -> bool:
    """Whether a version is of before the change. What crawlers count they may write without making a version."""
    return _is_as(version.table, recorded) if recorded else version.updated <= moment


def _is_as(described: CatalogTable, recorded: TableState | None) -> bool:
    """Whether a table is described as it was recorded, whatever crawlers have counted since."""
    return recorded is not None and (
        (dict(described.columns), dict(described.partition_keys))
        == (recorded.columns, recorded.partition_keys)
        and same_place(described.location, recorded.location)
    )


# -- what cannot be restored


def _lost(
    run: Run,
    found: Scope,
    stage: Stage,
    table: str,
    then: list[Object],
    registered: list[Partition],
    described: CatalogTable | None,
    versioned: bool,
) -> Iterator[Loss]:
    was, name = found.before(run, stage, table), stage.catalog_table(table)
    if was is None or was.newest is None:
        return
    if described is None:
        yield Loss(
            f"{name} is no longer in the Data Catalog",
            "Glue deletes the versions of a table with the table",
            f"run the crawler {stage.crawler} once the objects are back: it makes the table again",
            table,
            stage.title,
            "generation-not-restorable",
        )
    elif was.newest.values and was.newest.values not in {partition.values for partition in registered}:
        yield Loss(
            f"the partition {was.newest.name} of {name} is no longer in the Data Catalog",
            "Glue keeps no versions of partitions",
            f"run the crawler {stage.crawler} once the objects are back: it registers them again",
            table,
            stage.title,
            "generation-not-restorable",
        )
    prefix = was.newest.place.split("/", 3)[3].rstrip("/") + "/"
    held = [item for item in then if item.key.startswith(prefix) and is_read(item.key, item.bytes)]
    if was.newest.objects and digest(held) != was.newest.objects:
        yield Loss(
            f"the generation {was.newest.name} of {name} is not what it was",
            "its objects were deleted or overwritten, and the versions that it had are gone"
            if versioned
            else "its objects were deleted or overwritten, and the bucket keeps no versions",
            "ask the Data Platform team for a backup; else the stages have to make the generation again",
            table,
            stage.title,
            "generation-not-restorable",
        )


def _restores(catalog: Iterable[Action]) -> bool:
    return any(isinstance(action, RestoreTable) for action in catalog)


def _misdescribed(stage: Stage, table: str) -> Loss:
    return Loss(
        f"{stage.catalog_table(table)} has other columns, partition keys or another location than before",
        "Glue keeps no version of the description as it was",
        "ask the Data Platform team to describe the table as it was; the ticket's record says how",
        table,
        stage.title,
        "generation-not-restorable",
    )


# -- bookmarks


def _rewind(
    run: Run, found: Scope, stage: Stage, tables: Mapping[str, tuple[Action, ...]], looked: InUse
) -> None:
    """Rewind the deployed job's bookmark, where that makes the job read nothing of any other table again.

    Whether the tables' data has gone back already makes no difference: the bookmark is the last to go.
    """
    assert found.moment is not None
    runs = [
        (each, names)
        for each, names in runs_of_others(run.jobs, stage, found.moment)
        if not naming.CLONE.search(each.job)
    ]
    for job in dict.fromkeys(each.job for each, _ in runs):
        ids = {each.id for each, _ in runs if each.job == job}
        at = _bookmark(run, job)
        target = at
        while target in ids:
            target = _bookmark(run, job, target, previous=True)
        taken = {t for each, names in runs if each.job == job for t in names}
        if target == at or not taken & set(tables):
            continue
        if kept := sorted(taken - {*tables, *found.own}):
            if moved := [table for table, actions in tables.items() if _moves(actions)]:
                looked.losses.append(_standing(stage, job, moved, kept))
            continue
        step = Step(
            f"Rewind the bookmark of “{job}” to what the run {target} had left"
            if target
            else f"Reset the bookmark of “{job}”: it had none before",
            job,
            f"aws glue get-job-bookmark names {target or 'no run'}",
            stage=stage.title,
            rewind_to=target,
            shared=True,
        )
        looked.rewinds.append((step, (Rewind(job, target, at),)))


def _standing(stage: Stage, job: str, tables: list[str], others: list[str]) -> Loss:
    told = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
    return Loss(
        f"the bookmark of “{job}” cannot be rewound",
        f"its runs since have taken other tables too ({told}): their rows would be written twice",
        f"to have {', '.join(tables)} read again, copy the objects that the {stage.title} is to read onto themselves: "
        "Glue takes an object with a new time of modification for unread",
        stage=stage.title,
    )


def _bookmark(run: Run, job: str, run_id: str = "", *, previous: bool = False) -> str:
    """The run whose bookmark a job has, or the one before; "" where there is none."""
    asked = {"RunId": run_id} if run_id else {}
    try:
        entry = run.aws.glue.get_job_bookmark(JobName=job, **asked)["JobBookmarkEntry"]
    except run.aws.glue.exceptions.EntityNotFoundException:
        return ""
    return str(entry.get("PreviousRunId" if previous else "RunId", ""))
