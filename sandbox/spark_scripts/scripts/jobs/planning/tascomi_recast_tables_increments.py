"""Give newly parsed records the column types of the dictionary: `<table>` to `increment_<table>`.

What is not in the dictionary stays a string. A value that does not fit its type becomes NULL.
"""

import json

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from helpers import IMPORT_PARTITIONS, job_parameters, table_exists, write
from pyspark.context import SparkContext
from pyspark.sql import functions as F

TYPES = ("integer", "long", "float", "double", "boolean", "timestamp", "date")


def recast(parsed, column_types):
    """The rows with their columns cast in place; `column_types` is `{column: type}`."""
    for name, kind in column_types.items():
        parsed = parsed.withColumn(name, F.col(name).cast("double" if kind == "float" else kind))
    return parsed


def column_types_of(table_name, dictionary):
    return {column: kind for kind in TYPES for column in dictionary.get(kind, {}).get(table_name, [])}


def read_dictionary(url):
    bucket, _, key = url.removeprefix("s3://").partition("/")
    content = json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    return content[0] if isinstance(content, list) else content


def main(args):
    glue_context = GlueContext(SparkContext.getOrCreate())
    logger = glue_context.get_logger()
    job = Job(glue_context)
    job.init(args["JOB_NAME"], args)
    dictionary = read_dictionary(args["column_dict_path"])
    database = args["source_catalog_database"]
    for table_name in args["table_list"].split(","):
        if not table_exists(glue_context, database, table_name):
            logger.info(f"{table_name} is not in the catalog, skipping it")
            continue
        parsed = glue_context.create_dynamic_frame.from_catalog(
            name_space=database, table_name=table_name, transformation_ctx=table_name
        ).toDF()
        if not parsed.columns:
            logger.info(f"No new data for {table_name}")
            continue
        increment = recast(parsed, column_types_of(table_name, dictionary))
        write(
            glue_context,
            increment,
            args["s3_bucket_target"].rstrip("/") + "/" + table_name,
            IMPORT_PARTITIONS,
        )
    job.commit()


if __name__ == "__main__":
    required = ["JOB_NAME", "s3_bucket_target", "source_catalog_database", "column_dict_path"]
    main(job_parameters(required, table_list=""))
