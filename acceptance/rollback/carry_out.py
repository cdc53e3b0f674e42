"""The way back gone: each change made in calls, none of them outside what the plan is about.

Interrupted, it is begun again by looking anew: what is left to be done is what was not done (`survey`). A record in S3,
beside the ticket's lock, says which plan is under way, so that nothing is taken for it that has come since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from acceptance import naming
from acceptance.aws import parallel
from acceptance.findings import SuiteError
from acceptance.pipeline import STAGES
from acceptance.rollback.actions import (
    RESTORED_FROM,
    Action,
    BringBack,
    DeleteJob,
    DeleteObject,
    DeletePartition,
    DeleteScript,
    DeleteTable,
    ForgetPages,
    RemoveMarker,
    RestoreTable,
    Rewind,
)
from acceptance.rollback.commands import trash_folder
from acceptance.rollback.survey import Work, holds, is_name_of
from acceptance.run.leftovers import Leftovers
from acceptance.run.run import Run

_OBJECTS_A_CALL = 1000  # DeleteObjects
_PARTITIONS_A_CALL = 25  # BatchDeletePartition


@dataclass(frozen=True)
class Begun:
    """The plan that a way back follows."""

    fingerprint: str
    lines: frozenset[str] = field(default_factory=frozenset)


class Record:
    """The plan under way, in S3: whoever goes on, from whatever machine, finds it."""

    def __init__(self, run: Run) -> None:
        self.s3 = run.aws.s3
        self.bucket = run.environment.scripts_bucket
        self.key = run.environment.scripts_prefix + naming.rollback(run.settings.ticket)

    def read(self) -> Begun | None:
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=self.key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        return msgspec.json.decode(body, type=Begun)

    def write(self, begun: Begun) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=msgspec.json.encode(begun))

    def remove(self) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=self.key)


def carry_out(run: Run, works: Iterable[Work], trash: str, versioned: dict[str, bool]) -> None:
    """Do all that is to be done, one step after the other; where a bucket keeps no versions, into the trash first."""
    if run.environment.read_only:
        raise SuiteError(f"{run.environment.title} is only looked at: nothing of the way back is carried out")
    hand = _Hand(run, trash, versioned)
    for work in works:
        if lost := run.context.lock.lost:
            raise lost
        _refuse_foreign(run, work)
        for batch in _batches(work.actions):
            hand.do(batch)


def _batches(actions: tuple[Action, ...]) -> list[list[Action]]:
    """What can be done together: deletions of objects, else one after the other."""
    batches: list[list[Action]] = []
    for action in actions:
        same = batches and isinstance(action, DeleteObject) and isinstance(batches[-1][0], DeleteObject)
        if same and len(batches[-1]) < _OBJECTS_A_CALL and _bucket(batches[-1][0]) == _bucket(action):
            batches[-1].append(action)
        else:
            batches.append([action])
    return batches


def _bucket(action: Action) -> str:
    return action.bucket if isinstance(action, DeleteObject) else ""


def _refuse_foreign(run: Run, work: Work) -> None:
    """Raise `SuiteError` for a change outside the step's own table: whatever drew the plan, this is not done."""
    stage, table = STAGES.get(work.step.stage), work.step.table
    for action in work.actions:
        allowed = True
        if isinstance(action, DeleteObject | RemoveMarker | BringBack):
            allowed = (
                stage is not None
                and action.bucket == run.environment.bucket(stage.zone)
                and holds(stage, table, action.key)
            )
        elif isinstance(action, DeleteTable | DeletePartition | RestoreTable):
            allowed = (
                stage is not None
                and action.database == run.environment.database(stage.zone)
                and is_name_of(stage, table, action.table)
            )
        if not allowed:
            raise SuiteError(f"not of {table or 'the ticket'}, and so not done: {action.line}")


