"""A warm Python process: what the suite imports is imported once, and each run of it is forked from there.

    python -m tests.warm SOCKET

`tests.processes` starts it and sends three descriptors over the socket for each run: a pipe with what to run, as JSON
({"module", "arguments", "environ"}), one for its output, and one for its process id and, at its end, its exit code.
A run must differ in nothing from `python -m MODULE ARGUMENTS…`. So this process only imports, and makes what libraries
keep (a grammar, compiled templates): it never runs behave, and has no state that a run could inherit.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import time
from contextlib import suppress
from functools import cache
from types import ModuleType
from typing import Any

import boto3
import hcl2
import pandas  # noqa: F401
import pyathena.pandas.cursor  # noqa: F401
from botocore.loaders import JSONFileLoader

import acceptance
import harness
import sandbox.repository  # noqa: F401
from acceptance.report.page import drawing
from tests.domain import verdicts


def main() -> None:
    warm_up()
    gc.freeze()  # what is shared with the runs is not looked through, and so copied, by each of them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests and the runs
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        run = forked(orders)
    if run:
        become(*run)


def warm_up() -> None:
    for package in (acceptance, harness):
        import_all(package)
    hcl2.loads("a = 1\n")
    keep_service_models()
    drawing.render(verdicts.green())


def keep_service_models() -> None:
    """botocore reads AWS's descriptions of its services for each session anew, a fifth of a short run's time."""
    read = cache(JSONFileLoader().load_file)

    def load_file(self: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    JSONFileLoader.load_file = load_file  # type: ignore[method-assign]
    for service in ("athena", "glue", "logs", "s3", "service-quotas", "sts"):
        boto3.Session("none", "none", region_name="eu-west-2").client(service)


def import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)


def forked(orders: socket.socket) -> tuple[int, int] | None:
    """Returns in each run, with the descriptors of its order and its output; and here, once the tests have ended."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, 1, 3)
        if not message:
            with suppress(ChildProcessError):
                while True:
                    os.wait()
            return None
        if os.fork() == 0:
            order, output, status = descriptors
            watch_child(status)
            return order, output
        for descriptor in descriptors:
            os.close(descriptor)


def watch_child(status: int) -> None:
    """Fork once more and return in the child; the parent reports its process id and its end."""
    child = os.fork()
    if child == 0:
        os.close(status)
        return
    os.write(status, f"{child}\n".encode())
    _, ended = os.waitpid(child, 0)
    os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


def become(order: int, output: int) -> None:
    """Run a module as `python -m` does; what it raises ends this process as it would end that one."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # those made at the start may have been files, and a pipe cannot be sought in
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]  # noqa: SIM115
        2, "w", buffering=1, errors="backslashreplace", closefd=False
    )
    with os.fdopen(order, encoding="utf-8") as pipe:
        wanted = json.load(pipe)
    os.environ.clear()
    os.environ.update(wanted["environ"])
    time.tzset()
    sys.argv[1:] = wanted["arguments"]
    runpy.run_module(wanted["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
