"""Texts that the pipeline, AWS or Python wrote, and that may quote people's data: told without it.

A job prints what its author had it print, a failed cast quotes the value, an exception its argument. So of a job's
words those are told that stand in its code, alone or within a message of Spark or Glue
(`acceptance.privacy.engine_messages`), and of what was filled in numbers, dates, addresses of the platform, and names
of tables and columns. Rows are the matter of `acceptance.privacy.sample_rows`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from botocore.exceptions import BotoCoreError

from acceptance.branch.checkout import DataPlatform, Revision
from acceptance.pipeline import API_RESPONSE_COLUMNS, STAGES
from acceptance.privacy.engine_messages import MESSAGES
from acceptance.privacy.log_lines import without_prefix
from acceptance.privacy.redaction import WITHHELD
from acceptance.wording import count

_HARMLESS = re.compile(
    r"[-+]?\d{1,8}(?:\.\d+)?%?|\d{4}-\d\d-\d\d|(?:\d\d:){2}\d\d|True|False|None|"
    r"Uniqueness|Completeness|"  # Deequ's metrics
    r"o\d+\.[a-z]\w*|TID|"  # Py4J's name of a Java method, Spark's of a task's number
    r"STRING|INT|BIGINT|DOUBLE|FLOAT|BOOLEAN|DATE|TIMESTAMP|"  # Spark's types
    r"s3a?://dataplatform-[\w./=$-]+|dataplatform-[a-z-]+|(?:planning|scripts)/[\w./=-]+"
)
_TOKEN = re.compile(r"[^\s,;()\[\]{}\"'`]+")
_SLOT = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[sdrifg]|\{[^{}]*\}")
_FRAME = re.compile(r'File "(?P<path>[^"]*)", line (?P<line>\d+)(?:, in (?P<name>[\w<>]+))?')
_TRACEBACK = "Traceback (most recent call last):"
_TYPE = r"(?:[A-Za-z_$][\w$]*\.)*(?:[A-Z]\w*)?(?:Error|Exception|Exit|Interrupt|Fault)"
_CLASS = r"\[[A-Z][A-Z0-9]*_[A-Z0-9_.]+\]\s*"
_RAISED = re.compile(
    rf"(?:Caused by: )?(?<![\w.@-]){_TYPE}\s?:\s*(?:{_CLASS})?|^(?:Caused by: )?{_TYPE}$|^{_CLASS}"
)
"""The type of an exception, of Python or of Java, with the error class that Spark puts before its message."""
_JAVAS_STACK = re.compile(r"\s+at [\w.$/<>]+\(.*\)|\s+\.\.\. \d+ more|Driver stacktrace:")
_OF_A_TASK = re.compile(r"Job aborted due to stage failure: Task .*?\(TID \d+\)[^:]*: ")
"""Which of Spark's tasks failed how often, before the error itself: the log has it."""
_CAUSE = re.compile(r"\s*(?:: |Caused by: )")
_LONGEST = 4000  # characters of a line that are looked at
_GLUES_OWN = re.compile(  # ErrorMessage of a JobRun as AWS Glue words it
    r"Command failed with exit code -?\d+|Job run timed out after \d+ minutes|Exit code: -?\d+|"
    r"Cannot fetch s3://dataplatform-[\w./=-]+: An error occurred \(\w+\) when calling the \w+ operation: [\w .-]+|"
    # and as the sandbox does
    r"(?:Spark jobs need pyspark|No Glue version has Spark|Spark [\d.]+ needs a Java)[\w ,.]*\. "
    r"Run: pip install -r requirements-spark\.txt\Z|"
    r"sandbox\.spark\.[\w.]+: The sandbox's Glue library has no [\w .,'()\[\]…:]+\. "
    r"Only Glue itself can run this script\.\Z"
)
_OF_THE_SCHEMA = re.compile(
    r"(?:SYNTAX_ERROR|TYPE_MISMATCH|[A-Z]+_NOT_FOUND|MISSING_[A-Z_]+|AMBIGUOUS_NAME|HIVE_PARTITION_SCHEMA_MISMATCH|"
    r"HIVE_CANNOT_OPEN_SPLIT|HIVE_UNSUPPORTED_FORMAT|HIVE_METASTORE_ERROR|HIVE_FILESYSTEM_ERROR|"
    r"HIVE_INVALID_[A-Z_]+|PERMISSION_DENIED|EXCEEDED_[A-Z_]+|INTERNAL_ERROR|CLUSTER_[A-Z_]+|"
    r"Insufficient permissions to execute the query)\b"
)
"""Athena's errors about names, types, files and quotas. Those about values quote them."""
_FIELD_TYPE = re.compile(
    r"HIVE_BAD_DATA: Field [^\n]{1,255}'s type \w+ in parquet file \S+ is incompatible with type \S+ "
    r"defined in table schema|"
    r"NOT_SUPPORTED: Unsupported Trino column type \([\w(), ]+\) for Parquet column "
    r"\(\[(?:[\w, ]+\] [\w(), ]+|(?P<name>[^\n]{1,255})\] \w+ [\w()]+ (?P=name)(?: \([\w(), ]+\))?)\)\Z"
)


