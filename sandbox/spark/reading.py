"""Files into data frames, as Glue's DynamicFrames see them: by the files' own columns, whatever the catalog says.

A column that files have with different types is a choice; in a data frame "choice columns" become a struct with a
field for each type: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from sandbox.parquet import glue_type
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
_TYPES = {"tinyint": "byte", "smallint": "short", "bigint": "long"}
"""Glue's names for types, where they are not Hive's."""


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


def _text(reader: Any, form: str, options: Mapping[str, Any], urls: list[str]) -> DataFrame:
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
    import pyarrow.parquet as pq
    from pyspark.sql import DataFrame, functions

    types: dict[str, dict[str, str]] = {}
    """By object, then by column."""
    for each in objects:
        schema = pq.read_schema(mirror().path(each.bucket, each.key))
        types[each.url] = {field.name.lower(): glue_type(field.type) for field in schema}
    met: dict[str, set[str]] = {}
    for columns in types.values():
        for name, type_ in columns.items():
            met.setdefault(name, set()).add(type_)
    choices = frozenset(name for name, several in met.items() if len(several) > 1)
    reader = reader.option("mergeSchema", "true")
    if not choices:
        return reader.parquet(*types), choices
    alike: dict[tuple[str | None, ...], list[str]] = {}
    for url, columns in types.items():
        alike.setdefault(tuple(columns.get(name) for name in sorted(choices)), []).append(url)
    parts = []
    for kinds, urls in alike.items():
        part = reader.parquet(*urls)
        for name, kind in zip(sorted(choices), kinds, strict=True):
            if kind:
                member = functions.col(name).alias(_TYPES.get(kind, kind))
                part = part.withColumn(
                    name, functions.when(functions.col(name).isNotNull(), functions.struct(member))
                )
        parts.append(part)
    return reduce(
        lambda one, other: DataFrame.unionByName(one, other, allowMissingColumns=True), parts
    ), choices
