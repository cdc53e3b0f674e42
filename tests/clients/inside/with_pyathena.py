"""PyAthena: each of its cursors."""

from __future__ import annotations

import asyncio
import functools
import os
from typing import Any

import pyarrow.fs
import pyathena
from calls import RAW_DATABASE, REGION, RESULTS, WORKGROUP, call, refused
from pyathena.arrow.async_cursor import AsyncArrowCursor
from pyathena.arrow.cursor import ArrowCursor
from pyathena.async_cursor import AsyncCursor, AsyncDictCursor
from pyathena.cursor import Cursor, DictCursor
from pyathena.pandas.async_cursor import AsyncPandasCursor
from pyathena.pandas.cursor import PandasCursor
from pyathena.polars.async_cursor import AsyncPolarsCursor
from pyathena.polars.cursor import PolarsCursor
from pyathena.s3fs.async_cursor import AsyncS3FSCursor
from pyathena.s3fs.cursor import S3FSCursor
from pyathena.spark.cursor import SparkCursor

QUERY = "SELECT id FROM wards WHERE id = %(id)s LIMIT 1"
ONE = {"id": "1"}


def cursor(kind: type, **settings: Any) -> Any:
    connection = pyathena.connect(
        work_group=WORKGROUP,
        region_name=REGION,
        schema_name=RAW_DATABASE,
        s3_staging_dir=f"s3://{RESULTS}/clients/",
        poll_interval=0.05,
    )
    return connection.cursor(kind, **settings)


def in_threads(kind: type, **settings: Any) -> Any:
    """The result set of a cursor whose queries run in threads."""
    with cursor(kind, **settings) as asked:
        _, future = asked.execute(QUERY, ONE)
        return future.result(timeout=60)


@call
def cursor_rows() -> None:
    assert cursor(Cursor).execute(QUERY, ONE).fetchall() == [("1",)]


@call
def cursor_with_question_marks() -> None:
    asked = cursor(Cursor).execute("SELECT id FROM wards WHERE id = ? LIMIT 1", ["'1'"], paramstyle="qmark")
    assert asked.fetchall() == [("1",)]


@call
def cursor_of_many_pages() -> None:
    asked = cursor(Cursor).execute("SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n)")
    assert [row[0] for row in asked] == list(range(1, 2501))


@call
def cursor_metadata() -> None:
    asked = cursor(Cursor)
    assert asked.get_table_metadata("wards").name == "wards"
    assert "wards" in [each.name for each in asked.list_table_metadata()]
    assert RAW_DATABASE in [each.name for each in asked.list_databases("AwsDataCatalog")]


@call
def cursor_cancel() -> None:
    with cursor(AsyncCursor) as asked:
        id_, future = asked.execute("SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS t(n)")
        asked.cancel(id_).result(timeout=60)
        assert future.result(timeout=60).state in ("CANCELLED", "SUCCEEDED")


@call
def dict_cursor() -> None:
    assert cursor(DictCursor).execute(QUERY, ONE).fetchall() == [{"id": "1"}]


@call
def async_cursor() -> None:
    assert in_threads(AsyncCursor).fetchall() == [("1",)]


@call
def async_dict_cursor() -> None:
    assert in_threads(AsyncDictCursor).fetchall() == [{"id": "1"}]


@call
def pandas_cursor() -> None:
    assert cursor(PandasCursor).execute(QUERY, ONE).as_pandas()["id"].tolist() == ["1"]


@call
def async_pandas_cursor() -> None:
    assert in_threads(AsyncPandasCursor).as_pandas()["id"].tolist() == ["1"]


@call
def s3fs_cursor() -> None:
    assert cursor(S3FSCursor).execute(QUERY, ONE).fetchall() == [("1",)]


@call
def async_s3fs_cursor() -> None:
    assert in_threads(AsyncS3FSCursor).fetchall() == [("1",)]


@call
def polars_cursor() -> None:
    assert cursor(PolarsCursor).execute(QUERY, ONE).as_polars()["id"].to_list() == ["1"]


@call
def async_polars_cursor() -> None:
    assert in_threads(AsyncPolarsCursor).as_polars()["id"].to_list() == ["1"]


@call
def asyncio_cursor() -> None:
    async def rows() -> Any:
        from pyathena import aio_connect

        connection = await aio_connect(work_group=WORKGROUP, region_name=REGION, schema_name=RAW_DATABASE)
        async with connection.cursor() as asked:
            await asked.execute(QUERY, ONE)
            return await asked.fetchall()

    assert asyncio.run(rows()) == [("1",)]


@call
def pyarrow_passes_over_the_endpoint() -> None:
    """apache/arrow issue 49643. Nothing is sent: with ArrowCursor as it is, the real S3 would be asked."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    as_it_is = pyarrow.fs.S3FileSystem(region=REGION)
    assert not as_it_is.equals(pyarrow.fs.S3FileSystem(region=REGION, endpoint_override=endpoint))


@call
def arrow_cursor_with_the_endpoint() -> None:
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    pyarrow.fs.S3FileSystem = functools.partial(pyarrow.fs.S3FileSystem, endpoint_override=endpoint)
    assert cursor(ArrowCursor).execute(QUERY, ONE).as_arrow().to_pylist() == [{"id": "1"}]
    assert in_threads(AsyncArrowCursor).as_arrow().to_pylist() == [{"id": "1"}]


@refused("NOT_SUPPORTED: the sandbox .* not UNLOAD")
def pandas_cursor_with_unload() -> None:
    cursor(PandasCursor, unload=True).execute(QUERY, ONE).as_pandas()


@refused("The sandbox does not implement StartSession")
def spark_cursor() -> None:
    cursor(SparkCursor)
