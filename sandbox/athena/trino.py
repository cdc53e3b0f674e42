"""A Trino in the place of the sandbox's own engine: `SANDBOX_ATHENA=http://127.0.0.1:8440`.

`python -m referee serve` starts one. Its Hive connector reads the sandbox's Glue and S3 as they are. SHOW and DESCRIBE
are answered here, as Athena words them. What is no SQL fails when it is executed, where Athena would not begin.
https://trino.io/docs/current/develop/client-protocol.html
"""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.athena.catalog import Catalog
from sandbox.athena.engine import Statement
from sandbox.athena.results import Column, QueryError, QueryResult, java_double, shortest_float
from sandbox.athena.statements import Statements
from sandbox.athena.types import Type, parse

VARIABLE = "SANDBOX_ATHENA"

_ANSWER_SECONDS = 120  # Trino says at least each second that it goes on
_CATALOG = {
    "hive.metastore": "glue",
    "hive.metastore.glue.region": "{region}",
    "hive.metastore.glue.endpoint-url": "{endpoint}",
    "hive.metastore.glue.aws-access-key": "sandbox",
    "hive.metastore.glue.aws-secret-key": "sandbox",
    "hive.table-statistics-enabled": "false",
    "hive.partition-projection-enabled": "true",
    "hive.recursive-directories": "true",
    "fs.hadoop.enabled": "false",
    "fs.native-s3.enabled": "true",
    "s3.endpoint": "{endpoint}",
    "s3.path-style-access": "true",
    "s3.region": "{region}",
    "s3.aws-access-key": "sandbox",
    "s3.aws-secret-key": "sandbox",
}


@dataclass(frozen=True)
class Cost:
    """What Trino says that a query took; `error`: its reason where it failed."""

    seconds: float
    processor_seconds: float
    peak_bytes: int  # of memory
    columns: int  # of the result
    error: str = ""


class TrinoEngine:
    """Answers as `QueryEngine` does; one Trino serves several sandboxes, each by a catalog of its own."""

    def __init__(self, clients: Callable[[str], Any], address: str) -> None:
        self.address = address.rstrip("/")
        self.statements = Statements(Catalog(clients("glue")))
        meta = clients("glue").meta
        self.catalog = f"sandbox_{urlsplit(meta.endpoint_url).port}"
        known = {"endpoint": meta.endpoint_url, "region": meta.region_name}
        settings = ", ".join(f"\"{name}\" = '{value.format(**known)}'" for name, value in _CATALOG.items())
        self._ask(
            f"DROP CATALOG IF EXISTS {self.catalog}", "default"
        )  # another sandbox may have had the port
        self._ask(f"CREATE CATALOG {self.catalog} USING hive WITH ({settings})", "default")

    def close(self) -> None:
        """Trino keeps some dozens of megabytes for each catalog that is not dropped."""
        with suppress(OSError, QueryError):  # it may have ended before
            self._ask(f"DROP CATALOG IF EXISTS {self.catalog}", "default")

    def read(self, sql: str, parameters: Sequence[str] | None = None) -> Statement:
        sql = re.sub(r"^(\s*--[^\n]*\n)+", "", sql).strip().rstrip(";").strip()
        if parameters:
            quoted = sql.replace("'", "''")
            sql = f"EXECUTE IMMEDIATE '{quoted}' USING {', '.join(parameters)}"
        return Statement(sql, None)

    def run(self, statement: Statement, database: str) -> QueryResult:
        """Raises `QueryError` with Trino's reason."""
        if self.statements.answers(statement.sql):
            return self.statements.answer(statement.sql, database)
        return self._ask(statement.sql, database.lower())

    def cost(self, statement: Statement, database: str) -> Cost:
        """Run it for what it takes alone."""
        columns = 0
        for answer in self._pages(statement.sql, database.lower()):
            columns = len(answer.get("columns", ())) or columns
        stats, error = answer["stats"], answer.get("error")
        return Cost(
            stats["elapsedTimeMillis"] / 1000,
            stats["cpuTimeMillis"] / 1000,
            stats["peakMemoryBytes"],
            columns,
            f"{error['errorName']}: {error['message']}" if error else "",
        )

    def _ask(self, sql: str, database: str) -> QueryResult:
        columns: list[Any] = []
        rows: list[list[str | None]] = []
        scanned = 0
        for answer in self._pages(sql, database):
            columns = answer.get("columns") or columns
            rows += [
                [_told(value, column["typeSignature"]) for value, column in zip(row, columns, strict=True)]
                for row in answer.get("data", [])
            ]
            scanned = answer["stats"].get("physicalInputBytes", 0)
            if error := answer.get("error"):
                raise QueryError(f"{error['errorName']}: {error['message']}")
        return QueryResult(
            "DML", [Column(each["name"], _type(each["type"])) for each in columns], rows, scanned
        )

    def _pages(self, sql: str, database: str) -> Iterator[Any]:
        answer = self._call(f"{self.address}/v1/statement", sql.encode(), database)
        yield answer
        while next_uri := answer.get("nextUri"):
            answer = self._call(next_uri)
            yield answer

    def _call(self, url: str, body: bytes | None = None, database: str = "default") -> Any:
        headers = {
            "X-Trino-User": "sandbox",
            "X-Trino-Catalog": self.catalog,
            "X-Trino-Schema": database,
            "X-Trino-Time-Zone": "UTC",
            "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
            "Content-Type": "text/plain; charset=utf-8",
        }
        request = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as response:
            return json.load(response)


def _type(text: str) -> Type:
    """`timestamp(3) with time zone` has its digits in the middle."""
    return parse(re.sub(r"\(\d+\)(?= with time zone)", "", text))


def _told(value: Any, signature: Any) -> str | None:
    """A value of Trino's JSON as Athena prints it."""
    if value is None:
        return None
    parts = [each["value"] for each in signature.get("arguments", [])]
    match signature["rawType"]:
        case "boolean":
            return str(value).lower()
        case "double" if not isinstance(value, str):
            return java_double(float(value))
        case "real" if not isinstance(value, str):
            return java_double(shortest_float(float(value)))
        case "varbinary":
            return base64.b64decode(value).hex(" ")
        case "array":
            return f"[{', '.join(_part(each, parts[0]) for each in value)}]"
        case "map":
            members = (f"{_part(key, parts[0])}={_part(each, parts[1])}" for key, each in value.items())
            return "{" + ", ".join(members) + "}"
        case "row":
            fields = zip(parts, value, strict=True)
            return "{" + ", ".join(f"{_name(p)}={_part(v, p['typeSignature'])}" for p, v in fields) + "}"
    return str(value)


def _part(value: Any, signature: Any) -> str:
    told = _told(value, signature)
    return "null" if told is None else told


def _name(field: Any) -> str:
    return str((field.get("fieldName") or {}).get("name", ""))
