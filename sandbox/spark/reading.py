"""Files into data frames, as Glue's DynamicFrames see them: by the files' own columns, whatever the catalog says.

A column that files have with different types is a choice; in a data frame "choice columns" become a struct with a
field for each type: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from sandbox.parquet import glue_type
from sandbox.spark import choices
from sandbox.spark.mirror import S3Object, mirror
from sandbox.spark.not_covered import NotCovered

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_CSV = {"separator": "sep", "quoteChar": "quote", "escaper": "escape", "multiLine": "multiLine"}
_IGNORED = (
    "compression",
    "useGlueParquetWriter",
    "optimizePerformance",
    "attachFilename",
    "blockSize",
    "pageSize",
)
"""Options that say how, and not what, is read or written."""


def read(
    session: Any, form: str, options: Mapping[str, Any], objects: list[S3Object], base: str
) -> tuple[DataFrame, frozenset[str]]:
    """The objects' rows with the partitions below `base` as columns of strings, and which columns are choices."""
    mirror().fetch(objects)
    inference = "spark.sql.sources.partitionColumnTypeInference.enabled"
    session.conf.set(inference, "false")  # else 04 becomes 4
    try:
        reader = session.read.option("basePath", base)
        if form in ("parquet", "glueparquet"):
            return _parquet(reader, objects)
        return _text(reader, form, options, [each.url for each in objects]), frozenset()
    finally:
        session.conf.unset(inference)


def _text(reader: Any, form: str, options: Mapping[str, Any], urls: list[str]) -> Any:
    known: Mapping[str, str] = {"multiLine": "multiLine"} if form == "json" else _CSV
    for name in options:
        if name not in (*known, *_IGNORED, "withHeader"):
            raise NotCovered(f"format option {name!r} of {form}")
    given = {known[name]: str(value) for name, value in options.items() if name in known}
    if form == "json":
        return reader.options(**given).json(urls)
    if form == "orc":
        return reader.orc(urls)
    if form != "csv":
        raise NotCovered(f"reading the format {form!r}")
    header = str(options.get("withHeader", "false")).lower()
    frame = reader.options(**given, header=header).csv(urls)
    return (
        frame if header == "true" else frame.toDF(*(name.replace("_c", "col", 1) for name in frame.columns))
    )


def _parquet(reader: Any, objects: list[S3Object]) -> tuple[DataFrame, frozenset[str]]:
    types = {each.url: _column_types(each) for each in objects}
    met: dict[str, set[str]] = {}
    for columns in types.values():
        for name, type_ in columns.items():
            met.setdefault(name, set()).add(type_)
    several = sorted(name for name, kinds in met.items() if len(kinds) > 1)
    reader = reader.option("mergeSchema", "true")
    if not several:
        return reader.parquet(*types), frozenset()
    alike: dict[tuple[str | None, ...], list[str]] = {}
    for url, columns in types.items():
        alike.setdefault(tuple(columns.get(name) for name in several), []).append(url)
    parts = [
        _wrapped(reader.parquet(*urls), dict(zip(several, kinds, strict=True)))
        for kinds, urls in alike.items()
    ]
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts), frozenset(
        several
    )


def _column_types(found: S3Object) -> dict[str, str]:
    import pyarrow.parquet as pq

    schema = pq.read_schema(mirror().path(found.bucket, found.key))
    return {field.name.lower(): glue_type(field.type) for field in schema}


def _wrapped(frame: Any, kinds: Mapping[str, str | None]) -> Any:
    """The frame with the columns of several types as structs; `kinds`: their types in these files."""
    from pyspark.sql import functions as F

    for name, kind in kinds.items():
        if kind:
            member = F.struct(F.col(name).alias(choices.glue_name(kind)))
            frame = frame.withColumn(name, F.when(F.col(name).isNotNull(), member))
    return frame
