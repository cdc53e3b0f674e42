"""What the planning jobs share: the Data Catalog, Parquet files in S3, data quality checks."""

import sys

from awsglue.dynamicframe import DynamicFrame
from awsglue.utils import getResolvedOptions
from pydeequ.checks import Check, CheckLevel
from pydeequ.repository import FileSystemMetricsRepository, ResultKey
from pydeequ.verification import VerificationResult, VerificationSuite
from pyspark.sql import functions as F

IMPORT_PARTITIONS = ["import_year", "import_month", "import_day", "import_date"]
SNAPSHOT_PARTITIONS = ["snapshot_year", "snapshot_month", "snapshot_day", "snapshot_date"]


def job_parameters(required, **defaults):
    """The run's parameters by name: those required, and those that have a default."""
    given = [name for name in defaults if f"--{name}" in sys.argv]
    return defaults | getResolvedOptions(sys.argv, [*required, *given])


def table_exists(glue_context, database, name):
    """Whether the catalog has a table of exactly this name."""
    return name in glue_context.tableNames(database)


def latest_value(glue_context, database, table, partition):
    """The greatest value of a partition column, or None."""
    (row,) = glue_context.sql(f"SELECT max({partition}) AS latest FROM `{database}`.`{table}`").collect()
    return row["latest"]


def with_day(frame, keys, day):
    """The frame with year, month, day and date as columns, in that order."""
    for key, value in zip(keys, [f"{day:%Y}", f"{day:%m}", f"{day:%d}", f"{day:%Y%m%d}"], strict=True):
        frame = frame.withColumn(key, F.lit(value))
    return frame


def write(glue_context, frame, url, keys):
    """Add the rows to the partitions below the URL."""
    glue_context.write_dynamic_frame.from_options(
        frame=DynamicFrame.fromDF(frame, glue_context, "result"),
        connection_type="s3",
        connection_options={"path": url, "partitionKeys": keys},
        format="parquet",
        transformation_ctx="result",
    )


def check_quality(spark, frame, params, url, tags):
    """`{constraint: message}` of those that fail: the columns together must be unique, 99 % of a column there."""
    if not params:
        return {}
    check = Check(spark, CheckLevel.Error, "data quality")
    if "unique" in params:
        check = check.hasUniqueness(params["unique"], lambda uniqueness: uniqueness == 1)
    if "complete" in params:
        check = check.hasCompleteness(params["complete"], lambda completeness: completeness >= 0.99)
    result = (
        VerificationSuite(spark)
        .onData(frame)
        .useRepository(FileSystemMetricsRepository(spark, url))
        .addCheck(check)
        .saveOrAppendResult(ResultKey(spark, ResultKey.current_milli_time(), tags))
        .run()
    )
    rows = VerificationResult.checkResultsAsDataFrame(spark, result).collect()
    return {
        row["constraint"]: row["constraint_message"] for row in rows if row["constraint_status"] != "Success"
    }
