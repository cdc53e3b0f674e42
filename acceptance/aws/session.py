"""AWS clients: the one module that builds them.

`local` never reads the user's AWS configuration: `isolate` replaces it by fake credentials and the sandbox's endpoint.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import MutableMapping
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import OperationModel
from botocore.session import Session as CoreSession

from acceptance.aws import rates
from acceptance.aws.guards import refuse_changes, refuse_endpoint_overrides
from acceptance.aws.parallel import CALLS_AT_ONCE
from acceptance.aws.permissions import Refusals
from acceptance.aws.waiting import Clock
from acceptance.environments import Environment

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_glue import GlueClient
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_sts import STSClient


def isolate(environ: MutableMapping[str, str], endpoint: str, region: str) -> None:
    """Make AWS's libraries in this process see the sandbox at `endpoint` and nothing else.

    Through environment variables, because pyathena passes an endpoint to Athena's client but not to S3's.
    """
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    Loader.CUSTOMER_DATA_PATH = os.devnull  # service models of the user's own, else in ~/.aws/models
    environ.update(
        {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            # a proxy must not see loopback traffic
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
    )


class Calls:
    """How often each action was asked for, by service and action: what AWS's rate limits are about.

    botocore's handlers for `before-call` and `after-call`; they see pyathena's calls too. That a call was tried again
    is counted where there was an answer in the end.
    """

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()
        self._lock = Lock()  # clients are used by several threads

    @property
    def found(self) -> dict[str, int]:
        """By name: {"glue:GetPartition": 12, …}, in the order of the names."""
        with self._lock:
            return dict(sorted(self._found.items()))

    def listen(self, core: CoreSession) -> None:
        core.register("before-call", self._begun)
        core.register("after-call", self._answered)

    def _begun(self, **call: Any) -> None:
        self._count(call["model"], 1)

    def _answered(self, **call: Any) -> None:
        if again := call["parsed"].get("ResponseMetadata", {}).get("RetryAttempts", 0):
            self._count(call["model"], again)

    def _count(self, model: OperationModel, number: int) -> None:
        with self._lock:
            self._found[f"{model.service_model.service_name}:{model.name}"] += number


def _core(environment: Environment) -> CoreSession:
    """What all clients have in common, those that pyathena makes of the session too; raises `SettingsError`."""
    core = CoreSession()
    if not environment.sandbox:
        refuse_endpoint_overrides(environment, os.environ)
        core.set_default_client_config(Config(ignore_configured_endpoint_urls=True))  # type: ignore[call-arg]  # the stubs lack it
    if environment.read_only:
        core.register("before-parameter-build", refuse_changes)
    core.register("after-call", Refusals(environment))
    return core


class Aws:
    """One client a service, made when first needed; botocore rides out throttling and passing network faults.

    Together they keep within AWS's published rates (`acceptance.aws.rates`).
    """

    def __init__(self, environment: Environment, clock: Clock | None = None) -> None:
        self.region = environment.region
        self.calls = Calls()
        core = _core(environment)
        self.calls.listen(core)
        rates.keep(core, clock or Clock())
        self.session = boto3.Session(region_name=self.region, botocore_session=core)
        self.config = Config(
            retries={"mode": "standard", "max_attempts": 3 if environment.sandbox else 8},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=4 * CALLS_AT_ONCE,
            user_agent_extra="executable-playbook",
        )

    def secrets(self) -> list[str]:
        """The credentials in use, which nothing may tell."""
        credentials = self.session.get_credentials()
        if credentials is None:
            return []
        frozen = credentials.get_frozen_credentials()
        return [value for value in (frozen.access_key, frozen.secret_key, frozen.token) if value]

    @cached_property
    def glue(self) -> GlueClient:
        return self.session.client("glue", config=self.config)

    @cached_property
    def glue_once(self) -> GlueClient:
        """For calls that must not be made twice: what became of one without an answer, the caller finds out."""
        return self.session.client(
            "glue", config=self.config.merge(Config(retries={"total_max_attempts": 1}))
        )

    @cached_property
    def s3(self) -> S3Client:
        return self.session.client("s3", config=self.config)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        return self.session.client("logs", config=self.config)

    @cached_property
    def sts(self) -> STSClient:
        return self.session.client("sts", config=self.config)

    @cached_property
    def iam(self) -> IAMClient:
        return self.session.client("iam", config=self.config)

    @cached_property
    def athena(self) -> AthenaClient:
        return self.session.client("athena", config=self.config)

    @cached_property
    def service_quotas(self) -> Any:
        return self.session.client("service-quotas", config=self.config)
