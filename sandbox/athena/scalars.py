"""Functions that neither DuckDB has nor its SQL can say: JSON and regular expressions as Athena takes them.

JSON is kept as text. Extraction reads a text only as far as the path needs, as Athena does, so that what is broken
behind that does not matter. https://trino.io/docs/current/functions/json.html, …/regexp.html
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Any

import msgspec

from sandbox.athena.results import double_text, java_double


class _Number(str):
    """A number as the document writes it."""


def _no_constant(text: str) -> Any:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_no_constant)
_MISSING = object()
BLANKS = "".join(
    map(chr, (*range(9, 14), *range(28, 33), 0x1680, *range(0x2000, 0x2007), *range(0x2008, 0x200B)))
)
BLANKS += "\u2028\u2029\u205f\u3000"
"""What Java's Character.isWhitespace says yes to."""
_BLANKS = re.compile(r"[ \t\n\r]*")


def install(connection: Any) -> None:
    """Make the functions known to DuckDB."""
    for function, (arguments, result) in _FUNCTIONS.items():
        connection.create_function(
            function.__name__, _null_for_null(function), arguments, result, null_handling="special"
        )
    connection.execute(f"CREATE MACRO blanks() AS '{BLANKS}'")
    connection.create_function("fail_because", fail_because, _TWO_TEXTS, "BOOLEAN", null_handling="special")


def _null_for_null(function: Callable[..., Any]) -> Callable[..., Any]:
    """DuckDB's own handling of NULL forbids a result of NULL."""

    @wraps(function)  # DuckDB looks at the parameters
    def called(*arguments: Any) -> Any:
        return None if None in arguments else function(*arguments)

    return called


def fail_because(message: str, value: str | None) -> None:
    """Ends a query. The second argument is the value at fault: DuckDB would run a call of constants ahead of time.

    A function of NULL is NULL, and fails nothing.
    """
    if value is not None:
        raise ValueError(message)


# JSON


_FLAT = msgspec.json.Decoder(dict[str, str | None])
"""Records as the Tascomi API has them, of texts and nulls alone: read many times as fast as documents of any kind."""


def _flat(text: str) -> dict[str, str | None] | None:
    """None for any other document, and for what is none."""
    try:
        return _FLAT.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return None


def json_parsed(text: str) -> str:
    if (flat := _flat(text)) is not None and not _BEYOND.search(text) and "\\u" not in text:
        return msgspec.json.encode(dict(sorted(flat.items()))).decode()
    try:
        return _canonical(_DECODER.decode(text), in_order=True)
    except ValueError as error:
        raise ValueError(f"INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{text}'") from error


def json_at(text: str, path: str) -> str | None:
    value = _extracted(text, path)
    return None if value is _MISSING else _canonical(value)


def json_scalar_at(text: str, path: str) -> str | None:
    value = _extracted(text, path)
    return None if value is _MISSING else _scalar(value)


def json_length(text: str) -> int | None:
    value = _extracted(text, "$")
    return len(value) if isinstance(value, list) else None


def json_size_at(text: str, path: str) -> int | None:
    value = _extracted(text, path)
    if value is _MISSING:
        return None
    return len(value) if isinstance(value, list | dict) else 0


def json_scalar(text: str) -> str | None:
    """CAST(json AS varchar)."""
    value = _DECODER.decode(text)
    if isinstance(value, list | dict):
        raise ValueError(f"INVALID_CAST_ARGUMENT: Cannot cast '{text}' to VARCHAR")
    return _cast_text(value)


def json_whole(text: str) -> str | None:
    """CAST(json AS bigint), as a text to be cast on."""
    value = _DECODER.decode(text)
    if isinstance(value, _Number) and not value.lstrip("-").isdigit():
        raise ValueError(f"NOT_SUPPORTED: the sandbox does not cast the JSON number {text} to a whole number")
    return json_scalar(text)


def json_truth(text: str) -> str | None:
    """CAST(json AS boolean), as a text to be cast on."""
    if isinstance(_DECODER.decode(text), _Number):
        raise ValueError(f"NOT_SUPPORTED: the sandbox does not cast the JSON number {text} to a boolean")
    return json_scalar(text)


