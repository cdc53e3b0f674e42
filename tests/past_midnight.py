"""behave, with midnight UTC passing in mid-run: `python -m tests.past_midnight -D ticket=DPP-426 …`.

It is the next day, for the suite, from the moment at which a file is there: MIDNIGHT says which.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from behave.__main__ import main

from acceptance.aws.waiting import Clock


def now(self: Clock) -> datetime:
    return datetime.now(UTC) + timedelta(days=Path(os.environ["MIDNIGHT"]).exists())


if __name__ == "__main__":
    Clock.now = now  # type: ignore[method-assign]
    sys.exit(main(sys.argv[1:]))
