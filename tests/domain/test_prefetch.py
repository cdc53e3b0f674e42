"""Looks at all tables at once, by threads, while features come and go."""

from __future__ import annotations

from acceptance.run.prefetch import Prefetch


class BreaksIn:
    """A prefetch's lock, at whose first release a feature begins that forgets what was seen."""

    def __init__(self, prefetch: Prefetch) -> None:
        self.prefetch, self.lock = prefetch, prefetch._lock

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()
        self.prefetch._lock = self.lock
        self.prefetch.begin(("wards",), changed=True)


def test_a_feature_that_begins_meanwhile_takes_no_look_away() -> None:
    """As it does from the queries that a crawl's end has started."""
    prefetch = Prefetch(("wards",))
    prefetch._lock = BreaksIn(prefetch)  # type: ignore[assignment]
    assert prefetch.see("name", "wards", str.upper) == "WARDS"
    prefetch.close()
