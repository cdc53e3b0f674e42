"""Which scenarios a run is about: behave's own selection, and what a read-only environment holds back."""

from __future__ import annotations

from pathlib import Path

from behave.model import Feature, Scenario
from behave.runner import ModelRunner

from acceptance.settings import Settings, SettingsError
from harness import outlines
from harness.outlines import MUTATES

UNIT_TESTS = "unit-tests"  # run where they are asked for: `-D unit_tests=true`
BEFORE_AND_AFTER = "before-and-after"  # compares with what was there before the run's first change


def select(
    runner: ModelRunner, features: list[Feature], settings: Settings
) -> tuple[list[Scenario], tuple[str, ...]]:
    """The scenarios that will run, in the playbook's order, and the steps that were left out."""
    chosen: list[Scenario] = []
    left_out: dict[str, None] = {}
    held_back: dict[str, None] = {}
    unasked = 0
    for feature in features:
        for scenario in feature.walk_scenarios():
            if settings.env.read_only and {MUTATES, BEFORE_AND_AFTER} & set(scenario.effective_tags):
                if scenario.should_run(runner.config):
                    held_back[outlines.step_of(feature)] = None
                scenario.mark_skipped()  # nothing that a selection leaves out: it is never run there
            elif UNIT_TESTS in scenario.effective_tags and not settings.unit_tests:
                unasked += scenario.should_run(runner.config)
                scenario.mark_skipped()
            elif scenario.should_run(runner.config):
                chosen.append(scenario)
            else:
                left_out[outlines.step_of(feature)] = None
    loaded = {Path(feature.filename).resolve() for feature in features}
    for path in sorted(Path(runner.config.base_dir, "features").rglob("*.feature")):
        if path.resolve() not in loaded:
            left_out[path.stem] = None
    if held_back and not chosen:
        raise SettingsError(
            f"{settings.env.title} is only looked at, and all that was selected changes something there: "
            f"{', '.join(held_back)}"
        )
    if unasked and not chosen:
        raise SettingsError("the unit tests are run where they are asked for: -D unit_tests=true")
    return chosen, tuple(left_out)


def tell(selected: list[Scenario]) -> None:
    for scenario in selected:
        print(f"{outlines.step_of(scenario.feature):<12} {scenario.name}")
    print(f"{len(selected)} scenarios would run")
