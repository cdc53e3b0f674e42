"""The checkout's own unit tests: which of them are of the scripts that a branch touches. Nothing is run here.

A test is of a script that it imports. Source of where they are: the Data Platform repository, `scripts/tests/`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from acceptance.branch.checkout import DataPlatform

PYTHON = "scripts/"
"""Where the repository has all its Python code."""


@dataclass(frozen=True)
class UnitTest:
    """What came of one: `outcome` is passed, failed, skipped or, where a file of tests did not load, broken.

    `name` is pytest's; `needs` the module that is not installed here, for which it did not load; `said` its last words.
    """

    name: str
    outcome: str
    said: str = ""
    needs: str = ""


@dataclass(frozen=True)
class TouchedScripts:
    """The scripts that a branch changes, and the files of tests that are of them."""

    platform: DataPlatform

    @cached_property
    def scripts(self) -> tuple[str, ...]:
        there = self.platform.branch.paths(PYTHON)
        return tuple(path for path in self._touched if path in there and not is_test(path))

    @cached_property
    def tests(self) -> dict[str, tuple[str, ...]]:
        """Files of tests by script."""
        imported = {path: set(_imports(self._text(path))) for path in self._test_files}
        return {
            script: tuple(path for path, modules in imported.items() if any(_is(script, m) for m in modules))
            for script in self.scripts
        }

    @cached_property
    def to_run(self) -> tuple[str, ...]:
        """The files of tests that are of a touched script, or are touched themselves."""
        wanted = {path for paths in self.tests.values() for path in paths}.union(self._touched)
        return tuple(path for path in self._test_files if path in wanted)

    @cached_property
    def _touched(self) -> tuple[str, ...]:
        return tuple(
            path for path in self.platform.touched if path.endswith(".py") and path.startswith(PYTHON)
        )

    @cached_property
    def _test_files(self) -> tuple[str, ...]:
        return tuple(path for path in self.platform.branch.paths(PYTHON) if is_test(path))

    def _text(self, path: str) -> str:
        return self.platform.branch.read_bytes(path).decode("utf-8", "replace")


def is_test(path: str) -> bool:
    """Whether pytest takes a file for one of tests.
    https://docs.pytest.org/en/stable/explanation/goodpractices.html#conventions-for-python-test-discovery"""
    name = PurePosixPath(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def _imports(code: str) -> Iterator[str]:
    """Modules, and what may be one: `from jobs.planning import x` imports the module `jobs.planning.x`, or a name."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError):
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is(script: str, module: str) -> bool:
    """Whether a script is the module, in whichever of its folders the import begins."""
    return f".{script.removesuffix('.py').replace('/', '.')}".endswith(f".{module}")
