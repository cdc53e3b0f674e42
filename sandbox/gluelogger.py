"""Glue's logger, as scripts have it of a GlueContext: `joblogs` sends on what it writes."""

import json
import os
import sys
import time
from pathlib import Path


class GlueLogger:
    """Takes lines to the file that the runner names in SANDBOX_LOGGER and sends on, each with its logger's prefix.

    Outside the sandbox they go to standard error.
    """

    def info(self, message: object) -> None:
        self._log("INFO", message)

    def warn(self, message: object) -> None:
        self._log("WARN", message)

    def error(self, message: object) -> None:
        self._log("ERROR", message)

    def _log(self, level: str, message: object) -> None:
        path = os.environ.get("SANDBOX_LOGGER")
        if path is None:
            print(f"{level} GlueLogger: {message}", file=sys.stderr)
            return
        line = {"moment": time.time_ns() // 1_000_000, "level": level, "message": str(message)}
        with Path(path).open("a") as file:
            file.write(json.dumps(line) + "\n")
