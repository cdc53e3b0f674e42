"""Service Quotas, of AWS Glue alone: how many job runs the account may have at once.

A request for another limit is granted at once, a lower one too; AWS takes its time, and grants no lower ones. Errors
are those of the API reference (tests/sandbox/test_reference.py); the words of NoSuchResourceException are from memory.
https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/Welcome.html
"""

from uuid import uuid4

from sandbox.endpoint.protocol import Actions, AwsError, Fields, action

_DEFAULT_JOB_RUNS = 100  # the sandbox's own, and so is the quota's code
_JOB_RUNS: Fields = {
    "ServiceCode": "glue",
    "ServiceName": "AWS Glue",
    "QuotaCode": "L-5A4DB000",
    "QuotaName": "Max concurrent job runs per account",
    "Unit": "None",
    "Adjustable": True,
    "GlobalQuota": False,
}


class Quotas(Actions):
    def __init__(self) -> None:
        super().__init__()
        self._granted: float | None = None

    def job_runs(self) -> int:
        """The limit that holds."""
        return int(_DEFAULT_JOB_RUNS if self._granted is None else self._granted)

    @action
    def list_service_quotas(self, body: Fields) -> Fields:
        """The account's own: "If the applied quota value is not available for a quota, the quota is not retrieved"."""
        _of_glue(body)
        _only_page(body)
        return {"Quotas": [] if self._granted is None else [{**_JOB_RUNS, "Value": self._granted}]}

    @action
    def list_aws_default_service_quotas(self, body: Fields) -> Fields:
        _of_glue(body)
        _only_page(body)
        return {"Quotas": [{**_JOB_RUNS, "Value": float(_DEFAULT_JOB_RUNS)}]}

    @action
    def request_service_quota_increase(self, body: Fields) -> Fields:
        _of_glue(body)
        if body["QuotaCode"] != _JOB_RUNS["QuotaCode"]:
            raise _nothing()
        self._granted = float(body["DesiredValue"])
        names = ("ServiceCode", "QuotaCode", "QuotaName")
        request = {"Id": uuid4().hex, "Status": "APPROVED", "DesiredValue": self._granted}
        return {"RequestedQuota": {**request, **{name: _JOB_RUNS[name] for name in names}}}


def _of_glue(body: Fields) -> None:
    if body["ServiceCode"] != _JOB_RUNS["ServiceCode"]:
        raise _nothing()


def _only_page(body: Fields) -> None:
    """All quotas are on the first page. The words are AWS's (cloudquery/cloudquery issue 11706)."""
    if body.get("NextToken"):
        raise AwsError(
            "InvalidPaginationTokenException",
            "You specified an invalid value for nextToken. You must get the value from the response to the previous "
            "API call.",
        )


def _nothing() -> AwsError:
    return AwsError(
        "NoSuchResourceException", "The request failed because the specified quota does not exist."
    )
