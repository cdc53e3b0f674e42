"""Which permissions calls take, and which policy of `iam/` grants them.

Source: Service Authorization Reference ("Actions, resources, and condition keys for …"). An action is named like the
operation, S3's apart, after the service's prefix, which for most is boto3's name of the service.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from botocore.model import OperationModel

from acceptance.environments import Environment
from acceptance.error_codes import DENIED

_ROOT = Path(__file__).parents[2]
_OTHERWISE_NAMED = {
    ("sts", "GetCallerIdentity"): (),  # everybody may
    ("service-quotas", "ListServiceQuotas"): ("servicequotas:ListServiceQuotas",),
    ("service-quotas", "ListAWSDefaultServiceQuotas"): ("servicequotas:ListAWSDefaultServiceQuotas",),
    ("s3", "HeadBucket"): ("s3:ListBucket",),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "CopyObject"): ("s3:GetObject", "s3:PutObject"),
    ("s3", "DeleteObjects"): ("s3:DeleteObject",),
    ("s3", "ListObjectVersions"): ("s3:ListBucketVersions",),
}


def actions(service: str, operation: str) -> tuple[str, ...]:
    """The IAM actions that a call takes, as policies name them."""
    return _OTHERWISE_NAMED.get((service, operation), (f"{service}:{operation}",))


def granted(environment: Environment) -> frozenset[str]:
    """The actions that the environment's policy grants."""
    document = msgspec.json.decode((_ROOT / policy(environment)).read_bytes())
    return frozenset(action for statement in document["Statement"] for action in statement["Action"])


def policy(environment: Environment) -> str:
    """The policy document that grants what the suite calls there."""
    return "iam/production.json" if environment.read_only else "iam/pre-production.json"


def granting(environment: Environment, needed: Iterable[str]) -> str:
    """The policy document that grants some actions: the environment's, else that of going back."""
    return policy(environment) if set(needed) <= granted(environment) else ROLLBACK


ROLLBACK = "iam/rollback.json"
"""What going back takes beyond the environment's policy."""


class Refusals:
    """Has a refusal say which action it takes and which policy grants it, whoever reports it.

    botocore's handler for `after-call`, which comes before the error is made of the answer.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def __call__(self, **call: Any) -> None:
        parsed: dict[str, Any] = call["parsed"]
        model: OperationModel = call["model"]
        error = parsed.get("Error", {})
        if error.get("Code") not in DENIED:
            return
        needed = actions(model.service_model.service_name, model.name)
        told = f"{' and '.join(needed)} is missing; {granting(self.environment, needed)} grants it"
        error["Message"] = f"{error.get('Message', '')} ({told})".strip()
