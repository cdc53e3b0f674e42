"""Terraform's expressions, worked out as far as that goes without Terraform.

Literals, references that somebody can resolve, and a few functions. Syntax:
https://developer.hashicorp.com/terraform/language/expressions
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

_LONGEST = 80  # characters of an expression that are told


class Unknown(ValueError):
    """An expression that cannot be worked out here; the text is the part that is to blame, in one line."""

    def __init__(self, expression: str) -> None:
        line = " ".join(expression.split())
        super().__init__(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…")


def plain(text: Any) -> str:
    """Without the quotation marks that hcl2 leaves around a text."""
    return str(text).removeprefix('"').removesuffix('"')


_TOKEN = re.compile(
    r"""\s*(?: (?P<text>"(?:\\.|\$\{[^}]*\}|[^"\\])*") | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_*][\w-]*)*) | (?P<sign>[\[\]{}(),=:]) )""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "join": lambda mark, *lists: str(mark).join(str(each) for items in lists for each in items),
    "concat": lambda *lists: [each for items in lists for each in items],
    "toset": lambda items: list(dict.fromkeys(items)),
    "distinct": lambda items: list(dict.fromkeys(items)),
    "sort": sorted,
    "title": lambda text: re.sub(r"\b\w", lambda first: first[0].upper(), text),
    "replace": lambda text, old, new: _replaced(text, old, new),
    "length": len,
    "max": max,
    "min": min,
    "tostring": str,
    "lower": str.lower,
    "upper": str.upper,
    "jsonencode": lambda value: json.dumps(value, separators=(",", ":")),
}


class Expression:
    """One expression, read from left to right."""

    def __init__(self, text: str, reference: Callable[[str], Any]) -> None:
        self._text, self._reference = text, reference
        self._tokens = list(self._read())
        self._at = 0

    def value(self) -> Any:
        found = self._value()
        if self._at < len(self._tokens):
            raise Unknown(self._text)
        return found

    def _read(self) -> Iterator[tuple[str, str]]:
        at, text = 0, self._text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise Unknown(self._text)
            yield match.lastgroup, match[match.lastgroup]
            at = match.end()

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise Unknown(self._text)
        self._at += 1
        return self._tokens[self._at - 1]

    def _follows(self, *signs: str) -> bool:
        """Whether one of the signs is next; if so, it is passed."""
        there = self._at < len(self._tokens) and self._tokens[self._at] in [("sign", sign) for sign in signs]
        self._at += there
        return there

    def _value(self) -> Any:
        kind, token = self._next()
        match kind, token:
            case "text", _:
                return self._filled(token[1:-1])
            case "number", _:
                return float(token) if "." in token else int(token)
            case "name", _ if self._follows("("):
                return self._called(token)
            case "name", _:
                return _WORDS[token] if token in _WORDS else self._reference(token)
            case "sign", "[":
                return list(self._items("]"))
            case "sign", "{":
                return dict(self._pairs())
        raise Unknown(self._text)

    def _called(self, name: str) -> Any:
        arguments = list(self._items(")"))
        if name not in _FUNCTIONS:
            raise Unknown(f"{name}(…)")
        try:
            return _FUNCTIONS[name](*arguments)
        except (TypeError, ValueError):
            raise Unknown(self._text) from None

    def _items(self, end: str) -> Iterator[Any]:
        while not self._follows(end):
            yield self._value()
            self._follows(",")

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        while not self._follows("}"):
            key = plain(self._next()[1])
            if not self._follows("=", ":"):
                raise Unknown(self._text)
            yield key, self._value()
            self._follows(",")

    def _filled(self, text: str) -> str:
        """A text with what stands in its ${…}."""
        parts = re.split(r"\$\{([^}]*)\}", text)
        filled = [
            Expression(part, self._reference).value() if n % 2 else part for n, part in enumerate(parts)
        ]
        return "".join(map(str, filled)).replace('\\"', '"')


def _replaced(text: str, old: str, new: str) -> str:
    """ "If substring is wrapped in forward slashes, it is treated as a regular expression" (Terraform, replace)."""
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return re.sub(old[1:-1], new.replace("$", "\\"), text)
    return text.replace(old, new)
