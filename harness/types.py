"""Parameter types of the step sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from behave import register_type
from behave.matchers import ParseMatcher

from acceptance.environments import Zone
from acceptance.pipeline import STAGES

_BY_DATA = {stage.data: stage for stage in STAGES.values()}


def _words(pattern: str, convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """A converter as `parse` wants it: the pattern it takes is an attribute."""

    def converter(text: str) -> Any:
        return convert(text)

    converter.pattern = pattern  # type: ignore[attr-defined]
    return converter


def register() -> None:
    register_type(
        Stage=_words("|".join(STAGES), STAGES.__getitem__),
        Zone=_words("|".join(Zone), Zone),
        Data=_words("|".join(_BY_DATA), _BY_DATA.__getitem__),
        Table=_words(r"[a-z0-9_]+", str),
        Column=_words(r"[a-z0-9_]+", str),
    )


def are_registered() -> bool:
    """Whether the runner is this project's, which registers them."""
    return bool(ParseMatcher.has_registered_type("Stage"))
