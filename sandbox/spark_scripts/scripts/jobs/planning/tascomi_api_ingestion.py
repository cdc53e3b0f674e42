"""Land the records of one Tascomi API resource, page by page, in the raw zone's `api_response_<resource>`.

All of them when the table is not in the catalog; otherwise those updated since its last import date, day by
day. A record updated today may change again and is left for tomorrow. A page that fails becomes a row without
a record, which tells why.
"""

import base64
import hashlib
import hmac
import json
import math
import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import boto3
import urllib3
from awsglue.context import GlueContext
from awsglue.job import Job
from helpers import IMPORT_PARTITIONS, job_parameters, latest_value, table_exists, with_day, write
from pyspark.context import SparkContext
from pyspark.sql import functions as F

API_URL = os.environ.get("TASCOMI_API_URL", "https://hackney-planning.tascomi.com") + "/rest/v1"
ROWS = "array<struct<record:string,status:string,exception:string>>"


def days_to_ask_for(last_import_date, today, max_lookback_days):
    """From the last import date (yyyymmdd) to yesterday, at most so many, as YYYY-MM-DD."""
    first = max(date.fromisoformat(last_import_date), today - timedelta(days=max_lookback_days))
    return [str(first + timedelta(days=number)) for number in range((today - first).days)]


def get(url, public_key, private_key):
    """A signed request's response."""
    minute = datetime.now(ZoneInfo("Europe/London")).strftime("%Y%m%d%H%M")
    digest = hashlib.sha256((public_key + minute).encode()).hexdigest()
    signature = hmac.new(private_key.encode(), digest.encode(), hashlib.sha256).hexdigest()
    headers = {"X-Public": public_key, "X-Hash": base64.b64encode(signature.encode()).decode()}
    return urllib3.PoolManager(timeout=60, retries=False).request("GET", url, headers=headers)


def rows_of_page(number, url, public_key, private_key, today):
    """(record, status, exception) of each of the page's records not updated today; of a bad page, one blank row."""
    print(f"Calling API to get page {number}")
    status, found = "", []
    try:
        response = get(url, public_key, private_key)
        status, body = str(response.status), response.data.decode()
        if status != "200":
            raise ValueError(f"HTTP status {status}: {body[:200]}")
        for record in json.loads(body):
            if str(datetime.fromisoformat(record["last_updated"]).date()) < today:
                found.append((json.dumps(record), status, ""))
    except (KeyError, TypeError, ValueError, urllib3.exceptions.HTTPError) as error:
        return [("", status, f"{type(error).__name__}: {error}")]
    return found


def number_of_pages(url, keys):
    response = get(url, *keys)
    if response.status == 202:
        return 0
    if response.status != 200:
        raise Exception(f"{url} answers with status {response.status}")
    results, per_page = (response.headers[name] for name in ("X-Number-Of-Results", "X-Results-Per-Page"))
    return math.ceil(int(results) / int(per_page))


def pages_to_retrieve(resource, days, keys, logger):
    """`[(page number, URL)]`; `days` None stands for everything."""
    if days is None:
        pages = number_of_pages(f"{API_URL}/{resource}", keys)
        logger.info(f"Number of pages to retrieve: {pages}")
        if pages == 0:
            raise SystemExit(f"The API has no results for {resource}")
        return [(number, f"{API_URL}/{resource}?page={number}") for number in range(1, pages + 1)]
    requests = []
    for day in days:
        pages = number_of_pages(f"{API_URL}/{resource}?last_updated={day}", keys)
        logger.info(f"Number of pages to retrieve for {day}: {pages}")
        url = f"{API_URL}/{resource}?page={{}}&last_updated={day}"
        requests += [(number, url.format(number)) for number in range(1, pages + 1)]
    return requests


def secret(secret_id):
    return boto3.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]


def responses(spark, requests, resource, keys, workers, now):
    """A row for each record, fetched by Spark's workers when the rows are first needed, and then kept."""
    page = F.udf(lambda number, url: rows_of_page(number, url, *keys, str(now.date())), ROWS)
    return (
        spark.createDataFrame(requests, "page_number bigint, url string")
        .repartition(workers)
        .withColumn("found", F.explode(page("page_number", "url")))
        .select(
            "page_number",
            F.col("found.record").alias(resource),
            F.col("url").alias("import_api_url_requested"),
            F.col("found.status").alias("import_api_status_code"),
            F.col("found.exception").alias("import_exception_thrown"),
            F.lit(now.replace(tzinfo=None)).alias("import_datetime"),
            F.lit(str(int(now.timestamp()))).alias("import_timestamp"),
        )
        .cache()
    )


def main(args):
    glue_context = GlueContext(SparkContext.getOrCreate())
    logger = glue_context.get_logger()
    job = Job(glue_context)
    job.init(args["JOB_NAME"], args)
    resource, now, database = args["resource"], datetime.now(UTC), args["target_database_name"]
    table = f"api_response_{resource}"
    last_import_date = (
        latest_value(glue_context, database, table, "import_date")
        if table_exists(glue_context, database, table)
        else None
    )
    days = None
    if last_import_date:
        logger.info(f"Last import date of {resource}: {last_import_date}")
        days = days_to_ask_for(last_import_date, now.date(), int(args["max_lookback_days"]))

    keys = (secret(args["public_key_secret_id"]), secret(args["private_key_secret_id"]))
    requests = pages_to_retrieve(resource, days, keys, logger)
    if not requests:
        logger.info("No requests, exiting job")
        return
    rows = responses(
        glue_context.spark_session, requests, resource, keys, int(args["number_of_workers"]), now
    )
    if rows.count() == 0:
        logger.info(f"No records of {resource} to write: those there are were updated today")
        return
    target = f"s3://{args['s3_bucket_target']}/{args['s3_prefix'].rstrip('/')}/{resource}"
    write(glue_context, with_day(rows, IMPORT_PARTITIONS, now), target, IMPORT_PARTITIONS)
    job.commit()


if __name__ == "__main__":
    required = [
        *(
            "JOB_NAME",
            "resource",
            "s3_bucket_target",
            "s3_prefix",
            "target_database_name",
            "max_lookback_days",
        ),
        *("public_key_secret_id", "private_key_secret_id", "number_of_workers"),
    ]
    main(job_parameters(required))
