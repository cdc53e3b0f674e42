"""The data's objects in S3."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from acceptance.aws import parallel
from acceptance.aws.console_links import Links
from acceptance.aws.session import Aws
from acceptance.evidence import Evidence, Kind

_TABLE = re.compile(r"[^/]+/([^/=]+=[^/]*/)*$")
"""The end of a prefix that is a table's folder, with the partition's folders in it."""


@dataclass(frozen=True)
class Object:
    key: str
    etag: str
    bytes: int
    modified: datetime  # in whole seconds: S3 tells no more


@dataclass(frozen=True)
class Folder:
    """What lies below a prefix, without empty objects and those that Athena passes over (`_…`, `.…`)."""

    bucket: str
    prefix: str
    items: tuple[Object, ...] = ()

    @property
    def objects(self) -> int:
        return len(self.items)

    @property
    def bytes(self) -> int:
        return sum(item.bytes for item in self.items)

    @property
    def newest(self) -> datetime | None:
        return max((item.modified for item in self.items), default=None)

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def evidence(self, links: Links) -> Evidence:
        return Evidence(
            Kind.OBJECTS,
            f"Objects in {self.address}",
            {
                "Objects": str(self.objects),
                "Bytes": f"{self.bytes:,}",
                "Newest": f"{self.newest:%Y-%m-%d %H:%M:%S} UTC" if self.newest else "none",
            },
            link=links.folder(self.bucket, self.prefix),
        )


def objects(aws: Aws, bucket: str, prefix: str, after: str = "") -> Iterator[Object]:
    """The objects below a prefix in the order of their keys, without those that Athena passes over.

    `after`: the key or prefix behind which to begin.
    """
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, StartAfter=after)
    for page in pages:
        yield from _read(page)


def objects_at(aws: Aws, address: str) -> Iterator[Object]:
    """The same below an s3:// address."""
    return objects(aws, *_place(address))


def objects_at_each(aws: Aws, addresses: Iterable[str]) -> dict[str, list[Object]]:
    """The same below each s3:// address of a table or partition.

    Tables that lie in one folder are listed with one call where a page holds all that is in it, else each by itself.
    """
    neighbours: dict[tuple[str, str], list[str]] = defaultdict(list)
    for address in addresses:
        bucket, prefix = _place(address)
        neighbours[bucket, _TABLE.sub("", prefix)].append(address)
    shared = [folder for folder, tables in neighbours.items() if len(tables) > 1]
    listed = parallel.by_item(lambda folder: _if_few(aws, *folder), shared)
    found = {
        address: [item for item in items if item.key.startswith(_place(address)[1])]
        for folder, items in listed.items()
        if items is not None
        for address in neighbours[folder]
    }
    alone = [address for tables in neighbours.values() for address in tables if address not in found]
    return found | parallel.by_item(lambda address: list(objects_at(aws, address)), alone)


def _if_few(aws: Aws, bucket: str, prefix: str) -> list[Object] | None:
    """The objects below a prefix; None where there are more than one page of them (1,000: ListObjectsV2)."""
    page = aws.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return None if page["IsTruncated"] else list(_read(page))


def _read(page: Mapping[str, Any]) -> Iterator[Object]:
    for item in page.get("Contents", []):
        if is_read(item["Key"], item["Size"]):
            yield Object(item["Key"], item["ETag"], item["Size"], item["LastModified"])


def is_read(key: str, size: int) -> bool:
    """Whether Athena reads the object: it passes over those that are empty or named `_…` or `.…`."""
    return size > 0 and not key.rsplit("/", 1)[-1].startswith(("_", "."))


def _place(address: str) -> tuple[str, str]:
    """Bucket and prefix of an s3:// address."""
    place = urlsplit(address)
    path = place.path.strip("/")
    return place.netloc, f"{path}/" if path else ""


def folder_of(address: str) -> str:
    """An s3:// address with the slash at its end: so that no folder is taken for another's beginning."""
    return address.rstrip("/") + "/"


def look_into(aws: Aws, bucket: str, prefix: str, since: datetime | None = None) -> Folder:
    """The objects below a prefix, only those written at `since` or later where it is given.

    S3 tells LastModified in whole seconds, so `since` counts from the start of its second.
    """
    floor = since.replace(microsecond=0) if since else None
    found = (item for item in objects(aws, bucket, prefix) if floor is None or item.modified >= floor)
    return Folder(bucket, prefix, tuple(found))
