"""Looks at all tables at once, by threads, while features come and go."""

from __future__ import annotations

from acceptance.run.prefetch import Survey


class BreaksIn:
    """A survey's lock, at whose first release a feature begins that forgets what was seen."""

    def __init__(self, survey: Survey) -> None:
        self.survey, self.lock = survey, survey._lock

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()
        self.survey._lock = self.lock
        self.survey.begin(("wards",), changed=True)


def test_a_feature_that_begins_meanwhile_takes_no_look_away() -> None:
    """As it does from the queries that a crawl's end has started."""
    survey = Survey(("wards",))
    survey._lock = BreaksIn(survey)  # type: ignore[assignment]
    assert survey.see("name", "wards", str.upper) == "WARDS"
    survey.close()
