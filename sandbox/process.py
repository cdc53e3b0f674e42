"""Starts a sandbox as a child process, which ends when this one does.

The child leads a session of its own, so that Ctrl-C in the terminal reaches the parent alone, which then closes the
child's standard input; that also happens when the parent dies of anything else.
"""

import json
import os
import selectors
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from sandbox.removal import remove
from sandbox.tascomi.days import DAYS

_PROJECT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 10.0


class SandboxError(RuntimeError):
    """The sandbox did not start."""


class Unsuited(SandboxError):
    """This machine lacks what it needs; the message is one line that says what to do."""


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that is up. `data_platform` is its sample checkout, gone when the sandbox ends; `api_url` is the
    Tascomi API's; `notes` tell what could not be deployed of a checkout as it is."""

    endpoint: str
    api_url: str
    data_platform: Path
    region: str
    account: str
    notes: Sequence[str] = ()

    def faults(self, rules: list[dict[str, Any]]) -> None:
        """Replaces the endpoint's faults, as `sandbox.faults` has them."""
        self._control("POST", "faults", rules)

    def calls(self) -> list[dict[str, Any]]:
        """The AWS calls made since the start or the last `clear`, the sandbox's own left out."""
        calls: list[dict[str, Any]] = self._control("GET", "calls")
        return calls

    def begin_day(self, number: int, tables: Sequence[str]) -> str:
        """It is the first day, today, or one of those that follow; returns what it brings to the tables."""
        day = DAYS[number - 1]
        self._control("POST", "clock", {"days": number - 1})
        self.api_faults(day.faults(tables))
        return day.title

    def repair_day(
        self, number: int, tables: Sequence[str], findings: Set[tuple[str, str]], items: Sequence[str]
    ) -> bool:
        """Whether the day's fault, and it alone, has led to these findings, by table and code: then it is repaired, and
        what is asked to be removed is removed (`sandbox.removal`)."""
        day = DAYS[number - 1]
        if findings != {(tables[0], day.repaired)}:
            return False
        from sandbox.clients import Clients  # AWS's libraries take their time

        clients = Clients(self.endpoint, self.region)
        for item in items:
            remove(clients, item)
        self.api_faults(DAYS[0].faults(tables))
        return True

    def clear(self) -> None:
        """Forgets faults and calls."""
        self.faults([])
        self.clear_calls()

    def clear_calls(self) -> None:
        self._control("DELETE", "calls")

    def api_faults(self, rules: list[dict[str, Any]]) -> None:
        """Replaces the Tascomi API's faults, as `sandbox.tascomi.api` has them."""
        self._send("POST", f"{self.api_url}/_sandbox/faults", rules)

    def _control(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self._send(method, f"{self.endpoint}/_sandbox/{path}", body))

    @staticmethod
    def _send(method: str, url: str, body: object) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=30) as answer:
            return bytes(answer.read())


class Process(Protocol):
    """A sandbox's process, as `subprocess` has one."""

    returncode: int | Any

    @property
    def pid(self) -> int: ...
    @property
    def stdin(self) -> IO[bytes] | None: ...
    @property
    def stdout(self) -> IO[bytes] | None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> object: ...


Begin = Callable[[Sequence[str], Mapping[str, str]], Process]
"""Begins a sandbox's process, of its arguments and its environment."""


class Pending:
    """A sandbox that is starting."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._sandbox: Sandbox | None = None

    def ready(self, timeout: float = 30.0) -> Sandbox:
        """Waits (seconds) until the sandbox is up. Raises SandboxError when it is not."""
        if self._sandbox is None:
            self._sandbox = self._read(time.monotonic() + timeout)
        return self._sandbox

    def kill(self) -> None:
        """Ends the sandbox as a crash would: at once, with nothing tidied up by itself."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ends the sandbox and waits for it; once is enough, more does no harm."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe and not pipe.closed:
                pipe.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self, deadline: float) -> Sandbox:
        assert self._process.stdout is not None
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self.stop()
                    raise SandboxError("the sandbox was not ready in time")
                part = os.read(self._process.stdout.fileno(), 65536)
                if not part:
                    self.stop()
                    raise SandboxError(f"the sandbox ended with exit code {self._process.returncode}")
                line += part
        fields = json.loads(line)
        if "unsuited" in fields:
            self.stop()
            raise Unsuited(fields["unsuited"])
        return Sandbox(**{**fields, "data_platform": Path(fields["data_platform"])})


def begin(arguments: Sequence[str], environment: Mapping[str, str]) -> Process:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=_PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def launch(
    *,
    minute_seconds: float = 60.0,
    data_platform: Path | None = None,
    port: int = 0,
    seed: bool = True,
    environment: str = "stg",
    older_snapshot: bool = False,
    runtime: str = "light",
    branch: str = "",
    api_pages: Path | None = None,
    versioned: bool = True,
    begin: Begin = begin,
) -> Pending:
    """Starts a sandbox and returns at once. `data_platform`: a checkout of the caller's, whose `main` is deployed;
    `seed` False leaves the past days' data out; `environment`: whose names things have, `stg` or `prod`;
    `older_snapshot`: with the snapshot script that appends; `runtime`: the kind of jobs, `light` or `spark`;
    `branch`: of the checkout, to be rehearsed, with the parameters of its Terraform (`sandbox.rehearsal`);
    `api_pages`: a folder of recorded pages that the API answers (`sandbox.tascomi.recorded`); `versioned`: the zones'
    buckets keep versions of their objects; `begin`: another way to begin its process."""
    if sys.platform == "win32":
        raise Unsuited("the sandbox needs Linux or macOS: on Windows, start it in WSL (env=stg needs none)")
    arguments = [
        "--ready-json",
        f"--port={port}",
        f"--minute-seconds={minute_seconds}",
        f"--environment={environment}",
        f"--runtime={runtime}",
    ]
    if data_platform is not None:
        arguments.append(f"--data-platform={data_platform.resolve()}")
    if branch:
        arguments.append(f"--branch={branch}")
    if api_pages is not None:
        arguments.append(f"--api-pages={api_pages.resolve()}")
    if not seed:
        arguments.append("--no-seed")
    if older_snapshot:
        arguments.append("--older-snapshot")
    if not versioned:
        arguments.append("--no-versions")
    return Pending(begin(arguments, _environment()))


@contextmanager
def start(
    *, minute_seconds: float = 60.0, data_platform: Path | None = None, seed: bool = True
) -> Iterator[Sandbox]:
    """A sandbox for the length of a `with`."""
    pending = launch(minute_seconds=minute_seconds, data_platform=data_platform, seed=seed)
    try:
        yield pending.ready()
    finally:
        pending.stop()


def _environment() -> dict[str, str]:
    """The caller's, without anything of AWS: nothing of the user's account can get in.

    In UTF-8, whatever the locale.
    """
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOTO", "MOTO_"))
    }
    kept.pop("PYTHONIOENCODING", None)
    return {**kept, "PYTHONUTF8": "1"}
