"""The features as behave reads them, without a run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from behave import step_registry
from behave.matchers import Matcher
from behave.model import Feature
from behave.parser import parse_file
from behave.runner_util import load_step_modules

from harness import outlines, types

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


@cache
def definitions() -> tuple[Matcher, ...]:
    """All definitions of steps."""
    types.register()
    step_registry.registry.clear()
    load_step_modules([str(ROOT / "steps")])
    return tuple(one for kind in step_registry.registry.steps.values() for one in kind)


def defining(kind: str, sentence: str) -> list[Matcher]:
    """The definitions of a sentence, which is a given, when or then."""
    return [one for one in definitions() if one.step_type == kind and one.match(sentence)]
