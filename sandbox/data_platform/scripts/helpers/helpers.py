"""What the planning jobs share: the catalog, Parquet files in S3, data quality checks."""

import io
import json
import sys
from collections import Counter
from functools import cache
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from awsglue.utils import getResolvedOptions

IMPORT_PARTITIONS = ["import_year", "import_month", "import_day", "import_date"]
SNAPSHOT_PARTITIONS = ["snapshot_year", "snapshot_month", "snapshot_day", "snapshot_date"]


def job_parameters(required, **defaults):
    """The run's parameters by name: those required, and those that have a default."""
    given = [name for name in defaults if f"--{name}" in sys.argv]
    return defaults | getResolvedOptions(sys.argv, [*required, *given])


@cache
def aws(service):
    """The job's one client of the service."""
    import boto3  # here, since much of this module does without

    return boto3.client(service)


def split_s3_url(url):
    """Bucket and key of an s3:// URL."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


# -- the catalog -------------------------------------------------------------------------------------------


def get_table(database, name):
    """The catalog table of exactly this name, or None."""
    if not name:
        return None
    try:
        table = aws("glue").get_table(DatabaseName=database, Name=name)["Table"]
    except aws("glue").exceptions.EntityNotFoundException:
        return None
    return table if table["Name"] == name else None


def get_partitions(table):
    """`[(values by key, location)]` of the table's partitions."""
    keys = [key["Name"] for key in table["PartitionKeys"]]
    pages = (
        aws("glue")
        .get_paginator("get_partitions")
        .paginate(DatabaseName=table["DatabaseName"], TableName=table["Name"], ExcludeColumnSchema=True)
    )
    return [
        (dict(zip(keys, partition["Values"], strict=True)), partition["StorageDescriptor"]["Location"])
        for page in pages
        for partition in page["Partitions"]
    ]


def partition_values(keys, day):
    """Values for year, month, day and date keys, in that order."""
    return dict(zip(keys, [f"{day:%Y}", f"{day:%m}", f"{day:%d}", f"{day:%Y%m%d}"], strict=True))


# -- Parquet files -----------------------------------------------------------------------------------------


def list_objects(url):
    bucket, prefix = split_s3_url(url)
    for page in aws("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            yield {"Bucket": bucket, "Key": found["Key"], "ETag": found["ETag"].strip('"')}


def find_objects(partitions, bookmark=None, context=None):
    """`[(object, values of its partition)]`, with a bookmark only those that the job has not read yet."""
    return [
        (found, values)
        for values, location in partitions
        for found in unread(list_objects(location.rstrip("/") + "/"), bookmark, context)
    ]


def unread(objects, bookmark, context):
    objects = [each for each in objects if not each["Key"].endswith("/")]
    return bookmark.unread(context, objects) if bookmark else objects


def read_objects(found):
    """The rows of what `find_objects` found in one table, partition columns included; None where that is nothing."""
    tables = [with_constants(read_object(each), values) for each, values in found]
    return pa.concat_tables(tables, promote_options="default") if tables else None


def read_object(found):
    try:
        body = aws("s3").get_object(Bucket=found["Bucket"], Key=found["Key"])["Body"].read()
    except aws("s3").exceptions.NoSuchKey:
        raise FileNotFoundError(
            f"No such file or directory 's3://{found['Bucket']}/{found['Key']}'"
        ) from None
    return pq.ParquetFile(io.BytesIO(body)).read()


def read_partitions(partitions, bookmark=None, context=None):
    """The partitions' rows, as `read_objects` has them."""
    return read_objects(find_objects(partitions, bookmark, context))


def with_constants(table, values):
    """The table with a string column more for each of the values."""
    for name, value in values.items():
        table = table.append_column(name, pa.array([value] * len(table), pa.string()))
    return table


def keep(table, wanted):
    """The rows for which the list of booleans says so."""
    return table if all(wanted) else table.filter(pa.array(wanted, pa.bool_()))


def to_parquet(table):
    """A Parquet file's bytes; of a few rows mostly, where dictionaries and statistics cost more than they save."""
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, use_dictionary=False, write_statistics=False, store_schema=False)
    return buffer.getvalue().to_pybytes()


def write_partition(table, url, values):
    """Add the rows, which have no partition columns, to the partition below the table's URL."""
    bucket, prefix = split_s3_url(url.rstrip("/") + "/")
    folder = "".join(f"{key}={value}/" for key, value in values.items())
    key = f"{prefix}{folder}part-00000-{uuid4()}.snappy.parquet"
    aws("s3").put_object(Bucket=bucket, Key=key, Body=to_parquet(table))


def split_by_partition(table, keys):
    """`[(values by key, rows without the partition columns)]`."""
    rows = {}
    for number, values in enumerate(zip(*(table[key].to_pylist() for key in keys), strict=True)):
        rows.setdefault(values, []).append(number)
    bare = table.drop_columns(keys)
    return [
        (dict(zip(keys, values, strict=True)), bare if len(rows) == 1 else bare.take(numbers))
        for values, numbers in rows.items()
    ]


def purge(url, values):
    """Delete what the partition below the table's URL has."""
    folder = "".join(f"{key}={value}/" for key, value in values.items())
    for found in list_objects(url.rstrip("/") + "/" + folder):
        aws("s3").delete_object(Bucket=found["Bucket"], Key=found["Key"])


# -- data quality ------------------------------------------------------------------------------------------


def check_quality(table, checks):
    """`{metric: (value, passed)}`: the columns together must be unique, 99 % of a column there."""
    metrics = {}
    if "unique" in checks:
        counts = Counter(zip(*(table[name].to_pylist() for name in checks["unique"]), strict=True))
        uniqueness = sum(count == 1 for count in counts.values()) / len(table)
        metrics[f"Uniqueness({','.join(checks['unique'])})"] = (uniqueness, uniqueness == 1)
    if "complete" in checks:
        completeness = 1 - table[checks["complete"]].null_count / len(table)
        metrics[f"Completeness({checks['complete']})"] = (completeness, completeness >= 0.99)
    return metrics


def put_metrics(url, run_id, metrics):
    """Leave the run's metrics, `{table: metrics}`, as a JSON file below the URL."""
    bucket, prefix = split_s3_url(url.rstrip("/") + "/")
    aws("s3").put_object(
        Bucket=bucket, Key=f"{prefix}{run_id}.json", Body=json.dumps(metrics, indent=1).encode()
    )
