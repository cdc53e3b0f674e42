"""A program that shows what it finds around it, and ends as its last argument says: for tests of `tests.processes`."""

from __future__ import annotations

import builtins
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path


def found() -> dict[str, object]:
    handlers = {number.name: str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)}
    return {
        "arguments": sys.argv,
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109
        "path": sys.path,
        "name": __name__,
        "handlers": handlers,
        "threads": threading.active_count(),
        "left by another": hasattr(builtins, "left_by_a_probe"),
        "behave has run": "environment" in sys.modules or bool(registered_steps()),
    }


def registered_steps() -> list[object]:
    from behave.step_registry import registry

    return [step for steps in registry.steps.values() for step in steps]


if __name__ == "__main__":
    print(json.dumps(found()), flush=True)
    builtins.left_by_a_probe = True  # type: ignore[attr-defined]
    match sys.argv[-1]:
        case "exits":
            sys.exit(3)
        case "gives up":
            sys.exit("in words")
        case "raises":
            raise KeyError("seeded")
        case "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "waits":
            Path(os.environ["MARK"]).touch()
            time.sleep(60)
