"""Modules as `python -m` runs them, in processes that are forked from warm ones (`tests.warm`): the suite, sandboxes.

Most runs take less time than the import of their libraries does. Tests of the command line, of signals and of crashes
have some `started` from nothing too.
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
from collections.abc import Callable, Mapping, Sequence
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


class Child:
    """A process forked from a warm one, to be used as one of `subprocess`."""

    def __init__(self, status: int) -> None:
        self._status = os.fdopen(status, encoding="utf-8")
        self.pid = int(self._status.readline())
        self.returncode: int | Any = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> None:
        if self.returncode is not None:
            return
        if not select.select([self._status], [], [], timeout)[0]:
            assert timeout is not None
            raise subprocess.TimeoutExpired("a forked process", timeout)
        self.returncode = int(self._status.readline())
        self._status.close()

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forked(Child):
    """A run of the suite."""

    def __init__(self, output: int, status: int) -> None:
        super().__init__(status)
        self._output = output

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


class ForkedSandbox(Child):
    """`python -m sandbox` as somebody's child."""

    def __init__(self, stdin: int, stdout: int, status: int) -> None:
        super().__init__(status)
        self.stdin, self.stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")


@dataclass(frozen=True)
class Mother:
    """A warm process, by the socket that takes its orders. Several processes may order by the same one."""

    orders: socket.socket

    def fork(
        self,
        module: str,
        *arguments: str,
        environ: Mapping[str, str],
        streams: tuple[int, int, int],
        passed: tuple[int, ...] = (),
        leads_session: bool = False,
    ) -> int:
        """Have a module run with these standard streams; returns where its process id and its exit code can be read.

        The numbers that the descriptors `passed` have in the child are added to its arguments.
        """
        order = {
            "module": module,
            "arguments": arguments,
            "environ": dict(environ),
            "leads_session": leads_session,
        }
        (read_order, write_order), (status, write_status) = os.pipe(), os.pipe()
        socket.send_fds(self.orders, [b"."], [read_order, write_status, *streams, *passed])
        for descriptor in (read_order, write_status):
            os.close(descriptor)
        with os.fdopen(write_order, "w") as pipe:
            json.dump(order, pipe)
        return status


class _WarmProcess:
    """A process that only `tests.warm` runs in; it starts with the first child."""

    def __init__(self, kind: str, environ: Callable[[], Mapping[str, str]]) -> None:
        self._kind, self._environ = kind, environ
        self._process: subprocess.Popen[bytes] | None = None
        self._mother: Mother | None = None

    @property
    def mother(self) -> Mother:
        if self._mother is None:
            orders, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.warm", self._kind, str(theirs.fileno())],
                    cwd=ROOT,
                    env=self._environ(),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                )
            self._mother = Mother(orders)
        return self._mother

    def stop(self) -> None:
        if self._mother is not None and self._process is not None:
            self._mother.orders.close()
            self._process.wait()
            self._mother = None


def _environment_of_job_runs() -> Mapping[str, str]:
    """Python's own settings are in force from its start; the rest each sandbox has of its own."""
    from sandbox.account import job_environment  # which is not for job runs, nor what it imports

    return job_environment("", "eu-west-2", ROOT)


_suite = _WarmProcess("suite", clean_environment)
_sandboxes = _WarmProcess("sandboxes", clean_environment)
_job_runs = _WarmProcess("job-runs", _environment_of_job_runs)


def stop_warm_processes() -> None:
    for process in (_suite, _sandboxes, _job_runs):
        process.stop()


def forked(module: str, *arguments: str, environ: Mapping[str, str]) -> Forked:
    """A run in a process that is forked from the warm one."""
    output, write_output = os.pipe()
    with Path(os.devnull).open() as nothing:
        streams = (nothing.fileno(), write_output, write_output)
        status = _suite.mother.fork(module, *arguments, environ=environ, streams=streams)
    os.close(write_output)
    return Forked(output, status)


def forked_sandbox(arguments: Sequence[str], environ: Mapping[str, str]) -> ForkedSandbox:
    """A sandbox in a process that is forked from a warm one, and so is what its job runs are forked from."""
    (stdin, write_stdin), (stdout, write_stdout) = os.pipe(), os.pipe()
    status = _sandboxes.mother.fork(
        "sandbox",
        *arguments,
        environ=environ,
        streams=(stdin, write_stdout, 2),
        passed=(_job_runs.mother.orders.fileno(),),
        leads_session=True,
    )
    os.close(stdin)
    os.close(write_stdout)
    return ForkedSandbox(write_stdin, stdout, status)


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
