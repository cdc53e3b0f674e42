"""The embedded Athena: SQL executed over the partitions that the Data Catalog has, and worded as Athena words it."""

from sandbox.athena.engine import QueryEngine, Statement
from sandbox.athena.results import Column, QueryError, QueryResult, SyntaxFault

__all__ = ["Column", "QueryEngine", "QueryError", "QueryResult", "Statement", "SyntaxFault"]
