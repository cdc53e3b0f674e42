"""Buckets that keep versions of their objects, and bookmarks that are rewound: what going back builds on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.test_jobs import COUNTING, create, log, start, wait

RAW = "dataplatform-stg-raw-zone"

Clients = Callable[[str], Any]


def test_the_zones_keep_versions_and_the_scripts_do_not(clients: Clients) -> None:
    s3 = clients("s3")
    for bucket, status in ((RAW, "Enabled"), ("dataplatform-stg-glue-scripts", None)):
        assert s3.get_bucket_versioning(Bucket=bucket).get("Status") == status


def versions(s3: Any, prefix: str, **given: Any) -> list[tuple[str, str, bool]]:
    """(key, its content or "deleted", whether it is the latest), all pages."""
    found = []
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=RAW, Prefix=prefix, **given)
    for page in pages:
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        found += [(each["Key"], _content(s3, each), each["IsLatest"]) for each in entries]
    return sorted(found)


def _content(s3: Any, entry: dict[str, Any]) -> str:
    if "ETag" not in entry:
        return "deleted"
    body = s3.get_object(Bucket=RAW, Key=entry["Key"], VersionId=entry["VersionId"])["Body"]
    return str(body.read().decode())


@pytest.mark.parametrize("page", [{}, {"PaginationConfig": {"PageSize": 2}}])
def test_what_was_overwritten_or_deleted_is_still_there(clients: Clients, page: dict[str, Any]) -> None:
    s3, folder = clients("s3"), f"versions-{len(page)}/ä <&>/"
    for body in ("1", "2"):
        s3.put_object(Bucket=RAW, Key=f"{folder}a", Body=body.encode())
    s3.put_object(Bucket=RAW, Key=f"{folder}b", Body=b"3")
    s3.delete_object(Bucket=RAW, Key=f"{folder}b")
    s3.put_object(Bucket=RAW, Key=f"{folder}c", Body=b"4")
    assert versions(s3, folder, **page) == [
        (f"{folder}a", "1", False),
        (f"{folder}a", "2", True),
        (f"{folder}b", "3", False),
        (f"{folder}b", "deleted", True),
        (f"{folder}c", "4", True),
    ]
    listed = s3.list_objects_v2(Bucket=RAW, Prefix=folder)["Contents"]
    assert [each["Key"].rsplit("/", 1)[-1] for each in listed] == ["a", "c"]


def test_an_object_is_back_without_its_delete_marker(clients: Clients) -> None:
    """Amazon S3 user guide, "Managing delete markers": with the same content and time of modification."""
    s3, key = clients("s3"), "undeleted/a"
    s3.put_object(Bucket=RAW, Key=key, Body=b"1")
    before = s3.head_object(Bucket=RAW, Key=key)
    marker = s3.delete_object(Bucket=RAW, Key=key)
    assert marker["DeleteMarker"] is True
    s3.delete_object(Bucket=RAW, Key=key, VersionId=marker["VersionId"])
    now = s3.head_object(Bucket=RAW, Key=key)
    assert [now[name] for name in ("ETag", "LastModified", "VersionId")] == [
        before[name] for name in ("ETag", "LastModified", "VersionId")
    ]


def test_a_bookmark_is_rewound_to_what_a_run_has_left(clients: Clients) -> None:
    glue = clients("glue")
    job = create(clients, COUNTING, DefaultArguments={"--job-bookmark-option": "job-bookmark-enable"})
    runs: list[str] = []
    for _ in range(3):
        runs.append(start(clients, job))
        wait(clients, job, runs[-1])
    assert glue.get_job_bookmark(JobName=job)["JobBookmarkEntry"]["PreviousRunId"] == runs[1]
    assert _count(glue.get_job_bookmark(JobName=job, RunId=runs[1])["JobBookmarkEntry"]) == 2
    entry = glue.reset_job_bookmark(JobName=job, RunId=runs[0])["JobBookmarkEntry"]
    assert (_count(entry), entry["RunId"]) == (1, runs[0])
    again = start(clients, job)
    wait(clients, job, again)
    assert log(clients, again) == ["2"]
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.reset_job_bookmark(JobName=job, RunId="jr_" + "0" * 64)


def _count(entry: dict[str, Any]) -> int:
    return int(json.loads(entry["JobBookmark"])["n"])
