"""What the account may have at once, by Service Quotas: no more than a help, so that nothing is started in vain."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from acceptance.aws.session import Aws

JOB_RUNS = "Max concurrent job runs per account"
"""AWS Glue endpoints and quotas (AWS General Reference), "Service quotas"."""


def job_runs_at_once(aws: Aws) -> int | None:
    """The account's own limit of Glue job runs, else AWS's default; None where Service Quotas does not tell.

    To be refused it is no error: StartJobRun says itself when the account has no place left.
    """
    try:
        for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
            for page in aws.service_quotas.get_paginator(operation).paginate(ServiceCode="glue"):
                for quota in page["Quotas"]:
                    if quota["QuotaName"] == JOB_RUNS:
                        return int(quota["Value"])
    except (BotoCoreError, ClientError):
        pass
    return None
