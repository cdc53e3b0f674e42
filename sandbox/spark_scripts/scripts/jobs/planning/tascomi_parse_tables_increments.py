"""Turn the JSON of newly imported API responses into columns of strings: `api_response_<table>` to `<table>`.

A table that is not in the catalog, or has nothing new, is passed over; so is one whose new records fail their
data quality checks.
"""

import json
from datetime import UTC, datetime, timedelta

from awsglue.context import GlueContext
from awsglue.job import Job
from helpers import IMPORT_PARTITIONS, check_quality, job_parameters, table_exists, write
from pyspark.context import SparkContext
from pyspark.sql import functions as F

LOOKBACK_DAYS = 14

dq_params = {
    "appeal_decisions": {"unique": ["id", "import_date"], "complete": "id"},
    "appeal_statuses": {"unique": ["id", "import_date"], "complete": "id"},
    "appeal_types": {"unique": ["id", "import_date"], "complete": "id"},
    "appeals": {"unique": ["id", "import_date"], "complete": "id"},
    "application_constraints": {"unique": ["id", "import_date"], "complete": "id"},
    "application_contacts": {"unique": ["id", "import_date"], "complete": "application_id"},
    "application_statuses": {"unique": ["id", "import_date"], "complete": "id"},
    "application_types": {"unique": ["id", "import_date"], "complete": "id"},
    "applications": {"unique": ["id", "import_date"], "complete": "id"},
    "asset_constraints": {"unique": ["id", "import_date"], "complete": "id"},
    "asset_types": {"unique": ["id", "import_date"], "complete": "id"},
    "assets": {"unique": ["id", "import_date"], "complete": "id"},
    "comment_types": {"unique": ["id", "import_date"], "complete": "id"},
    "committee_meetings": {"unique": ["id", "import_date"], "complete": "id"},
    "committees": {"unique": ["id", "import_date"], "complete": "id"},
    "communication_types": {"unique": ["id", "import_date"], "complete": "id"},
    "communications": {"unique": ["id", "import_date"], "complete": "id"},
    "condition_types": {"unique": ["id", "import_date"], "complete": "id"},
    "conditions": {"unique": ["id", "import_date"], "complete": "id"},
    "constraint_types": {"unique": ["id", "import_date"], "complete": "id"},
    "consultations": {"unique": ["id", "import_date"], "complete": "id"},
    "contact_types": {"unique": ["id", "import_date"], "complete": "id"},
    "contacts": {"unique": ["id", "import_date"], "complete": "id"},
    "decision_types": {"unique": ["id", "import_date"], "complete": "id"},
    "decisions": {"unique": ["id", "import_date"], "complete": "id"},
    "document_types": {"unique": ["id", "import_date"], "complete": "name"},
    "documents": {"unique": ["id", "import_date"], "complete": "application_id"},
    "dtf_locations": {"unique": ["id", "import_date"], "complete": "id"},
    "emails": {"unique": ["id", "import_date"], "complete": "id"},
    "enforcement_protocols": {"unique": ["id", "import_date"], "complete": "id"},
    "enforcements": {"unique": ["id", "import_date"], "complete": "id"},
    "fee_payments": {"unique": ["id", "import_date"], "complete": "application_id"},
    "fee_types": {"unique": ["id", "import_date"], "complete": "id"},
    "fees": {"unique": ["id", "import_date"], "complete": "id"},
    "notice_types": {"unique": ["id", "import_date"], "complete": "id"},
    "payment_types": {"unique": ["id", "import_date"], "complete": "id"},
    "pre_applications": {"unique": ["id", "import_date"], "complete": "id"},
    "public_comments": {"unique": ["id", "import_date"], "complete": "id"},
    "public_notices": {"unique": ["id", "import_date"], "complete": "id"},
    "response_types": {"unique": ["id", "import_date"], "complete": "id"},
    "teams": {"unique": ["id", "import_date"], "complete": "id"},
    "users": {"unique": ["id", "import_date"], "complete": "id"},
    "wards": {"unique": ["id", "import_date"], "complete": "id"},
}


def fields_of(responses, resource):
    """The fields that any of the JSON objects has, in the order met."""

    def fields(rows):
        yield from dict.fromkeys(field for row in rows if row[0] for field in json.loads(row[0]))

    return list(dict.fromkeys(responses.select(resource).rdd.mapPartitions(fields).collect()))


def parse(responses, resource):
    """A string column for each field of the JSON, after the other columns; failed pages are left out."""
    responses = responses.where("import_api_status_code = '200'")
    record = F.from_json(resource, "map<string,string>")
    values = [record.getItem(field).alias(field) for field in fields_of(responses, resource)]
    others = [name for name in responses.columns if name not in (resource, *IMPORT_PARTITIONS)]
    return responses.select(*others, *values, *IMPORT_PARTITIONS)


def process(glue_context, logger, table_name, args):
    """Parse what is new of one table."""
    database = args["source_catalog_database"]
    if not table_exists(glue_context, database, f"api_response_{table_name}"):
        logger.info(f"api_response_{table_name} is not in the catalog, skipping it")
        return
    since = f"{datetime.now(UTC) - timedelta(days=LOOKBACK_DAYS):%Y%m%d}"
    responses = glue_context.create_dynamic_frame.from_catalog(
        name_space=database,
        table_name=f"api_response_{table_name}",
        push_down_predicate=f"import_date >= '{since}'",
        transformation_ctx=table_name,
    ).toDF()
    parsed = parse(responses, table_name) if responses.columns else None
    if parsed is None or parsed.rdd.isEmpty():
        logger.info(f"No new data for {table_name}")
        return
    tags = {"table": table_name, "run": args["JOB_RUN_ID"]}
    failed = check_quality(
        glue_context.spark_session, parsed, dq_params.get(table_name), args["deequ_metrics_location"], tags
    )
    if failed:
        logger.info(f"Data quality checks of {table_name} failed, skipping it: {failed}")
        return
    write(glue_context, parsed, args["s3_bucket_target"].rstrip("/") + "/" + table_name, IMPORT_PARTITIONS)


def main(args):
    glue_context = GlueContext(SparkContext.getOrCreate())
    logger = glue_context.get_logger()
    job = Job(glue_context)
    job.init(args["JOB_NAME"], args)
    for table_name in args["table_list"].split(","):
        process(glue_context, logger, table_name, args)
    job.commit()


if __name__ == "__main__":
    required = ["JOB_NAME", "s3_bucket_target", "source_catalog_database", "deequ_metrics_location"]
    main(job_parameters(required, table_list=""))
