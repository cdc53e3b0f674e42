"""A job run, and its bookmark.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-job.html
"""

from typing import Any

from sandbox.spark.bookmarks import bookmarks


class Job:
    """Between `init` and `commit`, what is read under a transformation_ctx is noted; `commit` keeps the note."""

    _initialized = False

    def __init__(self, glue_context: Any) -> None:
        self._glue_context = glue_context

    @classmethod
    def init(cls, job_name: str, args: dict[str, str] = {}) -> None:  # noqa: B006  Glue's signature
        bookmarks().begin()
        Job._initialized = True

    @classmethod
    def isInitialized(cls) -> bool:
        return Job._initialized

    @classmethod
    def commit(cls) -> None:
        bookmarks().commit()
