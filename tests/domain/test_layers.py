"""Imports run downwards only: those under TYPE_CHECKING too, which hide a circle and do not break it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAYERS = (
    "settings environments pipeline evidence findings naming error_codes terminal wording",
    "branch",
    "privacy",
    "measurements.model rollback.plan",
    "aws",
    "queries",
    "run",
    "other_tables advice measurements plan",
    "rollback",
    "checks",
    "verdict",
    "report",
    "sweep",
)
"""Of `acceptance`, the lowest first."""
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names.split()}
MAY_IMPORT = {
    "acceptance": {"hcl"},
    "steps": {"acceptance", "harness"},
    "harness": {"acceptance"},
    "sandbox": {"hcl"},
    "hcl": set(),
}


def modules(package: str) -> dict[str, Path]:
    found = (path.relative_to(ROOT).with_suffix("") for path in (ROOT / package).rglob("*.py"))
    return {".".join(path.parts): ROOT / path.with_suffix(".py") for path in found if path.name != "__init__"}


def imported(path: Path) -> Iterator[str]:
    """What a module imports, wherever in it: `a.b.c` for `from a.b import c`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def height(module: str) -> int:
    """The longest name that is listed counts."""
    parts = module.removeprefix("acceptance.").split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next(HEIGHT[name] for name in names if name in HEIGHT)


def test_no_module_imports_from_above() -> None:
    upwards = [
        f"{module} imports {name}"
        for module, path in modules("acceptance").items()
        for name in imported(path)
        if name.startswith("acceptance.") and height(name) > height(module)
    ]
    assert upwards == []


def test_packages_import_what_they_may() -> None:
    packages = {*MAY_IMPORT, "tests", "benchmarks"}
    across = [
        f"{module} imports {name}"
        for package, may in MAY_IMPORT.items()
        for module, path in modules(package).items()
        for name in imported(path)
        if (top := name.split(".")[0]) in packages and top != package and top not in may
    ]
    assert across == []
