"""What queries take on Trino, held against the limits of Athena."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from acceptance.queries.parts import LONGEST
from sandbox.athena.trino import Cost, TrinoEngine

if TYPE_CHECKING:
    from referee.questions import Question

SLOWEST = 30 * 60
"""Seconds: the default quota of a DML query. https://docs.aws.amazon.com/general/latest/gr/athena.html"""

HEADS = (
    "| query | time | processor time | peak memory | columns | length in bytes | |\n"
    "|---|---:|---:|---:|---:|---:|---|"
)


@dataclass(frozen=True)
class Taken:
    about: str
    sql: str
    cost: Cost

    @property
    def length(self) -> int:
        return len(self.sql.encode())

    @property
    def beyond(self) -> str:
        """Which limit it breaks; "" for none. Trino itself ends what has too little memory, or too many columns."""
        if self.length > LONGEST:
            return f"longer than {LONGEST:,} bytes"
        if self.cost.seconds > SLOWEST:
            return f"longer than {SLOWEST // 60} minutes"
        return self.cost.error.partition("\n")[0]

    def __str__(self) -> str:
        cost = self.cost
        cells = (
            self.about,
            f"{cost.seconds:,.1f} s",
            f"{cost.processor_seconds:,.1f} s",
            f"{cost.peak_bytes / 1024**2:,.1f} MB",
            str(cost.columns),
            f"{self.length:,}",
            self.beyond,
        )
        return f"| {' | '.join(cells)} |"


def measured(engine: TrinoEngine, questions: Iterable[Question]) -> Iterator[Taken]:
    for each in questions:
        cost = engine.cost(engine.read(each.sql, list(each.parameters)), each.database)
        yield Taken(each.about, each.sql, cost)
