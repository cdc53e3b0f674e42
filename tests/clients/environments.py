"""An environment of its own for each client, with what its requirements pin; and the client played in it.

Environments lie in `.clients/`, and are made again when the requirements change.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
INSIDE, REQUIREMENTS = HERE / "inside", HERE / "requirements"
FOLDER = HERE.parents[1] / ".clients"
NAMES = sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))
_INSTALL_SECONDS, _PLAY_SECONDS = 1800, 900


class Missing(Exception):
    """The client cannot be installed here."""


@dataclass(frozen=True)
class Outcome:
    """`outcome`: `done`, `refused` (as it must be) or `failed`; `told`: what was said."""

    call: str
    outcome: str
    told: str

    @property
    def failed(self) -> bool:
        return self.outcome not in ("done", "refused")


def versions(name: str) -> str:
    """What the requirements pin: "SQLAlchemy 2.1.9, PyAthena 4.2.1"."""
    lines = (line.partition("#")[0].strip() for line in _requirements(name).splitlines())
    pins = (line.partition("==") for line in lines if line)
    return ", ".join(f"{package.partition('[')[0]} {version}" for package, _, version in pins)


def environment(name: str) -> Path:
    """The Python of the client's environment, which is made where there is none. Raises `Missing`."""
    folder = FOLDER / name
    python, made = folder / "bin" / "python", folder / "made-of.txt"
    if made.is_file() and made.read_text("utf-8") == _requirements(name):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    print(f"installing {versions(name)} into {FOLDER.name}/{name}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*install, "-r", str(REQUIREMENTS / f"{name}.txt")],
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
    )
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise Missing(f"{versions(name)} cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
    made.write_text(_requirements(name), "utf-8")
    return python


def play(name: str, python: Path, endpoint: str, region: str) -> Iterator[Outcome]:
    """Makes the client's calls against the sandbox; the last outcome tells where it broke off."""
    with tempfile.TemporaryDirectory(prefix="client-") as home:
        done = subprocess.run(
            [str(python), str(INSIDE / "play.py"), name],
            env=_variables(endpoint, region, home),
            cwd=home,
            capture_output=True,
            text=True,
            timeout=_PLAY_SECONDS,
        )
    yield from (Outcome(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{"))
    if done.returncode not in (0, 1) or not done.stdout:
        yield Outcome("play", "failed", done.stderr.strip()[-2000:])


def _requirements(name: str) -> str:
    return (REQUIREMENTS / f"{name}.txt").read_text("utf-8")


def _variables(endpoint: str, region: str, home: str) -> dict[str, str]:
    """What an AWS client goes by, and nothing of the user's: neither credentials nor configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return {
        **kept,
        "HOME": home,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "GX_ANALYTICS_ENABLED": "false",
    }
