"""Prepares scripts of Spark jobs, in their own process: see `run_processes`.

Spark's Java process is the runner's, and warm; the script makes its SparkContext in it. What it reads from s3:// is
fetched first, what it writes is sent on, also where it goes past GlueContext: `spark.read`, `DataFrame.write`, SQL.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from sandbox import clock
from sandbox.spark import catalog, moved_clock, outside
from sandbox.spark.jvm import RELEASED
from sandbox.spark.mirror import is_s3, mirror

_PROJECT = Path(__file__).parents[2]
_MODE = "_sandbox_mode"
_FILES = ("csv", "json", "orc", "parquet", "text")


LIBRARY = Path(__file__).with_name("library")
"""What scripts import of Glue and Deequ."""


def warm_up() -> None:
    """Imports what scripts import, before the fork."""
    sys.path.insert(1, str(LIBRARY))  # the first place is the script's folder's
    import awsglue.context
    import awsglue.job
    import awsglue.transforms  # noqa: F401
    import boto3
    import pyarrow.parquet  # noqa: F401
    import pyspark.sql.functions  # noqa: F401

    for service in ("s3", "glue", "secretsmanager"):
        boto3.client(service)


@contextmanager
def around() -> Iterator[None]:
    from pyspark import SparkContext

    SparkContext._ensure_initialized()
    _settings(SparkContext._jvm)
    _hook_files()
    _hook_catalog()
    _hook_s3()
    outside.shut_off()
    if days := clock.told():
        moved_clock.move(days)
    try:
        yield
    finally:
        if SparkContext._active_spark_context:
            SparkContext._active_spark_context.stop()
        (Path(os.environ["SANDBOX_JVM"]) / RELEASED).touch()


def _settings(jvm: Any) -> None:
    """Spark's settings that are the run's own, as system properties: a script's first SparkContext takes them."""
    properties = jvm.java.lang.System
    for bucket in mirror().buckets():
        place = f"file://{mirror().path(bucket, '')}"
        properties.setProperty(f"spark.hadoop.fs.viewfs.mounttable.{bucket}.linkFallback", place)
    workers = {
        "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), str(_PROJECT)]),
        clock.VARIABLE: str(clock.told()),  # also when there are none: Java may have been another day's
        **outside.environment(),
    }
    for name, value in workers.items():
        properties.setProperty(f"spark.executorEnv.{name}", value)


def _hook_files() -> None:
    from pyspark.sql import DataFrameReader, DataFrameWriter

    for name in (*_FILES, "load"):
        _around_calls(DataFrameReader, name, before=_on_urls(mirror().pull))
    _around_calls(DataFrameWriter, "mode", before=lambda writer, mode: setattr(writer, _MODE, mode))
    for name in (*_FILES, "save"):
        _around_calls(DataFrameWriter, name, before=_before_writing, after=_on_urls(mirror().push))


def _before_writing(writer: Any, *arguments: Any, mode: str | None = None, **named: Any) -> None:
    """What replaces, or refuses to replace, must see what is there."""
    if (mode or getattr(writer, _MODE, None)) != "append":
        _on_urls(mirror().pull)(writer, *arguments, **named)


def _hook_catalog() -> None:
    from pyspark.sql import SparkSession

    _around_calls(
        SparkSession, "sql", before=lambda session, query, *_, **__: catalog.register(session, query)
    )
    _around_calls(SparkSession, "table", before=lambda session, name: catalog.register(session, name))


def _hook_s3() -> None:
    """What the script deletes or replaces with boto3 is no longer there for Spark either."""
    from botocore.client import BaseClient

    def changed(client: Any, operation: str, parameters: dict[str, Any]) -> None:
        if mirror().is_its_own(client):
            return
        if operation in ("DeleteObject", "PutObject", "CopyObject"):
            mirror().forget(parameters["Bucket"], parameters["Key"])
        elif operation == "DeleteObjects":
            for each in parameters["Delete"]["Objects"]:
                mirror().forget(parameters["Bucket"], each["Key"])

    _around_calls(BaseClient, "_make_api_call", after=changed)


def _on_urls(do: Callable[[str], object]) -> Callable[..., None]:
    def on_urls(_: Any, *arguments: Any, **named: Any) -> None:
        for value in (*arguments, *named.values()):
            for url in value if isinstance(value, list | tuple) else [value]:
                if is_s3(url):
                    do(url)

    return on_urls


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _around_calls(
    owner: type, name: str, before: Callable[..., None] = _nothing, after: Callable[..., None] = _nothing
) -> None:
    method = getattr(owner, name)

    @wraps(method)
    def wrapped(self: Any, *arguments: Any, **named: Any) -> Any:
        before(self, *arguments, **named)
        result = method(self, *arguments, **named)
        after(self, *arguments, **named)
        return result

    setattr(owner, name, wrapped)
