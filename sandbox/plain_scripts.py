"""Prepares scripts of Python-shell jobs: what they import is imported before the fork. See `run_processes`."""

from contextlib import AbstractContextManager, nullcontext

from sandbox import arrow


def warm_up() -> None:
    """Imports what the scripts import, and lets botocore read its models into the default session."""
    import boto3
    import pyarrow.parquet  # noqa: F401

    arrow.prepare()
    for service in ("s3", "glue", "secretsmanager"):
        boto3.client(service)


def around() -> AbstractContextManager[None]:
    return nullcontext()
