"""A Spark job's bookmark as Glue keeps it: by transformation context and the objects' modification times.

"For Amazon S3 input sources, AWS Glue job bookmarks check the last modified time of the objects to verify which objects
need to be reprocessed": https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html. Objects modified so
short before a run that a listing may have missed them (`MaxBand`, 15 minutes) are remembered one by one:
https://docs.aws.amazon.com/glue/latest/webapi/API_S3ParquetSource.html
"""

import json
import os
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sandbox.spark.mirror import S3Object

BAND_SECONDS = 900.0


@dataclass
class State:
    """What a context has read: all modified before `until` (seconds since 1970), but in the band before it those `seen`
    alone, modification time by URL."""

    until: float
    seen: dict[str, float] = field(default_factory=dict)

    def has(self, found: S3Object) -> bool:
        modified = found.modified.timestamp()
        return modified < self.until - BAND_SECONDS or self.seen.get(found.url) == modified


class Bookmarks:
    """`path` is the file that the runner has laid out and takes back; None: the job has no bookmark."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._started: float | None = None
        stored = json.loads(path.read_text() or "{}") if path else {}
        self._states = {context: State(**state) for context, state in stored.items()}
        self._read: dict[str, State] = {}

    def begin(self) -> None:
        """From now on, what is read is noted: "Bookmarks won't work without calling" Job.init.

        https://docs.aws.amazon.com/glue/latest/dg/programming-etl-connect-bookmarks.html
        """
        self._started = time.time()

    def unread(self, context: str, objects: list[S3Object]) -> list[S3Object]:
        """Those not read under the context before the last commit; all of them where it has no name."""
        if self._path is None or self._started is None or not context:
            return objects
        before = self._states.get(context, State(0))
        fresh = [each for each in objects if not before.has(each)]
        reading = self._read.setdefault(context, State(self._started, dict(before.seen)))
        reading.seen.update({each.url: each.modified.timestamp() for each in fresh})
        return fresh

    def commit(self) -> None:
        """From now on, what was read counts as read."""
        if self._path is None:
            return
        for context, state in self._read.items():
            within = {url: at for url, at in state.seen.items() if at >= state.until - BAND_SECONDS}
            self._states[context] = State(state.until, within)
        self._path.write_text(json.dumps({context: vars(state) for context, state in self._states.items()}))


@cache
def bookmarks() -> Bookmarks:
    """That of this process's run."""
    path = os.environ.get("SANDBOX_BOOKMARK")
    return Bookmarks(Path(path) if path else None)


def of_the_past(contexts: dict[str, list[str]], now: float) -> dict[str, object]:
    """The bookmark of a job that has read, under each context, all that there is now."""
    return {context: vars(State(now + BAND_SECONDS)) for context in contexts}
