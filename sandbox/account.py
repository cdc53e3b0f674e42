"""A whole account in this process: endpoint, Tascomi API, repository, deployment, history."""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sandbox import history, repository
from sandbox.deployment import Deployment, Names, stages
from sandbox.folders import Object
from sandbox.latency import Latency
from sandbox.runtimes import LIGHT, Runtime
from sandbox.tascomi.api import TascomiApi

if TYPE_CHECKING:
    from sandbox.endpoint.app import Endpoint

_RUNTIME = Path(__file__).with_name("runtime")


@dataclass(frozen=True)
class Settings:
    """`port` 0 takes a free one; `minute_seconds` is how long a minute of a job's time-out lasts; `data_platform` is a
    sample checkout whose `main` is deployed, else one is made; `seed` False leaves the past days' data out;
    `environment` is the one whose names things have, `stg` or `prod`; `older_snapshot`: the snapshot script of the
    checkout made here is the one that appends; `runtime`: the kind of jobs."""

    port: int = 0
    minute_seconds: float = 60.0
    data_platform: Path | None = None
    seed: bool = True
    environment: str = "stg"
    latency: Latency = Latency()  # noqa: RUF009  frozen
    older_snapshot: bool = False
    runtime: Runtime = LIGHT

    @property
    def names(self) -> Names:
        return Names(self.environment)


@dataclass(frozen=True)
class Account:
    """The account, ready for use."""

    endpoint: str
    api_url: str
    data_platform: Path
    region: str
    account: str

    def told(self) -> dict[str, str]:
        return {name: str(value) for name, value in vars(self).items()}


@contextmanager
def open_account(settings: Settings) -> Iterator[Account]:
    """Everything is up when this yields, and gone when it ends: threads, processes and files."""
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(TemporaryDirectory(prefix="sandbox-")))
        with ExitStack() as unless_done:
            past = (
                history.Building(datetime.now(UTC).date(), settings.names) if settings.seed else None
            )  # in a process of its own
            if past:
                unless_done.callback(past.stop)
            account, endpoint = _open(settings, folder, cleanup)
            unless_done.pop_all()
        if past:
            _seed(endpoint, past.result(), settings)
        endpoint.warm_up(settings.runtime.command["Name"])
        yield account


def _open(settings: Settings, folder: Path, cleanup: ExitStack) -> "tuple[Account, Endpoint]":
    # moto, the longest import, while the past is made
    from sandbox.endpoint.app import REGION, Endpoint
    from sandbox.endpoint.moto_services import ACCOUNT

    runs = folder / "runs"
    runs.mkdir()
    public, private = settings.names.secret("public"), settings.names.secret("private")
    keys = {public: secrets.token_hex(16), private: secrets.token_hex(16)}
    api = TascomiApi(keys[public], keys[private])
    api.start()
    cleanup.callback(api.stop)
    endpoint = Endpoint(
        runs,
        job_environment(api.url, REGION, runs),
        settings.port,
        settings.minute_seconds,
        settings.latency,
    )
    endpoint.start()
    cleanup.callback(endpoint.stop)
    checkout = settings.data_platform or repository.create(
        folder / "data-platform", settings.older_snapshot, settings.runtime.scripts
    )
    Deployment(endpoint.clients, REGION, ACCOUNT, checkout, settings.names, settings.runtime).apply(keys)
    return Account(endpoint.url, api.url, checkout, REGION, ACCOUNT), endpoint


def _seed(endpoint: "Endpoint", past: history.History, settings: Settings) -> None:
    """The past days' data, and what jobs and crawlers remember of them: bookmarks, footers read, the last crawl."""
    history.seed(endpoint.clients, past, put=endpoint.put_object, register=endpoint.catalog.register)
    now = datetime.now(UTC).timestamp()
    endpoint.jobs.remember(
        {job: settings.runtime.bookmark(read, now) for job, read in past.bookmarks.items()}
    )
    endpoint.crawl_engine.remember(
        {
            Object(table.bucket, part.key, f'"{part.etag}"', len(part.body)): part.schema
            for table in past.tables
            for part in table.partitions
        }
    )
    night = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=1)
    for number, stage in enumerate(stages(settings.names)):
        began = night + timedelta(minutes=20 * number)
        endpoint.crawlers.remember(stage.crawler, began, began + timedelta(minutes=4))


def job_environment(api_url: str, region: str, folder: Path) -> dict[str, str]:
    """All that a job's script sees of an environment, but the endpoint: nothing of the user's but PATH."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "TZ": "UTC",
        "PYTHONPATH": str(_RUNTIME),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "TASCOMI_API_URL": api_url,
    }
