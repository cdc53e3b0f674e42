"""The sandbox's end of `sandbox/run_processes.py`: starts scripts in processes forked from a warm one."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PREPARATION = "SANDBOX_PREPARATION"
"""The variable that names the module to `sandbox.run_processes`."""
_PROJECT = Path(__file__).resolve().parent.parent


class Forking(Protocol):
    """The process that runs are forked from."""

    def terminate(self) -> None: ...
    def wait(self) -> object: ...


@dataclass(frozen=True)
class RunProcess:
    """A run's process, leader of its own group: the ends of its pipes to read, `status` telling the exit code."""

    pid: int
    output: int
    error: int
    status: int

    def kill(self) -> None:
        """Ends the whole group, what the script left running in the background included."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        for pipe in (self.output, self.error, self.status):
            os.close(pipe)


def begin(orders: socket.socket, environment: Mapping[str, str]) -> Forking:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.run_processes", str(orders.fileno())],
        cwd=_PROJECT,
        env=environment,
        pass_fds=[orders.fileno()],
        stdin=subprocess.DEVNULL,
    )


class WarmPython:
    """Starts with `warm_up`, in the background, or with the first run, which then waits until it is warm.

    `environment` is everything the runs see of an environment; `preparation` is the module that prepares scripts.
    """

    def __init__(self, environment: Mapping[str, str], preparation: str) -> None:
        self._environment = {**environment, PREPARATION: preparation}
        self._lock = threading.Lock()
        self._forking: Forking | None = None
        self._orders, self._theirs = socket.socketpair()

    def warm_up(self) -> None:
        with self._lock:
            if self._forking is None:
                self._forking = begin(self._theirs, self._environment)
                self._theirs.close()

    def start(self, folder: Path) -> RunProcess:
        """Runs what `folder`/run.json orders: {"script", "arguments", "path", "environment"}."""
        self.warm_up()
        pipes = [os.pipe() for _ in range(3)]
        with self._lock:
            socket.send_fds(self._orders, [os.fsencode(folder)], [write for _, write in pipes])
            answer = self._orders.recv(32)
        for _, write in pipes:
            os.close(write)
        output, error, status = (read for read, _ in pipes)
        if not answer:
            raise RuntimeError("the warm Python process has died")
        return RunProcess(int(answer), output, error, status)

    def stop(self) -> None:
        """Ends the warm process, and it kills the runs."""
        self._orders.close()
        self._theirs.close()
        if self._forking is not None:
            self._forking.terminate()
            self._forking.wait()
