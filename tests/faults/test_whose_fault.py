"""Whose fault it is: passing troubles are ridden out, AWS's refusals are errors, what the product lacks are failures.

All on one deployment on which the ticket has gone through the playbook once and left its test jobs (`keep`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from acceptance.pipeline import INGESTION
from acceptance.report.messages import reasons
from acceptance.verdict.model import Outcome, State
from tests import zones
from tests.faults.account import Account
from tests.faults.following import ends_green
from tests.faults.products import PRODUCT
from tests.faults.troubles import DENIED, ERRORS, RIDDEN_OUT
from tests.faults.whose_fault import (
    FIRST_RUN,
    KEEP,
    SECTION_1,
    Fault,
    take_away,
)
from tests.playing import (
    SOUND,
    Deployment,
    Played,
    deployed,
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    for deployment in deployed(tmp_path_factory.mktemp("kept") / "reports"):
        played = deployment.play(*KEEP, tables=SOUND)
        assert played.exit_code == 0, played.output
        yield deployment


def starts_ingestion(fault: Fault) -> bool:
    return fault.play == SECTION_1 or fault.play[:1] == FIRST_RUN


def messages(played: Played) -> str:
    outcomes = (Outcome.FAILED, Outcome.ERROR, Outcome.BLOCKED)
    told = [reasons(s) for s in played.verdict.scenarios if s.outcome in outcomes]
    return "\n".join([*told, *played.verdict.problems])


STATES = {Outcome.ERROR: State.ERROR, Outcome.FAILED: State.FAILED, Outcome.BLOCKED: State.BLOCKED}


@pytest.mark.xdist_group("whose fault")
@pytest.mark.parametrize("fault", [*RIDDEN_OUT, *ERRORS, *DENIED, *PRODUCT], ids=lambda fault: fault.name)
def test_whose_fault(kept: Deployment, fault: Fault, request: pytest.FixtureRequest) -> None:
    """With `--long`: following the advice of the run ends green."""
    sound: zones.Zones | None = (
        request.getfixturevalue("undisturbed") if request.config.getoption("long") else None
    )
    kept.box.clear()
    put_back = take_away(kept, INGESTION) if starts_ingestion(fault) else None
    kept.box.clear_calls()
    kept.box.faults(list(fault.rules))
    try:
        with fault.seed(kept):
            played = kept.play(*KEEP, *fault.play, tables=fault.tables)
        calls = Counter(call["action"] for call in kept.box.calls())
        by_parameter = any(word.startswith("branch=") for word in fault.play)  # which the advice repeats
        if sound and played.exit_code and not by_parameter:
            kept.box.clear()
            # where these tests put responses back, they are newer than what was parsed of them: one round for that
            ends_green(Account(kept), played.verdict, sound, rounds=2)
    finally:
        kept.box.clear()
        if put_back:
            put_back()
    verdict = played.verdict
    for rule in fault.rules:
        assert "action" not in rule or calls[rule["action"]] >= (rule.get("times") or 1)
    notes = [note for scenario in verdict.scenarios for note in scenario.notes]
    for pattern in (pattern for each in RIDDEN_OUT for pattern in each.noted):
        assert any(re.search(pattern, note) for note in notes) is (pattern in fault.noted), notes
    for words in fault.told:
        assert words in messages(played), played.output
    assert fault.code in {"", *(f.code for s in verdict.scenarios for f in s.findings)}, played.output
    if fault.outcome in (Outcome.PASSED, Outcome.NOTHING_NEW):
        assert verdict.state is State.PARTIAL, played.output  # a part of the playbook was played
        assert {s.outcome for s in verdict.scenarios} == {Outcome.PASSED, fault.outcome}
        assert played.exit_code == 0
        return
    assert verdict.state is STATES[fault.outcome], played.output
    assert all(verdict.count(other) == 0 for other in STATES.keys() - {fault.outcome, Outcome.BLOCKED}), (
        played.output
    )
    assert played.exit_code == 1


WITHOUT = {"service-quotas:ListServiceQuotas", "service-quotas:ListAWSDefaultServiceQuotas"}
"""Where these are refused, a run does without them (`tests/faults/test_section_1.py`)."""


@pytest.mark.xdist_group("healthy")
def test_each_action_of_a_whole_run_was_denied_once(healthy_calls: list[dict[str, Any]]) -> None:
    """So that the list above grows with the suite."""
    made = {f"{call['service']}:{call['action']}" for call in healthy_calls}
    refused = {rule["service"] + ":" + rule["action"] for fault in DENIED for rule in fault.rules}
    assert made
    assert made - refused - WITHOUT == set()
