"""Queries through Athena, never from a cache: a verification reads what is there now."""

from __future__ import annotations

import re
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass
from typing import Any

from pyathena import connect
from pyathena.async_cursor import AsyncDictCursor
from pyathena.util import RetryConfig

from acceptance.clients import Aws
from acceptance.environments import Environment
from acceptance.findings import SuiteError, WaitExpired
from acceptance.foreign import discretion
from acceptance.links import Links
from acceptance.verdict import Evidence, Kind

PLAIN_NAME = re.compile(r"[a-z0-9_-]+")
_UNREADABLE = re.compile(r"HIVE_|TABLE_NOT_FOUND|COLUMN_NOT_FOUND|TYPE_MISMATCH|SCHEMA_NOT_FOUND")
"""How Athena words what is wrong with the data or its description; other errors are Athena's or the suite's own."""


def identifier(name: str) -> str:
    """A name quoted for SQL. Identifiers cannot be bound as parameters, so only plain names pass."""
    if not PLAIN_NAME.fullmatch(name):
        raise SuiteError(f"{name!r} is not a name that goes into SQL")
    return f'"{name}"'


class QueryFailed(SuiteError):
    """Athena ended a query without a result; the reason is Athena's, as far as it quotes no data.

    What it means is for the caller to say.
    """

    def __init__(self, query_id: str, reason: str) -> None:
        self.query_id, self.reason = query_id, discretion.query_error(reason)
        super().__init__(f"query {query_id}: {self.reason}")

    @property
    def data_is_unreadable(self) -> bool:
        """Whether the data, or what the Data Catalog says of them, are the cause."""
        return bool(_UNREADABLE.match(self.reason))


@dataclass(frozen=True)
class QueryResult:
    id: str
    sql: str
    rows: list[dict[str, Any]]
    scanned_bytes: int
    milliseconds: int

    def evidence(self, links: Links, title: str) -> Evidence:
        facts = {
            "Query": self.id,
            "Rows": str(len(self.rows)),
            "Scanned": f"{self.scanned_bytes:,} bytes",
            "Time": f"{self.milliseconds} ms",
        }
        return Evidence(Kind.QUERY, title, facts, text=self.sql, link=links.query(self.id))


@dataclass(frozen=True)
class RunningQuery:
    """A query under way; several may be at once."""

    id: str
    sql: str
    future: Future[Any]
    athena: Athena

    def result(self) -> QueryResult:
        """Raises `QueryFailed`, and `WaitExpired` (the query then cancelled) at the environment's deadline."""
        deadline = self.athena.environment.patience.query
        try:
            found = self.future.result(timeout=deadline)
        except TimeoutError:
            self.athena.cancel(self.id)
            raise WaitExpired(
                f"query {self.id} has not ended after {deadline:.0f} s; it was cancelled"
            ) from None
        if found.state != "SUCCEEDED":
            raise QueryFailed(self.id, found.state_change_reason or found.state)
        return QueryResult(
            self.id,
            self.sql,
            found.fetchall(),
            found.data_scanned_in_bytes or 0,
            found.total_execution_time_in_millis or 0,
        )


class Athena:
    """Queries in the environment's workgroup, which enforces its own place for results."""

    def __init__(self, aws: Aws, environment: Environment, links: Links) -> None:
        self.environment, self.links = environment, links
        self.connection = connect(
            session=aws.session,
            region_name=environment.region,
            work_group=environment.workgroup,
            catalog_name=environment.data_catalog,
            poll_interval=environment.patience.poll if environment.sandbox else 1,
            cursor_class=AsyncDictCursor,
            result_reuse_enable=False,
            retry_config=RetryConfig(attempt=5),
        )
        # DML queries that Athena runs at once for an account by default are many more; the suite stays well below
        self.cursor = self.connection.cursor(max_workers=8)

    def start(self, sql: str) -> RunningQuery:
        query_id, future = self.cursor.execute(sql)
        return RunningQuery(query_id, sql, future, self)

    def run(self, sql: str) -> QueryResult:
        return self.start(sql).result()

    def cancel(self, query_id: str) -> None:
        self.cursor.cancel(query_id)

    def close(self) -> None:
        self.cursor.close()
        self.connection.close()
