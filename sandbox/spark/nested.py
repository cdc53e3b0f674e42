"""Columns within columns: Glue's transforms name them with dots, `a.b`, and write a dot in a name as `` `a.b` ``."""

import re
from typing import Any

Path = tuple[str, ...]


def path(name: str) -> Path:
    """The parts of a name."""
    return tuple(part.strip("`") for part in re.findall(r"`[^`]*`|[^.]+", name))


def column(parts: Path) -> Any:
    from pyspark.sql import functions as F

    return F.col(".".join(f"`{part}`" for part in parts))


def has(schema: Any, parts: Path) -> bool:
    """Whether a schema has the column, in whatever case of letters."""
    for part in parts:
        found = [field for field in getattr(schema, "fields", []) if field.name.lower() == part.lower()]
        if not found:
            return False
        schema = found[0].dataType
    return True


def assembled(columns: dict[Path, Any]) -> list[Any]:
    """The columns by their paths, those with a common beginning together in a struct."""
    from pyspark.sql import functions as F

    tops: dict[str, dict[Path, Any]] = {}
    for parts, value in columns.items():
        tops.setdefault(parts[0], {})[parts[1:]] = value
    return [
        (below[()] if () in below else F.struct(*assembled(below))).alias(top) for top, below in tops.items()
    ]


def leaves(schema: Any, above: Path = ()) -> list[Path]:
    """The paths of all that is no struct, in order."""
    from pyspark.sql.types import StructType

    found: list[Path] = []
    for field in schema.fields:
        here = (*above, field.name)
        found += leaves(field.dataType, here) if isinstance(field.dataType, StructType) else [here]
    return found
