"""Words that messages share."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, names: Iterable[str], least: float = 0.6) -> str:
    """` (is wards meant?)`; "" where no name is near. `least`: how alike they must be, from 0 to 1."""
    near = get_close_matches(name, names, n=1, cutoff=least)
    return f" (is {near[0]} meant?)" if near else ""


def count(number: int, noun: str) -> str:
    """`1 table`, `2 tables`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
