"""What a run is asked to do: one frozen object, checked before anything starts.

Values come from `-D key=value`, else from the environment variable `PLAYBOOK_KEY`, else from the defaults below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from acceptance.environments import ENVIRONMENTS, Environment

VARIABLE_PREFIX = "PLAYBOOK_"
ALL_TABLES = ("all",)
MOST_MINUTES = 24 * 60
MOST_DAYS = 6
"""As many as the sandbox has something to play for (`sandbox/tascomi/days.py`)."""
RUNTIMES = ("light", "spark")


class SettingsError(ValueError):
    """Bad input, told in one line that names the parameter and what is expected."""


@dataclass(frozen=True)
class Settings:
    """The parameters of a run, as the README lists them. No `tables` means: those that the ticket's branch adds."""

    ticket: str
    env: Environment = ENVIRONMENTS["local"]
    tables: tuple[str, ...] = ()
    data_platform: Path | None = None
    branch: str = ""
    keep: bool = False
    fresh: bool = False
    samples: bool = False
    one_at_a_time: bool = False
    days: int = 1  # to be played, the first of them today
    api_pages: Path | None = None  # recorded, to be answered by the sandbox's API
    endpoint: str = ""
    account: str = ""
    ticket_url: str = ""
    deadline_minutes: float = 0  # of each job run, crawl and query; 0: the environment's own deadlines
    budget: float | None = None  # US dollars that the run may cost, by the plan's estimate
    reports: Path = Path("reports")
    unit_tests: bool = False  # of the checkout, run as well: those of the scripts that the branch touches
    runtime: str = "light"  # of the sandbox's jobs: Python-shell jobs, or Spark jobs with `spark`

    @property
    def rehearsal(self) -> bool:
        """Whether a checkout of the user's own is deployed, into the run's own sandbox."""
        return self.env.sandbox and self.data_platform is not None and not self.endpoint

    @property
    def ticket_link(self) -> str:
        return self.ticket_url.replace("{ticket}", self.ticket)


def load(
    userdata: Mapping[str, str], environ: Mapping[str, str], *, checkout_needed: bool = True
) -> Settings:
    """Settings from behave's userdata and environment variables; raises `SettingsError`."""
    names = [f.name for f in fields(Settings)]
    given = {**from_environment(userdata, environ), **userdata}
    for key in given:
        if key not in names:
            raise SettingsError(f"unknown parameter {key!r}{_nearest(key, names)}")
    if not given.get("ticket"):
        raise SettingsError("no ticket given; name the ticket under test, for example: -D ticket=DPP-426")
    settings = Settings(**{key: _PARSERS[key](value.strip()) for key, value in given.items()})
    if settings.deadline_minutes:
        patience = settings.env.patience.until(settings.deadline_minutes)
        settings = replace(settings, env=replace(settings.env, patience=patience))
    if settings.endpoint and settings.env.name != "local":
        raise SettingsError(f"endpoint is for env=local alone; env={settings.env.name} goes to AWS itself")
    _refuse_without_own_sandbox(settings)
    if settings.unit_tests and settings.env.name != "local":
        raise SettingsError(
            f"unit_tests is for env=local alone: leave it out on env={settings.env.name}, where nothing is rehearsed"
        )
    if settings.runtime != Settings.runtime and settings.env.name != "local":
        raise SettingsError(
            f"runtime is for env=local alone; env={settings.env.name} runs the jobs as deployed"
        )
    if checkout_needed and settings.data_platform is None and settings.env.name != "local":
        raise SettingsError(
            f"env={settings.env.name} needs data_platform, the folder of a Data Platform checkout, "
            "for example: -D data_platform=../Data-Platform"
        )
    return settings


def _refuse_without_own_sandbox(settings: Settings) -> None:
    """Some parameters are of the sandbox that a run starts for itself, and of no other place."""
    for name, given in (("days", settings.days > 1), ("api_pages", settings.api_pages is not None)):
        if given and settings.env.name != "local":
            raise SettingsError(f"{name} is for env=local alone: leave it out on env={settings.env.name}")
        if given and settings.endpoint:
            raise SettingsError(f"{name} needs a sandbox of the run's own: leave out {name} or endpoint")


