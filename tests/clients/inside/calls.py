"""What is asked of a client: functions, marked in the order in which they are made. The standard library alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

RAW_DATABASE = "dataplatform-stg-tascomi-raw-zone"
RAW, SCRIPTS, RESULTS = (
    f"dataplatform-stg-{each}" for each in ("raw-zone", "glue-scripts", "athena-results")
)
WORKGROUP, REGION = "planning", "eu-west-2"
ROLE = "arn:aws:iam::111122223333:role/dataplatform-stg-glue-planning"


@dataclass(frozen=True)
class Call:
    """`refusal`: a pattern of the words in which the sandbox refuses it, empty where it must succeed."""

    make: Callable[[], object]
    refusal: str = ""

    @property
    def name(self) -> str:
        return self.make.__name__

    def outcome(self) -> tuple[str, str]:
        """`done`, `refused` or `failed`, and what was said."""
        try:
            self.make()
        except Exception as error:  # noqa: BLE001  whatever a client raises is its outcome
            told = f"{type(error).__name__}: {error}"
            return ("refused" if self.refusal and re.search(self.refusal, told) else "failed"), told
        return ("failed", "it was not refused") if self.refusal else ("done", "")


CALLS: list[Call] = []


def call(make: Callable[[], object]) -> Callable[[], object]:
    """Must succeed, and raise AssertionError where the answer is not right."""
    CALLS.append(Call(make))
    return make


def refused(words: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Must be refused, in words that `words` is found in."""

    def mark(make: Callable[[], object]) -> Callable[[], object]:
        CALLS.append(Call(make, words))
        return make

    return mark
