"""Where the minutes went, and what they cost: job runs, crawls and queries on the line of time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from acceptance.measurements.model import Activity, Work
from acceptance.plan import prices
from acceptance.verdict.model import Verdict

PLURAL = {Work.JOB_RUN: "job runs", Work.CRAWL: "crawls", Work.QUERY: "queries"}


@dataclass(frozen=True)
class Mark:
    """One activity on the line of time, in thousandths of the run."""

    activity: Activity
    left: float
    width: float


class Sums(ABC):
    """What some activities come to."""

    @property
    @abstractmethod
    def activities(self) -> list[Activity]: ...

    @property
    def bytes_scanned(self) -> int | None:
        """None where nothing was queried."""
        known = [a.bytes_scanned for a in self.activities if a.bytes_scanned is not None]
        return sum(known) if known else None

    @property
    def dpu_hours(self) -> float:
        return sum(activity.dpu_hours for activity in self.activities)

    @property
    def dollars(self) -> float:
        return sum(map(price, self.activities))


@dataclass(frozen=True)
class Lane(Sums):
    """Activities of one kind and step: the runs of a job, the crawls of a crawler, the queries of a step."""

    work: Work
    step: str
    name: str
    marks: tuple[Mark, ...]

    @property
    def told(self) -> str:
        """`1 crawl`, `8 queries`."""
        number = len(self.marks)
        return f"{number} {self.work if number == 1 else PLURAL[self.work]}"

    @property
    def look(self) -> str:
        """The class of its marks, as that of its share of the time."""
        return PLURAL[self.work]

    @property
    def activities(self) -> list[Activity]:
        return [mark.activity for mark in self.marks]

    @property
    def seconds(self) -> float:
        """How long any of them was under way."""
        return covered(_span(activity) for activity in self.activities)


@dataclass(frozen=True)
class Share:
    """A part of the run's time, in thousandths."""

    name: str
    seconds: float
    left: float
    width: float


@dataclass(frozen=True)
class Effort(Sums):
    seconds: float  # from the run's start to its end
    lanes: tuple[Lane, ...]
    shares: tuple[Share, ...]

    @property
    def activities(self) -> list[Activity]:
        return [activity for lane in self.lanes for activity in lane.activities]


def price(activity: Activity) -> float:
    """An estimate in US dollars of what AWS bills; `prices.ASSUMPTIONS` says by which rules."""
    if activity.kind is Work.QUERY:
        return prices.of_query(activity.bytes_scanned)
    return prices.of_glue(activity.kind, activity.seconds, activity.dpus)


def draw(verdict: Verdict) -> Effort:
    begin = min([verdict.started, *(a.started for a in verdict.activities)])
    seconds = max(
        verdict.seconds, *((a.started - begin).total_seconds() + a.seconds for a in verdict.activities), 0.1
    )
    lanes: dict[tuple[Work, str, str], list[Activity]] = {}
    for activity in verdict.activities:
        name = "queries" if activity.kind is Work.QUERY else activity.name
        lanes.setdefault((activity.kind, activity.step, name), []).append(activity)
    return Effort(
        seconds,
        tuple(
            Lane(*key, tuple(_mark(activity, begin, seconds) for activity in activities))
            for key, activities in lanes.items()
        ),
        tuple(_shares(verdict.activities, seconds)),
    )


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """The length of what some spans of time cover together."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def _shares(activities: Sequence[Activity], seconds: float) -> Iterable[Share]:
    """The run's time by what was under way; where several were, the job runs count, then the crawls."""
    spans: list[tuple[float, float]] = []
    left = 0.0
    for work in Work:
        before = covered(spans)
        spans += [_span(activity) for activity in activities if activity.kind is work]
        own = covered(spans) - before
        yield Share(PLURAL[work], own, left, 1000 * own / seconds)
        left += 1000 * own / seconds
    rest = max(0.0, seconds - covered(spans))
    yield Share("all else", rest, left, 1000 - left)


def _span(activity: Activity) -> tuple[float, float]:
    begin = _stamp(activity.started)
    return begin, begin + activity.seconds


def _stamp(moment: datetime) -> float:
    return moment.timestamp()


def _mark(activity: Activity, begin: datetime, seconds: float) -> Mark:
    left = 1000 * (activity.started - begin).total_seconds() / seconds
    return Mark(activity, round(left, 1), round(max(1000 * activity.seconds / seconds, 3), 1))
