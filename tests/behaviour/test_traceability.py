"""From the playbook to what a run executes: no step without a feature, no feature without a step, none left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from acceptance.verdict.model import Outcome, State
from harness import outlines
from harness.selection import RELEASE
from tests.behaviour.playbook import FEATURES, features
from tests.playing import BROKEN, SOUND, Deployment, Played

PLAYBOOK = [
    *("access", "branch", "column-types", "terraform", "data-quality", "jobs", "unit-tests"),
    *("1.1.1", "1.1.2", "1.2.1", "1.2.2", "1.2.3", "1.2.4"),
    *("2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.3.1", "2.3.2", "2.3.3", "2.3.4"),
    *("3.1.1", "3.1.2", "3.2.1", "3.2.2", "3.2.3", "3.2.4"),
    *("4.1.1", "4.1.2", "4.2.1", "4.2.2", "4.3.1", "4.3.2", "4.3.3", "4.3.4"),
    *("user-acceptance", "undisturbed", "api-changes", "advice"),
    *("6.1", "6.2", "6.3"),
    "6.4",
]
"""The playbook's Given-When-Thens, from its text: numbered steps, and the unnumbered ones by what they are about."""
RUN_WHEN_ASKED_FOR = {"0-before-you-start/7-unit-tests.feature"}

READS = re.compile(r"(Batch)?(Get|List|Head|Filter|Describe)|(Start|Stop)QueryExecution$")
"""AWS actions that leave an account as it is, a query among them."""


@dataclass(frozen=True)
class Row:
    step: str
    feature: str  # its path below features/


def table() -> list[Row]:
    """The table of features/README.md."""
    text = (FEATURES / "README.md").read_text("utf-8")
    return [
        Row(*found) for found in re.findall(r"^\| `(\S+)` \|.*\| \[[^]]+\]\((\S+)\) \|$", text, re.MULTILINE)
    ]


def test_every_step_of_the_playbook_has_its_row() -> None:
    assert [row.step for row in table()] == PLAYBOOK


def test_every_row_leads_to_the_feature_of_its_step() -> None:
    tagged = {path: outlines.step_of(feature) for path, feature in features().items()}
    assert {row.feature: row.step for row in table()} == tagged


def test_features_run_in_the_order_of_the_table() -> None:
    assert [row.feature for row in table()] == list(features())


@pytest.mark.xdist_group("healthy")
def test_a_healthy_deployment_executes_every_feature_but_a_releases(healthy_run: Played) -> None:
    assert healthy_run.exit_code == 0, healthy_run.output
    assert healthy_run.verdict.state is State.PASSED
    executed = {s.location.split(":")[0].removeprefix("features/") for s in healthy_run.verdict.scenarios}
    release = {path for path, feature in features().items() if RELEASE in feature.tags}
    assert executed == set(features()) - RUN_WHEN_ASKED_FOR - release
    assert {s.outcome for s in healthy_run.verdict.scenarios} == {Outcome.PASSED}
    healthy_run.passes(BROKEN)
    healthy_run.passes(SOUND)


@pytest.mark.xdist_group("healthy")
def test_what_is_not_tagged_mutates_only_reads(healthy: Deployment, healthy_run: Played) -> None:
    """What runs on production leaves it as it is: seen at the endpoint, whatever the sentences say."""
    healthy.box.clear()
    played = healthy.play("--tags=not @mutates")
    assert played.exit_code == 0, played.output
    assert played.verdict.state is State.PARTIAL
    assert len(played.verdict.scenarios) < len(healthy_run.verdict.scenarios)
    assert {call["action"] for call in healthy.box.calls() if not READS.match(call["action"])} == set()
