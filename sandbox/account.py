"""A whole account in this process: endpoint, Tascomi API, repository, deployment, history."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sandbox import clock, history, repository
from sandbox.checkout import Checkout
from sandbox.deployment import Deployment, Names, Stage, stages
from sandbox.folders import Object
from sandbox.latency import Latency
from sandbox.runtimes import LIGHT, SPARK, Runtime
from sandbox.spark import installed
from sandbox.tascomi import resources
from sandbox.tascomi.api import TascomiApi
from sandbox.tascomi.recorded import Recordings

if TYPE_CHECKING:
    from sandbox.endpoint.app import Endpoint

_RUNTIME = Path(__file__).with_name("runtime")


@dataclass(frozen=True)
class Settings:
    """`port` 0 takes a free one; `minute_seconds` is how long a minute of a job's time-out lasts; `data_platform` is a
    checkout whose `main` is deployed, else one is made; `seed` False leaves the past days' data out; `environment` is
    the one whose names things have, `stg` or `prod`; `older_snapshot`: the snapshot script of the checkout made here
    is the one that appends; `runtime`: the kind of jobs; `branch` of the checkout is to be rehearsed, with the
    parameters of its Terraform."""

    port: int = 0
    minute_seconds: float = 60.0
    data_platform: Path | None = None
    seed: bool = True
    environment: str = "stg"
    latency: Latency = Latency()  # noqa: RUF009  frozen
    older_snapshot: bool = False
    runtime: Runtime = LIGHT
    branch: str = ""
    api_pages: Path | None = None
    """A folder of recorded pages of the API (`sandbox.tascomi.recorded`)."""
    released: bool = False
    """Whether the checkout made here has the ticket's branch merged, so that it is deployed."""
    versioned: bool = True
    """Whether the zones' buckets keep versions of their objects, as the platform's Terraform has it (`s3-bucket`,
    `versioning_enabled`)."""

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
    notes: tuple[str, ...] = ()
    """What could not be deployed of the checkout as it is, one line each."""

    def told(self) -> dict[str, Any]:
        return {**vars(self), "data_platform": str(self.data_platform)}


@contextmanager
def open_account(settings: Settings) -> Iterator[Account]:
    """Everything is up when this yields, and gone when it ends: threads, processes and files."""
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(TemporaryDirectory(prefix="sandbox-")))
        place = settings.data_platform or repository.create(
            folder / "data-platform", settings.older_snapshot, settings.runtime.scripts
        )
        if settings.released:
            repository.merge(place, repository.TICKET, clock.now())
        checkout = Checkout.read(place, settings.branch)
        with ExitStack() as unless_done:
            seeded = settings.seed and (not settings.branch or checkout.is_sample)
            past = (
                history.Building(clock.today(), settings.names) if seeded else None
            )  # in a process of its own
            if past:
                unless_done.callback(past.stop)
            account, endpoint = _open(settings, place, checkout, folder, cleanup)
            unless_done.pop_all()
        if past:
            _seed(endpoint, past.result(), settings)
        endpoint.warm_up(settings.runtime.command["Name"])
        yield account


def _open(
    settings: Settings, place: Path, checkout: Checkout, folder: Path, cleanup: ExitStack
) -> "tuple[Account, Endpoint]":
    # moto, the longest import, while the past is made
    from sandbox.endpoint.app import REGION, Endpoint
    from sandbox.endpoint.moto_services import ACCOUNT

    runs = folder / "runs"
    runs.mkdir()
    public, private = settings.names.secret("public"), settings.names.secret("private")
    keys = {public: secrets.token_hex(16), private: secrets.token_hex(16)}
    recordings = Recordings.read(settings.api_pages) if settings.api_pages else Recordings()
    api = TascomiApi(keys[public], keys[private], recordings=recordings)
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
    planned, notes = _rehearsed(settings, checkout)
    unread = [
        f"{name} of {settings.api_pages} is not read: it is named like no page" for name in recordings.unread
    ]
    deployment = Deployment(
        endpoint.clients,
        REGION,
        ACCOUNT,
        checkout,
        settings.names,
        settings.runtime,
        planned,
        settings.versioned,
    )
    deployment.apply(keys)
    on_spark = SPARK in (settings.runtime, *(stage.runtime for stage in planned))
    told = (*notes, *unread, *([installed.told()] if on_spark else []))
    return Account(endpoint.url, api.url, place, REGION, ACCOUNT, told), endpoint


def _rehearsed(settings: Settings, checkout: Checkout) -> tuple[Sequence[Stage], tuple[str, ...]]:
    """The stages as the checkout has them, and notes of what is not known here; nothing where none is rehearsed."""
    if not settings.branch:
        return (), ()
    from sandbox.rehearsal import Rehearsal  # the parser of Terraform takes a while to import

    found = Rehearsal.of(checkout, settings.names)
    resources.learn(checkout.dictionary, found.daily, found.weekly)
    return found.stages, found.notes


def _seed(endpoint: "Endpoint", past: history.History, settings: Settings) -> None:
    """The past days' data, and what jobs and crawlers remember of them: bookmarks, footers read, the last crawl."""
    history.seed(endpoint.clients, past, put=endpoint.put_object, register=endpoint.catalog.register)
    now = clock.seconds()
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
    night = clock.now().replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=1)
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
