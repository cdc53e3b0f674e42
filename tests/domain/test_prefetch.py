"""Looks at all tables at once, by threads, while features come and go."""

from __future__ import annotations

import pytest

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


def looked(name: str) -> str:
    raise AssertionError(f"{name} is looked at again")


def test_what_was_seen_is_there_until_something_may_have_changed_it() -> None:
    prefetch = Prefetch(("wards",))
    assert prefetch.seen("name", "wards") is None
    prefetch.see("name", "wards", str.upper)
    assert prefetch.seen("name", "wards") == "WARDS"
    prefetch.begin(("wards",), changed=False)
    assert prefetch.seen("name", "wards") == "WARDS"
    prefetch.begin(("wards",), changed=True)
    assert prefetch.seen("name", "wards") is None
    prefetch.close()


def test_a_look_that_failed_has_seen_nothing() -> None:
    prefetch = Prefetch(("wards",))
    with pytest.raises(AssertionError, match="wards"):
        prefetch.see("name", "wards", looked)
    assert prefetch.seen("name", "wards") is None
    prefetch.close()


def test_what_another_look_came_across_is_kept_and_replaces_nothing() -> None:
    prefetch = Prefetch(("wards",))
    prefetch.keep("name", "wards", "kept")
    prefetch.keep("name", "wards", "later")
    assert prefetch.see("name", "wards", looked) == "kept"
    prefetch.close()
