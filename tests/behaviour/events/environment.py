"""The project's own hooks, with the one that `EVENT` names broken: for `tests/behaviour/test_parity.py`."""

from __future__ import annotations

import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVENT = os.environ.get("EVENT", "")
HOOKS = [
    f"{when}_{what}" for when in ("before", "after") for what in ("all", "feature", "scenario", "step", "tag")
]

project = runpy.run_path(str(Path(__file__).parents[3] / "environment.py"))
LOCAL_SANDBOX = project["LOCAL_SANDBOX"]


def _broken(name: str, hook: Callable[..., None]) -> Callable[..., None]:
    def run(*arguments: Any) -> None:
        hook(*arguments)
        if name != "after_tag" or "cleaned" in arguments:
            raise RuntimeError(f"{name} is broken")

    return run


def _nothing(*arguments: Any) -> None:
    """A hook that the project has not."""


for name in HOOKS:
    hook = project.get(name, _nothing)
    globals()[name] = _broken(name, hook) if name == EVENT else hook

if EVENT == "page":
    import acceptance.report.page.drawing

    def _unwritable(verdict: object, up: str = "") -> str:
        raise OSError("no space left on device")

    acceptance.report.page.drawing.render = _unwritable

if EVENT == "suite":
    import harness.console

    def _crash(*arguments: object) -> None:
        raise ZeroDivisionError("a fault of the suite")

    harness.console.Display.feature = _crash  # type: ignore[assignment, method-assign]
