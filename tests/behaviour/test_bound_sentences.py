"""A sentence that names another table, stage, column or step than its step checks does not pass.

Each noun of each sentence is swapped for others of its kind, and so are the tags with tables and with step numbers. A
swap is caught where the sentence is then no step's, or where its step raises `Disagreement` before it asks AWS.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from behave.model import Row

from acceptance.environments import ENVIRONMENTS, Zone
from acceptance.pipeline import STAGES
from acceptance.verdict.model import Outcome
from harness.subject import Disagreement
from tests.behaviour.playbook import FEATURES, ROOT, defining, features, parse
from tests.playing import BROKEN, SOUND, Deployment

TABLE, OTHER = SOUND, BROKEN
KINDS: tuple[Sequence[str], ...] = (
    [stage.title for stage in STAGES.values()],
    [stage.data for stage in STAGES.values()],
    [stage.job for stage in STAGES.values()],
    [stage.script for stage in STAGES.values()],
    [stage.crawler_filter for stage in STAGES.values()],
    ["--resource", "--table_list"],
    list(Zone),
    [ENVIRONMENTS["stg"].database(zone) for zone in Zone],
    [TABLE, OTHER, f"api_response_{TABLE}", f"increment_{TABLE}", f"parsed_{TABLE}"],
    ["import_date", "snapshot_date"],
    ["last_import_date", "last_snapshot_date"],
    *([f"import_{part}", f"snapshot_{part}"] for part in ("year", "month", "day")),
    ["id", "uuid"],
    ["snapshot", "increments", "parsed data", "API responses"],
    ["applications", "emails"],
    ["planning", "primary"],
    ["set to", "set to all tables,"],
    ["14", "15"],
    ["200", "404"],
    ["today", "yesterday"],
    ["newest", "oldest"],
    ["MAX", "MIN"],
    ["last", "first"],
)
"""Nouns that can stand in each other's place."""


class Step(NamedTuple):
    kind: str  # given, when or then
    sentence: str
    text: str  # the doc string


@dataclass(frozen=True)
class Scenario:
    """As a run sees it, for one table."""

    path: str
    feature_tags: tuple[str, ...]
    tags: tuple[str, ...]
    steps: tuple[Step, ...]
    row: Row | None


@dataclass(frozen=True)
class Mutant:
    change: str
    scenario: Scenario
    of_tag: bool = False


@cache
def scenarios() -> tuple[Scenario, ...]:
    found = []
    for path in features():
        feature = parse(FEATURES / path, (TABLE, OTHER))
        rows = {
            id(scenario): row
            for outline in feature.iter_scenario_outlines()
            for scenario, row in zip(
                outline.scenarios,
                (row for examples in outline.examples for row in examples.table),
                strict=True,
            )
        }
        for scenario in feature.walk_scenarios():
            if f"table.{OTHER}" not in scenario.tags:
                steps = tuple(
                    Step(step.step_type, step.name, str(step.text or "")) for step in scenario.all_steps
                )
                found.append(
                    Scenario(
                        path,
                        tuple(map(str, feature.tags)),
                        tuple(map(str, scenario.tags)),
                        steps,
                        rows.get(id(scenario)),
                    )
                )
    return tuple(found)


def mutants(scenario: Scenario) -> Iterator[Mutant]:
    told = {step.sentence for step in scenario.steps}
    for at, step in enumerate(scenario.steps):
        sentences = {changed: step._replace(sentence=changed) for changed in swapped(step.sentence)}
        texts = {f"SQL {n}": step._replace(text=text) for n, text in enumerate(swapped(step.text))}
        for change, changed in (sentences | texts).items():
            if change not in told:  # else a truth is said twice
                steps = (*scenario.steps[:at], changed, *scenario.steps[at + 1 :])
                yield Mutant(change, replace(scenario, steps=steps))
    for tag in scenario.tags:
        yield Mutant(f"@{tag} is {OTHER}", replace(scenario, tags=(f"table.{OTHER}",)), of_tag=True)
    for number in numbers():
        own = f"step-{number}"
        if any(tag.startswith("step-") for tag in scenario.feature_tags) and own not in scenario.feature_tags:
            tags = (own, *scenario.feature_tags[1:])
            yield Mutant(f"@{own}", replace(scenario, feature_tags=tags), of_tag=True)


def swapped(sentence: str) -> Iterator[str]:
    """The sentence with one noun swapped for another of its kind, each in turn."""
    for kind in KINDS:
        longest_first = "|".join(map(re.escape, sorted(kind, key=len, reverse=True)))
        for found in re.finditer(rf"(?<![\w-])({longest_first})(?![\w-])", sentence):
            for other in kind:
                if other != found[0]:
                    yield sentence[: found.start()] + other + sentence[found.end() :]


@cache
def numbers() -> list[str]:
    tags = {tag for scenario in scenarios() for tag in scenario.feature_tags}
    return sorted(tag.removeprefix("step-") for tag in tags if tag.startswith("step-"))


