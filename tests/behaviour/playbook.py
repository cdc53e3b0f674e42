"""The features as behave reads them, without a run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from behave.model import Feature
from behave.parser import parse_file

from harness import outlines

ROOT = Path(__file__).parents[2]
FEATURES = ROOT / "features"
TABLES = ("wards", "breach_types")


def parse(path: Path, tables: tuple[str, ...] = TABLES) -> Feature:
    """A feature as a run for these tables sees it."""
    feature: Feature = parse_file(str(path))
    outlines.expand([feature], tables)
    return feature


@cache
def features() -> dict[str, Feature]:
    """All features for two tables, by their path below `features/`, in the order in which behave runs them."""
    return {
        path.relative_to(FEATURES).as_posix(): parse(path) for path in sorted(FEATURES.rglob("*.feature"))
    }
