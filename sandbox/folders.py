"""How a crawler makes tables of folders: targets, exclusions, grouping, partition keys. Pure.

https://docs.aws.amazon.com/glue/latest/dg/crawler-grouping-policy.html
https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html (exclude patterns)
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_SIMILAR = (
    0.7  # share of common columns from which siblings count as one table; AWS: "the majority … similar"
)


@dataclass(frozen=True)
class Object:
    """An S3 object as ListObjectsV2 tells it."""

    bucket: str
    key: str
    etag: str
    size: int

    @property
    def hidden(self) -> bool:
        """Names that begin with _ or . are not data, as in Hive."""
        return any(part[:1] in ("_", ".") for part in self.key.split("/") if part)


@dataclass(frozen=True)
class Folder:
    """`parts` are the names below the bucket."""

    bucket: str
    parts: tuple[str, ...] = ()

    @classmethod
    def of(cls, address: str) -> "Folder":
        bucket, _, path = address.removeprefix("s3://").partition("/")
        return cls(bucket, tuple(part for part in path.split("/") if part))

    @property
    def prefix(self) -> str:
        return "".join(f"{part}/" for part in self.parts)

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def name(self) -> str:
        return self.parts[-1] if self.parts else self.bucket

    def holds(self, other: "Folder") -> bool:
        return self.bucket == other.bucket and other.parts[: len(self.parts)] == self.parts


class Excluded:
    """Exclude patterns of a target, relative to it: `*` stays within a folder, `**` does not, `?`, `[…]`, `{a,b}`."""

    def __init__(self, root: Folder, patterns: Iterable[str]) -> None:
        self._root = root
        self._patterns = [re.compile(_glob(pattern)) for pattern in patterns]

    def __call__(self, item: Object) -> bool:
        path = item.key.removeprefix(self._root.prefix)
        return any(pattern.fullmatch(path) for pattern in self._patterns)


_GLOB = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}


def _glob(pattern: str) -> str:
    """The glob as a regular expression. A comma separates alternatives within braces alone."""
    depth, out = 0, []
    for word in re.findall(r"\*\*|\[[^\]]+\]|\\.|.", pattern):
        depth += {"{": 1, "}": -1}.get(word, 0)
        if word.startswith("[") and word.endswith("]"):
            out.append("[" + re.sub("^!", "^", word[1:-1]) + "]")
        elif word == "," and depth:
            out.append("|")
        else:
            out.append(_GLOB.get(word) or re.escape(word[-1]))
    return "".join(out)


@dataclass(frozen=True)
class TableFolder:
    """A table as found in S3: its folder, its keys, the objects of each partition (`()`: of the table itself)."""

    location: Folder
    keys: tuple[str, ...]
    partitions: dict[tuple[str, ...], list[Object]]  # by the folder names below the location

    @staticmethod
    def values(names: tuple[str, ...]) -> list[str]:
        return [name.partition("=")[2] if "=" in name else name for name in names]


Files = dict[tuple[str, ...], list[Object]]  # objects by folder, as names below some folder


def group_tables(
    root: Folder, objects: Iterable[Object], level: int | None, columns: Callable[[Object], dict[str, str]]
) -> list[TableFolder]:
    """The tables in a target: with `level` every folder there is one (level 1 is the bucket), else similar siblings
    become partitions of their parent, as far up as the target."""
    files: Files = {}
    for item in objects:
        files.setdefault(tuple(item.key.split("/")[:-1]), []).append(item)
    if level is not None:
        return _at_level(root.bucket, files, level - 1)
    start = len(root.parts)
    below = {names[start:]: items for names, items in files.items()}
    return [_table(root, depth, part) for depth, part in _by_similarity((), below, columns)]


def _at_level(bucket: str, files: Files, depth: int) -> list[TableFolder]:
    """Objects above the level belong to no table."""
    tables: dict[tuple[str, ...], Files] = {}
    for names, items in files.items():
        if len(names) >= depth:
            tables.setdefault(names[:depth], {})[names[depth:]] = items
    return [_table(Folder(bucket), names, part) for names, part in sorted(tables.items())]


def _by_similarity(
    at: tuple[str, ...], files: Files, columns: Callable[[Object], dict[str, str]]
) -> list[tuple[tuple[str, ...], Files]]:
    """Tables in the folder `at`, as (folder, its files). Merges bottom-up."""
    if set(files) == {()}:
        return [(at, files)]
    children: dict[str, Files] = {}
    for names, items in files.items():
        if names:
            children.setdefault(names[0], {})[names[1:]] = items
    found = [
        table for name in sorted(children) for table in _by_similarity((*at, name), children[name], columns)
    ]
    roots = [folder for folder, _ in found]
    whole = all(len(folder) == len(at) + 1 for folder in roots) and () not in files
    if not whole:
        own: list[tuple[tuple[str, ...], Files]] = [(at, {(): files[()]})] if () in files else []
        return own + found
    hive = all("=" in folder[-1] for folder in roots)
    if hive or (len(found) > 1 and _alike([part for _, part in found], columns)):
        return [(at, files)]
    return found


def _alike(tables: list[Files], columns: Callable[[Object], dict[str, str]]) -> bool:
    """Same partition depth, and column sets that overlap enough with the first one's."""
    if len({max(map(len, part)) for part in tables}) > 1:
        return False
    sets = [set(columns(next(iter(part.values()))[0])) for part in tables]
    return all(len(sets[0] & other) >= _SIMILAR * len(sets[0] | other) for other in sets)


def _table(root: Folder, below: tuple[str, ...], files: Files) -> TableFolder:
    """Folders that are not at the usual depth hold no partition: they are left out, as a table has one set of keys."""
    depth = Counter(len(names) for names in files).most_common(1)[0][0]
    partitions = {names: items for names, items in sorted(files.items()) if len(names) == depth}
    sample = next(iter(partitions))
    keys = tuple(
        name.partition("=")[0].lower() if "=" in name else f"partition_{position}"
        for position, name in enumerate(sample)
    )
    return TableFolder(Folder(root.bucket, (*root.parts, *below)), keys, partitions)
