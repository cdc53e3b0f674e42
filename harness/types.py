"""Parameter types of the step sentences."""

from __future__ import annotations

import parse
from behave import register_type

from acceptance.environments import Zone
from acceptance.pipeline import STAGES, Stage


@parse.with_pattern("|".join(STAGES))
def _stage(text: str) -> Stage:
    return STAGES[text]


@parse.with_pattern("|".join(Zone))
def _zone(text: str) -> Zone:
    return Zone(text)


@parse.with_pattern(r"[a-z0-9_]+")
def _table(text: str) -> str:
    return text


def register() -> None:
    register_type(Stage=_stage, Zone=_zone, Table=_table)
