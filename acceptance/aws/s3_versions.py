"""All that S3 holds below a prefix: every object, and where a bucket keeps versions, what was there before.

Sources: Amazon S3 user guide, "How S3 Versioning works", "Working with delete markers": in a bucket with versions, an
object that is deleted gets a delete marker as its latest version; without the marker it is there again as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from acceptance.aws.s3_objects import Object
from acceptance.aws.session import Aws


def keeps_versions(aws: Aws, bucket: str) -> bool:
    """Whether what is deleted or overwritten stays.

    Not so where versioning was suspended: then a delete "removes the null version" (S3 user guide, "Deleting objects
    from versioning-suspended buckets").
    """
    return aws.s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"


def everything(aws: Aws, bucket: str, prefix: str, most: int | None = None) -> list[Object] | None:
    """All objects, those included that Athena passes over; None where there are more than `most`."""
    found: list[Object] = []
    for page in aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        found += [
            Object(item["Key"], item["ETag"], item["Size"], item["LastModified"])
            for item in page.get("Contents", [])
        ]
        if most is not None and (len(found) > most or page["IsTruncated"]):
            return None
    return found


@dataclass(frozen=True)
class Version:
    """One version of an object, or a delete marker, which has no ETag."""

    key: str
    id: str
    modified: datetime
    etag: str = ""
    bytes: int = 0

    @property
    def deleted(self) -> bool:
        return not self.etag

    @property
    def object(self) -> Object:
        return Object(self.key, self.etag, self.bytes, self.modified)


def versions(aws: Aws, bucket: str, prefix: str) -> dict[str, list[Version]]:
    """By key, the newest first: "in the order they were stored, returning the most recently stored object first"
    (API reference, ListObjectVersions)."""
    found = sorted(_listed(aws, bucket, prefix), key=lambda version: version.key)
    return {key: list(group) for key, group in groupby(found, lambda version: version.key)}


def _listed(aws: Aws, bucket: str, prefix: str) -> Iterator[Version]:
    """A page tells versions and delete markers apart from each other; of a key they are put in order by their time."""
    for page in aws.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        found = [(each["IsLatest"], _version(each)) for each in page.get("Versions", [])]
        found += [(each["IsLatest"], _version(each)) for each in page.get("DeleteMarkers", [])]
        # of one second a delete marker is the newer, unless S3 says that another is the latest
        found.sort(key=lambda pair: (pair[0], pair[1].modified, pair[1].deleted), reverse=True)
        yield from (version for _, version in found)


def _version(raw: Any) -> Version:
    return Version(raw["Key"], raw["VersionId"], raw["LastModified"], raw.get("ETag", ""), raw.get("Size", 0))
