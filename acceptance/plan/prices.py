"""What AWS bills for job runs, crawls and queries: the estimate before a run and the account after it share it."""

from __future__ import annotations

from acceptance.measurements.model import Work

DPU_HOUR = 0.44  # US dollars, Glue jobs and crawlers; https://aws.amazon.com/glue/pricing/
TERABYTE = 5.00  # US dollars for 10**12 bytes that Athena scans; https://aws.amazon.com/athena/pricing/
LEAST_SECONDS = {Work.JOB_RUN: 60, Work.CRAWL: 600}  # billed at least (same pages)
LEAST_BYTES = 10_000_000  # of a query that was not without result
DPUS = {Work.JOB_RUN: 10.0, Work.CRAWL: 2.0}
"""Where AWS does not tell: a Spark job's default, and a crawl's in the example on the page of prices."""

ASSUMPTIONS = (
    f"${DPU_HOUR:.2f} for a DPU-hour of Glue and ${TERABYTE:.2f} for a terabyte scanned by Athena: AWS's list prices"
    " for eu-west-2 without tax or discounts, as of 2026",
    f"a job run is billed for at least {LEAST_SECONDS[Work.JOB_RUN] // 60} minute,"
    f" a crawl for at least {LEAST_SECONDS[Work.CRAWL] // 60}, a query for at least {LEAST_BYTES // 1_000_000} MB",
    "the whole time from the start to the end of a job run or crawl counts",
    f"where AWS does not tell the DPUs, a job run has {DPUS[Work.JOB_RUN]:g} and a crawl {DPUS[Work.CRAWL]:g}",
    "requests to S3, CloudWatch, KMS and the Data Catalog are left out: fractions of a cent",
)


def of_glue(work: Work, seconds: float, dpus: float | None = None) -> float:
    """US dollars for a job run or a crawl."""
    billed = max(seconds, LEAST_SECONDS[work])
    return billed * (dpus if dpus is not None else DPUS[work]) / 3600 * DPU_HOUR


def of_query(bytes_scanned: int | None) -> float:
    """US dollars for a query."""
    return max(bytes_scanned or 0, LEAST_BYTES) / 1e12 * TERABYTE
