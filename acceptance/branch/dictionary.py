"""The column type dictionary: which columns of which table the recast job casts, and to what."""

from __future__ import annotations

import json
from typing import Any

from acceptance.settings import SettingsError

CATALOG_TYPES = {
    "integer": "int",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "float": "double",
    "double": "double",
    "long": "bigint",
    "date": "date",
}
"""The dictionary's type names that the recast job knows, and what they become in the Data Catalog."""

Dictionary = dict[str, dict[str, list[str]]]
"""{type: {table: [column, …]}}"""


def parse_dictionary(text: str, where: str) -> list[Dictionary]:
    """The column type dictionary, bare or wrapped in a list: its objects, at least one.

    Raises `SettingsError` naming `where`.
    """
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{where} is not valid JSON: {error}") from None
    dictionaries = parsed if isinstance(parsed, list) else [parsed]
    if not (dictionaries and all(map(_is_dictionary, dictionaries))):
        raise SettingsError(f"{where} is not a dictionary of types, tables and columns")
    return dictionaries


def catalog_types(dictionary: Dictionary, table: str) -> dict[str, str]:
    """column -> catalog type; a type that the recast job does not know leaves the column as text."""
    return {
        column: CATALOG_TYPES[kind]
        for kind, tables in dictionary.items()
        for column in tables.get(table, [])
        if kind in CATALOG_TYPES
    }


def _is_dictionary(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(tables, dict) and all(map(_is_names, tables.values())) for tables in value.values()
    )


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)
