"""GlueContext: reads and writes DynamicFrames, by the Data Catalog or by address.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-glue-context.html
"""

import fnmatch
import time
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession, SQLContext
from pyspark.sql.types import StructType

from awsglue.dynamicframe import DynamicFrame
from awsglue.sinks import Sink, write
from sandbox.gluelogger import GlueLogger
from sandbox.spark import catalog, reading
from sandbox.spark.bookmarks import bookmarks
from sandbox.spark.mirror import S3Object, mirror
from sandbox.spark.not_covered import NotCovered

_RETENTION_HOURS = 168.0
"""Of purge_s3_path and purge_table, 7 days: https://github.com/awslabs/aws-glue-libs/blob/master/awsglue/context.py"""
_READ_OPTIONS = (
    "paths",
    "recurse",
    "exclusions",
    "groupFiles",
    "groupSize",
    "useS3ListImplementation",
    "maxBand",
)


class GlueContext(SQLContext):
    """`spark_session` is the session that it works in."""

    def __init__(self, sparkContext: SparkContext | None = None, **options: Any) -> None:
        session = SparkSession.builder.getOrCreate()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Spark calls SQLContext deprecated; Glue's is one
            super().__init__(session.sparkContext, session)
        self.spark_session = session
        self.create_dynamic_frame, self.create_data_frame = _DynamicFrames(self), _DataFrames(self)
        self.write_dynamic_frame = _Writes(self)

    def __getattr__(self, name: str) -> NoReturn:
        raise NotCovered(f"GlueContext.{name}")

    def get_logger(self) -> GlueLogger:
        return GlueLogger()

    # Reading

    def create_dynamic_frame_from_catalog(
        self,
        database: str,
        table_name: str,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
    ) -> DynamicFrame:
        """The rows of the table's files, with a bookmark those not read yet; no files: no columns.

        Raises EntityNotFound.
        """
        if unknown := additional_options.keys() - {"catalogPartitionPredicate", "useS3ListImplementation"}:
            raise NotCovered(f"additional_options {sorted(unknown)} of create_dynamic_frame.from_catalog")
        found = catalog.table(database, table_name)
        predicates = [push_down_predicate, additional_options.get("catalogPartitionPredicate", "")]
        places = self._places(found, [each for each in predicates if each])
        objects = [each for place in places for each in mirror().listing(place)]
        return self._read(
            found.format,
            found.format_options if found.format == "csv" else {},
            objects,
            found.location,
            transformation_ctx,
        )

    def create_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        push_down_predicate: str = "",
    ) -> DynamicFrame:
        """The rows of the files at the connection's `paths`."""
        if connection_type != "s3" or format is None or push_down_predicate:
            raise NotCovered(f"create_dynamic_frame.from_options of {connection_type} as {format}")
        if unknown := connection_options.keys() - set(_READ_OPTIONS):
            raise NotCovered(f"connection_options {sorted(unknown)} of create_dynamic_frame.from_options")
        paths = connection_options["paths"]
        paths = [paths] if isinstance(paths, str) else paths
        excluded = connection_options.get("exclusions", [])
        objects = [
            each
            for path in paths
            for each in mirror().listing(path)
            if not any(fnmatch.fnmatch(each.url, pattern) for pattern in excluded)
        ]
        return self._read(format, format_options, objects, paths[0], transformation_ctx)

    def create_data_frame_from_catalog(
        self,
        database: str,
        table_name: str,
        transformation_ctx: str = "",
        additional_options: Mapping[str, Any] = {},
        **more: Any,
    ) -> DataFrame:
        """As create_dynamic_frame_from_catalog, as a data frame."""
        kept = {name: value for name, value in additional_options.items() if name != "useSparkDataSource"}
        frame = self.create_dynamic_frame_from_catalog(
            database, table_name, transformation_ctx=transformation_ctx, additional_options=kept, **more
        )
        return frame.toDF()

    def create_data_frame_from_options(self, *arguments: Any, **named: Any) -> DataFrame:
        return self.create_dynamic_frame_from_options(*arguments, **named).toDF()

    def _read(
        self, form: str, options: Mapping[str, Any], objects: list[S3Object], base: str, context: str
    ) -> DynamicFrame:
        fresh = bookmarks().unread(context, objects)
        if not fresh:
            return DynamicFrame(self.spark_session.createDataFrame([], StructType([])), self)
        frame, choices = reading.read(self.spark_session, form, options, fresh, base)
        return DynamicFrame(frame, self, choices=choices)

    def _places(self, found: catalog.Table, predicates: list[str]) -> list[str]:
        """Where the table's files are; of a partitioned one, the partitions for which the predicates hold."""
        if not found.keys:
            return [found.location]
        partitions = found.partitions()
        if not predicates or not partitions:
            return [location for _, location in partitions]
        schema = ", ".join(f"`{key}` string" for key in [*found.keys, "__location"])
        frame = self.spark_session.createDataFrame([(*values, place) for values, place in partitions], schema)
        for predicate in predicates:
            frame = frame.where(predicate)
        return [row["__location"] for row in frame.collect()]

    # Writing

    def write_dynamic_frame_from_options(
        self,
        frame: DynamicFrame,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
    ) -> DynamicFrame:
        """Adds files below the connection's `path`, in folders of its `partitionKeys`."""
        if connection_type != "s3" or format is None:
            raise NotCovered(f"write_dynamic_frame.from_options of {connection_type} as {format}")
        if unknown := connection_options.keys() - {"path", "partitionKeys", "compression"}:
            raise NotCovered(f"connection_options {sorted(unknown)} of write_dynamic_frame.from_options")
        write(
            frame,
            connection_options["path"],
            connection_options.get("partitionKeys", []),
            format,
            format_options,
        )
        return frame

    def write_dynamic_frame_from_catalog(
        self,
        frame: DynamicFrame,
        database: str,
        table_name: str,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
    ) -> DynamicFrame:
        """Adds files to the table's; with `enableUpdateCatalog`, partitions and columns to the catalog."""
        if unknown := additional_options.keys() - {"partitionKeys", "enableUpdateCatalog", "updateBehavior"}:
            raise NotCovered(f"additional_options {sorted(unknown)} of write_dynamic_frame.from_catalog")
        found = catalog.table(database, table_name)
        sink = Sink(
            found.location,
            list(additional_options.get("partitionKeys", [])),
            bool(additional_options.get("enableUpdateCatalog", False)),
            additional_options.get("updateBehavior", "UPDATE_IN_DATABASE"),
        )
        sink.setCatalogInfo(catalogDatabase=database, catalogTableName=table_name)
        sink.setFormat(found.format, **(found.format_options if found.format == "csv" else {}))
        return sink.writeFrame(frame)

    def getSink(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        path: str = "",
        partitionKeys: Sequence[str] = (),
        enableUpdateCatalog: bool = False,
        updateBehavior: str = "UPDATE_IN_DATABASE",
        **options: Any,
    ) -> Sink:
        """Then `setFormat`, `setCatalogInfo` and `writeFrame`.

        https://docs.aws.amazon.com/glue/latest/dg/update-from-job.html
        """
        if connection_type != "s3" or options.keys() - {"compression"}:
            raise NotCovered(f"getSink of {connection_type} with {sorted(options)}")
        sink = Sink(path, list(partitionKeys), enableUpdateCatalog, updateBehavior)
        if format:
            sink.setFormat(format)
        return sink

    # Purging

    def purge_s3_path(
        self, s3_path: str, options: Mapping[str, Any] = {}, transformation_ctx: str = ""
    ) -> None:
        """Deletes what is below the path and older than `retentionPeriod` hours (default: 7 days).

        What Spark has planned to read and not read yet is gone too.
        """
        if unknown := options.keys() - {"retentionPeriod", "excludeStorageClasses"}:
            raise NotCovered(f"options {sorted(unknown)} of purge_s3_path")
        hours = float(options.get("retentionPeriod", _RETENTION_HOURS))
        latest = datetime.fromtimestamp(time.time(), UTC) - timedelta(
            hours=hours
        )  # a clock that may be moved
        mirror().delete([each for each in mirror().listing(s3_path) if hours == 0 or each.modified < latest])

    def purge_table(
        self,
        database: str,
        table_name: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> None:
        """Deletes the table's files, as purge_s3_path does, and from the catalog the partitions left without any.

        https://github.com/awslabs/aws-glue-libs/blob/master/awsglue/context.py
        """
        if "partitionPredicate" in options:
            raise NotCovered("option partitionPredicate of purge_table")
        purged = catalog.table(database, table_name)
        self.purge_s3_path(purged.location, options)
        purged.delete_empty_partitions()

    # The Data Catalog

    def tables(self, dbName: str | None = None) -> DataFrame:
        """`database` or `namespace`, `tableName`, `isTemporary` of the database's tables, as Spark's own."""
        database = dbName or "default"
        rows = [(database, each.name, False) for each in catalog.tables(database)]
        return self.spark_session.createDataFrame(
            rows, "namespace string, tableName string, isTemporary boolean"
        )

    def tableNames(self, dbName: str | None = None) -> list[str]:
        return [each.name for each in catalog.tables(dbName or "default")]

    def sql(self, sqlQuery: str) -> DataFrame:
        return self.spark_session.sql(sqlQuery)


class _Group:
    """`create_dynamic_frame` and its like: the context's methods under shorter names."""

    prefix = ""

    def __init__(self, context: GlueContext) -> None:
        self._context = context

    def __getattr__(self, name: str) -> NoReturn:
        raise NotCovered(f"{self.prefix}.{name}")

    def from_options(self, *arguments: Any, **named: Any) -> Any:
        return getattr(self._context, f"{self.prefix}_from_options")(*arguments, **named)

    def from_catalog(self, *arguments: Any, **named: Any) -> Any:
        """`name_space` is an older name of `database`."""
        if "name_space" in named:
            named["database"] = named.pop("name_space")
        return getattr(self._context, f"{self.prefix}_from_catalog")(*arguments, **named)


class _DynamicFrames(_Group):
    prefix = "create_dynamic_frame"


class _DataFrames(_Group):
    prefix = "create_data_frame"


class _Writes(_Group):
    prefix = "write_dynamic_frame"