def json_plain(text: str) -> bool:
    """Whether DuckDB's own JSON functions see in it what Athena's do."""
    return "\\" not in text and _flat(text) is not None


def json_map(text: str) -> dict[str, str] | None:
    value = _container(text, dict, "MAP(VARCHAR, JSON)")
    return value and {key: _canonical(each) for key, each in value.items()}


def json_text_map(text: str) -> dict[str, str | None] | None:
    value = _container(text, dict, "MAP(VARCHAR, VARCHAR)")
    return value and {key: _element(each) for key, each in value.items()}


def json_array(text: str) -> list[str] | None:
    value = _container(text, list, "ARRAY(JSON)")
    return value and [_canonical(each) for each in value]


def json_text_array(text: str) -> list[str | None] | None:
    value = _container(text, list, "ARRAY(VARCHAR)")
    return value and [_element(each) for each in value]


def _container(text: str, kind: type, told: str) -> Any:
    value = _DECODER.decode(text)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"INVALID_CAST_ARGUMENT: Cannot cast to {told}: {text}")
    return value


def _element(value: Any) -> str | None:
    if isinstance(value, list | dict):
        raise ValueError(f"INVALID_CAST_ARGUMENT: Unexpected token when cast to VARCHAR: {_canonical(value)}")
    return _cast_text(value)


def _cast_text(value: Any) -> str | None:
    """A number that is no whole one is cast as a double is; json_extract_scalar gives it as it is written."""
    if isinstance(value, _Number) and not value.lstrip("-").isdigit():
        return double_text(float(value))
    return _scalar(value)


def _scalar(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str) else None


def _canonical(value: Any, in_order: bool = False) -> str:
    """Compact; `in_order`: members sorted by name."""
    match value:
        case dict():
            members = sorted(value.items()) if in_order else value.items()
            return "{" + ",".join(f"{_quoted(k)}:{_canonical(v, in_order)}" for k, v in members) + "}"
        case list():
            return "[" + ",".join(_canonical(each, in_order) for each in value) + "]"
        case _Number():
            return str(value) if value.lstrip("-").isdigit() else java_double(float(value))
    return _quoted(value)


def _quoted(value: Any) -> str:
    """Jackson, which Trino writes JSON with, escapes what takes two of Java's characters."""
    return _BEYOND.sub(_escaped, json.dumps(value, ensure_ascii=False))


_BEYOND = re.compile(r"[\U00010000-\U0010ffff]")


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0]).strip('"').upper().replace("U", "u")


def _extracted(text: str, path: str) -> Any:
    try:
        place = _start(text, 0)
        for step in _steps(path):
            found = _found(text, place, step)
            if found is None:
                return _MISSING
            place = found
        return _DECODER.raw_decode(text, place)[0]
    except (json.JSONDecodeError, IndexError):
        return _MISSING


def _found(text: str, place: int, step: str | int) -> int | None:
    members = {"{": _members, "[": _elements}.get(text[place])
    if members is None or isinstance(step, str) != (text[place] == "{"):
        return None
    return next((start for name, start in members(text, place + 1) if name == step), None)


def _members(text: str, place: int) -> Iterator[tuple[str, int]]:
    """Names of an object's members and where their values start."""
    place = _start(text, place)
    while text[place] != "}":
        name, place = _DECODER.raw_decode(text, place)
        place = _start(text, place)
        if text[place] != ":":
            raise json.JSONDecodeError("no colon", text, place)
        place = _start(text, place + 1)
        yield str(name), place
        place = _after(text, place)


def _elements(text: str, place: int) -> Iterator[tuple[int, int]]:
    place, number = _start(text, place), 0
    while text[place] != "]":
        yield number, place
        place, number = _after(text, place), number + 1


def _after(text: str, place: int) -> int:
    """Where the next member starts, or the end of them."""
    place = _start(text, _DECODER.raw_decode(text, place)[1])
    return _start(text, place + 1) if text[place] == "," else place


