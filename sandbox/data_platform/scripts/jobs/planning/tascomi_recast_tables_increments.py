"""Give newly parsed records the column types of the dictionary: `<table>` to `increment_<table>`.

What is not in the dictionary stays a string. A value that does not fit its type becomes NULL, as in Spark.
"""

import json
import math
import re
from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
from awsglue.bookmark import JobBookmark
from awsglue.context import GlueContext
from helpers import (
    IMPORT_PARTITIONS,
    aws,
    get_partitions,
    get_table,
    job_parameters,
    read_partitions,
    split_by_partition,
    split_s3_url,
    write_partition,
)

logger = GlueContext().get_logger()

NUMBER = re.compile(r"([+-]?\d+)(?:\.\d*)?")
DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?")
DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?", re.DOTALL)
TIMESTAMP = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})"
    r"(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}:\d{2})?)?)?)?"
)
TRUTHS = dict.fromkeys(("t", "true", "y", "yes", "1"), True) | dict.fromkeys(
    ("f", "false", "n", "no", "0"), False
)
SPECIAL = {"nan": math.nan, "infinity": math.inf, "inf": math.inf, "-infinity": -math.inf, "-inf": -math.inf}


def to_integer(bits):
    def cast(text):
        match = NUMBER.fullmatch(text)
        value = int(match[1]) if match else None
        return value if match and -(2 ** (bits - 1)) <= value < 2 ** (bits - 1) else None

    return cast


def to_double(text):
    if DECIMAL.fullmatch(text):
        return float(text.rstrip("dDfF"))
    return SPECIAL.get(text.lower().removeprefix("+"))


def to_boolean(text):
    return TRUTHS.get(text.lower())


def to_date(text):
    match = DATE.fullmatch(text)
    try:
        return date(*(int(part or 1) for part in match.groups())) if match else None
    except ValueError:
        return None


def to_timestamp(text):
    """UTC without a zone; a time of another zone is converted."""
    match = TIMESTAMP.fullmatch(text)
    if not match:
        return None
    *date_and_time, fraction, zone = match.groups()
    numbers = [int(part or least) for part, least in zip(date_and_time, (1, 1, 1, 0, 0, 0), strict=True)]
    try:
        moment = datetime(*numbers, int((fraction or "0").ljust(6, "0")[:6]), tzinfo=offset(zone))
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def offset(zone):
    if zone in (None, "Z", "UTC"):
        return UTC
    sign = -1 if zone[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6])))


CASTS = {
    "integer": (pa.int32(), to_integer(32)),
    "long": (pa.int64(), to_integer(64)),
    "float": (pa.float64(), to_double),
    "double": (pa.float64(), to_double),
    "boolean": (pa.bool_(), to_boolean),
    "timestamp": (pa.timestamp("us"), to_timestamp),
    "date": (pa.date32(), to_date),
}


def recast(parsed, column_types):
    """The table with its columns cast in place; `column_types` is `{column: type}`.

    Raises ValueError for a column that the table lacks.
    """
    if missing := set(column_types) - set(parsed.column_names):
        raise ValueError(f"The dictionary has columns that the data lacks: {', '.join(sorted(missing))}")
    columns = {name: parsed[name] for name in parsed.column_names}
    for name, type_name in column_types.items():
        arrow_type, cast = CASTS[type_name]
        values = [cast(value.strip()) if value else None for value in columns[name].to_pylist()]
        columns[name] = pa.array(values, arrow_type)
    return pa.table(columns)


def column_types_of(table_name, dictionary):
    return {column: kind for kind in CASTS for column in dictionary.get(kind, {}).get(table_name, [])}


def read_dictionary(url):
    bucket, key = split_s3_url(url)
    content = json.loads(aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    return content[0] if isinstance(content, list) else content


def main(args):
    bookmark = JobBookmark()
    dictionary = read_dictionary(args["column_dict_path"])
    for table_name in args["table_list"].split(","):
        source = get_table(args["source_catalog_database"], table_name)
        if source is None:
            logger.info(f"{table_name} is not in the catalog, skipping it")
            continue
        parsed = read_partitions(get_partitions(source), bookmark, table_name)
        if not parsed:
            logger.info(f"No new data for {table_name}")
            continue
        increment = recast(parsed, column_types_of(table_name, dictionary))
        for values, rows in split_by_partition(increment, IMPORT_PARTITIONS):
            write_partition(rows, args["s3_bucket_target"].rstrip("/") + "/" + table_name, values)
    bookmark.commit()


if __name__ == "__main__":
    required = ["s3_bucket_target", "source_catalog_database", "column_dict_path"]
    main(job_parameters(required, table_list=""))
