"""A job's bookmark: which objects it has read already.

Glue keeps bookmarks for Spark jobs, by modification times, and has none for Python-shell jobs. As the
sandbox runs Python-shell jobs only, this gives them what the pipeline's Spark jobs have: with
`--job-bookmark-option job-bookmark-enable` the runner names a file in SANDBOX_BOOKMARK, which holds
`{context: [mark, …]}`; it is the job's own, and a job of another name starts with an empty one.
"""

import json
import os
from pathlib import Path


class JobBookmark:
    def __init__(self) -> None:
        path = os.environ.get("SANDBOX_BOOKMARK")
        self._path = Path(path) if path else None
        text = self._path.read_text() if self._path and self._path.exists() else ""
        self._read: dict[str, list[str]] = json.loads(text or "{}")

    def unread(self, context: str, objects: list[dict]) -> list[dict]:
        """Those of the S3 objects (`Bucket`, `Key`, `ETag`) not read under this context before.

        They count as read from the next `commit()` on. Without a bookmark, all are unread always.
        """
        if self._path is None:
            return objects
        seen = self._read.setdefault(context, [])
        fresh = [each for each in objects if mark(each) not in seen]
        seen.extend(map(mark, fresh))
        return fresh

    def commit(self) -> None:
        if self._path is not None:
            self._path.write_text(json.dumps(self._read))


def mark(s3_object: dict) -> str:
    """What the bookmark keeps of an object; one that is overwritten is unread again."""
    return "s3://{Bucket}/{Key}@{ETag}".format(**s3_object)
