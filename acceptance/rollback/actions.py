"""The single changes that the way back is made of: each told in a line, as a command of the AWS CLI, and in calls.

Each says what it finds now, so that its line is another where the data has changed. None is an error where it has been
done already.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import quote

SECONDS_A_CALL = 0.3
"""About what a call of AWS takes from a desk: it is for the plan's estimates alone."""


RESTORED_FROM = "restored-from"
"""Metadata of an object that was brought back: of which version. Encrypted anew, its ETag is another."""


@dataclass(frozen=True)
class DeleteObject:
    bucket: str
    key: str
    etag: str
    bytes: int

    @property
    def line(self) -> str:
        return f"delete s3://{self.bucket}/{self.key} ({self.etag})"

    @property
    def command(self) -> str:
        return _aws("s3api", "delete-object", "--bucket", self.bucket, "--key", self.key)


@dataclass(frozen=True)
class RemoveMarker:
    """Have a deleted object there again, with its time of modification: no bookmark takes it for new."""

    bucket: str
    key: str
    version: str  # of the delete marker

    @property
    def line(self) -> str:
        return f"remove the delete marker {self.version} of s3://{self.bucket}/{self.key}"

    @property
    def command(self) -> str:
        words = ("--bucket", self.bucket, "--key", self.key, "--version-id", self.version)
        return _aws("s3api", "delete-object", *words)


@dataclass(frozen=True)
class BringBack:
    """Have an overwritten object's earlier version as its latest (S3 user guide, "Restoring previous versions").

    With one call, which S3 takes for objects of up to 5 GB (API reference, CopyObject).
    """

    bucket: str
    key: str
    version: str
    bytes: int

    @property
    def line(self) -> str:
        return f"bring back version {self.version} of s3://{self.bucket}/{self.key}"

    @property
    def command(self) -> str:
        source = f"{self.bucket}/{quote(self.key)}?versionId={self.version}"
        marked = ("--metadata-directive", "REPLACE", "--metadata", f"{RESTORED_FROM}={self.version}")
        place = ("--bucket", self.bucket, "--key", self.key)
        return _aws("s3api", "copy-object", *place, "--copy-source", source, *marked)


@dataclass(frozen=True)
class DeletePartition:
    database: str
    table: str
    values: tuple[str, ...]

    @property
    def line(self) -> str:
        return f"delete the partition {self.database}.{self.table}/{'/'.join(self.values)}"

    @property
    def command(self) -> str:
        names = ("--database-name", self.database, "--table-name", self.table)
        return _aws("glue", "delete-partition", *names, "--partition-values", *self.values)


@dataclass(frozen=True)
class DeleteTable:
    database: str
    table: str

    @property
    def line(self) -> str:
        return f"delete the catalog table {self.database}.{self.table}"

    @property
    def command(self) -> str:
        return _aws("glue", "delete-table", "--database-name", self.database, "--name", self.table)


@dataclass(frozen=True)
class RestoreTable:
    """Have an earlier version of a catalog table's description stand again."""

    database: str
    table: str
    version: str
    fields: tuple[str, ...]  # of the version, those that UpdateTable takes

    @property
    def line(self) -> str:
        return f"restore version {self.version} of the catalog table {self.database}.{self.table}"

    @property
    def command(self) -> str:
        names = ("--database-name", self.database, "--table-name", self.table, "--version-id", self.version)
        wanted = ", ".join(f"{name}: {name}" for name in self.fields)
        query = f"TableVersion.Table.{{{wanted}}}"
        read = _aws("glue", "get-table-version", *names, "--query", query, "--output", "json")
        return f'{_aws("glue", "update-table", "--database-name", self.database)} --table-input "$({read})"'


@dataclass(frozen=True)
class Rewind:
    job: str
    run: str  # "" for none: the bookmark is reset, as it was before the job's first run
    now: str  # the run whose bookmark stands

    @property
    def line(self) -> str:
        return f"rewind the bookmark of “{self.job}” from {self.now} to {self.run or 'its beginning'}"

    @property
    def command(self) -> str:
        to = ("--run-id", self.run) if self.run else ()
        return _aws("glue", "reset-job-bookmark", "--job-name", self.job, *to)


@dataclass(frozen=True)
class DeleteJob:
    name: str

    @property
    def line(self) -> str:
        return f"delete the test job “{self.name}”"

    @property
    def command(self) -> str:
        return _aws("glue", "delete-job", "--job-name", self.name)


@dataclass(frozen=True)
class DeleteScript:
    address: str

    @property
    def line(self) -> str:
        return f"delete the test script {self.address}"

    @property
    def command(self) -> str:
        return _aws("s3", "rm", self.address)


@dataclass(frozen=True)
class ForgetPages:
    """Of a generation that goes: that pages of it are missing is of no more interest."""

    table: str
    day: str
    address: str  # of the object that remembers them

    @property
    def line(self) -> str:
        return f"forget the lost pages of {self.table}, {self.day}"

    @property
    def command(self) -> str:
        return _aws("s3", "rm", self.address)


Action = (
    DeleteObject
    | RemoveMarker
    | BringBack
    | DeletePartition
    | DeleteTable
    | RestoreTable
    | Rewind
    | DeleteJob
    | DeleteScript
    | ForgetPages
)


def _aws(*words: str) -> str:
    return shlex.join(["aws", *words])
