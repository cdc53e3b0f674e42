"""Daily or weekly ingestion: what a table's generations say of how often its data change, and how old the newest is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from acceptance.branch.terraform import DAILY, WEEKLY, TerraformLists
from acceptance.wording import count

LOOKBACK_DAYS = 30
"""As far back as an import asks for changes (the ingestion job's `--max_lookback_days`)."""
HISTORY_DAYS = 90  # that tell how often data change
FEWEST_GENERATIONS = 3  # fewer tell nothing of a rhythm
DAILY_SHARE = 2 / 7
"""Of days with changes: a table that changes on two days of a week or more is out of date too often when weekly."""
OLDEST_DAILY, OLDEST_WEEKLY = timedelta(days=1), timedelta(days=8)


def day_of(generation: str) -> date:
    """Raises ValueError where a generation is no yyyymmdd."""
    return date.fromisoformat(generation)


def list_of(lists: TerraformLists, table: str) -> str:
    """daily, weekly, or "" for neither."""
    return "daily" if table in lists.daily else "weekly" if table in lists.weekly else ""


def oldest_allowed(lists: TerraformLists, table: str) -> timedelta:
    """A table in neither list counts as daily: it has just been ingested for the first time."""
    return OLDEST_WEEKLY if list_of(lists, table) == "weekly" else OLDEST_DAILY


@dataclass(frozen=True)
class Rhythm:
    generations: int  # imports, those that found nothing among them
    days: int  # for which imports asked for changes
    changed: int  # of these, the days on which records were created or changed

    @property
    def known(self) -> bool:
        return self.generations >= FEWEST_GENERATIONS and self.days > 0

    @property
    def share(self) -> float:
        return min(1.0, self.changed / self.days)

    @property
    def fits(self) -> str:
        """daily or weekly."""
        return "daily" if self.share >= DAILY_SHARE else "weekly"


def rhythm(changed: Mapping[str, int], idle: int = 0) -> Rhythm:
    """What increments tell.

    `changed`: by generation (yyyymmdd), on how many days its records were last updated. The first is a full load, or
    as good as one, and tells nothing of changes; each later import asks for the days since the one before. `idle`: how
    many imports since have found nothing, and so left no generation.
    """
    imports = sorted(changed)
    asked = [min((day_of(after) - day_of(before)).days, LOOKBACK_DAYS) for before, after in pairwise(imports)]
    found = [min(changed[day], days) for day, days in zip(imports[1:], asked, strict=True)]
    return Rhythm(len(imports) + idle, sum(asked) + idle, sum(found))


def advice(found: Rhythm, often: str) -> str:
    """`often`: the branch's list for the table, daily or weekly, or "" for neither."""
    listed = f"the branch has it in the {often} list" if often else "the branch has it in neither list"
    if not found.known:
        return (
            "whether daily or weekly ingestion fits is not known yet: "
            f"{count(found.generations, 'generation')} so far, {FEWEST_GENERATIONS} are the fewest to tell it from; "
            f"{listed}"
        )
    seen = f"records were new or changed on {found.changed} of {found.days} days"
    if found.fits == often:
        return f"{seen}: {often} ingestion fits, and {listed}"
    target = DAILY if found.fits == "daily" else WEEKLY
    return f"{seen}: {found.fits} ingestion would fit, and {listed}; consider {target}"
