"""Names of columns and the API resources that they point to."""

from __future__ import annotations

import pytest

from acceptance.advice.lookups import LookUp, look_ups, plural, singular

KNOWN = [
    "appeals",
    "appeal_decisions",
    "appeal_statuses",
    "breach_types",
    "committees",
    "enforcement_actions_taken",
    "enforcement_breaches",
    "users",
]


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("ward", "wards"),
        ("breach", "breaches"),
        ("appeal_status", "appeal_statuses"),
        ("address", "addresses"),
        ("tax", "taxes"),
        ("category", "categories"),
        ("survey", "surveys"),
        ("committee", "committees"),
    ],
)
def test_plural_and_back(one: str, many: str) -> None:
    assert plural(one) == many
    assert singular(many) == one
    assert singular(one) == one


@pytest.mark.parametrize(
    ("column", "resource"),
    [
        ("breach_type_id", "breach_types"),
        ("appeal_decision_id", "appeal_decisions"),
        ("appeal_status_id", "appeal_statuses"),
        ("enforcement_breach_id", "enforcement_breaches"),
        ("enforcement_action_taken_id", "enforcement_actions_taken"),
        ("creation_user_id", "users"),
        ("case_officer_user_id", "users"),
        ("user_id", "users"),
        ("last_updated_by", "users"),
    ],
)
def test_a_known_resource(column: str, resource: str) -> None:
    assert look_ups([column], KNOWN) == [LookUp(column, resource, known=True)]


def test_a_resource_nobody_knows_is_no_other_with_a_similar_name() -> None:
    """court_decision_id is not taken for appeal_decisions, nor for decisions."""
    assert look_ups(["court_decision_id"], [*KNOWN, "decisions"]) == [
        LookUp("court_decision_id", "court_decisions", known=False)
    ]


def test_other_columns_point_nowhere() -> None:
    assert look_ups(["id", "uprn", "last_updated", "paid", "valid", "ended_by"], KNOWN) == []
