"""Queries through Athena, never from a cache: a verification reads what is there now."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, Semaphore
from typing import Any

import pyathena
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pyathena import connect
from pyathena.async_cursor import AsyncDictCursor
from pyathena.converter import DefaultTypeConverter
from pyathena.model import AthenaQueryExecution
from pyathena.util import RetryConfig

from acceptance.aws.console_links import Links
from acceptance.aws.glue_catalog import Catalog
from acceptance.aws.session import Aws
from acceptance.aws.unresolved import Unresolved, unresolved
from acceptance.aws.waiting import Clock
from acceptance.environments import Environment
from acceptance.evidence import Evidence, Kind
from acceptance.findings import SuiteError, WaitExpired
from acceptance.measurements.model import Activity, Measurements, Work
from acceptance.privacy.foreign_text import discretion

logging.getLogger("pyathena").setLevel(logging.CRITICAL)  # what it logs with a traceback it raises too

_UNREADABLE = re.compile(r"HIVE_|TYPE_MISMATCH|NOT_SUPPORTED: Unsupported Trino column type ")
"""How Athena words what is wrong with the data or its description; other errors are Athena's or the suite's own."""
_HINDERED = re.compile(r"Access ?Denied|not authorized|Slow ?Down|Status Code: (403|5\d\d)", re.IGNORECASE)
"""What kept Athena from the data, worded below the same HIVE_… codes: S3's refusals and throttling."""

QUERIES_AT_ONCE = 50
"""As many as BatchGetQueryExecution tells of in one answer (API reference); an account may have more active."""

PLAIN_NAME = re.compile(r"[a-z0-9_-]+")


def identifier(name: str) -> str:
    """A database's or table's name quoted for SQL. Identifiers cannot be bound as parameters: only plain names pass."""
    if not PLAIN_NAME.fullmatch(name):
        raise SuiteError(f"{name!r} is not a name that goes into SQL")
    return quoted(name)


def quoted(column: str) -> str:
    """A column's name for SQL: the API's keys become columns, whatever characters they have.

    In double quotes Trino takes all characters, a double quote written twice (Trino, "Language: identifiers").
    """
    doubled = column.replace('"', '""')
    return f'"{doubled}"'


class QueryFailed(SuiteError):
    """Athena ended a query without a result; the reason is Athena's, as far as it quotes no data.

    What it means is for the caller to say.
    """

    code = "query-failed"

    def __init__(self, query_id: str, reason: str, name: Unresolved | None = None) -> None:
        self.query_id, self.reason, self.name = query_id, discretion.query_error(reason), name
        super().__init__(f"query {query_id} failed: {self.reason}; {self._advice()}")

    def _advice(self) -> str:
        if self.name and self.name.there:
            return (
                f"the Data Catalog has {self.name.name}, so this is no finding about the product: this role may not "
                "read it. Ask the Data Platform team to grant the role SELECT on it in Lake Formation"
            )
        return (
            "this is no finding about the product. Run the step again; "
            "if it goes on, ask the Data Platform team what Athena lacks (permission, key, quota), else AWS support"
        )

    @property
    def missing(self) -> str:
        """What the query reads and the Data Catalog has not: "the column visits of increment_wards"."""
        return self.name.name if self.name and not self.name.there else ""

    @property
    def data_is_unreadable(self) -> bool:
        """Whether the data, or what the Data Catalog says of them, are the cause."""
        unreadable = bool(_UNREADABLE.match(self.reason)) and not _HINDERED.search(self.reason)
        return unreadable or bool(self.missing)


@dataclass(frozen=True)
class QueryResult:
    id: str
    sql: str
    rows: list[dict[str, Any]]
    scanned_bytes: int
    milliseconds: int

    @property
    def failing_ids(self) -> tuple[str, ...]:
        """The ids that a query of failing rows has fetched; none of another query, whose rows are never shown."""
        return tuple(str(row["id"]) for row in self.rows if row.keys() == {"id"})

    def evidence(self, links: Links, title: str) -> Evidence:
        facts = {
            "Query": self.id,
            "Rows": str(len(self.rows)),
            "Scanned": f"{self.scanned_bytes:,} bytes",
            "Time": f"{self.milliseconds} ms",
        }
        return Evidence(
            Kind.QUERY,
            title,
            facts,
            text=self.sql,
            link=links.query(self.id),
            id=self.id,
            failing_ids=self.failing_ids,
        )


