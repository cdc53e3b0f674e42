"""What lies in the zones: the rows and objects of tables at each stage, and what the Data Catalog has of them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from acceptance.environments import ENVIRONMENTS
from acceptance.pipeline import STAGES, Stage

LOCAL = ENVIRONMENTS["local"]
OF_THE_RUN = {"import_datetime", "import_timestamp", "import_api_url_requested"}
"""Columns in which two runs of the same day differ, or two sandboxes: each API has a port of its own."""


@dataclass(frozen=True)
class Generation:
    """One day of a table at a stage."""

    objects: int
    rows: tuple[tuple[tuple[str, str], ...], ...]  # sorted: their order means nothing
    registered: bool


Zones = dict[tuple[str, str, str], Generation]
"""By stage, table and generation."""


def look(clients: Any, tables: Iterable[str]) -> Zones:
    """`clients`: gives the boto3 client of a service by its name."""
    found: Zones = {}
    for stage in STAGES.values():
        for table in tables:
            found |= _generations(clients, stage, table)
    return found


def _generations(clients: Any, stage: Stage, table: str) -> Zones:
    s3, bucket = clients("s3"), LOCAL.bucket(stage.zone)
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=stage.prefix(table)).get("Contents", [])
    keys: dict[str, list[str]] = {}
    for item in listed:
        keys.setdefault(stage.generation_of(item["Key"]), []).append(item["Key"])
    partitions = _partitions(clients("glue"), stage, table)
    found = {}
    for day in sorted({*keys, *partitions}):
        bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys.get(day, [])]
        found[stage.title, table, day] = Generation(len(bodies), _rows(bodies), day in partitions)
    return found


def _rows(bodies: list[bytes]) -> tuple[tuple[tuple[str, str], ...], ...]:
    rows = [row for body in bodies for row in pq.ParquetFile(io.BytesIO(body)).read().to_pylist()]
    kept = ({name: value for name, value in row.items() if name not in OF_THE_RUN} for row in rows)
    return tuple(sorted(tuple(sorted((name, repr(value)) for name, value in row.items())) for row in kept))


def _partitions(glue: Any, stage: Stage, table: str) -> set[str]:
    pages = glue.get_paginator("get_partitions").paginate(
        DatabaseName=LOCAL.database(stage.zone),
        TableName=stage.catalog_table(table),
        ExcludeColumnSchema=True,
    )
    try:
        return {partition["Values"][-1] for page in pages for partition in page["Partitions"]}
    except glue.exceptions.EntityNotFoundException:
        return set()


def differing(these: Zones, those: Zones) -> list[tuple[str, str, str]]:
    return [place for place in {**these, **those} if these.get(place) != those.get(place)]


def compared(this: Generation | None, that: Generation | None) -> str:
    """Two generations, in a few words."""
    mine, others = (Counter(cell for row in _rows_of(each) for cell in row) for each in (this, that))
    columns = sorted({name for name, _ in (mine - others) | (others - mine)})
    return (
        f"{_described(this)} and not {_described(that)}; other values in {', '.join(columns) or 'no column'}"
    )


def _rows_of(generation: Generation | None) -> tuple[tuple[tuple[str, str], ...], ...]:
    return generation.rows if generation else ()


def _described(generation: Generation | None) -> str:
    if generation is None:
        return "nothing"
    crawled = "registered" if generation.registered else "not registered"
    return f"{generation.objects} objects with {len(generation.rows)} rows, {crawled}"
