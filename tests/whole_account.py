"""All that a way back is about, as an account has it: objects, tables, partitions, bookmarks, jobs; to be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from acceptance.environments import Environment, Zone

Clients = Callable[[str], Any]

NOT_DATA = ("quality-metrics/",)
"""In the zones' buckets, what job runs leave beside tables: it stays, like their logs."""
OF_AWS = ("CreateTime", "UpdateTime", "CreationTime", "VersionId", "LastAccessTime")
"""Fields of tables and partitions that say when they were described, and not what."""

COUNTED = ("averageRecordSize", "objectCount", "recordCount", "sizeKey")
"""Parameters that the next crawl writes anew, and no reader goes by."""


@dataclass(frozen=True)
class WholeAccount:
    objects: dict[tuple[str, str], str]  # bucket and key -> ETag, which in the sandbox is the content's MD5
    tables: dict[tuple[str, str], Any]  # database and name
    partitions: dict[tuple[str, str, tuple[str, ...]], Any]
    bookmarks: dict[str, tuple[str, str]]  # job -> the run whose bookmark stands, and the bookmark

    @classmethod
    def look(cls, clients: Clients, environment: Environment) -> WholeAccount:
        buckets = [environment.bucket(zone) for zone in Zone]
        objects = {
            (bucket, each["Key"]): each["ETag"]
            for bucket in (*buckets, environment.scripts_bucket)
            for page in clients("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
            for each in page.get("Contents", [])
            if not each["Key"].startswith(NOT_DATA)
        }
        glue = clients("glue")
        tables: dict[tuple[str, str], Any] = {}
        partitions: dict[tuple[str, str, tuple[str, ...]], Any] = {}
        for zone in Zone:
            database = environment.database(zone)
            for page in glue.get_paginator("get_tables").paginate(DatabaseName=database):
                for table in page["TableList"]:
                    tables[database, table["Name"]] = _described(table)
                    names = {"DatabaseName": database, "TableName": table["Name"]}
                    for found in glue.get_paginator("get_partitions").paginate(**names):
                        for each in found["Partitions"]:
                            partitions[database, table["Name"], tuple(each["Values"])] = _described(each)
        return cls(objects, tables, partitions, _bookmarks(glue))

    def differing(self, other: WholeAccount) -> list[str]:
        """What is otherwise in one of two accounts: in a few words each, as whole accounts are long."""
        found = []
        for aspect in ("objects", "tables", "partitions", "bookmarks"):
            mine, others = getattr(self, aspect), getattr(other, aspect)
            for place in sorted({*mine, *others}, key=str):
                if mine.get(place) != others.get(place):
                    told = [str(each.get(place, "not there"))[:200] for each in (mine, others)]
                    found.append(f"{aspect}: {place}: {told[0]} and not {told[1]}")
        return found

    def without(self, tables: Iterable[str]) -> WholeAccount:
        """But for all that is of some tables, at whatever stage."""
        spared = set(tables)
        names = {f"{prefix}{table}" for table in spared for prefix in ("api_response_", "", "increment_")}
        return WholeAccount(
            {place: tag for place, tag in self.objects.items() if not spared & set(place[1].split("/"))},
            {place: each for place, each in self.tables.items() if place[1] not in names},
            {place: each for place, each in self.partitions.items() if place[1] not in names},
            self.bookmarks,
        )


def _described(raw: Any) -> Any:
    if isinstance(raw, dict):
        return {name: _described(value) for name, value in raw.items() if name not in (*OF_AWS, *COUNTED)}
    return [_described(each) for each in raw] if isinstance(raw, list) else raw


def _bookmarks(glue: Any) -> dict[str, tuple[str, str]]:
    """Of all jobs; one without a bookmark has an empty one."""
    found = {}
    for page in glue.get_paginator("list_jobs").paginate():
        for name in page["JobNames"]:
            try:
                entry = glue.get_job_bookmark(JobName=name)["JobBookmarkEntry"]
            except glue.exceptions.EntityNotFoundException:
                entry = {}
            found[name] = (entry.get("RunId", ""), entry.get("JobBookmark", ""))
    return found
