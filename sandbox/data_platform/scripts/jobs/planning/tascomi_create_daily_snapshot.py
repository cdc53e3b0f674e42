"""Bring the last snapshot of each table up to date: `increment_<table>` into today's partition of `<table>`.

The latest version of each record among the new increments takes the place of the last snapshot's. With no
increments, today's snapshot is the last one again.
"""

import logging
from datetime import UTC, datetime

import pyarrow as pa
from awsglue.bookmark import JobBookmark
from helpers import (
    SNAPSHOT_PARTITIONS,
    check_quality,
    find_objects,
    get_partitions,
    get_table,
    job_parameters,
    keep,
    partition_values,
    purge,
    put_metrics,
    read_objects,
    write_partition,
)

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
    ids = increments["id"].to_pylist()
    dates = [str(moment or "2020-01-01 00:00:00") for moment in increments["last_updated"].to_pylist()]
    latest = {}
    for number, moment in zip(ids, dates, strict=True):
        latest[number] = max(moment, latest.get(number, moment))
    return keep(increments, [latest[number] == moment for number, moment in zip(ids, dates, strict=True)])


def update(snapshot, increments):
    """The snapshot (without its partition columns) with the increments' records replaced or added, column by column.

    Raises ValueError when one of them has a column that the other lacks.
    """
    news = latest_versions(increments)
    if added := set(news.column_names) - set(snapshot.column_names):
        raise ValueError(
            f"The increments have columns that the last snapshot lacks: {', '.join(sorted(added))}"
        )
    if gone := set(snapshot.column_names) - set(news.column_names):
        raise ValueError(f"The last snapshot has columns that the increments lack: {', '.join(sorted(gone))}")
    replaced = set(news["id"].to_pylist())
    kept = keep(snapshot, [number not in replaced for number in snapshot["id"].to_pylist()])
    return union(kept, news)


def union(one, other):
    """The rows of both, as Spark unites them: by the columns' position, named as the first has them."""
    fields = [
        pa.field(name, wider(kind, second))
        for name, kind, second in zip(one.column_names, one.schema.types, other.schema.types, strict=True)
    ]
    return pa.concat_tables([as_types(one, fields), as_types(other, fields)])


def wider(one, other):
    """The type of both types' values; texts, where one has texts."""
    if one == other or pa.types.is_string(one):
        return one
    if pa.types.is_string(other):
        return other
    return pa.unify_schemas(
        [pa.schema({"": one}), pa.schema({"": other})], promote_options="permissive"
    ).types[0]


def as_types(rows, fields):
    columns = [
        column.cast(field.type)
        if column.type == field.type or not pa.types.is_string(field.type)
        else pa.array([value if value is None else str(value) for value in column.to_pylist()], field.type)
        for column, field in zip(rows.columns, fields, strict=True)
    ]
    return pa.table(columns, schema=pa.schema(fields))


def last_snapshot(table):
    """Date and objects of the newest snapshot in the catalog, or ("", [])."""
    partitions = get_partitions(table) if table else []
    last_date = max((values["snapshot_date"] for values, _ in partitions), default="")
    return last_date, find_objects([each for each in partitions if each[0]["snapshot_date"] == last_date])


def result(last, increments):
    """Today's snapshot. As in Spark, what was found before is read now, whatever has become of it since."""
    snapshot = read_objects(last)
    news = read_objects(increments)
    snapshot = snapshot and snapshot.drop_columns(SNAPSHOT_PARTITIONS)
    if snapshot and news:
        return update(snapshot, news)
    return latest_versions(news) if news else snapshot


def process(table_name, args, bookmark):
    """Write today's snapshot of one table; its data quality metrics."""
    source = get_table(args["source_catalog_database"], f"increment_{table_name}")
    if source is None:
        logger.info(f"increment_{table_name} is not in the catalog, skipping it")
        return {}
    today = partition_values(SNAPSHOT_PARTITIONS, datetime.now(UTC))
    last_date, last = last_snapshot(get_table(args["source_catalog_database"], table_name))
    since_then = [each for each in get_partitions(source) if each[0]["import_date"] >= last_date]
    increments = find_objects(since_then, bookmark, table_name)
    if not increments and last_date == today["snapshot_date"]:
        logger.info(
            f"No new increment in increment_{table_name} and we already have a snapshot for today, "
            "going to the next table"
        )
        return {}
    if not increments and not last:
        logger.info(f"No increment in increment_{table_name} and no snapshot, going to the next table")
        return {}
    if not increments:
        logger.info(
            f"No new increment in increment_{table_name}: the snapshot of {last_date} becomes today's"
        )
    metrics = check_quality(result(last, increments), dq_params.get(table_name, {}))
    if all(passed for _, passed in metrics.values()):
        target = args["s3_bucket_target"].rstrip("/") + "/" + table_name
        purge(target, today)
        write_partition(result(last, increments), target, today)
    return metrics


def main(args):
    bookmark = JobBookmark()
    metrics = {name: process(name, args, bookmark) for name in args["table_list"].split(",")}
    put_metrics(args["deequ_metrics_location"], args["JOB_RUN_ID"], metrics)
    bookmark.commit()
    if failed := [name for name in metrics if not all(passed for _, passed in metrics[name].values())]:
        raise Exception(f"Data quality checks failed: { {name: metrics[name] for name in failed} }")


if __name__ == "__main__":
    required = ["s3_bucket_target", "source_catalog_database", "deequ_metrics_location", "JOB_RUN_ID"]
    main(job_parameters(required, table_list=""))
