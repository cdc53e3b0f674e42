"""What a feature sees of its tables: looked up for all of them at once, as soon as the first one asks.

Fifty tables, each with a few calls of 0.1 s in every feature, would otherwise wait for minutes on answers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from acceptance.aws.parallel import CALLS_AT_ONCE

T = TypeVar("T")


class Prefetch:
    """Looks, each kept until something may have changed. A look must not wait for another: they share their threads."""

    def __init__(self, tables: tuple[str, ...]) -> None:
        self.tables = tables
        self._seen: dict[tuple[Hashable, str], Future[Any]] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE, "prefetch")

    def begin(self, tables: tuple[str, ...], *, changed: bool) -> None:
        """A feature begins that is about these tables. `changed`: what was seen before may be so no longer."""
        with self._lock:
            self.tables = tables
            if changed:
                self._seen.clear()

    def see(self, what: Hashable, table: str, look: Callable[[str], T]) -> T:
        """The look at a table; raises what the look raised, and one table's error is not another's.

        `what` names the look: what a feature's own steps change is to be seen under another name.
        """
        with self._lock:  # a feature may begin meanwhile, and forget
            self._look(what, self.tables if table in self.tables else (table,), look)
            seen: Future[T] = self._seen[what, table]
        return seen.result()

    def look_ahead(self, what: Hashable, tables: Iterable[str], look: Callable[[str], object]) -> None:
        """Begin to look, where that is not done, so that `see` will have less to wait for."""
        with self._lock:
            self._look(what, tables, look)

    def seen(self, what: Hashable, table: str) -> Any:
        """What `see` would give at once; None where nobody has looked, or the look is under way or failed."""
        with self._lock:
            found = self._seen.get((what, table))
        return found.result() if found and found.done() and not found.exception() else None

    def keep(self, what: Hashable, table: str, found: object) -> None:
        """What another look has come across: whoever asks for it need not look again."""
        kept: Future[Any] = Future()
        kept.set_result(found)
        with self._lock:
            self._seen.setdefault((what, table), kept)

    def _look(self, what: Hashable, tables: Iterable[str], look: Callable[[str], object]) -> None:
        for table in tables:
            if (what, table) not in self._seen:
                self._seen[what, table] = self._pool.submit(look, table)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
