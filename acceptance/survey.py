"""What a feature sees of its tables: looked up for all of them at once, as soon as the first one asks.

Fifty tables, each with a few calls of 0.1 s in every feature, would otherwise wait for minutes on answers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeVar

from acceptance.aws import parallel

T = TypeVar("T")
Seen = Callable[[], object]
"""Gives what was seen of a table, or raises what the look at it raised."""


class Survey:
    def __init__(self, tables: tuple[str, ...]) -> None:
        self.begin(tables)

    def begin(self, tables: tuple[str, ...]) -> None:
        """A feature begins that is about these tables: what was seen before may have changed since."""
        self.tables = tables
        self._seen: dict[tuple[Hashable, str], Seen] = {}

    def see(self, what: Hashable, table: str, look: Callable[[str], T]) -> T:
        """The look at a table. `what` names it: what a feature's own steps change is to be seen under another name."""
        if (what, table) not in self._seen:
            tables = self.tables if table in self.tables else (table,)
            found = parallel.by_item(partial(_held, look), tables)
            self._seen |= {(what, each): seen for each, seen in found.items()}
        return self._seen[what, table]()  # type: ignore[return-value]


def _held(look: Callable[[str], T], table: str) -> Seen:
    """One table's error is not another's."""
    try:
        found = look(table)
    except Exception as error:  # noqa: BLE001  raised where the table's own scenario asks
        return partial(_fail, error)
    return lambda: found


def _fail(error: Exception) -> object:
    raise error
