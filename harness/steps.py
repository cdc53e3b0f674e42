"""The decorators of step functions: behave's own, with the outcomes of `harness.flow`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import behave
from behave.exception import ConfigError

from harness import flow, types

Function = TypeVar("Function", bound=Callable[..., None])
Decorator = Callable[[Function], Function]


def _decorator(register: Any) -> Callable[[str], Decorator[Any]]:
    def decorator(sentence: str) -> Decorator[Any]:
        def define(function: Function) -> Function:
            if not types.are_registered():
                raise ConfigError("start behave in the project's folder: behave.ini there names the runner")
            register(sentence)(flow.translated(function))
            return function

        return define

    return decorator


given, when, then = map(_decorator, (behave.given, behave.when, behave.then))