@dataclass(frozen=True)
class _Message:
    """A text with slots, by the fixed words between them."""

    words: tuple[str, ...]  # the first and the last are empty where a slot stands there

    @cached_property
    def spoken(self) -> int:
        """How many words it says: what has no space in it, such as a column's name, is one."""
        return sum(bool(re.search("[A-Za-z]{2}", word)) for word in " ".join(self.words).split())

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where its fixed words stand in a text, one after the other; empty where it is not said there.

        A message of a single word may stand in any text, so it must be the whole.
        """
        found: list[tuple[int, int]] = []
        at = 0
        for word in filter(None, self.words):
            start = text.find(word, at)
            if start < 0:
                return []
            at = start + len(word)
            found.append((start, at))
        starts_here = not self.words[0] or not _inside_word(text, found[0][0])
        ends_here = not self.words[-1] or not _inside_word(text, at)
        whole = (not self.words[0] or found[0][0] == 0) and (not self.words[-1] or at == len(text))
        return found if starts_here and ends_here and (whole or self.spoken > 1) else []


def _inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def _types(text: str) -> list[tuple[int, int]]:
    """Where a text names the type of an exception, and with it Spark's error class."""
    return [found.span() for found in _RAISED.finditer(text)]


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
        """A line of a log without its logger's prefix and without data; None where nothing of it may be reported."""
        bare = without_prefix(line).rstrip()
        text = bare.strip()
        if text == _TRACEBACK or text in self._lines or not text.strip("^~ "):
            return bare
        if frame := _FRAME.fullmatch(text):
            inside = f", in {frame['name']}" if frame["name"] else ""
            return f'  File "{PurePosixPath(frame["path"]).name}", line {frame["line"]}{inside}'
        parts = list(self._parts(text[:_LONGEST]))
        return "".join(part for part, _ in parts) if any(said for _, said in parts) else None

    def _parts(self, text: str) -> Iterator[tuple[str, bool]]:
        """A text in parts, each with whether it is somebody's fixed words; what they filled in is without data.

        Messages nest: a script's within an exception's, that within Spark's, that within Glue's.
        """
        said = self._said(text) or _types(text)
        if not said:
            yield self._filled(text), False
            return
        at = 0
        for start, end in said:
            yield from self._parts(text[at:start]) if at < start else ()
            yield text[start:end], True
            at = end
        yield from self._parts(text[at:]) if at < len(text) else ()

    def _said(self, text: str) -> list[tuple[int, int]]:
        """Where in a text the fixed words of the fullest message stand that is in it."""
        return next(filter(None, (message.places(text) for message in self._messages)), [])

    def _filled(self, text: str) -> str:
        """What was filled in, each word that is no data kept."""
        kept = _TOKEN.sub(lambda found: found[0] if self._harmless(found[0]) else WITHHELD, text)
        if WITHHELD not in kept:
            return kept
        once = re.sub(r"\[withheld\](?:[^\w\[]+\[withheld\])+", WITHHELD, kept)
        if re.search(r"\w", once.replace(WITHHELD, "")):
            return once
        lead, trail = text[: -len(text.lstrip())], text[len(text.rstrip()) :]
        return lead + WITHHELD + trail

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
    def _messages(self) -> list[_Message]:
        """The fullest first. Texts without slots need two words, a single one may be anybody's."""
        own = [words for node in self._texts for words in _words(node)]
        engines = [tuple(_SLOT.split(message)) for message in MESSAGES]
        messages = [_Message(words) for words in dict.fromkeys([*own, *engines])]
        spoken = [each for each in messages if each.spoken > (len(each.words) == 1)]
        return sorted(spoken, key=lambda each: len("".join(each.words)), reverse=True)


def _words(node: ast.Constant | ast.JoinedStr) -> Iterator[tuple[str, ...]]:
    """What a text says between its slots, line by line, as a log has it."""
    if isinstance(node, ast.Constant):
        lines = node.value.splitlines() if isinstance(node.value, str) else []
        yield from (tuple(_SLOT.split(line.strip())) for line in lines)
        return
    words = [""]
    for value in node.values:
        if isinstance(value, ast.Constant):
            words[-1] += str(value.value)
        else:
            words.append("")
    yield tuple(words)


def _names(revision: Revision) -> set[str]:
    columns = {name for tables in revision.dictionary.values() for found in tables.values() for name in found}
    return {*revision.lists.all, *revision.documented_tables, *columns}


def is_java_stack(line: str) -> bool:
    """Whether a line of a log is one of a Java exception's call stack, which names Spark's code and not the job's."""
    return bool(_JAVAS_STACK.match(line))


class Discretion:
    """How much of others' texts is told."""

    def __init__(self, code: Code) -> None:
        self.code = code

    def log(self, lines: Iterable[str]) -> list[str]:
        """The lines of a job's log that may be told, and how many are held back; without Java's call stacks."""
        told: list[str] = []
        held_back = 0
        for line in lines:
            if not line.strip() or is_java_stack(line):
                continue
            if (text := self.code.told(line)) is None:
                held_back += 1
            else:
                told.append(text)
        if held_back:
            told.append(
                f"({count(held_back, 'line')} withheld, for data may be quoted there; see CloudWatch Logs)"
            )
        return told

    def job_error(self, text: str) -> str:
        """A job run's ErrorMessage: its first line, and those that name the causes of a Java exception."""
        if not text.strip():
            return text
        first, *more = _OF_A_TASK.sub("Job aborted: ", text.strip()).splitlines()
        if _GLUES_OWN.match(first):
            return first
        causes = [line for line in more if _CAUSE.match(line)]
        told = [found for line in (first, *causes) if (found := self.code.told(line))]
        return " ".join(told) or f"{WITHHELD}, as it may quote data; CloudWatch Logs has it"

    def query_error(self, reason: str) -> str:
        """Why Athena ended a query."""
        if _OF_THE_SCHEMA.match(reason) or _FIELD_TYPE.match(reason):
            return reason
        code = re.match(r"[A-Z][A-Z_]+(?=:)", reason)
        return f"{code[0] if code else 'an error'} (Athena's words withheld, as they may quote data)"

    def exception(self, error: BaseException) -> str:
        """What an exception of Python or of a library says in addition to its type."""
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
