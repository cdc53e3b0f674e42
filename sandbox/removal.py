"""What a run of the playbook asks to be removed, removed as the Data Platform team would: by items such as

all objects below s3://bucket/folder/
catalog table database.table
partition database.table/2026/11/28/20261128
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]

_OBJECTS, _TABLE, _PARTITION = "all objects below", "catalog table", "partition"


def remove(clients: Clients, item: str) -> None:
    """No error where it is gone already; raises ValueError for an item of another kind."""
    kind, _, place = item.rpartition(" ")
    if kind == _OBJECTS and place.endswith("/"):
        return _remove_objects(clients("s3"), *place.removeprefix("s3://").split("/", 1))
    name, *values = place.split("/")
    database, _, table = name.partition(".")
    glue = clients("glue")
    try:
        if kind == _TABLE:
            glue.delete_table(DatabaseName=database, Name=table)
        elif kind == _PARTITION:
            glue.delete_partition(DatabaseName=database, TableName=table, PartitionValues=values)
        else:
            raise ValueError(f"nobody knows how to remove {item}")
    except glue.exceptions.EntityNotFoundException:
        pass  # whoever it was


def _remove_objects(s3: Any, bucket: str, prefix: str) -> None:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for key in [each["Key"] for page in pages for each in page.get("Contents", [])]:
        s3.delete_object(Bucket=bucket, Key=key)
