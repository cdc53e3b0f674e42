"""What is left to be done on the way back, found in the account as it is: nothing, once one is back.

Sources: Glue developer guide, "Tracking processed data using job bookmarks": a bookmark is the job's, for all of its
tables; "when you rewind or reset a bookmark, AWS Glue does not clean the target files". Glue API reference: a table's
partitions go with it (DeleteTable); Glue keeps versions of tables (GetTableVersions), and none of partitions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from acceptance import naming
from acceptance.aws import parallel
from acceptance.aws.glue_catalog import CatalogTable, Partition, same_place
from acceptance.aws.s3_objects import Object
from acceptance.aws.s3_versions import everything, keeps_versions
from acceptance.environments import Zone
from acceptance.pipeline import STAGES, Stage
from acceptance.rollback import in_use
from acceptance.rollback.actions import (
    SECONDS_A_CALL,
    Action,
    DeleteJob,
    DeleteObject,
    DeleteScript,
    DeleteTable,
    ForgetPages,
)
from acceptance.rollback.commands import commands_of
from acceptance.rollback.plan import MOST_COMMANDS, Loss, Step, WayBack
from acceptance.rollback.scope import Scope
from acceptance.run.leftovers import Leftovers
from acceptance.run.run import Run
from acceptance.wording import count

MOST_LISTED = 1000  # objects of a page (ListObjectsV2)
_OF_A_CRAWLER = re.compile(r"_[0-9a-f]{32}")
"""What a crawler adds to a name that is taken by a table elsewhere."""


@dataclass(frozen=True)
class Work:
    """A step with all that it is made of."""

    step: Step
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Survey:
    works: tuple[Work, ...]  # in the order in which they are to be done
    losses: tuple[Loss, ...]
    moment: datetime | None
    keeps_versions: dict[str, bool]  # by bucket

    @property
    def lines(self) -> frozenset[str]:
        return frozenset(action.line for work in self.works for action in work.actions)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256("\n".join(sorted(self.lines)).encode()).hexdigest()[:12]

    def way_back(self, command: str = "") -> WayBack:
        steps = tuple(self._shown(work) for work in self.works)
        return WayBack(self.fingerprint, steps, self.losses, self.moment, dict(self.keeps_versions), command)

    def _shown(self, work: Work) -> Step:
        if work.step.by_hand:
            return work.step
        commands = commands_of(work.actions, work.step)
        return replace(
            work.step,
            commands=tuple(commands[:MOST_COMMANDS]),
            more_commands=max(0, len(commands) - MOST_COMMANDS),
            seconds=round(len(commands_of(work.actions)) * SECONDS_A_CALL, 1),
        )


def survey(run: Run, found: Scope) -> Survey:
    """Look at the account."""
    buckets = [run.environment.bucket(zone) for zone in Zone]
    versions = run.once("versions kept", lambda: parallel.by_item(partial(keeps_versions, run.aws), buckets))
    own = {(stage, table): work for stage in STAGES.values() for table, work in _own(run, stage, found.own)}
    shared = in_use.look(run, found, versions)
    works: list[Work] = [_revert(found)]
    if leftovers := _leftovers(run, found):
        works.append(leftovers)
    for stage in reversed(
        STAGES.values()
    ):  # readers of the last stage first, and what it is made from after it
        works += [own[stage, table] for table in found.own]
        works += [Work(*shared.steps[stage, table]) for at, table in found.shared if at is stage]
    works += [Work(*rewind) for rewind in shared.rewinds]
    return Survey(tuple(works), tuple(shared.losses), found.moment, versions)


def _revert(found: Scope) -> Work:
    if found.release is None:
        step = Step("Nothing to revert: main has nothing of the ticket", "the Data Platform repository", "")
        return Work(step)
    return Work(
        Step(
            "Revert the ticket's commit, have the revert merged and deployed: else the next night brings it all back",
            f"commit {found.release.commit[:12]} of main",
            "Terraform's lists, the scripts and the dictionary in S3 are as they were",
            shared=True,
            by_hand=True,
            commands=(found.release.revert,),
        )
    )


# -- what carries the ticket's name


def _leftovers(run: Run, found: Scope) -> Work | None:
    """But what the run under way removes at its end."""
    created, environment = run.context.created, run.environment
    leaving = set(created.standing())
    actions: list[Action] = [
        DeleteJob(name) if kind == "job" else DeleteScript(name)
        for kind, name in Leftovers(run.jobs, run.scripts, created).found()
        if (kind, name) not in leaving
    ]
    place = f"s3://{environment.scripts_bucket}/{environment.scripts_prefix}"
    address = place + naming.lost_pages(run.settings.ticket)
    losses = [loss for table in found.own for loss in run.lost_pages.of(table)]
    actions += [ForgetPages(loss.table, loss.day, address) for loss in losses]
    if not actions:
        return None
    jobs = sum(isinstance(action, DeleteJob) for action in actions)
    scripts = sum(isinstance(action, DeleteScript) for action in actions)
    parts = [count(number, noun) for number, noun in ((jobs, "test job"), (scripts, "test script")) if number]
    if losses:
        parts.append(f"the record of {count(len(losses), 'generation')} with lost pages")
    return Work(
        Step(
            f"Remove {', '.join(parts)}",
            place,
            "python -m acceptance.sweep finds nothing",
        ),
        tuple(actions),
    )


# -- the ticket's own tables


def _own(run: Run, stage: Stage, tables: tuple[str, ...]) -> Iterator[tuple[str, Work]]:
    """All that a stage has of new tables: nobody else has any use for it."""
    listed = objects_of(run, stage, tables)
    described = tables_of(run, stage)
    for table in tables:
        names = [each.name for each in described if is_of(run, stage, table, each)]
        yield table, _removal(run, stage, table, names, listed[table])


def _removal(run: Run, stage: Stage, table: str, names: list[str], items: list[Object]) -> Work:
    database, bucket = run.environment.database(stage.zone), run.environment.bucket(stage.zone)
    partitions = len(registered_of(run, stage, table)) if stage.catalog_table(table) in names else 0
    size = sum(item.bytes for item in items)
    parts = [
        *([f"{count(len(items), 'object')}"] if items else []),
        *([f"the catalog table {', '.join(names)} with {count(partitions, 'partition')}"] if names else []),
    ]
    step = Step(
        f"Remove {' and '.join(parts)}" if parts else "Nothing to remove",
        f"s3://{bucket}/{stage.prefix(table)}",
        f"the folder is empty, and {database} has no table {stage.catalog_table(table)}",
        table,
        stage.title,
        len(items),
        size,
        partitions,
        len(names),
    )
    actions: list[Action] = [DeleteTable(database, name) for name in names]
    actions += [DeleteObject(bucket, item.key, item.etag, item.bytes) for item in items]
    return Work(step, tuple(actions))


def objects_of(run: Run, stage: Stage, tables: Iterable[str]) -> dict[str, list[Object]]:
    """All objects of some tables at a stage, with one call where a page holds the stage's whole folder."""
    wanted, bucket = list(tables), run.environment.bucket(stage.zone)
    above = stage.folder.rstrip("/")
    whole = everything(run.aws, bucket, above, MOST_LISTED) if len(wanted) > 1 else None
    if whole is not None:
        return {table: [item for item in whole if holds(stage, table, item.key)] for table in wanted}

    def listed(table: str) -> list[Object]:
        found = [
            item
            for start in (f"{stage.folder}{table}", f"{above}{table}/")
            for item in everything(run.aws, bucket, start) or []
        ]
        return [item for item in found if holds(stage, table, item.key)]

    return parallel.by_item(listed, wanted)


