"""s3:// as Spark sees it in the sandbox: a folder with a copy of each object that the run reads or writes.

Hadoop's own S3 file systems need jars that no Python package brings. So its view file system shows a folder as each
bucket; `pull` brings a folder's objects there before Spark lists it, `push` takes to S3 what Spark has written.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

SCHEMES = ("s3", "s3a", "s3n")
"""Of addresses in S3; to Glue they are the same."""
_AT_ONCE = 8


@dataclass(frozen=True)
class S3Object:
    bucket: str
    key: str
    etag: str
    modified: datetime

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def split(url: str) -> tuple[str, str]:
    """Bucket and key of an s3:// URL."""
    bucket, _, key = url.partition("://")[2].partition("/")
    return bucket, key


def is_s3(url: object) -> bool:
    return isinstance(url, str) and url.partition("://")[0] in SCHEMES


class Mirror:
    def __init__(self, s3: Any, folder: Path) -> None:
        self._s3, self._folder = s3, folder
        self._known: dict[tuple[str, str], str] = {}
        """ETag of each object that is in the folder as in S3."""

    def buckets(self) -> list[str]:
        """All there are, with a folder made for each."""
        names = [bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]]
        for name in names:
            (self._folder / name).mkdir(exist_ok=True)
        return names

    def is_its_own(self, client: Any) -> bool:
        """Whether a call is the mirror's, and not the script's."""
        return client is self._s3

    def path(self, bucket: str, key: str) -> Path:
        return self._folder / bucket / key

    def listing(self, url: str) -> list[S3Object]:
        """The objects at the URL, or in the folder of that name; folders' own markers left out."""
        bucket, key = split(url)
        folder = key.rstrip("/") + "/" if key else ""
        return [
            each
            for each in self._list(bucket, key.rstrip("/"))
            if each.key == key or each.key.startswith(folder)
        ]

    def pull(self, url: str) -> list[S3Object]:
        """Have in the folder what S3 has at the URL or below it; the objects."""
        found = self.listing(url)
        self.fetch(found)
        bucket, key = split(url)
        there = {(each.bucket, each.key) for each in found}
        below = key.rstrip("/") + "/" if key else ""
        for known in [each for each in self._known if each[0] == bucket and each not in there]:
            if known[1] == key or known[1].startswith(below):
                self.forget(*known)
        return found

    def fetch(self, objects: list[S3Object]) -> None:
        """Download those of the objects that are not in the folder as they are in S3."""
        missing = [each for each in objects if self._known.get((each.bucket, each.key)) != each.etag]
        self._all(self._download, missing)

    def push(self, url: str) -> list[str]:
        """Have in S3 what the folder has at the URL or below it; the keys of what was new."""
        bucket, prefix = split(url)
        top = self.path(bucket, prefix)
        files = [path for path in top.rglob("*") if path.is_file()] if top.is_dir() else [top]
        keys = {path.relative_to(self._folder / bucket).as_posix(): path for path in files}
        gone = [
            key
            for at, key in self._known
            if at == bucket
            and key.startswith(prefix.rstrip("/") + "/")
            and not self.path(bucket, key).exists()
        ]
        for key in gone:
            self._s3.delete_object(Bucket=bucket, Key=key)
            del self._known[bucket, key]
        new = [key for key in sorted(keys) if (bucket, key) not in self._known and _is_data(keys[key])]
        self._all(lambda key: self._upload(bucket, key), new)
        return new

    def delete(self, objects: list[S3Object]) -> None:
        """In S3 and here: what Spark has only planned to read, it will not find."""
        for each in objects:
            self._s3.delete_object(Bucket=each.bucket, Key=each.key)
            self.forget(each.bucket, each.key)

    def forget(self, bucket: str, key: str) -> None:
        self._known.pop((bucket, key), None)
        self.path(bucket, key).unlink(missing_ok=True)

    def _list(self, bucket: str, prefix: str) -> Iterator[S3Object]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for found in page.get("Contents", []):
                if not found["Key"].endswith(("/", "_$folder$")):
                    yield S3Object(bucket, found["Key"], found["ETag"].strip('"'), found["LastModified"])

    def _download(self, found: S3Object) -> None:
        path = self.path(found.bucket, found.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._s3.get_object(Bucket=found.bucket, Key=found.key)["Body"].read())
        self._known[found.bucket, found.key] = found.etag

    def _upload(self, bucket: str, key: str) -> None:
        body = self.path(bucket, key).read_bytes()
        answer = self._s3.put_object(Bucket=bucket, Key=key, Body=body)
        self._known[bucket, key] = answer["ETag"].strip('"')

    @staticmethod
    def _all(do: Callable[[Any], None], what: list[Any]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(do, what))


@cache
def mirror() -> Mirror:
    """That of this process's run."""
    import boto3

    return Mirror(boto3.client("s3"), Path(os.environ["SANDBOX_JVM"]) / "s3")


def _is_data(path: Path) -> bool:
    return not path.name.startswith((".", "_"))
