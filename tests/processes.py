"""Runs of a module as `python -m` runs it, in processes that are forked from a warm one (`tests.warm`).

Most runs take less time than the import of the suite's libraries does. Tests of the command line, of signals and of
crashes have some runs `started` from nothing too.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).parents[1]
NOTHING: Mapping[str, str] = {}


class Process(Protocol):
    """What tests do with a process that is forked as with one of `subprocess`; its output is one text."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | Any: ...
    def poll(self) -> int | None: ...
    def send_signal(self, sig: int, /) -> None: ...
    def kill(self) -> None: ...
    def communicate(self, input: None = None, timeout: float | None = None) -> tuple[str, str | None]: ...


def wait_for(mark: Path, seconds: float = 60) -> None:
    """Until a run has made the file."""
    until = time.monotonic() + seconds
    while not mark.exists():
        assert time.monotonic() < until, f"{mark} is not there after {seconds} s"
        time.sleep(0.02)


def clean_environment() -> dict[str, str]:
    """The caller's, without its AWS configuration and parameters of the suite."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PLAYBOOK_"))}


def started(module: str, *arguments: str, environ: Mapping[str, str]) -> Process:
    """A run in a process that is started from nothing."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class Forked:
    """A run in a process forked from the warm one, to be used as one of `subprocess`."""

    def __init__(self, output: int, status: int) -> None:
        self._output, self._status = output, os.fdopen(status, encoding="utf-8")
        self.pid = int(self._status.readline())
        self.returncode: int | Any = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> None:
        if self.returncode is None:
            self.returncode = int(self._status.readline())
            self._status.close()

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, input: None = None, timeout: float | None = None) -> tuple[str, None]:
        until = None if timeout is None else time.monotonic() + timeout
        parts: list[bytes] = []
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._output], [], [], left)[0]:
                assert timeout is not None
                raise subprocess.TimeoutExpired("a forked run", timeout, b"".join(parts))
            part = os.read(self._output, 65536)
            if not part:
                break
            parts.append(part)
        os.close(self._output)
        self.wait()
        return b"".join(parts).decode(), None


class _WarmProcess:
    """The warm process; it starts with the first run."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._orders, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
                cwd=ROOT,
                env=clean_environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def fork(self, order: bytes) -> Forked:
        if self._process is None:
            self.start()
        (read_order, write_order), (output, write_output), (status, write_status) = (
            os.pipe() for _ in range(3)
        )
        theirs = [read_order, write_output, write_status]
        socket.send_fds(self._orders, [b"."], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        with os.fdopen(write_order, "wb") as pipe:
            pipe.write(order)
        return Forked(output, status)

    def stop(self) -> None:
        if self._process is not None:
            self._orders.close()
            self._process.wait()
            self._process = None


_warm = _WarmProcess()
stop_warm_process = _warm.stop


def forked(module: str, *arguments: str, environ: Mapping[str, str]) -> Forked:
    """A run in a process that is forked from the warm one."""
    order = {"module": module, "arguments": arguments, "environ": dict(environ)}
    return _warm.fork(json.dumps(order).encode())


@dataclass(frozen=True)
class Ended:
    exit_code: int
    output: str


def run(
    module: str,
    *arguments: str,
    cold: bool = False,
    timeout: float = 300,
    environ: Mapping[str, str] = NOTHING,
) -> Ended:
    """A whole run in a clean environment with some variables; `cold`: in a process that is started from nothing."""
    begin = started if cold else forked
    process = begin(module, *arguments, environ=clean_environment() | dict(environ))
    output, _ = process.communicate(timeout=timeout)
    return Ended(process.returncode, output)
