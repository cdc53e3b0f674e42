"""Glue's names for types, and columns of several types, which Glue calls choices.

Here a choice is a struct with a field a type, as it is in a data frame of Glue.
"""

from collections.abc import Callable
from typing import Any

_OTHER_NAMES = {"tinyint": "byte", "smallint": "short", "bigint": "long"}
"""Glue's, where they are not Hive's."""
_HIVE_NAMES = {glue: hive for hive, glue in _OTHER_NAMES.items()}


def glue_name(hive: str) -> str:
    return _OTHER_NAMES.get(hive, hive)


def hive_name(glue: str) -> str:
    return _HIVE_NAMES.get(glue, glue)


def cast(column: Any, members: list[str], type_: str) -> Any:
    """The column as one of the Glue type; of a choice the member that is there, cast."""
    from pyspark.sql import functions as F

    whole = F.coalesce(*(column[name].cast(hive_name(type_)) for name in members)) if members else column
    return whole.cast(hive_name(type_))


def resolved(name: str, column: Any, members: list[str], action: str) -> dict[str, Any]:
    """By name, the columns that take the choice's place. Raises ValueError for an action that Glue does not have.

    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html#aws-glue-api-crawler-pyspark-extensions-dynamic-frame-resolveChoice
    """
    word, _, type_ = action.partition(":")
    actions: dict[str, Callable[[], dict[str, Any]]] = {
        "cast": lambda: {name: cast(column, members, type_)},
        "project": lambda: {name: column[type_] if type_ in members else cast(column, members, type_)},
        "make_cols": lambda: {f"{name}_{member}": column[member] for member in members} or {name: column},
        "make_struct": lambda: {name: column},
    }
    if word not in actions:
        raise ValueError(f"ResolveChoice has no action {action!r}")
    return actions[word]()