# -- without AWS


class Unreachable:
    """A run with nothing behind it."""

    environment = ENVIRONMENTS["local"]


class Context(SimpleNamespace):
    def __contains__(self, name: str) -> bool:
        return hasattr(self, name)


def is_caught(scenario: Scenario) -> bool:
    """Whether a sentence is undefined, or a step disagrees with it while nothing can be asked of AWS."""
    context = Context(
        run=Unreachable(),
        feature=SimpleNamespace(tags=scenario.feature_tags),
        scenario=SimpleNamespace(tags=scenario.tags),
        active_outline=scenario.row,
    )
    for kind, sentence, text in scenario.steps:
        definitions = defining(kind, sentence)
        if not definitions:
            return True
        (definition,) = definitions
        context.text = text
        context.session = SimpleNamespace(step=SimpleNamespace(name=sentence))
        arguments = {one.name: one.value for one in definition.match(sentence).arguments}
        try:
            inspect.unwrap(definition.func)(context, **arguments)
        except Disagreement as told:
            assert sentence in str(told)
            return True
        except AttributeError:  # of what is only known once AWS was asked
            continue
    return False


def test_each_sentence_agrees_with_its_step() -> None:
    assert [scenario for scenario in scenarios() if is_caught(scenario)] == []


@pytest.mark.parametrize("path", features())
def test_each_swap_is_caught_before_aws_is_asked(path: str) -> None:
    found = [mutant for scenario in scenarios() if scenario.path == path for mutant in mutants(scenario)]
    assert [mutant.change for mutant in found if not is_caught(mutant.scenario)] == []


def test_there_are_swaps_of_each_kind() -> None:
    sentences = " ".join(" ".join(step) for scenario in scenarios() for step in scenario.steps)
    assert [kind for kind in KINDS if not any(noun in sentences for noun in kind)] == []
    without = {s.path for s in scenarios()} - {s.path for s in scenarios() if any(mutants(s))}
    # they name nothing that could be another
    assert without == {"0-before-you-start/2-branch.feature", "0-before-you-start/7-unit-tests.feature"}


# -- by a run

AS_IT_IS = "as it is"
HOOKS = f"""
import runpy
hooks = runpy.run_path({str(ROOT / "environment.py")!r})
globals().update(hooks)

def before_scenario(context, scenario):
    context.session.stopped.clear()  # that a swap was caught keeps no other one from being played
    hooks["before_scenario"](context, scenario)
"""


@pytest.fixture
def playable(tmp_path: Path) -> Path:
    """A folder with the steps, for features that are changed."""
    (tmp_path / "features").mkdir()
    (tmp_path / "steps").symlink_to(ROOT / "steps")
    (tmp_path / "environment.py").write_text(HOOKS, "utf-8")
    return tmp_path


@pytest.mark.parametrize("section", ["[01]", pytest.param("[0-5]", marks=pytest.mark.long)])
def test_no_swap_passes_in_a_run(section: str, deployment: Deployment, playable: Path) -> None:
    """Each scenario as it is, which passes, and then each of its mutants, with all that it builds on."""
    shown = [each for scenario in scenarios() if re.match(section, scenario.path) for each in parts(scenario)]
    for number, part in enumerate(shown):
        (playable / "features" / f"{number:04}.feature").write_text(written(part), "utf-8")
    played = deployment.play(str(playable / "features"), "-D", "unit_tests=true", tables=TABLE)
    assert len(played.verdict.scenarios) == sum(map(len, shown))
    outcomes = {(s.name == AS_IT_IS, s.outcome) for s in played.verdict.scenarios}
    assert outcomes == {(True, Outcome.PASSED), (False, Outcome.ERROR)}


def parts(scenario: Scenario) -> list[list[Mutant]]:
    """Features to play: one with all changes of sentences; one for each change of a tag, which may be the feature's."""
    found = list(mutants(scenario))
    sentences = [mutant for mutant in found if not mutant.of_tag]
    return [[Mutant(AS_IT_IS, scenario), *sentences], *([mutant] for mutant in found if mutant.of_tag)]


def written(part: list[Mutant]) -> str:
    first = part[0].scenario
    lines = [" ".join(f"@{tag}" for tag in first.feature_tags), f"Feature: {first.path}"]
    for mutant in part:
        name, scenario = mutant.change, mutant.scenario
        keyword = "Scenario Outline" if scenario.row else "Scenario"
        lines += ["", " ".join(f"@{tag}" for tag in scenario.tags), f"{keyword}: {name}"]
        for kind, sentence, text in scenario.steps:
            lines += [f"{kind.title()} {sentence}", *(['"""', text, '"""'] if text else [])]
        if scenario.row:
            lines += [
                "Examples:",
                *(f"| {' | '.join(row)} |" for row in (scenario.row.headings, scenario.row.cells)),
            ]
    return "\n".join(lines)
