"""The data's objects in S3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from acceptance.aws.console_links import Links
from acceptance.aws.session import Aws
from acceptance.evidence import Evidence, Kind


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
        for item in page.get("Contents", []):
            if item["Size"] and not item["Key"].rsplit("/", 1)[-1].startswith(("_", ".")):
                yield Object(item["Key"], item["ETag"], item["Size"], item["LastModified"])


def objects_at(aws: Aws, address: str) -> Iterator[Object]:
    """The same below an s3:// address."""
    place = urlsplit(address)
    return objects(aws, place.netloc, place.path.strip("/") + "/")


def look_into(aws: Aws, bucket: str, prefix: str, since: datetime | None = None) -> Folder:
    """The objects below a prefix, only those written at `since` or later where it is given.

    S3 tells LastModified in whole seconds, so `since` counts from the start of its second.
    """
    floor = since.replace(microsecond=0) if since else None
    found = (item for item in objects(aws, bucket, prefix) if floor is None or item.modified >= floor)
    return Folder(bucket, prefix, tuple(found))
