"""A warm Python process: what its children import is imported once, and each of them is forked from here.

    python -m tests.warm suite|sandboxes|job-runs SOCKET

`tests.processes` starts one of each kind and sends descriptors over the socket for each child: a pipe with what to run,
as JSON ({"module", "arguments", "environ", "leads_session"}), one for its process id and, at its end, its exit code,
its three standard streams, and more that it may need. A child must differ in nothing from `python -m MODULE
ARGUMENTS…`. So this process only imports, and makes what is the same for all (a grammar, compiled templates, the past
days' data): it runs neither behave nor a sandbox, and has no state that a child could inherit.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.processes import Child, Mother

_DESCRIPTORS = 16  # at most, with one order


def main() -> None:
    warm_up, prepare = KINDS[sys.argv[1]]
    warm_up()
    gc.freeze()  # what is shared with the children is not looked through, and so copied, by each of them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests and the children
    with socket.socket(fileno=int(sys.argv[2])) as orders:
        order, *streams = forked(orders)
    become(order, streams[:3], prepare(streams[3:]))


# -- what is warm


def warm_suite() -> None:
    import hcl2
    import pandas  # noqa: F401
    import pyathena.pandas.cursor  # noqa: F401

    import acceptance
    import harness
    import sandbox.repository  # noqa: F401
    from acceptance.report.page import drawing
    from tests.domain import verdicts

    for package in (acceptance, harness):
        import_all(package)
    hcl2.loads("a = 1\n")
    keep_service_models("athena", "glue", "logs", "s3", "service-quotas", "sts")
    drawing.render(verdicts.green())


def warm_sandboxes() -> None:
    import sandbox.account
    import sandbox.athena
    import sandbox.endpoint.app
    from sandbox.checkout import TERRAFORM
    from sandbox.deployment import Names
    from sandbox.repository import FILES
    from sandbox.scheduled import scheduled

    scheduled((FILES / TERRAFORM).read_text("utf-8"), Names())
    import_all(sandbox.athena)
    keep_service_models("athena", "glue", "logs", "s3", "secretsmanager")
    keep_past_days()


def warm_job_runs() -> None:
    import pyarrow.parquet  # noqa: F401

    import sandbox.arrow  # noqa: F401

    keep_service_models("glue", "s3", "secretsmanager")


def keep_service_models(*services: str) -> None:
    """botocore reads AWS's descriptions of its services for each session anew, a fifth of a short run's time."""
    import boto3
    from botocore.loaders import JSONFileLoader

    read = cache(JSONFileLoader().load_file)

    def load_file(self: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    JSONFileLoader.load_file = load_file  # type: ignore[method-assign]
    session: Any = boto3.Session("none", "none", region_name="eu-west-2")
    for service in services:
        session.client(service)


def keep_past_days() -> None:
    """What today's sandboxes begin with: as long to make as the rest of a start. Another day's each makes itself."""
    from sandbox import history
    from sandbox.deployment import PRE_PRODUCTION, Names

    class Made:
        """As a `Building` that has ended."""

        def result(self) -> history.History:
            return made

        def stop(self) -> None:
            pass

    building = history.Building
    today = datetime.now(UTC).date()
    made = building(today).result()

    def made_or_building(day: date, names: Names = PRE_PRODUCTION) -> Made | history.Building:
        return Made() if (day, names) == (today, PRE_PRODUCTION) else building(day, names)

    history.Building = made_or_building  # type: ignore[assignment,misc]


def import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)


# -- children


def forked(orders: socket.socket) -> list[int]:
    """Returns in each child, with its descriptors but the one for its status; this process ends with the tests."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, 1, _DESCRIPTORS)
        if not message:
            with suppress(ChildProcessError):
                while True:
                    os.wait()
            os._exit(0)  # spares taking down the modules
        if os.fork() == 0:
            order, status, *others = descriptors
            watch_child(status, others)
            return [order, *others]
        for descriptor in descriptors:
            os.close(descriptor)


def watch_child(status: int, others: Sequence[int]) -> None:
    """Fork once more and return in the child; the parent reports its process id and its end."""
    child = os.fork()
    if child == 0:
        os.close(status)
        return
    for descriptor in others:  # or their other ends would learn too late that the child has closed them
        os.close(descriptor)
    os.write(status, f"{child}\n".encode())
    _, ended = os.waitpid(child, 0)
    with suppress(BrokenPipeError):
        os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


# -- what the descriptors beyond the streams are for, and which arguments they add


def no_more(_: Sequence[int]) -> list[str]:
    return []


def as_arguments(descriptors: Sequence[int]) -> list[str]:
    return [str(descriptor) for descriptor in descriptors]


def fork_job_runs_too(descriptors: Sequence[int]) -> list[str]:
    """The one there is reaches the process that is warm for job runs."""
    from sandbox import warm

    (descriptor,) = descriptors
    mother = Mother(socket.socket(fileno=descriptor))

    def begin(orders: socket.socket, environment: Mapping[str, str]) -> Child:
        with Path(os.devnull).open() as nothing:
            streams = (nothing.fileno(), 1, 2)
            status = mother.fork(
                "sandbox.run_processes",
                environ=environment,
                streams=streams,
                passed=(orders.fileno(),),
                leads_session=True,
            )
        return Child(status)

    warm.begin = begin
    return []


# -- a child's beginning


def become(order: int, streams: Sequence[int], more_arguments: Sequence[str]) -> None:
    """Run a module as `python -m` does; what it raises ends this process as it would end that one."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with os.fdopen(order, encoding="utf-8") as pipe:
        wanted = json.load(pipe)
    if wanted["leads_session"]:
        os.setsid()
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    coerced = {
        name: value for name, value in os.environ.items() if name == "LC_CTYPE"
    }  # as Python sets it (PEP 538)
    os.environ.clear()
    os.environ.update(coerced | wanted["environ"])
    time.tzset()
    open_streams()
    sys.argv[1:] = [*wanted["arguments"], *more_arguments]
    runpy.run_module(wanted["module"], run_name="__main__", alter_sys=True)


def open_streams() -> None:
    """As Python does at its start. Those made at this one's may have been files, and a pipe cannot be sought in."""
    unbuffered = "PYTHONUNBUFFERED" in os.environ

    def opened(number: int, mode: str, errors: str | None, by_line: bool = False) -> io.TextIOWrapper:
        binary: Any = open(number, mode, 0 if unbuffered and mode == "wb" else -1, closefd=False)  # noqa: SIM115
        return io.TextIOWrapper(
            binary, errors=errors, line_buffering=by_line and not unbuffered, write_through=unbuffered
        )

    sys.stdin = sys.__stdin__ = opened(0, "rb", sys.stdin.errors)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = opened(1, "wb", sys.stdout.errors)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = opened(2, "wb", sys.stderr.errors, by_line=True)  # type: ignore[misc]


KINDS: dict[str, tuple[Callable[[], None], Callable[[Sequence[int]], list[str]]]] = {
    "suite": (warm_suite, no_more),
    "sandboxes": (warm_sandboxes, fork_job_runs_too),
    "job-runs": (warm_job_runs, as_arguments),
}


if __name__ == "__main__":
    main()
