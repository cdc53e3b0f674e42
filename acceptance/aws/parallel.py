"""Many short AWS calls at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

CALLS_AT_ONCE = 8  # by one caller; `Aws` keeps connections enough for all who may call at the same time


def each(call: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The results in the items' order. The first error is raised, and what has not begun is left."""
    pool = ThreadPoolExecutor(CALLS_AT_ONCE)
    try:
        return list(pool.map(call, items))
    finally:
        pool.shutdown(cancel_futures=True)


def by_item(call: Callable[[Item], Result], items: Sequence[Item]) -> dict[Item, Result]:
    """The same, by item."""
    return dict(zip(items, each(call, items), strict=True))
