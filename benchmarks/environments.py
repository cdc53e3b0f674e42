"""An environment of its own for each checker of data that the suite is compared with."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE / ".venv"


def python(name: str) -> Path:
    """The Python that `requirements-NAME.txt` is installed in: at the first call, and again when it changes.

    Raises `CalledProcessError` where pip cannot install it.
    """
    requirements, folder = HERE / f"requirements-{name}.txt", FOLDER / name
    there, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = requirements.read_text("utf-8")
    if not installed.exists() or installed.read_text("utf-8") != wanted:
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([there, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        installed.write_text(wanted, "utf-8")
    return there
