"""Which scenarios a run is about: behave's own selection, and what is held back or played only where it is named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from behave.model import Feature, Scenario
from behave.runner import ModelRunner

from acceptance.branch.checkout import DataPlatform
from acceptance.settings import Settings, SettingsError
from harness import outlines
from harness.outlines import MUTATES

UNIT_TESTS = "unit-tests"  # run where they are asked for: `-D unit_tests=true`
BEFORE_AND_AFTER = "before-and-after"  # compares with what was there before the run's first change
RELEASE = "release"  # of release day, whose hour a run does not know: played where the selection names it
AFTER_RELEASE = "after-release"  # always played in production once the branch is in main


@dataclass(frozen=True)
class Selected:
    scenarios: list[Scenario]  # that will run, in the playbook's order
    left_out: tuple[str, ...]  # steps that the selection left out
    unnamed: tuple[str, ...]  # steps of a release that are not played, as nothing names them


def select(
    runner: ModelRunner, features: list[Feature], settings: Settings, platform: DataPlatform
) -> Selected:
    chosen: list[Scenario] = []
    left_out: dict[str, None] = {}
    held_back: dict[str, None] = {}
    unasked = 0
    unnamed: dict[str, None] = {}
    for feature in features:
        for scenario in feature.walk_scenarios():
            step = outlines.step_of(feature)
            if settings.env.read_only and {MUTATES, BEFORE_AND_AFTER} & set(scenario.effective_tags):
                if scenario.should_run(runner.config):
                    held_back[step] = None
                scenario.mark_skipped()  # nothing that a selection leaves out: it is never run there
            elif UNIT_TESTS in scenario.effective_tags and not settings.unit_tests:
                unasked += bool(scenario.should_run(runner.config))
                scenario.mark_skipped()
            elif _waits_to_be_named(runner, scenario, settings, platform):
                if scenario.should_run(runner.config):
                    unnamed[step] = None
                scenario.mark_skipped()  # nor this: it is not of this run's hour
            elif scenario.should_run(runner.config):
                chosen.append(scenario)
            else:
                left_out[step] = None
    loaded = {Path(feature.filename).resolve() for feature in features}
    for path in sorted(Path(runner.config.base_dir, "features").rglob("*.feature")):
        if path.resolve() not in loaded and RELEASE not in _tags_of(path):
            left_out[path.stem] = None
    if held_back and not chosen:
        raise SettingsError(
            f"{settings.env.title} is only looked at, and all that was selected changes something there: "
            f"{', '.join(held_back)}"
        )
    if unasked and not chosen:
        raise SettingsError("the unit tests are run where they are asked for: -D unit_tests=true")
    return Selected(chosen, tuple(left_out), tuple(unnamed))


def _waits_to_be_named(
    runner: ModelRunner, scenario: Scenario, settings: Settings, platform: DataPlatform
) -> bool:
    tags = set(map(str, scenario.effective_tags))
    if RELEASE not in tags or _is_named(runner, scenario, tags):
        return False
    after = settings.env.read_only and AFTER_RELEASE in tags
    return not (after and platform.release)


def _is_named(runner: ModelRunner, scenario: Scenario, tags: set[str]) -> bool:
    """By its file or folder, by its scenario's name, or by tags that are a release's alone."""
    config = runner.config
    root, place = Path(config.base_dir, "features").resolve(), Path(scenario.filename).resolve()
    for given in config.paths or ():
        named = Path(re.sub(r":\d+$", "", str(given))).resolve()
        if named not in (root, *root.parents) and named in (place, *place.parents):
            return True
    if config.name:
        return True
    others = [tag for tag in tags if not re.match(r"section-|step-|release$|after-release$", tag)]
    selects = config.tag_expression
    return bool(selects and selects.check(sorted(tags)) and not selects.check(others))


def _tags_of(path: Path) -> Iterable[str]:
    """Of a feature that behave has not read."""
    head = path.read_text("utf-8").partition("Feature:")[0]
    return re.findall(r"@([\w.-]+)", head)


def tell(selected: Selected) -> None:
    for scenario in selected.scenarios:
        print(f"{outlines.step_of(scenario.feature):<12} {scenario.name}")
    print(f"{len(selected.scenarios)} scenarios would run")
    if selected.unnamed:
        print(
            f"Not of this run: release day's steps {', '.join(selected.unnamed)}. To play them, name them: "
            f"--tags=@section-{outlines.RELEASE_SECTION} (docs/release-day.md)"
        )