def _start(text: str, place: int) -> int:
    blanks = _BLANKS.match(text, place)
    return blanks.end() if blanks else place


@cache
def _steps(path: str) -> list[str | int]:
    """`$.a.b[0]["c"]`; other paths (wildcards, filters) are refused."""
    if not re.fullmatch(r"""\$(\.\w+|\[\d+\]|\["[^"\\]+"\])*""", path):
        raise ValueError(f"NOT_SUPPORTED: the sandbox does not take the JSON path {path}")
    found = re.findall(r"""\.(\w+)|\[(\d+)\]|\["([^"]+)"\]""", path)
    return [int(number) if number else name or quoted for name, number, quoted in found]


# Regular expressions


def regex_like(text: str, pattern: str) -> bool:
    return _regex(pattern).search(text) is not None


def regex_extract(text: str, pattern: str, group: int) -> str | None:
    found = _regex(pattern, group).search(text)
    return found[group] if found else None


def regex_extract_all(text: str, pattern: str, group: int) -> list[str | None]:
    return [found[group] for found in _regex(pattern, group).finditer(text)]


def regex_replace(text: str, pattern: str, replacement: str) -> str:
    compiled = _regex(pattern)
    parts = _replacement(replacement, compiled.groups)
    return compiled.sub(
        lambda found: "".join(p if isinstance(p, str) else found[p] or "" for p in parts), text
    )


@cache
def _regex(pattern: str, group: int = 0) -> re.Pattern[str]:
    """Java's and Python's expressions agree but for what is refused here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern, re.ASCII)
    except (re.error, Warning) as error:
        raise ValueError(
            f"NOT_SUPPORTED: the sandbox does not take the pattern {pattern}: {error}"
        ) from error
    if re.search(r"\\Z|&&", pattern) or ("(?i" in pattern and not pattern.isascii()):
        raise ValueError(f"NOT_SUPPORTED: the sandbox does not take the pattern {pattern}")
    if not 0 <= group <= compiled.groups:
        raise ValueError(
            f"INVALID_FUNCTION_ARGUMENT: Pattern has {compiled.groups} groups. Cannot access group {group}"
        )
    return compiled


@cache
def _replacement(text: str, groups: int) -> list[str | int]:
    """Texts and numbers of groups."""
    parts: list[str | int] = []
    for escaped, number, name, other in re.findall(r"\\(.)|\$(\d)|(\$)|([^\\$]+)", text, re.DOTALL):
        if name or (number and int(number) > groups):
            raise ValueError(f"NOT_SUPPORTED: the sandbox does not take the replacement {text}")
        parts.append(int(number) if number else escaped or other)
    return parts


_TWO_TEXTS = ["VARCHAR", "VARCHAR"]
_FUNCTIONS: dict[Callable[..., Any], tuple[list[str], str]] = {
    json_parsed: (["VARCHAR"], "VARCHAR"),
    json_at: (_TWO_TEXTS, "VARCHAR"),
    json_scalar_at: (_TWO_TEXTS, "VARCHAR"),
    json_length: (["VARCHAR"], "BIGINT"),
    json_size_at: (_TWO_TEXTS, "BIGINT"),
    json_scalar: (["VARCHAR"], "VARCHAR"),
    json_whole: (["VARCHAR"], "VARCHAR"),
    json_truth: (["VARCHAR"], "VARCHAR"),
    json_plain: (["VARCHAR"], "BOOLEAN"),
    json_map: (["VARCHAR"], "MAP(VARCHAR, VARCHAR)"),
    json_text_map: (["VARCHAR"], "MAP(VARCHAR, VARCHAR)"),
    json_array: (["VARCHAR"], "VARCHAR[]"),
    json_text_array: (["VARCHAR"], "VARCHAR[]"),
    regex_like: (_TWO_TEXTS, "BOOLEAN"),
    regex_extract: ([*_TWO_TEXTS, "BIGINT"], "VARCHAR"),
    regex_extract_all: ([*_TWO_TEXTS, "BIGINT"], "VARCHAR[]"),
    regex_replace: (["VARCHAR", "VARCHAR", "VARCHAR"], "VARCHAR"),
}
