"""Keeps secrets out of all that a run tells: console, verdict, page, JUnit, Allure.

Two ways: values known to be secret, in the codings in which they travel, and shapes by which secrets are known. What
may quote people's data is the matter of `acceptance.privacy.foreign_text`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

T = TypeVar("T")

WITHHELD = "[withheld]"
_SHORTEST = 8  # characters; a shorter value would be found where it does not stand

_WORDS = (
    r"passw(?:or)?d|passphrase|secret|token|credential|signature|authori[sz]ation|x-hash|"
    r"(?:api|access|private)[_-]?key"
)
_SECRET_NAME = re.compile(rf"(?i)(?:{_WORDS})(?!.*(?:id|name|arn|file|path|uri|url)$)")
"""Names of variables and parameters whose values are secret; those of ids, files and addresses are not."""

_ASSIGNED = re.compile(
    r"(?i)(?<![a-z0-9])"
    rf"(?P<name>[\w-]{{0,40}}?(?:{_WORDS})[\w-]{{0,40}})"
    r"(?P<sign>\\?[\"']?\s*(?:=|:|%3d|%3a)\s*\\?[\"']?)(?!\[withheld\])"
    r"(?P<value>(?<=[\"'])[^\"'\\]+|(?:bearer\s+|basic\s+)?[^\s\"',;&<>{}()\[\]\\]+)"
)
_SHAPES = (
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),  # access key ids (IAM user guide, "IAM identifiers")
    re.compile(r"\b(?:FwoG|IQoJ)[A-Za-z0-9+/=%]{80,}"),  # session tokens
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # JSON web tokens
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[\w-]{10,}"),
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{16,}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
)
_LOGIN = re.compile(r"(?<=://)[^/\s@]+:[^/\s@]*@")  # https://user:password@host

_known: dict[str, None] = {}


def remember(values: Iterable[str]) -> None:
    """Values that are never to be told, however they are coded; the last call's are added to the earlier ones."""
    for value in values:
        if len(value) >= _SHORTEST:
            _known.update(dict.fromkeys(_codings(value)))
    ordered = sorted(_known, key=len, reverse=True)  # the longest first: one may be part of another
    _known.clear()
    _known.update(dict.fromkeys(ordered))
    _text.cache_clear()


def secrets_of(environ: Mapping[str, str]) -> list[str]:
    """The values of environment variables that their names call secret."""
    return [value for name, value in environ.items() if _SECRET_NAME.search(name)]


def scrub(value: T) -> T:
    """The same without secrets: of a text, and of all texts in containers and dataclasses."""
    found: Any = value
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        found = _text(value)
    elif isinstance(value, tuple | list):
        found = type(value)(scrub(each) for each in value)
    elif isinstance(value, dict):
        found = {
            _text(key) if isinstance(key, str) else key: _entry(key, each) for key, each in value.items()
        }
    elif is_dataclass(value) and not isinstance(value, type):
        found = replace(value, **{each.name: scrub(getattr(value, each.name)) for each in fields(value)})
    return found  # type: ignore[no-any-return]


def _entry(key: Any, value: Any) -> Any:
    """A value whose name says that it is secret has no need of a shape."""
    named = isinstance(key, str) and isinstance(value, str) and value and _SECRET_NAME.search(key)
    return WITHHELD if named else scrub(value)


@lru_cache(10_000)  # a run's texts repeat: names, addresses, and each is scrubbed wherever it is told
def _text(text: str) -> str:
    for value in _known:
        text = text.replace(value, WITHHELD)
    text = _LOGIN.sub(f"{WITHHELD}@", text)
    for shape in _SHAPES:
        text = shape.sub(WITHHELD, text)
    return _ASSIGNED.sub(_without_value, text)


def _without_value(found: re.Match[str]) -> str:
    if not _SECRET_NAME.search(found["name"]):
        return found[0]
    return f"{found['name']}{found['sign']}{WITHHELD}"


def _codings(value: str) -> Iterable[str]:
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield repr(value)[1:-1]
    raw = value.encode()
    for shift in range(3):  # base64 takes three bytes at a time: the same text looks different at each offset
        coded = b64encode(b"\0" * shift + raw).decode().rstrip("=")
        end = len(coded) if (shift + len(raw)) % 3 == 0 else len(coded) - 1
        core = coded[(0, 2, 3)[shift] : end]
        if len(core) >= _SHORTEST:
            yield core
            yield core.replace("+", "-").replace("/", "_")
            yield quote(core, safe="")
