"""What the pipeline left on the last days, for the tables that were there before: as data, and into an account.

The data are made by `sandbox.past_runs`, in a process of their own, since that takes about as long as the rest of a
sandbox's start: `Building(today)` as early as possible, then `seed(clients, building.result())`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from hashlib import md5
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from sandbox.crawl_output import Contents, merged, partition_input, table_input
from sandbox.deployment import PRE_PRODUCTION, Names, Stage
from sandbox.parquet import Schema

Put = Callable[[str, str, bytes, datetime], object]
"""Takes bucket, key, body, and when the object was written."""
Register = Callable[[str, dict[str, Any], list[dict[str, Any]], list[datetime]], object]
"""Takes database, TableInput, PartitionInputs, and when each of the partitions was crawled."""
WRITTEN, CRAWLED = time(2, 30, tzinfo=UTC), time(3, 0, tzinfo=UTC)
"""Of a partition's day: the night's runs began at two."""


@dataclass(frozen=True)
class Partition:
    """One object in a partition's folder."""

    values: dict[str, str]
    """By partition key, in the keys' order."""
    key: str
    body: bytes
    schema: Schema

    @property
    def folder(self) -> str:
        return self.key.rpartition("/")[0] + "/"

    @property
    def day(self) -> date:
        return date.fromisoformat([*self.values.values()][-1])

    @property
    def etag(self) -> str:
        """As S3 has it for an object put plainly, without the quotation marks."""
        return md5(self.body, usedforsecurity=False).hexdigest()

    @property
    def contents(self) -> Contents:
        return Contents(dict(self.schema.columns), 1, self.schema.rows, len(self.body))


@dataclass
class PastTable:
    """A table of one stage, with what the days added to it."""

    stage: Stage
    resource: str
    partitions: list[Partition] = field(default_factory=list)

    @property
    def name(self) -> str:
        """In the catalog."""
        return self.stage.prefix + self.resource

    @property
    def location(self) -> str:
        return f"{self.stage.target}{self.resource}/"

    @property
    def bucket(self) -> str:
        return self.location.split("/")[2]

    @property
    def contents(self) -> Contents:
        parts = [partition.contents for partition in self.partitions]
        return Contents(
            merged(part.columns.items() for part in parts),
            len(parts),
            sum(part.rows for part in parts),
            sum(part.size for part in parts),
        )

    def catalog_inputs(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """TableInput and PartitionInputs, as the stage's crawler would have made them."""
        keys = self.partitions[0].values
        table = table_input(self.name, self.location, keys, self.contents, self.stage.crawler)
        partitions = [
            partition_input([*each.values.values()], f"s3://{self.bucket}/{each.folder}", each.contents)
            for each in self.partitions
        ]
        return table, partitions


@dataclass(frozen=True)
class History:
    tables: list[PastTable]
    bookmarks: dict[str, dict[str, list[str]]]
    """By job name, as `awsglue.bookmark` keeps them."""


class Building:
    """The last days' data on their way, in a process forked from this one: all that it needs is imported here.

    To be made while this process has no other threads.
    """

    def __init__(self, today: date, names: Names = PRE_PRODUCTION) -> None:
        forked = get_context("fork")
        self._made, made = forked.Pipe(duplex=False)
        self._process = forked.Process(target=_build, args=(made, today, names), daemon=True)
        self._process.start()
        made.close()

    def result(self) -> History:
        """Waits for them. Raises RuntimeError when the process failed, which has then said why on stderr."""
        try:
            history: History = self._made.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            raise RuntimeError(f"The past days' data could not be made: exit code {code}") from None
        self._process.join()
        return history

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def _build(made: Connection, today: date, names: Names) -> None:
    from sandbox import past_runs  # which needs this module

    with made:
        made.send(past_runs.build(today, names))


def seed(
    clients: Callable[[str], Any], history: History, put: Put | None = None, register: Register | None = None
) -> None:
    """Put the objects into their buckets and the tables into their databases, which must be there.

    `put` and `register` may be faster ways than PutObject, and than CreateTable with BatchCreatePartition: ways that
    can also say that it was done on the day that it is of.
    """
    put, register = put or _put(clients), register or _register(clients)
    for table in history.tables:
        for each in table.partitions:
            put(table.bucket, each.key, each.body, datetime.combine(each.day, WRITTEN))
        crawled = [datetime.combine(each.day, CRAWLED) for each in table.partitions]
        register(table.stage.database, *table.catalog_inputs(), crawled)


def _put(clients: Callable[[str], Any]) -> Put:
    s3 = clients("s3")
    return lambda bucket, key, body, _: s3.put_object(Bucket=bucket, Key=key, Body=body)


def _register(clients: Callable[[str], Any]) -> Register:
    glue = clients("glue")

    def register(
        database: str, table: dict[str, Any], partitions: list[dict[str, Any]], _: list[datetime]
    ) -> None:
        glue.create_table(DatabaseName=database, TableInput=table)
        names = {"DatabaseName": database, "TableName": table["Name"]}
        glue.batch_create_partition(**names, PartitionInputList=partitions)

    return register
