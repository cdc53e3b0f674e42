"""Which account this is, and whether it is the one that the environment means. Asked before anything else."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from acceptance.clients import Aws
from acceptance.environments import ENVIRONMENTS, Environment, Zone
from acceptance.findings import SuiteError
from acceptance.settings import Settings


@dataclass(frozen=True)
class Identity:
    account: str
    arn: str

    @property
    def caller(self) -> str:
        """Who calls, without the account's number: assumed-role/AWSPowerUserAccess/jane."""
        return self.arn.rsplit(":", 1)[-1]


class WrongAccount(SuiteError):
    """The credentials are for another account than the environment's; nothing was done there."""


def identify(aws: Aws, settings: Settings) -> Identity:
    """Who calls; raises `WrongAccount` before any other call is made that could do harm.

    Without an account number to compare with, the environment's own buckets must be there, the other's not.
    """
    answer = aws.sts.get_caller_identity()
    identity = Identity(answer["Account"], answer["Arn"])
    if settings.account:
        if identity.account != settings.account:
            raise WrongAccount(
                f"the credentials are for account {identity.account}, but account={settings.account} was asked for; "
                f"log in to {settings.env.title}"
            )
    else:
        _recognise(aws, settings.env, identity)
    return identity


def _recognise(aws: Aws, environment: Environment, identity: Identity) -> None:
    others = {other.stage: other for other in ENVIRONMENTS.values() if other.stage != environment.stage}
    for zone in Zone:
        if not _has_bucket(aws, environment.bucket(zone), identity):
            raise WrongAccount(
                f"account {identity.account} has no bucket {environment.bucket(zone)}, so it is not "
                f"{environment.title}; log in to the right account, or name it: -D account=…"
            )
        for other in others.values():
            if _has_bucket(aws, other.bucket(zone), identity):
                raise WrongAccount(
                    f"account {identity.account} has the bucket {other.bucket(zone)}, so it is {other.title} "
                    f"and not {environment.title}; log in to the right account"
                )


def _has_bucket(aws: Aws, bucket: str, identity: Identity) -> bool:
    """Whether the bucket is this account's own: with the expected owner, HeadBucket answers 403 for another's."""
    try:
        aws.s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=identity.account)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
            return False
        raise
    return True