class _Hand:
    """The calls."""

    def __init__(self, run: Run, trash: str, versioned: dict[str, bool]) -> None:
        self.run, self.aws, self.trash, self.versioned = run, run.aws, trash, versioned

    def do(self, batch: list[Action]) -> None:
        objects = [action for action in batch if isinstance(action, DeleteObject)]
        if objects:
            self._delete_objects(objects)
            return
        (action,) = batch
        _CALLS[type(action)](self, action)

    def _delete_objects(self, objects: list[DeleteObject]) -> None:
        bucket = objects[0].bucket
        if not self.versioned[bucket]:
            parallel.each(self._copy_aside, objects)
        listed: Any = {"Objects": [{"Key": each.key} for each in objects], "Quiet": True}
        done = self.aws.s3.delete_objects(Bucket=bucket, Delete=listed)
        if errors := done.get("Errors", []):
            told = "; ".join(
                f"{each.get('Key')}: {each.get('Code')} {each.get('Message')}" for each in errors[:3]
            )
            raise SuiteError(f"{len(errors)} objects of {bucket} could not be deleted: {told}")

    def _copy_aside(self, each: DeleteObject) -> None:
        place = trash_folder(self.trash, f"s3://{each.bucket}/{each.key}")
        bucket, _, key = place.removeprefix("s3://").partition("/")
        source: Any = {"Bucket": each.bucket, "Key": each.key}
        self.aws.s3.copy_object(Bucket=bucket, Key=key, CopySource=source)

    def remove_marker(self, action: RemoveMarker) -> None:
        self.aws.s3.delete_object(Bucket=action.bucket, Key=action.key, VersionId=action.version)

    def bring_back(self, action: BringBack) -> None:
        source: Any = {"Bucket": action.bucket, "Key": action.key, "VersionId": action.version}
        marked: Any = {"MetadataDirective": "REPLACE", "Metadata": {RESTORED_FROM: action.version}}
        self.aws.s3.copy_object(Bucket=action.bucket, Key=action.key, CopySource=source, **marked)

    def delete_partition(self, action: DeletePartition) -> None:
        self._delete_partitions(action.database, action.table, [list(action.values)])

    def _delete_partitions(self, database: str, table: str, values: list[list[str]]) -> None:
        for start in range(0, len(values), _PARTITIONS_A_CALL):
            chunk: Any = [{"Values": each} for each in values[start : start + _PARTITIONS_A_CALL]]
            names = {"DatabaseName": database, "TableName": table}
            done = self.aws.glue.batch_delete_partition(**names, PartitionsToDelete=chunk)
            errors = [each.get("ErrorDetail", {}) for each in done.get("Errors", [])]
            if left := [each for each in errors if each.get("ErrorCode") != "EntityNotFoundException"]:
                raise SuiteError(f"{len(left)} partitions of {table} could not be deleted: {left[0]}")

    def delete_table(self, action: DeleteTable) -> None:
        """Its partitions first, which Glue else deletes "in a timely manner" (API reference, DeleteTable)."""
        partitions = self.run.catalog.partitions(action.database, action.table, ExcludeColumnSchema=True)
        self._delete_partitions(action.database, action.table, [list(each.values) for each in partitions])
        with suppress(
            self.aws.glue.exceptions.EntityNotFoundException
        ):  # an answer was lost, and the call made again
            self.aws.glue.delete_table(DatabaseName=action.database, Name=action.table)

    def restore_table(self, action: RestoreTable) -> None:
        versions = self.run.catalog.versions(action.database, action.table)
        wanted: Any = next(dict(each.definition) for each in versions if each.id == action.version)
        self.aws.glue.update_table(DatabaseName=action.database, TableInput=wanted)

    def rewind(self, action: Rewind) -> None:
        to = {"RunId": action.run} if action.run else {}
        self.aws.glue.reset_job_bookmark(JobName=action.job, **to)

    def delete_job(self, action: DeleteJob) -> None:
        self._leftovers.remove("job", action.name)

    def delete_script(self, action: DeleteScript) -> None:
        self._leftovers.remove("script", action.address)

    def forget_pages(self, action: ForgetPages) -> None:
        self.run.lost_pages.forget(action.table, action.day)

    @property
    def _leftovers(self) -> Leftovers:
        return Leftovers(self.run.jobs, self.run.scripts, self.run.context.created)


_CALLS: dict[type[Any], Callable[[_Hand, Any], None]] = {
    RemoveMarker: _Hand.remove_marker,
    BringBack: _Hand.bring_back,
    DeletePartition: _Hand.delete_partition,
    DeleteTable: _Hand.delete_table,
    RestoreTable: _Hand.restore_table,
    Rewind: _Hand.rewind,
    DeleteJob: _Hand.delete_job,
    DeleteScript: _Hand.delete_script,
    ForgetPages: _Hand.forget_pages,
}
