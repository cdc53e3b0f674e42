"""Terminals that cannot show every character: a Latin-1 or ASCII one, a pipe under such a locale.

What is printed, by the suite, by behave or by a library, is written in whatever characters it needs. The stream's own
encoding decides which of them it can carry; for the others stands what is plain, and nothing printed is ever an error.
https://docs.python.org/3/library/codecs.html#codecs.register_error
"""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from typing import TextIO

PLAIN = {
    "✓": "+",
    "✗": "x",
    "■": "#",
    "○": "o",
    "·": ".",
    "–": "-",
    "—": "-",
    "‑": "-",
    "−": "-",
    "×": "x",
    "÷": "/",
    "→": "->",
    "…": "...",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
}
"""Signs and typographic characters in ASCII: a sign stays one character, so that columns stay aligned."""

_ERRORS = "plain"


def make_plain(*streams: TextIO) -> None:
    """Have streams, or this process's console, print plain characters in place of those that they cannot show."""
    codecs.register_error(_ERRORS, _replaced)
    for stream in streams or (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # pytest and the like put others in the console's place
            stream.reconfigure(errors=_ERRORS)


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    if "\udc80" <= character <= "\udcff":  # a byte of a file's name, as the terminal gave it (see `readable`)
        return bytes([ord(character) - 0xDC00]), error.start + 1
    return PLAIN.get(character, _letter(character)), error.start + 1


def _letter(character: str) -> str:
    """Without its accents, in ASCII; "?" for what is no such letter."""
    parts = [part for part in unicodedata.normalize("NFD", character) if not unicodedata.combining(part)]
    return "".join(part if part.isascii() else "?" for part in parts)


def readable(text: str) -> str:
    """A word of the command line, or of a path, as text that can be written to a file.

    Under an ASCII locale Python reads bytes beyond ASCII as surrogates, which UTF-8 does not take.
    https://docs.python.org/3/library/os.html#file-names-command-line-arguments-and-environment-variables
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
