"""Texts that the pipeline, AWS or Python wrote, and that may quote people's data: told without it.

A job prints what its author had it print, a failed cast quotes the value, an exception its argument. So of a job's
words those are told that stand in its code, and of what it filled in numbers, dates, addresses of the platform, and
names of tables and columns. Rows are the matter of `acceptance.samples`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import PurePosixPath

from botocore.exceptions import BotoCoreError

from acceptance.data_platform import DataPlatform, Revision
from acceptance.pipeline import API_RESPONSE_COLUMNS, STAGES
from acceptance.redaction import WITHHELD

_HARMLESS = re.compile(
    r"[-+]?\d{1,8}(?:\.\d+)?%?|\d{4}-\d\d-\d\d|(?:\d\d:){2}\d\d|True|False|None|"
    r"Uniqueness|Completeness|"  # Deequ's metrics
    r"s3a?://dataplatform-[\w./=-]+|dataplatform-[a-z-]+|(?:planning|scripts)/[\w./=-]+"
)
_TOKEN = re.compile(r"[^\s,;()\[\]{}\"']+")
_SLOT = re.compile(r"%[sdrif]|\{[^{}]*\}")
_FRAME = re.compile(r'File "(?P<path>[^"]*)", line (?P<line>\d+)(?:, in (?P<name>[\w<>]+))?')
_TRACEBACK = "Traceback (most recent call last):"
_RAISED = re.compile(
    r"(?P<type>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Fault))(?::\s*(?P<text>.*))?"
)
_GLUES_OWN = re.compile(  # ErrorMessage of a JobRun as AWS Glue words it
    r"Command failed with exit code -?\d+|Job run timed out after \d+ minutes|Exit code: -?\d+|"
    r"Cannot fetch s3://dataplatform-[\w./=-]+: An error occurred \(\w+\) when calling the \w+ operation: [\w .-]+"
)
_OF_THE_SCHEMA = re.compile(
    r"(?:SYNTAX_ERROR|TYPE_MISMATCH|[A-Z]+_NOT_FOUND|MISSING_[A-Z_]+|AMBIGUOUS_NAME|HIVE_PARTITION_SCHEMA_MISMATCH|"
    r"HIVE_CANNOT_OPEN_SPLIT|HIVE_UNSUPPORTED_FORMAT|HIVE_METASTORE_ERROR|HIVE_FILESYSTEM_ERROR|"
    r"HIVE_INVALID_[A-Z_]+|PERMISSION_DENIED|EXCEEDED_[A-Z_]+|INTERNAL_ERROR|CLUSTER_[A-Z_]+|"
    r"Insufficient permissions to execute the query)\b"
)
"""Athena's errors about names, types, files and quotas. Those about values quote them."""
_FIELD_TYPE = re.compile(
    r"HIVE_BAD_DATA: Field [\w']+ type \w+ in parquet file \S+ is incompatible with type \S+ defined in table schema|"
    r"NOT_SUPPORTED: Unsupported Trino column type \([\w(), ]+\) for Parquet column \(\[[\w, ]+\] [\w(), ]+\)\Z"
)


