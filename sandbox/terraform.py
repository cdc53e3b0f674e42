"""What a Terraform file of the platform says of jobs and crawlers, as far as it can be told without Terraform.

Expressions are worked out where they are made of literals, of the file's own locals and resources, of a few functions,
and of what every file of the platform refers to elsewhere: its buckets, name prefixes and secrets (`Names`).
Syntax: https://developer.hashicorp.com/terraform/language/expressions
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import hcl2

_LONGEST = 80  # characters of an expression that are told


class Names(Protocol):
    """What things are called in the environment (`sandbox.deployment.Names`)."""

    @property
    def environment(self) -> str: ...
    def bucket(self, purpose: str) -> str: ...
    def secret(self, key: str) -> str: ...


class Unknown(ValueError):
    """An expression that cannot be worked out here; the text is the part that is to blame, in one line."""

    def __init__(self, expression: str) -> None:
        line = " ".join(expression.split())
        super().__init__(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…")


@dataclass(frozen=True)
class Settings:
    """Values by name, and the expressions, by name, that could not be worked out."""

    values: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)


class Terraform:
    """A file's text, with names for what it does not define itself; `instead` are values for some of its locals.

    Raises ValueError where it is no Terraform.
    """

    def __init__(self, text: str, names: Names, instead: Mapping[str, Any] | None = None) -> None:
        self._names = names
        try:
            found = hcl2.loads(text)
        except Exception as error:  # noqa: BLE001  the parser's many exception types have no base but Exception
            raise ValueError((str(error).splitlines() or [type(error).__name__])[0]) from None
        self._locals = {_plain(k): v for block in found.get("locals", []) for k, v in block.items()}
        self._instead = instead or {}
        self._modules = {_plain(k): v for block in found.get("module", []) for k, v in block.items()}
        self._resources = {
            (_plain(kind), _plain(name)): fields
            for block in found.get("resource", [])
            for kind, named in block.items()
            for name, fields in named.items()
        }

    def local(self, name: str) -> Any:
        """None where there is no such local, or its value cannot be worked out."""
        try:
            return self._reference(f"local.{name}")
        except Unknown:
            return None

    def job(self, script: str) -> Settings | None:
        """`job_parameters` and the number of concurrent runs of the module that runs a script; None without one."""
        module = self._module(script)
        if module is None:
            return None
        runs = next((v for k, v in module.items() if k.startswith("max_concurrent_runs")), None)
        parameters = {_plain(k): v for k, v in module.get("job_parameters", {}).items()}
        return self._settings(parameters | ({} if runs is None else {"max_concurrent_runs": runs}))

    def crawler(self, script: str, prefix: str) -> Settings:
        """`exclusions` and `configuration` of the crawler with a script's job, or of the one with a table prefix."""
        details = (self._module(script) or {}).get("crawler_details") or next(
            (
                {**fields, **(fields.get("s3_target") or [{}])[0]}
                for (kind, _), fields in self._resources.items()
                if kind == "aws_glue_crawler" and _plain(fields.get("table_prefix", "")) == prefix
            ),
            {},
        )
        return self._settings({k: details[k] for k in ("exclusions", "configuration") if k in details})

    def _module(self, script: str) -> dict[str, Any] | None:
        named = (each for each in self._modules.values() if _plain(each.get("script_name", "")) == script)
        return next(named, None)

    def _settings(self, given: Mapping[str, Any]) -> Settings:
        values, unknown = {}, {}
        for name, value in given.items():
            try:
                values[name] = self.value(value)
            except Unknown as error:
                unknown[name] = str(error)
        return Settings(values, unknown)

    def value(self, given: Any) -> Any:
        """Of an attribute as hcl2 gives it: a text quoted, other expressions as "${…}". Raises Unknown."""
        if isinstance(given, list):
            return [self.value(each) for each in given]
        if isinstance(given, dict):
            return {_plain(key): self.value(each) for key, each in given.items()}
        if not isinstance(given, str):
            return given
        whole = given[2:-1] if given.startswith("${") and given.endswith("}") else given
        return _Expression(whole, self._reference).value()

    def _reference(self, name: str) -> Any:
        """What a name such as local.x, module.x.bucket_id or aws_s3_object.x.key stands for."""
        kind, _, rest = name.partition(".")
        if kind == "local" and rest in self._instead:
            return self._instead[rest]
        if kind == "local" and rest in self._locals:
            return self.value(self._locals[rest])
        if name in (known := self._known()):
            return known[name]
        if found := re.fullmatch(r"module\.(\w+?)(?:_data_source)?\.bucket_id", name):
            return self._names.bucket(found[1].replace("_", "-"))
        if found := re.fullmatch(r"data\.aws_secretsmanager_secret\.tascomi_api_(\w+)_key\.\w+", name):
            return self._names.secret(found[1])
        if found := re.fullmatch(r"(\w+)\.(\w+)\.(\w+)", name):
            fields = self._resources.get((found[1], found[2]), {})
            if found[3] in fields:
                return self.value(fields[found[3]])
        raise Unknown(name)

    def _known(self) -> dict[str, str]:
        environment = self._names.environment
        return {
            "local.identifier_prefix": f"dataplatform-{environment}",
            "local.short_identifier_prefix": f"{environment} ",
            "local.environment": environment,
        }


def _plain(text: Any) -> str:
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
    "length": len,
    "max": max,
    "min": min,
    "tostring": str,
    "lower": str.lower,
    "upper": str.upper,
    "jsonencode": lambda value: json.dumps(value, separators=(",", ":")),
}


class _Expression:
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
            key = _plain(self._next()[1])
            if not self._follows("=", ":"):
                raise Unknown(self._text)
            yield key, self._value()
            self._follows(",")

    def _filled(self, text: str) -> str:
        """A text with what stands in its ${…}."""
        parts = re.split(r"\$\{([^}]*)\}", text)
        filled = [
            _Expression(part, self._reference).value() if n % 2 else part for n, part in enumerate(parts)
        ]
        return "".join(map(str, filled)).replace('\\"', '"')
