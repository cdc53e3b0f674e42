"""Bring the last snapshot of each table up to date: `increment_<table>` into today's partition of `<table>`.

The latest version of each record among the new increments takes the place of the last snapshot's. With no
increments, today's snapshot is the last one again.
"""

import logging
from datetime import UTC, datetime

from awsglue.context import GlueContext
from awsglue.job import Job
from helpers import (
    SNAPSHOT_PARTITIONS,
    check_quality,
    job_parameters,
    latest_value,
    table_exists,
    with_day,
    write,
)
from pyspark.context import SparkContext
from pyspark.sql import Window
from pyspark.sql import functions as F

PARTITIONS = 200

logging.basicConfig(format="%(asctime)s - %(levelname)s - %(message)s", level=logging.INFO)
logger = logging.getLogger(__name__)

dq_params = {
    "appeal_decisions": {"unique": ["id"]},
    "appeal_statuses": {"unique": ["id"]},
    "appeal_types": {"unique": ["id"]},
    "appeals": {"unique": ["id"]},
    "application_constraints": {"unique": ["id"]},
    "application_contacts": {"unique": ["id"], "complete": "application_id"},
    "application_statuses": {"unique": ["id"]},
    "application_types": {"unique": ["id"]},
    "applications": {"unique": ["id"]},
    "asset_constraints": {"unique": ["id"]},
    "asset_types": {"unique": ["id"]},
    "assets": {"unique": ["id"]},
    "comment_types": {"unique": ["id"]},
    "committee_meetings": {"unique": ["id"]},
    "committees": {"unique": ["id"]},
    "communication_types": {"unique": ["id"]},
    "communications": {"unique": ["id"]},
    "condition_types": {"unique": ["id"]},
    "conditions": {"unique": ["id"]},
    "constraint_types": {"unique": ["id"]},
    "consultations": {"unique": ["id"]},
    "contact_types": {"unique": ["id"]},
    "contacts": {"unique": ["id"]},
    "decision_types": {"unique": ["id"]},
    "decisions": {"unique": ["id"]},
    "document_types": {"unique": ["id"], "complete": "name"},
    "documents": {"unique": ["id"], "complete": "application_id"},
    "dtf_locations": {"unique": ["id"]},
    "emails": {"unique": ["id"]},
    "enforcement_protocols": {"unique": ["id"]},
    "enforcements": {"unique": ["id"]},
    "fee_payments": {"unique": ["id"], "complete": "application_id"},
    "fee_types": {"unique": ["id"]},
    "fees": {"unique": ["id"]},
    "notice_types": {"unique": ["id"]},
    "payment_types": {"unique": ["id"]},
    "pre_applications": {"unique": ["id"]},
    "public_comments": {"unique": ["id"]},
    "public_notices": {"unique": ["id"]},
    "response_types": {"unique": ["id"]},
    "teams": {"unique": ["id"]},
    "users": {"unique": ["id"]},
    "wards": {"unique": ["id"]},
}


def latest_versions(increments):
    """The rows with each id's latest `last_updated`; a row that has none counts as of 2020."""
    moment = F.coalesce(F.col("last_updated").cast("string"), F.lit("2020-01-01 00:00:00"))
    latest = F.max(moment).over(Window.partitionBy("id"))
    return increments.withColumn("__latest", latest).where(moment == F.col("__latest")).drop("__latest")


def update(snapshot, increments):
    """The snapshot (without its partition columns) with the increments' records replaced or added, column by column."""
    news = latest_versions(increments)
    replaced = news.select(F.col("id").alias("__id")).distinct()
    return snapshot.join(replaced, F.col("id").eqNullSafe(F.col("__id")), "left_anti").union(news)


def read(glue_context, database, table_name, predicate, context=""):
    return glue_context.create_dynamic_frame.from_catalog(
        name_space=database, table_name=table_name, push_down_predicate=predicate, transformation_ctx=context
    ).toDF()


def last_snapshot(glue_context, database, table_name):
    """Date and rows of the newest snapshot in the catalog, or ("", None)."""
    if not table_exists(glue_context, database, table_name):
        return "", None
    last_date = latest_value(glue_context, database, table_name, "snapshot_date")
    if not last_date:
        return "", None
    rows = read(glue_context, database, table_name, f"snapshot_date = '{last_date}'")
    return last_date, rows.drop(*SNAPSHOT_PARTITIONS) if rows.columns else None


def process(glue_context, table_name, args):
    """Write today's snapshot of one table; its data quality checks that fail."""
    database = args["source_catalog_database"]
    if not table_exists(glue_context, database, f"increment_{table_name}"):
        logger.info(f"increment_{table_name} is not in the catalog, skipping it")
        return {}
    now = datetime.now(UTC)
    last_date, last = last_snapshot(glue_context, database, table_name)
    increments = read(
        glue_context, database, f"increment_{table_name}", f"import_date >= '{last_date}'", table_name
    )
    if not increments.columns and last_date == f"{now:%Y%m%d}":
        logger.info(
            f"No new increment in increment_{table_name} and we already have a snapshot for today, "
            "going to the next table"
        )
        return {}
    if not increments.columns and last is None:
        logger.info(f"No increment in increment_{table_name} and no snapshot, going to the next table")
        return {}
    if not increments.columns:
        logger.info(
            f"No new increment in increment_{table_name}: the snapshot of {last_date} becomes today's"
        )
        result = last
    else:
        result = latest_versions(increments) if last is None else update(last, increments)
    tags = {"table": table_name, "run": args["JOB_RUN_ID"]}
    failed = check_quality(
        glue_context.spark_session, result, dq_params.get(table_name), args["deequ_metrics_location"], tags
    )
    if not failed:
        target = args["s3_bucket_target"].rstrip("/") + "/" + table_name
        partition = "".join(
            f"{key}={value}/"
            for key, value in zip(SNAPSHOT_PARTITIONS, f"{now:%Y %m %d %Y%m%d}".split(), strict=True)
        )
        glue_context.purge_s3_path(f"{target}/{partition}", {"retentionPeriod": 0})
        write(
            glue_context,
            with_day(result, SNAPSHOT_PARTITIONS, now).repartition(PARTITIONS),
            target,
            SNAPSHOT_PARTITIONS,
        )
    return failed


def main(args):
    glue_context = GlueContext(SparkContext.getOrCreate())
    job = Job(glue_context)
    job.init(args["JOB_NAME"], args)
    failed = {name: process(glue_context, name, args) for name in args["table_list"].split(",")}
    job.commit()
    if failed := {name: failures for name, failures in failed.items() if failures}:
        raise Exception(f"Data quality checks failed: {failed}")


if __name__ == "__main__":
    required = ["JOB_NAME", "s3_bucket_target", "source_catalog_database", "deequ_metrics_location"]
    main(job_parameters(required, table_list=""))
