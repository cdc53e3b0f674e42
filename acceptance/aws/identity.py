"""Which account this is, and whether it is the one that the environment means. Asked before anything else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from acceptance.aws.permissions import policy
from acceptance.aws.session import Aws
from acceptance.environments import ENVIRONMENTS, Environment, Zone
from acceptance.findings import SuiteError
from acceptance.settings import Settings


@dataclass(frozen=True)
class Identity:
    account: str
    arn: str
    alias: str = ""  # of the account, where it has one and the caller may know it

    @property
    def caller(self) -> str:
        """Who calls, without the account's number: assumed-role/AWSPowerUserAccess/jane."""
        return self.arn.rsplit(":", 1)[-1]


class WrongAccount(SuiteError):
    """The credentials are for another account, or region, than the environment's; nothing was done there."""

    code = "wrong-account"


def identify(aws: Aws, settings: Settings) -> Identity:
    """Who calls; raises `WrongAccount` before any call is made that could do harm.

    Beside the account's number, if it was given, the environment's buckets tell where this is: they must be there (or
    that number be given) and in the environment's region, and those of the other environment must not.
    """
    answer = aws.sts.get_caller_identity()
    identity = Identity(answer["Account"], answer["Arn"])
    if settings.account and identity.account != settings.account:
        raise WrongAccount(
            f"the credentials are for account {identity.account}, but account={settings.account} was asked for; "
            f"log in to {settings.env.title}"
        )
    for zone in Zone:
        _recognise(aws, settings.env, zone, identity, known=bool(settings.account))
    return identity if settings.env.sandbox else replace(identity, alias=alias(aws))


def alias(aws: Aws) -> str:
    """The account's alias for people; "" where there is none, or where the caller may not ask."""
    try:
        return next(iter(aws.iam.list_account_aliases()["AccountAliases"]), "")
    except ClientError:
        return ""


def _recognise(aws: Aws, environment: Environment, zone: Zone, identity: Identity, known: bool) -> None:
    bucket = environment.bucket(zone)
    region = _region(aws, bucket, identity)
    if region is None and not known:
        raise WrongAccount(
            f"account {identity.account} has no bucket {bucket}, so it is not {environment.title}; log in to the right "
            "account, or name it: -D account=…. If it is the right one, the bucket may not be looked at: ask the Data "
            f"Platform team for s3:ListBucket ({policy(environment)})"
        )
    if region not in (None, environment.region):
        raise WrongAccount(
            f"the bucket {bucket} of account {identity.account} is in {region}, but {environment.title} is in "
            f"{environment.region}; log in to the right account"
        )
    others = {other.stage: other for other in ENVIRONMENTS.values() if other.stage != environment.stage}
    for other in others.values():
        if _region(aws, other.bucket(zone), identity) is not None:
            raise WrongAccount(
                f"account {identity.account} has the bucket {other.bucket(zone)}, so it is {other.title} "
                f"and not {environment.title}; log in to the right account"
            )


def _region(aws: Aws, bucket: str, identity: Identity) -> str | None:
    """Where a bucket of this account's own is; None for none.

    With the expected owner, HeadBucket answers 403 for another's (S3 user guide, "Verifying bucket ownership").
    """
    try:
        return aws.s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=identity.account)["BucketRegion"]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
            return None
        raise
