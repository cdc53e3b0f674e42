"""How often AWS lets an account call an action, and the pace that keeps the suite within it.

Limits hold for an account and region, whoever calls. An action that is not named has no published rate that is known
for sure (Glue's), or one that a few dozen calls at once do not reach: S3's 3,500 writes and 5,500 reads a second below
a prefix (S3 user guide, "Optimizing Amazon S3 performance"). What AWS throttles all the same, botocore tries again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from botocore.session import Session as CoreSession

from acceptance.aws.waiting import Clock

SHARE = 0.8
"""Of a limit, what the suite takes: calls that leave evenly may arrive in clumps, and others are in the account too."""


@dataclass(frozen=True)
class Rate:
    """So many calls a second; after a pause `burst` of them at once."""

    per_second: float
    burst: float

    @classmethod
    def without_burst(cls, per_second: float) -> Rate:
        """Half at once and half a second: no second has more than so many."""
        return cls(per_second / 2, per_second / 2)

    def share(self, part: float) -> Rate:
        return Rate(self.per_second * part, self.burst * part)


PUBLISHED: Mapping[str, Rate] = {
    # Athena user guide, "Service Quotas", "Per account API call quotas"
    "athena.StartQueryExecution": Rate(20, 80),
    "athena.StopQueryExecution": Rate(20, 80),
    "athena.BatchGetQueryExecution": Rate(20, 40),
    "athena.GetQueryExecution": Rate(100, 200),
    "athena.GetQueryResults": Rate(100, 200),
    # CloudWatch Logs user guide, "CloudWatch Logs quotas"; some regions have 10 or 25
    "cloudwatch-logs.FilterLogEvents": Rate.without_burst(5),
}
"""By service and action, as botocore's events name them."""


class Pace:
    """Has callers wait as long as keeps them within a rate (a token bucket, filled at first); for several threads.

    botocore's handler for `before-send`: it comes before each request, those of calls that are tried again too.
    """

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self.rate, self.clock = rate, clock
        self._lock = Lock()
        self._full = clock.monotonic()  # when the bucket will be, or was, full again

    def __call__(self, **_: Any) -> None:
        if (seconds := self._due()) > 0:
            self.clock.sleep(seconds)

    def _due(self) -> float:
        """Take a token; in how many seconds it will be there."""
        with self._lock:
            now = self.clock.monotonic()
            self._full = max(self._full, now) + 1 / self.rate.per_second
            return self._full - now - self.rate.burst / self.rate.per_second


def keep(core: CoreSession, clock: Clock) -> None:
    """Have all clients of the session, together, take no more than the suite's share of the published rates."""
    for action, rate in PUBLISHED.items():
        core.register(f"before-send.{action}", Pace(rate.share(SHARE), clock))