def from_environment(userdata: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Parameters that environment variables gave: a command for others has to name them."""
    found = {
        key.removeprefix(VARIABLE_PREFIX).lower(): value
        for key, value in environ.items()
        if key.startswith(VARIABLE_PREFIX)
    }
    return {key: value for key, value in found.items() if key not in userdata}


def _nearest(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def _matching(name: str, pattern: str, expected: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise SettingsError(f"{name} {value!r} is not {expected}")
        return value

    return parse


def _environment(value: str) -> Environment:
    if value not in ENVIRONMENTS:
        raise SettingsError(f"unknown env {value!r}{_nearest(value, list(ENVIRONMENTS))}")
    return ENVIRONMENTS[value]


def _runtime(value: str) -> str:
    if value not in RUNTIMES:
        raise SettingsError(f"unknown runtime {value!r}{_nearest(value, list(RUNTIMES))}")
    return value


def _tables(value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(","))
    for name in names:
        if not re.fullmatch(r"[a-z0-9_]+", name, re.ASCII):
            raise SettingsError(
                f"tables has {name!r}; expected are names of lower-case letters, digits and underscores, "
                "separated by commas, or 'all'"
            )
    if repeated := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise SettingsError(f"tables names {', '.join(repeated)} more than once")
    if "all" in names and len(names) > 1:
        raise SettingsError("tables is either 'all' or a list of names, not both")
    return names


def _flag(name: str) -> Callable[[str], bool]:
    words = {
        "true": True,
        "yes": True,
        "1": True,
        "on": True,
        "false": False,
        "no": False,
        "0": False,
        "off": False,
    }

    def parse(value: str) -> bool:
        if value.lower() not in words:
            raise SettingsError(f"{name} {value!r} is neither true nor false")
        return words[value.lower()]

    return parse


def _existing(name: str) -> Callable[[str], Path]:
    def parse(value: str) -> Path:
        try:
            path = Path(value).expanduser().absolute()
        except RuntimeError:  # ~somebody who is not known here
            path = Path(value)
        if not path.is_dir():
            raise SettingsError(f"{name} {value!r} is not a folder")
        return path

    return parse


def _endpoint(value: str) -> str:
    """A sandbox listens on loopback: anything else would send requests to somebody else's machine."""
    try:
        url = urlsplit(value)
        host, port = url.hostname, url.port
    except ValueError:
        host = port = None
    if host not in ("127.0.0.1", "localhost", "::1") or port is None or url.scheme != "http":
        raise SettingsError(f"endpoint {value!r} is not a sandbox's address such as http://127.0.0.1:4566")
    return value.rstrip("/")


def _ticket_url(value: str) -> str:
    if not re.match(r"https?://", value) or "{ticket}" not in value:
        raise SettingsError(f"ticket_url {value!r} is not an http address with {{ticket}} in it")
    return value


def _minutes(value: str) -> float:
    if (
        not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value, re.ASCII)
        or not 0 < float(value) <= MOST_MINUTES
    ):
        raise SettingsError(
            f"deadline_minutes {value!r} is not a number of minutes between 0 and {MOST_MINUTES}"
        )
    return float(value)


def _days(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", value, re.ASCII) or not 1 <= int(value) <= MOST_DAYS:
        raise SettingsError(f"days {value!r} is not a whole number from 1 to {MOST_DAYS}")
    return int(value)


def _dollars(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,2})?", value, re.ASCII):
        raise SettingsError(f"budget {value!r} is not an amount of US dollars such as 5 or 2.50")
    return float(value)


def _folder(value: str) -> Path:
    if not (value and value.isprintable()) or Path(value).is_file():
        raise SettingsError(f"reports {value!r} is not a folder's name")
    return Path(value)


_PARSERS: dict[str, Callable[[str], Any]] = {
    "ticket": _matching("ticket", r"[A-Z][A-Z0-9]+-[1-9][0-9]*", "a ticket number such as DPP-426"),
    "env": _environment,
    "tables": _tables,
    "data_platform": _existing("data_platform"),
    "branch": _matching("branch", r"(?!-)(?!.*\.\.)[\w./#-]+", "the name of a git branch"),
    "keep": _flag("keep"),
    "fresh": _flag("fresh"),
    "samples": _flag("samples"),
    "one_at_a_time": _flag("one_at_a_time"),
    "days": _days,
    "api_pages": _existing("api_pages"),
    "endpoint": _endpoint,
    "account": _matching("account", r"[0-9]{12}", "twelve digits"),
    "ticket_url": _ticket_url,
    "deadline_minutes": _minutes,
    "budget": _dollars,
    "reports": _folder,
    "unit_tests": _flag("unit_tests"),
    "runtime": _runtime,
}
