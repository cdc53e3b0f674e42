"""The row ledger: how a table's records go from the API to the snapshot, and why their number changes on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from acceptance.measurements.model import Point, Reason, RowChange, RowCount, Uncompared
from acceptance.report import messages
from acceptance.verdict import sentence
from acceptance.verdict.model import Verdict

HEIGHT, ROOM = 100.0, 64.0  # of a drawing; what lies above `ROOM` is left to rows that the merge brings
WIDTH, BAR = 100.0, 36.0  # of a point's column, and of the bar in it
LEAST = 1.5  # so that a few rows beside very many are seen at all


@dataclass(frozen=True)
class Stop:
    """A table at a point: how many records it has there, and how that came."""

    point: Point
    count: RowCount | None  # None: not counted in this run
    changes: tuple[RowChange, ...]
    unexplained: int | None  # rows; None where there is nothing to compare with
    uncompared: tuple[Uncompared, ...] = ()

    @property
    def rows(self) -> int | None:
        return self.count.rows if self.count else None

    @property
    def merged(self) -> int:
        """Rows that were not in today's increment."""
        return sum(c.rows for c in self.changes if c.reason is Reason.MERGE and c.rows > 0)


@dataclass(frozen=True)
class Shape:
    """Part of the drawing, a polygon."""

    kind: str  # its class: bar, merged, flow, change, unexplained
    points: str  # as SVG's polygon has them


@dataclass(frozen=True)
class Ledger:
    table: str
    stops: tuple[Stop, ...]

    @property
    def counted(self) -> bool:
        return any(stop.count for stop in self.stops)

    @property
    def unexplained(self) -> int:
        """Rows lost and gained without a reason, all together."""
        return sum(abs(stop.unexplained or 0) for stop in self.stops)

    @property
    def spoilt(self) -> bool:
        """Whether values within the rows are not what they were."""
        return any(change.reason is Reason.CAST for stop in self.stops for change in stop.changes)

    @property
    def remarkable(self) -> bool:
        """Whether anything but the merge happened on the way."""
        return bool(self.unexplained or self.uncompared) or any(
            change.reason is not Reason.MERGE for stop in self.stops for change in stop.changes
        )

    @property
    def uncompared(self) -> list[Uncompared]:
        """Values that could not be compared with what they were made of."""
        return [each for stop in self.stops for each in stop.uncompared]

    @property
    def told(self) -> str:
        """The ledger in a sentence."""
        if not self.counted:
            return "Nothing of it was counted."
        ends = [f"{stop.rows:,} in {stop.point}" for stop in self.stops if stop.rows is not None]
        way = f"{ends[0]}, {ends[-1]}" if len(ends) > 1 else "".join(ends)
        if not ends:
            return "No rows were counted."
        told = [
            f"{messages.signed(stop.unexplained)} at {stop.point} unexplained"
            for stop in self.stops
            if stop.unexplained
        ] or (["every change explained"] if len(ends) > 1 else [])
        if self.spoilt:
            told.append("values were lost or changed on the way")
        if self.uncompared:
            told.append(sentence.uncompared(self.uncompared))
        if self.stops[-1].rows is None:
            told.append("not counted further")
        return f"{way}; {'; '.join(told)}." if told else f"{way}."

    @cached_property
    def shapes(self) -> list[Shape]:
        """The drawing, from left to right. Heights are to scale, but for what the merge brings: that may be cut."""
        most = max((stop.rows - min(stop.merged, stop.rows) for stop in self.stops if stop.rows), default=0)
        scale = (ROOM if any(stop.merged for stop in self.stops) else HEIGHT) / most if most else 0
        shapes: list[Shape] = []
        before: tuple[float, float] | None = None  # where the last bar ends, and its height
        for number, stop in enumerate(self.stops):
            if stop.rows is None:
                continue
            left = number * WIDTH + (WIDTH - BAR) / 2
            own = stop.rows - min(stop.merged, stop.rows)
            height = max(own * scale, LEAST if own else 0)
            if before:
                shapes += _flow(*before, left, height, stop)
            shapes.append(_box("bar", left, height, 0))
            if stop.merged:
                cap = min(max(stop.merged * scale, LEAST), HEIGHT - height) if scale else HEIGHT / 3
                shapes.append(_box("merged", left, cap, height))
            before = (left + BAR, height)
        return shapes

    @property
    def width(self) -> float:
        return WIDTH * len(self.stops)


def draw(verdict: Verdict) -> list[Ledger]:
    """One for each table; those with something unexplained first."""
    counts = {(c.table, c.point): c for c in verdict.row_counts}
    ledgers = [
        Ledger(table, tuple(_stops(table, counts, verdict)))
        for table in dict.fromkeys((*verdict.tables, *(c.table for c in verdict.row_counts)))
    ]
    return sorted(ledgers, key=lambda ledger: not ledger.unexplained)


def _stops(table: str, counts: dict[tuple[str, Point], RowCount], verdict: Verdict) -> Iterable[Stop]:
    own = [change for change in verdict.row_changes if change.table == table]
    left = [each for each in verdict.uncompared if each.table == table]
    before: int | None = None
    for point in Point:
        count = counts.get((table, point))
        here = tuple(change for change in own if change.point is point)
        rows = count.rows if count else None
        known = rows is not None and before is not None
        unexplained = (rows or 0) - (before or 0) - sum(change.rows for change in here) if known else None
        uncompared = tuple(each for each in left if each.point is point)
        yield Stop(point, count, here, unexplained, uncompared)
        before = rows


def _flow(edge: float, then: float, left: float, now: float, stop: Stop) -> Iterable[Shape]:
    """What goes on from the bar before, and the wedge that is lost or comes along."""
    top_then, top_now = HEIGHT - then, HEIGHT - now
    yield Shape("flow", _points((edge, HEIGHT), (edge, top_then), (left, top_now), (left, HEIGHT)))
    if abs(then - now) > 0.01:
        kind = "unexplained" if stop.unexplained else "change"
        yield Shape(kind, _points((edge, top_then), (left, top_then), (left, top_now)))


def _box(kind: str, left: float, height: float, above: float) -> Shape:
    top, bottom = HEIGHT - above - height, HEIGHT - above
    return Shape(kind, _points((left, bottom), (left, top), (left + BAR, top), (left + BAR, bottom)))


def _points(*corners: tuple[float, float]) -> str:
    return " ".join(f"{x:g},{round(y, 2):g}" for x, y in corners)
