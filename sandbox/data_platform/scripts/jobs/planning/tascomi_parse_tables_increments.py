"""Turn the JSON of newly imported API responses into columns of strings: `api_response_<table>` to `<table>`.

A table that is not in the catalog, or has nothing new, is passed over; so is one whose new records fail their
data quality checks.
"""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from awsglue.bookmark import JobBookmark
from awsglue.context import GlueContext
from helpers import (
    IMPORT_PARTITIONS,
    check_quality,
    get_partitions,
    get_table,
    job_parameters,
    keep,
    put_metrics,
    read_partitions,
    split_by_partition,
    write_partition,
)

LOOKBACK_DAYS = 14

logger = GlueContext().get_logger()

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


def parse(responses, resource):
    """A string column for each field of the JSON, after the other columns; failed pages are left out."""
    good = [status == "200" for status in responses["import_api_status_code"].to_pylist()]
    responses = keep(responses, good)
    records = [json.loads(text) if text else {} for text in responses[resource].to_pylist()]
    fields = list(dict.fromkeys(field for record in records for field in record))
    values = [pa.array([as_text(record.get(field)) for record in records], pa.string()) for field in fields]
    others = responses.drop_columns([resource])
    return pa.Table.from_arrays([*others.columns, *values], names=[*others.column_names, *fields])


def as_text(value):
    return value if value is None or isinstance(value, str) else json.dumps(value)


def process(table_name, args, bookmark):
    """Parse what is new of one table; its data quality metrics."""
    source = get_table(args["source_catalog_database"], f"api_response_{table_name}")
    if source is None:
        logger.info(f"api_response_{table_name} is not in the catalog, skipping it")
        return {}
    since = f"{datetime.now(UTC) - timedelta(days=LOOKBACK_DAYS):%Y%m%d}"
    recent = [partition for partition in get_partitions(source) if partition[0]["import_date"] >= since]
    responses = read_partitions(recent, bookmark, table_name)
    parsed = responses and parse(responses, table_name)
    if not parsed:
        logger.info(f"No new data for {table_name}")
        return {}
    metrics = check_quality(parsed, dq_params.get(table_name, {}))
    if not all(passed for _, passed in metrics.values()):
        logger.info(f"Data quality checks of {table_name} failed, skipping it: {metrics}")
        return metrics
    for values, rows in split_by_partition(parsed, IMPORT_PARTITIONS):
        write_partition(rows, args["s3_bucket_target"].rstrip("/") + "/" + table_name, values)
    return metrics


def main(args):
    bookmark = JobBookmark()
    metrics = {name: process(name, args, bookmark) for name in args["table_list"].split(",")}
    put_metrics(args["deequ_metrics_location"], args["JOB_RUN_ID"], metrics)
    bookmark.commit()


if __name__ == "__main__":
    required = ["s3_bucket_target", "source_catalog_database", "deequ_metrics_location", "JOB_RUN_ID"]
    main(job_parameters(required, table_list=""))