def holds(stage: Stage, table: str, key: str) -> bool:
    """Whether an object is the table's: below its folder, the mark that Hadoop puts beside a folder, or written by a
    script that forgets the slash between the target and the table."""
    folders = (stage.prefix(table), f"{stage.folder.rstrip('/')}{table}/")
    return key.startswith(folders) or key == f"{stage.folder}{table}_$folder$"


def tables_of(run: Run, stage: Stage) -> list[CatalogTable]:
    """All of the stage's database."""
    database = run.environment.database(stage.zone)
    return run.looks.see(("tables", database), "", lambda _: run.catalog.tables(database))


def registered_of(run: Run, stage: Stage, table: str) -> list[Partition]:
    """A table's partitions, without their columns."""
    names = run.environment.database(stage.zone), stage.catalog_table(table)
    return run.looks.see(
        ("registered", stage), table, lambda _: run.catalog.partitions(*names, ExcludeColumnSchema=True)
    )


def is_name_of(stage: Stage, table: str, name: str) -> bool:
    """Whether a name is the catalog table's, or what a crawler makes of it where it is taken."""
    own = stage.catalog_table(table)
    return name == own or bool(name.startswith(own) and _OF_A_CRAWLER.fullmatch(name[len(own) :]))


def is_of(run: Run, stage: Stage, table: str, described: CatalogTable) -> bool:
    """Whether a catalog table is the pipeline's of a table: by its name, or made of its folder by a crawler."""
    if described.name == stage.catalog_table(table):
        return True
    place = f"s3://{run.environment.bucket(stage.zone)}/{stage.prefix(table)}"
    return is_name_of(stage, table, described.name) and same_place(described.location, place)
