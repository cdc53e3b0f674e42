"""Queries that are asked in parts: of a table with so many columns that Athena cannot take them in one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from acceptance.findings import SuiteError

LONGEST = 262_144
"""Bytes of a query (Athena user guide, "Service Quotas"). `applications`, 752 columns wide, needs some 90,000."""
WIDEST_JOIN = 400
"""Columns of the rows that a query joins, other than those that it joins them on.

Trino compiles a class with fields for each column of a join's build side. Beyond some 600 columns its constructor is
longer than Java allows (64 kB), however few the rows: GENERIC_INTERNAL_ERROR, `MethodTooLargeException`. Measured on
Trino 435, for want of a published limit: 601 columns run, 676 do not.
"""


def needed(columns: int, widest: int = WIDEST_JOIN) -> int:
    """How many queries some columns need, of at most `widest` each."""
    return max(math.ceil(columns / widest), 1)


def of_join(
    query: Callable[[Mapping[int, str]], str], columns: Sequence[str], longest: int = LONGEST
) -> list[str]:
    """One query of all columns of the rows that it joins, or as few as keep within `WIDEST_JOIN` and `longest`."""
    return of(query, columns, longest, needed(len(columns)))


def of(
    query: Callable[[Mapping[int, str]], str], columns: Sequence[str], longest: int = LONGEST, least: int = 1
) -> list[str]:
    """`least` queries of all columns, about as many in each; more where one would be longer than `longest` bytes.

    `query` writes one of some columns, by their numbers among all. Raises `SuiteError` where one alone is too long.
    """
    numbered = list(enumerate(columns))
    for parts in range(least, max(len(columns), 1) + 1):
        size = math.ceil(len(columns) / parts) or 1
        starts = range(0, max(len(columns), 1), size)
        found = [query(dict(numbered[start : start + size])) for start in starts]
        if all(len(each.encode()) <= longest for each in found):
            return found
    raise SuiteError(f"no query of {longest:,} bytes holds one column alone: Athena takes no longer ones")
