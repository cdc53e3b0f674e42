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
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import urllib3
from awsglue.context import GlueContext
from helpers import (
    IMPORT_PARTITIONS,
    aws,
    get_partitions,
    get_table,
    job_parameters,
    partition_values,
    write_partition,
)

logger = GlueContext().get_logger()
API_URL = os.environ.get("TASCOMI_API_URL", "https://hackney-planning.tascomi.com") + "/rest/v1"


def to_table(resource, rows):
    schema = pa.schema(
        [
            ("page_number", pa.int64()),
            (resource, pa.string()),
            ("import_api_url_requested", pa.string()),
            ("import_api_status_code", pa.string()),
            ("import_exception_thrown", pa.string()),
            ("import_datetime", pa.timestamp("us")),
            ("import_timestamp", pa.string()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def days_to_ask_for(last_import_date, today, max_lookback_days):
    """From the last import date (yyyymmdd) to yesterday, at most so many, as YYYY-MM-DD."""
    first = max(date.fromisoformat(last_import_date), today - timedelta(days=max_lookback_days))
    return [str(first + timedelta(days=number)) for number in range((today - first).days)]


def rows_of_page(resource, number, url, status, body, now):
    """A row for each of the page's records not updated today; one blank row for a page that is no good."""
    found, exception = [], ""
    try:
        if status != 200:
            raise ValueError(f"HTTP status {status}: {body[:200]}")
        for record in json.loads(body):
            if datetime.fromisoformat(record["last_updated"]).date() < now.date():
                found.append(json.dumps(record))
    except (KeyError, TypeError, ValueError) as error:
        found, exception = [""], f"{type(error).__name__}: {error}"
    return [
        {
            "page_number": number,
            resource: record,
            "import_api_url_requested": url,
            "import_api_status_code": str(status or ""),
            "import_exception_thrown": exception,
            "import_datetime": now,
            "import_timestamp": str(int(now.timestamp())),
        }
        for record in found
    ]


class Tascomi:
    """The API, with signed requests."""

    def __init__(self, public_key, private_key, workers):
        self.public_key, self.private_key = public_key, private_key
        self.http = urllib3.PoolManager(maxsize=workers, timeout=60, retries=False)

    def get(self, url):
        minute = datetime.now(ZoneInfo("Europe/London")).strftime("%Y%m%d%H%M")
        digest = hashlib.sha256((self.public_key + minute).encode()).hexdigest()
        signature = hmac.new(self.private_key.encode(), digest.encode(), hashlib.sha256).hexdigest()
        headers = {"X-Public": self.public_key, "X-Hash": base64.b64encode(signature.encode()).decode()}
        return self.http.request("GET", url, headers=headers)

    def number_of_pages(self, url):
        response = self.get(url)
        if response.status == 202:
            return 0
        if response.status != 200:
            raise Exception(f"{url} answers with status {response.status}")
        results, per_page = (response.headers[name] for name in ("X-Number-Of-Results", "X-Results-Per-Page"))
        return math.ceil(int(results) / int(per_page))

    def rows(self, resource, number, url, now):
        print(f"Calling API to get page {number}")
        try:
            response = self.get(url)
        except urllib3.exceptions.HTTPError as error:
            return rows_of_page(resource, number, url, None, f"{type(error).__name__}: {error}", now)
        return rows_of_page(resource, number, url, response.status, response.data.decode(), now)


def pages_to_retrieve(tascomi, resource, days):
    """`[(page number, URL)]`; `days` None stands for everything."""
    if days is None:
        pages = tascomi.number_of_pages(f"{API_URL}/{resource}")
        logger.info(f"Number of pages to retrieve: {pages}")
        if pages == 0:
            raise SystemExit(f"The API has no results for {resource}")
        return [(number, f"{API_URL}/{resource}?page={number}") for number in range(1, pages + 1)]
    requests = []
    for day in days:
        pages = tascomi.number_of_pages(f"{API_URL}/{resource}?last_updated={day}")
        logger.info(f"Number of pages to retrieve for {day}: {pages}")
        url = f"{API_URL}/{resource}?page={{}}&last_updated={day}"
        requests += [(number, url.format(number)) for number in range(1, pages + 1)]
    return requests


def secret(secret_id):
    return aws("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]


def main(args):
    resource, workers, now = args["resource"], int(args["number_of_workers"]), datetime.now(UTC)
    table = get_table(args["target_database_name"], f"api_response_{resource}")
    import_dates = [values["import_date"] for values, _ in get_partitions(table)] if table else []
    days = None
    if import_dates:
        logger.info(f"Last import date of {resource}: {max(import_dates)}")
        days = days_to_ask_for(max(import_dates), now.date(), int(args["max_lookback_days"]))

    tascomi = Tascomi(secret(args["public_key_secret_id"]), secret(args["private_key_secret_id"]), workers)
    requests = pages_to_retrieve(tascomi, resource, days)
    if not requests:
        logger.info("No requests, exiting job")
        return
    with ThreadPoolExecutor(workers) as pool:
        pages = pool.map(lambda request: tascomi.rows(resource, *request, now), requests)
        rows = [row for page in pages for row in page]
    if not rows:
        logger.info(f"No records of {resource} to write: those there are were updated today")
        return
    target = f"s3://{args['s3_bucket_target']}/{args['s3_prefix'].rstrip('/')}/{resource}"
    write_partition(to_table(resource, rows), target, partition_values(IMPORT_PARTITIONS, now))


if __name__ == "__main__":
    required = [
        *("resource", "s3_bucket_target", "s3_prefix", "target_database_name", "max_lookback_days"),
        *("public_key_secret_id", "private_key_secret_id", "number_of_workers"),
    ]
    main(job_parameters(required))