class Code:
    """What a job's script and its helpers say, and the names that the branch knows."""

    def __init__(self, *revisions: Revision) -> None:
        self.revisions = revisions

    @cached_property
    def sources(self) -> list[str]:
        return [text for revision in self.revisions for text in revision.job_sources()]

    @cached_property
    def names(self) -> set[str]:
        keys = {key for stage in STAGES.values() for key in stage.partition_keys}
        return keys.union(API_RESPONSE_COLUMNS, *(_names(revision) for revision in self.revisions))

    def told(self, line: str) -> str | None:
        """A line of a log without data; None where nothing of it may be told."""
        text = line.strip()
        if text == _TRACEBACK or text in self._lines or not text.strip("^~ "):
            return line.rstrip()
        if frame := _FRAME.fullmatch(text):
            inside = f", in {frame['name']}" if frame["name"] else ""
            return f'  File "{PurePosixPath(frame["path"]).name}", line {frame["line"]}{inside}'
        if raised := _RAISED.fullmatch(text):
            return self._raised(raised["type"], raised["text"] or "")
        return self._said(text)

    def _raised(self, kind: str, text: str) -> str:
        said = self._said(text) if text else ""
        return f"{kind}: {said or self._filled(text)}" if text else kind

    def _said(self, text: str) -> str | None:
        """A text that the code has, its slots filled with what is no data."""
        if text in self._constants:
            return text
        for pattern in self._patterns:
            if found := pattern.fullmatch(text):
                return "".join(
                    part if number % 2 == 0 else self._filled(part)
                    for number, part in enumerate(found.groups())
                )
        return None

    def _filled(self, text: str) -> str:
        """What was filled in, each word that is no data kept."""
        kept = _TOKEN.sub(lambda found: found[0] if self._harmless(found[0]) else WITHHELD, text)
        once = re.sub(r"\[withheld\](?:[^\w\[]+\[withheld\])+", WITHHELD, kept)
        return WITHHELD if not re.search(r"\w", once.replace(WITHHELD, "")) else once

    def _harmless(self, word: str) -> bool:
        bare = word.strip(".:")
        name = bare.removeprefix("api_response_").removeprefix("increment_")
        return not bare or bool(_HARMLESS.fullmatch(bare)) or name in self.names

    @cached_property
    def _lines(self) -> set[str]:
        """Lines of code, as a traceback quotes them."""
        return {line.strip() for source in self.sources for line in source.splitlines() if line.strip()}

    @cached_property
    def _texts(self) -> list[ast.Constant | ast.JoinedStr]:
        found: list[ast.Constant | ast.JoinedStr] = []
        for source in self.sources:
            try:
                tree = ast.parse(source)
            except SyntaxError:
                continue  # a job that does not even parse says nothing of its own
            found += [node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr)]
        return found

    @cached_property
    def _constants(self) -> set[str]:
        """Texts without slots; a single word may be anybody's."""
        texts = {node.value for node in self._texts if isinstance(node, ast.Constant)}
        return {text.strip() for text in texts if isinstance(text, str) and " " in text.strip()}

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        pieces = [_pieces(node) for node in self._texts]
        # something must be said between the slots: "{}: {}" is no text of the code's
        spoken = [each for each in pieces if len(each) > 1 and re.search(r"[A-Za-z]{3}", "".join(each))]
        fullest = sorted(dict.fromkeys(spoken), key=lambda each: len("".join(each)), reverse=True)
        return [re.compile("(.*?)".join(f"({re.escape(piece)})" for piece in each)) for each in fullest]


def _pieces(node: ast.Constant | ast.JoinedStr) -> tuple[str, ...]:
    """What a text says between its slots."""
    if isinstance(node, ast.Constant):
        return tuple(_SLOT.split(node.value)) if isinstance(node.value, str) else ()
    pieces = [""]
    for value in node.values:
        if isinstance(value, ast.Constant):
            pieces[-1] += str(value.value)
        else:
            pieces.append("")
    return tuple(pieces)


def _names(revision: Revision) -> set[str]:
    columns = {name for tables in revision.dictionary.values() for found in tables.values() for name in found}
    return {*revision.lists.all, *revision.documented_tables, *columns}


class Discretion:
    """How much of others' texts is told."""

    def __init__(self, code: Code) -> None:
        self.code = code

    def log(self, lines: Iterable[str]) -> list[str]:
        """The lines of a job's log that may be told, and how many are held back."""
        told: list[str] = []
        held_back = 0
        for line in filter(str.strip, lines):
            if (text := self.code.told(line)) is None:
                held_back += 1
            else:
                told.append(text)
        if held_back:
            told.append(f"({held_back} line(s) withheld, as they may quote data; CloudWatch Logs has them)")
        return told

    def job_error(self, text: str) -> str:
        """A job run's ErrorMessage, its first line."""
        if not text.strip():
            return text
        first = text.strip().splitlines()[0]
        if _GLUES_OWN.match(first):
            return first
        return self.code.told(first) or f"{WITHHELD}, as it may quote data; CloudWatch Logs has it"

    def query_error(self, reason: str) -> str:
        """Why Athena ended a query."""
        if _OF_THE_SCHEMA.match(reason) or _FIELD_TYPE.match(reason):
            return reason
        code = re.match(r"[A-Z][A-Z_]+(?=:)", reason)
        return f"{code[0] if code else 'an error'} (Athena's words withheld, as they may quote data)"

    def exception(self, error: BaseException) -> str:
        """What an exception of Python or of a library says beside its type."""
        if isinstance(error, _ABOUT_CODE):
            return str(error)
        return f"{WITHHELD}, as it may quote data" if str(error) else ""


_ABOUT_CODE = (AttributeError, NameError, ImportError, NotImplementedError, OSError, BotoCoreError)
"""Exceptions whose messages name what the code or the machine lacks."""

discretion = Discretion(Code())
"""Of the run under way; until it begins, nothing is told."""


def begin(platform: DataPlatform) -> None:
    """Know the code of the ticket's branch, and of the point where it left main: what is deployed."""
    discretion.code = Code(platform.branch, platform.base)
