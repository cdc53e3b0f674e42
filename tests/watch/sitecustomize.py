"""Watches a process and its Python children from inside: put this folder on PYTHONPATH.

A line for each file opened below the folder WATCHED, and each address connected to or looked up, goes to WATCH_LOG. An
audit hook sees what Python itself opens; libraries in C that go round it are not seen.
"""

import os
import sys
from typing import Any

_log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
_watched = os.environ["WATCHED"]


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], str | bytes | os.PathLike):
        path = os.fsdecode(arguments[0])
        if path.startswith(_watched):
            os.write(_log, f"file {path}\n".encode())
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        os.write(_log, f"address {arguments[1][0]}\n".encode())
    elif event == "socket.getaddrinfo":
        os.write(_log, f"address {arguments[0]}\n".encode())


sys.addaudithook(_hook)
