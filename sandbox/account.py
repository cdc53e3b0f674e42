"""A whole account in this process: endpoint, Tascomi API, repository, deployment, history."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox import history, repository
from sandbox.deployment import PRIVATE_KEY_SECRET, PUBLIC_KEY_SECRET, Deployment, stages
from sandbox.endpoint.app import REGION, Endpoint
from sandbox.endpoint.moto_services import ACCOUNT
from sandbox.tascomi.api import TascomiApi

_RUNTIME = Path(__file__).with_name("runtime")


@dataclass(frozen=True)
class Settings:
    """`port` 0 takes a free one; `minute_seconds` is how long a minute of a job's time-out lasts; `data_platform` is a
    sample checkout whose `main` is deployed, else one is made; `seed` False leaves the past days' data out."""

    port: int = 0
    minute_seconds: float = 60.0
    data_platform: Path | None = None
    seed: bool = True


@dataclass(frozen=True)
class Account:
    """The account, ready for use."""

    endpoint: str
    api_url: str
    data_platform: Path
    region: str = REGION
    account: str = ACCOUNT

    def told(self) -> dict[str, str]:
        return {name: str(value) for name, value in vars(self).items()}


@contextmanager
def open_account(settings: Settings) -> Iterator[Account]:
    """Everything is up when this yields, and gone when it ends: threads, processes and files."""
    with TemporaryDirectory(prefix="sandbox-") as name:
        folder = Path(name)
        runs = folder / "runs"
        runs.mkdir()
        keys = {PUBLIC_KEY_SECRET: secrets.token_hex(16), PRIVATE_KEY_SECRET: secrets.token_hex(16)}
        api = TascomiApi(keys[PUBLIC_KEY_SECRET], keys[PRIVATE_KEY_SECRET])
        endpoint = Endpoint(runs, _job_environment(api.url, runs), settings.port, settings.minute_seconds)
        api.start()
        endpoint.start()
        try:
            checkout = settings.data_platform or repository.create(folder / "data-platform")
            Deployment(endpoint.clients, REGION, ACCOUNT, checkout).apply(keys)
            if settings.seed:
                _seed(endpoint)
            yield Account(endpoint.url, api.url, checkout)
        finally:
            endpoint.stop()
            api.stop()


def _seed(endpoint: Endpoint) -> None:
    """The past days' data, and what the jobs and crawlers remember of them."""
    now = datetime.now(UTC)
    past = history.build(now.date())
    history.seed(endpoint.clients, past, put=endpoint.put_object)
    endpoint.jobs.remember(past.bookmarks)
    night = (now - timedelta(days=1)).replace(hour=3, minute=0, second=0, microsecond=0)
    for number, stage in enumerate(stages()):
        began = night + timedelta(minutes=20 * number)
        endpoint.crawlers.remember(stage.crawler, began, began + timedelta(minutes=4))


def _job_environment(api_url: str, folder: Path) -> dict[str, str]:
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
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "TASCOMI_API_URL": api_url,
    }
