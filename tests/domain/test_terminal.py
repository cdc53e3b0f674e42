"""What a terminal shows in place of characters that it has not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from acceptance import terminal

ROOT = Path(__file__).parents[2]
NEVER_PRINTED = {"markdown.py"}  # GitHub shows its emoji


def shown(text: str, encoding: str) -> bytes:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    terminal.make_plain(stream)
    stream.write(text)
    stream.flush()
    return raw.getvalue()


def sources() -> list[Path]:
    python = (path for folder in ("acceptance", "harness", "steps") for path in (ROOT / folder).rglob("*.py"))
    features = (ROOT / "features").rglob("*.feature")
    return [path for path in (*python, *features) if path.name not in NEVER_PRINTED]


def test_every_character_of_the_suites_texts_has_a_plain_form() -> None:
    used = {character for path in sources() for character in path.read_text("utf-8") if ord(character) > 127}
    assert {"✓", "✗", "“", "…"} <= used
    without = {character for character in used if b"?" in shown(character, "ascii")}
    assert not without


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("ascii", b'+ "Cafe" x ? -> ...'),
        ("latin-1", b'+ "Caf\xe9" x ? -> ...'),
        ("cp1252", b"+ \x93Caf\xe9\x94 x ? -> \x85"),
        ("utf-8", "✓ “Café” ✗ 字 → …".encode()),
    ],
)
def test_only_what_the_encoding_lacks_is_replaced(encoding: str, told: bytes) -> None:
    assert shown("✓ “Café” ✗ 字 → …", encoding) == told


def test_letters_lose_their_accents_however_they_are_composed() -> None:
    assert shown("Ő o\u0301", "ascii") == b"O o"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_bytes_of_a_files_name_are_the_terminals_own(encoding: str) -> None:
    name = "é".encode().decode("ascii", "surrogateescape")  # as Python reads it under an ASCII locale
    assert shown(name, encoding) == "é".encode()
    assert terminal.readable(name) == "é"


def test_a_word_that_is_no_text_can_be_written_all_the_same() -> None:
    assert terminal.readable(b"a\xff".decode("utf-8", "surrogateescape")) == "a\N{REPLACEMENT CHARACTER}"


def test_a_stream_of_another_kind_is_left_alone() -> None:
    stream = io.StringIO()
    terminal.make_plain(stream)
    stream.write("✓")
    assert stream.getvalue() == "✓"
