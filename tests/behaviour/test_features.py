"""The suite's own consistency: sentences and definitions fit each other, tags say what they should."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import boto3
import pytest
from behave.matchers import Matcher
from behave.model import Feature, Scenario, ScenarioOutline, Step
from botocore import xform_name

from harness import outlines
from harness.outlines import MUTATES
from harness.selection import AFTER_RELEASE, RELEASE
from tests.behaviour.playbook import ROOT, defining, definitions, features

every_feature = pytest.mark.parametrize("path", features())


def definitions_of(step: Step) -> list[Matcher]:
    return defining(step.step_type, step.name)


def steps(feature: Feature) -> Iterator[Step]:
    for scenario in feature.walk_scenarios():
        yield from scenario.all_steps


def templates(feature: Feature) -> list[Scenario | ScenarioOutline]:
    """Scenarios and outlines as they are written."""
    return list(feature.scenarios)


@every_feature
def test_every_sentence_has_exactly_one_definition(path: str) -> None:
    found = {f"{step.keyword} {step.name}": len(definitions_of(step)) for step in steps(features()[path])}
    assert found
    assert {sentence: count for sentence, count in found.items() if count != 1} == {}


def test_every_definition_is_used() -> None:
    used = {
        id(one) for feature in features().values() for step in steps(feature) for one in definitions_of(step)
    }
    assert [one.describe() for one in definitions() if id(one) not in used] == []


def test_a_function_defines_one_sentence() -> None:
    """It would do the same for another noun: that is a parameter."""
    sentences: dict[tuple[str, object], set[str]] = {}
    for one in definitions():
        sentences.setdefault((one.step_type, inspect.unwrap(one.func)), set()).add(one.pattern)
    assert [found for found in sentences.values() if len(found) != 1] == []


@every_feature
def test_a_then_needs_what_may_stand_before_it(path: str) -> None:
    thens = {one.func.__name__ for one in definitions() if one.step_type == "then"}
    for scenario in features()[path].walk_scenarios():
        before: set[str] = set()
        for step in scenario.all_steps:
            (one,) = definitions_of(step)
            needed = set(getattr(one.func, "needs", ()))
            assert needed <= thens
            assert not needed or needed & before, f"{step.name} needs none of the Thens before it"
            before.add(one.func.__name__)


@every_feature
def test_tags_agree_with_the_place(path: str) -> None:
    """features/1-api-ingestion/1.2.3-….feature: @step-1.2.3 @section-1; an unnumbered one has a name for a tag."""
    feature = features()[path]
    folder, file = path.split("/")
    assert outlines.section_of(feature) == folder.split("-")[0]
    name, section, *rest = feature.tags
    assert section == f"section-{folder.split('-')[0]}"
    assert rest in ([], [MUTATES], ["before-and-after"], [RELEASE], [RELEASE, AFTER_RELEASE])
    if number := re.match(r"\d(\.\d)+", file):
        assert name == f"step-{number[0]}"
        assert feature.name.startswith(f"{number[0]} ")
    else:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)


@every_feature
def test_outlines_of_tables_are_tagged_with_the_table(path: str) -> None:
    feature = features()[path]
    for scenario in templates(feature):
        rows = [e.table for e in scenario.examples] if isinstance(scenario, ScenarioOutline) else []
        about_tables = any("table" in table.headings for table in rows)
        assert scenario.tags == (["table.<table>"] if about_tables else [])


MUTATING = re.compile(r"I (clone|run it|run the crawler|name|replace)\b")
"""Whens that create or run something; `test_what_is_not_tagged_mutates_only_reads` holds the rest to it."""


@every_feature
def test_what_creates_or_runs_is_tagged_mutates(path: str) -> None:
    feature = features()[path]
    whens = [step.name for step in steps(feature) if step.step_type == "when"]
    assert (MUTATES in feature.tags) == any(MUTATING.match(when) for when in whens)


@cache
def api_names() -> frozenset[str]:
    """Names of AWS API calls, as the API and as boto3 has them."""
    session = boto3.Session()
    names = [
        name
        for service in ("athena", "glue", "logs", "s3", "sts")
        for name in session.client(service, region_name="eu-west-2").meta.service_model.operation_names
    ]
    return frozenset(names) | {xform_name(name) for name in names}


@every_feature
def test_no_feature_speaks_of_the_implementation(path: str) -> None:
    text = Path(ROOT, "features", path).read_text("utf-8")
    words = set(re.findall(r"\w+", text))
    assert words & api_names() == set()
    assert not re.search(r"boto|pyathena|python\b", text, re.IGNORECASE)
