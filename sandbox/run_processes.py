"""A warm Python process that job runs are forked from: boto3 and pyarrow are imported once, not once a run.

Started with the descriptor of a Unix socket as its argument. The module that PREPARATION names prepares scripts: its
`warm_up()` is called once, before the first fork, and each script runs within its `around()`. A run is asked for by the
path of its folder (see `sandbox.python_shell`) together with three descriptors: its standard output, its standard
error, and a pipe on which the exit code is told when the run has ended. The answer is its process id. Each run leads a
process group of its own; when the socket closes, or on SIGTERM, all of them are killed.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from sandbox import clock, foreign_clock
from sandbox.warm import PREPARATION


def main() -> None:
    preparation = importlib.import_module(os.environ.pop(PREPARATION))
    preparation.warm_up()
    gc.freeze()  # or each run looks through all of it for garbage, and copies what it looks at
    orders = socket.socket(fileno=int(sys.argv[1]))
    wakes, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # it wakes, and breaks into nothing
    statuses: dict[int, int] = {}
    try:
        while True:
            ready, _, _ = select.select([orders.fileno(), wakes], [], [])
            if wakes in ready:
                if signal.SIGTERM in os.read(wakes, 4096):
                    return
                _reap(statuses)
            if orders.fileno() in ready and not _accept(orders, statuses, preparation):
                return
    finally:
        for run in statuses:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run, signal.SIGKILL)


def _accept(orders: socket.socket, statuses: dict[int, int], preparation: Any) -> bool:
    """Forks one run; False when the sandbox has gone."""
    message, descriptors, _, _ = socket.recv_fds(orders, 4096, 3)
    if not message:
        return False
    output, error, status = descriptors
    run = os.fork()
    if run == 0:
        orders.close()
        _become(Path(os.fsdecode(message)), output, error, preparation)
    _lead_a_group(run)
    os.close(output)
    os.close(error)
    statuses[run] = status
    orders.sendall(str(run).encode())
    return True


def _lead_a_group(run: int) -> None:
    """Asked for by both sides of the fork: whoever comes second finds it done, and nobody can kill too early."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(run, run)


def _reap(statuses: dict[int, int]) -> None:
    """Tells the exit code of every run that has ended; a signal's number is negative, as in `subprocess`."""
    while statuses:
        run, status = os.waitpid(-1, os.WNOHANG)
        if run == 0:
            return
        pipe = statuses.pop(run)
        with contextlib.suppress(BrokenPipeError):
            os.write(pipe, str(os.waitstatus_to_exitcode(status)).encode())
        os.close(pipe)


def _become(folder: Path, output: int, error: int, preparation: Any) -> None:
    """In the child: runs the script as `python script arguments…` would, and ends the process."""
    _lead_a_group(0)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(output, 1)
    os.dup2(error, 2)
    order = json.loads((folder / "run.json").read_text())
    os.environ.update(order["environment"])
    if days := clock.told():
        foreign_clock.move(days)
    os.chdir(folder)
    sys.argv = [order["script"], *order["arguments"]]
    sys.path[0:1] = [str(folder), *order["path"]]
    os._exit(_run(order["script"], folder / "error.txt", preparation))


def _run(script: str, error: Path, preparation: Any) -> int:
    """The script's exit code; an exception that ends it is left in `error`, as Glue's ErrorMessage has it."""
    code = 0
    try:
        with preparation.around():
            runpy.run_path(script, run_name="__main__")
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
        if code:
            error.write_text(f"SystemExit: {exit_.code}")
            if not isinstance(exit_.code, int):
                print(exit_.code, file=sys.stderr)
    except BaseException as exception:  # noqa: BLE001 - as the interpreter itself would end
        code = 1
        traceback.print_exc()
        error.write_text("".join(traceback.format_exception_only(exception)).strip())
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code


if __name__ == "__main__":
    main()
