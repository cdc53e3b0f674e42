"""Terraform's expressions, worked out as far as that goes without Terraform.

Literals, references that somebody can resolve, operators, conditions, and a few functions. Syntax:
https://developer.hashicorp.com/terraform/language/expressions
"""

from __future__ import annotations

import json
import operator
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
    r"""\s*(?: (?P<text>"(?:\\.|\$\{[^}]*\}|[^"\\])*") | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_*][\w-]*)*) | (?P<sign>\|\||&&|[=!<>]=|[\[\]{}(),=:?!<>+*/%-]) )""",
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


_OPERATORS: tuple[dict[str, Callable[[Any, Any], Any]], ...] = (
    {"||": lambda one, other: one or other},
    {"&&": lambda one, other: one and other},
    {"==": operator.eq, "!=": operator.ne},
    {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge},
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv, "%": operator.mod},
)
"""Those that bind least come first."""

Value = Callable[[], Any]
"""Worked out when it is asked for: of a condition, only the side that holds."""


class Expression:
    """One expression, read from left to right."""

    def __init__(self, text: str, reference: Callable[[str], Any]) -> None:
        self._text, self._reference = text, reference
        self._tokens = list(self._read())
        self._at = 0

    def value(self) -> Any:
        """Raises Unknown."""
        found = self._whole()
        if self._at < len(self._tokens):
            raise Unknown(self._text)
        try:
            return found()
        except (TypeError, ZeroDivisionError):
            raise Unknown(self._text) from None

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

    def _follows(self, *signs: str) -> str:
        """The one of the signs that is next, which is passed; "" for none."""
        kind, token = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if kind != "sign" or token not in signs:
            return ""
        self._at += 1
        return token

    def _expect(self, *signs: str) -> None:
        if not self._follows(*signs):
            raise Unknown(self._text)

    def _whole(self) -> Value:
        """A condition with its two sides, or what there is without one."""
        asked = self._operation(0)
        if not self._follows("?"):
            return asked
        yes = self._whole()
        self._expect(":")
        no = self._whole()
        return lambda: yes() if asked() else no()

    def _operation(self, level: int) -> Value:
        if level == len(_OPERATORS):
            return self._signed()
        found = self._operation(level + 1)
        while sign := self._follows(*_OPERATORS[level]):
            found = _applied(_OPERATORS[level][sign], found, self._operation(level + 1))
        return found

    def _signed(self) -> Value:
        if self._follows("!"):
            inner = self._signed()
            return lambda: not inner()
        if self._follows("-"):
            inner = self._signed()
            return lambda: -inner()
        return self._part()

    def _part(self) -> Value:
        kind, token = self._next()
        match kind, token:
            case "text", _:
                return lambda: self._filled(token[1:-1])
            case "number", _:
                return lambda: float(token) if "." in token else int(token)
            case "name", _ if self._follows("("):
                return self._called(token)
            case "name", _:
                return lambda: _WORDS[token] if token in _WORDS else self._reference(token)
            case "sign", "(":
                inner = self._whole()
                self._expect(")")
                return inner
            case "sign", "[":
                items = list(self._items("]"))
                return lambda: [each() for each in items]
            case "sign", "{":
                pairs = dict(self._pairs())
                return lambda: {key: each() for key, each in pairs.items()}
        raise Unknown(self._text)

    def _called(self, name: str) -> Value:
        arguments = list(self._items(")"))

        def call() -> Any:
            if name not in _FUNCTIONS:
                raise Unknown(f"{name}(…)")
            given = [each() for each in arguments]
            try:
                return _FUNCTIONS[name](*given)
            except (TypeError, ValueError):
                raise Unknown(self._text) from None

        return call

    def _items(self, end: str) -> Iterator[Value]:
        while not self._follows(end):
            yield self._whole()
            self._follows(",")

    def _pairs(self) -> Iterator[tuple[str, Value]]:
        while not self._follows("}"):
            key = plain(self._next()[1])
            self._expect("=", ":")
            yield key, self._whole()
            self._follows(",")

    def _filled(self, text: str) -> str:
        """A text with what stands in its ${…}."""
        parts = re.split(r"\$\{([^}]*)\}", text)
        filled = [
            Expression(part, self._reference).value() if n % 2 else part for n, part in enumerate(parts)
        ]
        return "".join(map(str, filled)).replace('\\"', '"')


def _applied(do: Callable[[Any, Any], Any], one: Value, other: Value) -> Value:
    return lambda: do(one(), other())


def _replaced(text: str, old: str, new: str) -> str:
    """ "If substring is wrapped in forward slashes, it is treated as a regular expression" (Terraform, replace)."""
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return re.sub(old[1:-1], new.replace("$", "\\"), text)
    return text.replace(old, new)