@dataclass(frozen=True)
class RunningQuery:
    """A query under way; several may be at once."""

    id: str
    sql: str
    future: Future[Any]
    athena: Athena
    again: bool = False  # whether it is the second try
    name: str = ""

    def result(self) -> QueryResult:
        """Raises `QueryFailed`, and `WaitExpired` (the query then cancelled) at the environment's deadline.

        A failure that Athena itself calls passing (API reference, AthenaError, Retryable) is tried once more. The rows
        are fetched once, however many ask for them.
        """
        if fetched := self.athena.fetched.get(self.id):
            return fetched
        self._wait()
        with causes():
            found = self.future.result()
        self.athena.measured.activity(self._activity(found))
        if found.state != "SUCCEEDED":
            if found.retryable and not self.again:
                self.athena.fetched[self.id] = self.athena.start(self.sql, self.name, again=True).result()
                return self.athena.fetched[self.id]
            raise self.athena.failure(self, found.state_change_reason or found.state)
        with causes():
            rows = found.fetchall()
        fetched = QueryResult(
            self.id,
            self.sql,
            rows,
            found.data_scanned_in_bytes or 0,
            found.total_execution_time_in_millis or 0,
        )
        self.athena.fetched[self.id] = fetched
        return fetched

    def _wait(self) -> None:
        deadline, clock = self.athena.environment.patience.query, self.athena.clock
        since = clock.monotonic()
        if clock.wait(self.future, deadline):
            return
        state = self.athena.states.get(self.id, "QUEUED")
        self.athena.cancel(self.id)
        raise WaitExpired(
            f"query {self.id} is still {state} after {clock.monotonic() - since:.0f} s (deadline {deadline:.0f} s); "
            "it was cancelled"
        )

    def _activity(self, found: Any) -> Activity:
        """`found`: pyathena's result set."""
        return Activity(
            Work.QUERY,
            self.name,
            self.id,
            found.submission_date_time,
            (found.total_execution_time_in_millis or 0) / 1000,
            state=found.state,
            bytes_scanned=found.data_scanned_in_bytes or 0,
            link=self.athena.links.query(self.id),
        )


class TimesOrTexts(DefaultTypeConverter):
    """A time that Python cannot hold, of the year 0 or after 9999, stays the text that Athena gives."""

    def convert(self, type_: str, value: str | None, type_hint: str | None = None) -> Any | None:
        try:
            return super().convert(type_, value, type_hint)
        except ValueError:
            if type_ not in ("date", "timestamp"):
                raise
            return value


class TogetherCursor(AsyncDictCursor):
    """Waits for all queries under way with one call an interval, where pyathena's own asks for each of them."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._lock = Lock()
        self._under_way: dict[str, None] = {}
        self._seen: dict[str, AthenaQueryExecution] = {}
        self._looked = 0.0

    def _poll_until_terminal(self, query_id: str) -> AthenaQueryExecution:
        self._under_way[query_id] = None
        try:
            self._wait_poll_interval()  # no query ends at once, and others may be starting beside it
            return super()._poll_until_terminal(query_id)
        finally:
            del self._under_way[query_id]

    def _get_query_execution(self, query_id: str) -> AthenaQueryExecution:
        while (found := self._latest(query_id)) is None:  # Athena could not process its id this time
            self._wait_poll_interval()
        return found

    def _latest(self, query_id: str) -> AthenaQueryExecution | None:
        with self._lock:
            if time.monotonic() - self._looked >= self._poll_interval or query_id not in self._seen:
                found = self._batch_get_query_execution(list(self._under_way))
                self._seen = {each.query_id: each for each in found}
                self._looked = time.monotonic()
            return self._seen.get(query_id)


class Athena:
    """Queries in the environment's workgroup, which enforces its own place for results."""

    def __init__(
        self,
        aws: Aws,
        environment: Environment,
        links: Links,
        clock: Clock,
        measured: Measurements | None = None,
    ) -> None:
        self.aws, self.environment, self.links, self.clock = aws, environment, links, clock
        self.measured = measured or Measurements()
        self.states: dict[str, str] = {}  # of each query, as last seen
        self.fetched: dict[str, QueryResult] = {}  # by the query's id
        self._started: list[RunningQuery] = []
        self.connection = connect(
            session=aws.session,
            config=aws.config.merge(Config()),  # a copy: pyathena writes into it
            region_name=environment.region,
            work_group=environment.workgroup,
            catalog_name=environment.data_catalog,
            poll_interval=environment.patience.poll if environment.sandbox else 1,
            cursor_class=TogetherCursor,
            converter=TimesOrTexts(),
            result_reuse_enable=False,
            retry_config=RetryConfig(attempt=1),  # botocore tries again, as for all other calls
            on_poll=self._saw,
        )
        self.cursor = self.connection.cursor(max_workers=QUERIES_AT_ONCE)
        self._places = Semaphore(QUERIES_AT_ONCE)

    def start(self, sql: str, name: str = "", again: bool = False) -> RunningQuery:
        """`name`: what the query is for, among the run's activities. Waits while too many others are under way."""
        self._places.acquire()
        try:
            with causes():
                query_id, future = self.cursor.execute(sql)
        except BaseException:
            self._places.release()
            raise
        future.add_done_callback(lambda _: self._places.release())
        started = RunningQuery(query_id, sql, future, self, again, name)
        self._started.append(started)
        return started

    def failure(self, query: RunningQuery, reason: str) -> QueryFailed:
        return QueryFailed(query.id, reason, unresolved(Catalog(self.aws), query.sql, reason))

    def cancel(self, query_id: str) -> None:
        """At once: the cursor would have it wait for one of its workers, which hung queries may all keep busy."""
        self.aws.athena.stop_query_execution(QueryExecutionId=query_id)

    def close(self) -> None:
        """Leave no query running that nobody will ask for."""
        under_way = [query for query in self._started if not query.future.done()]
        self.cursor.close()  # which ends the futures, not the queries
        self.connection.close()
        for query in under_way:
            with suppress(ClientError, BotoCoreError):  # Athena ends it at its own limit
                self.cancel(query.id)

    def _saw(self, execution: Any) -> None:
        self.states[execution.query_id] = execution.state


@contextmanager
def causes() -> Iterator[None]:
    """Raise AWS's own errors in place of those that pyathena wraps around them."""
    try:
        yield
    except pyathena.Error as error:
        raise error.__cause__ or error from None
