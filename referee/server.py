"""Trino with its Hive connector: fetched from Maven Central by `mvn`, started on loopback.

What is fetched lies in `.referee/`, beside this package, and is fetched once.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parent / ".referee"
_CLASSPATH = FOLDER / "classpath"
_OLDEST_JAVA = 21  # Trino's class files are of Java 21
_SIZE = "396 jars of 331 MB, and 19 MB that Maven needs itself"


class Missing(Exception):
    """What the machine lacks."""


def java_home() -> Path:
    """A JDK that is new enough: `JAVA_HOME`, the one of `java`, or one of those installed. Raises `Missing`."""
    named, found = os.environ.get("JAVA_HOME"), shutil.which("java")
    homes = [Path(named)] if named else []
    homes += [Path(found).resolve().parents[1]] if found else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    for home in homes:
        if (home / "bin" / "javac").is_file() and _version(home) >= _OLDEST_JAVA:
            return home
    raise Missing(f"Trino needs a JDK of Java {_OLDEST_JAVA} or newer: install one, or set JAVA_HOME")


def _version(home: Path) -> int:
    release = home / "release"
    found = re.search(r'JAVA_VERSION="(\d+)', release.read_text("utf-8")) if release.is_file() else None
    return int(found[1]) if found else 0


def classpath(java: Path) -> str:
    """The jars, fetched where they are not there yet. Raises `Missing`."""
    if not _CLASSPATH.is_file():
        if shutil.which("mvn") is None:
            raise Missing("Maven fetches Trino: install it, so that `mvn` is found")
        FOLDER.mkdir(exist_ok=True)
        print(f"fetching Trino with Hive from Maven Central: {_SIZE}, into {FOLDER.name}/", flush=True)
        settings = [f"-Dmaven.repo.local={FOLDER / 'maven'}", f"-Dmdep.outputFile={_CLASSPATH}.new"]
        command = ["mvn", "-q", "-f", str(HERE / "pom.xml"), "dependency:build-classpath", *settings]
        if subprocess.run(command, env={**os.environ, "JAVA_HOME": str(java)}).returncode:
            raise Missing("Maven could not fetch Trino: see its words above")
        Path(f"{_CLASSPATH}.new").rename(_CLASSPATH)
    jars = _CLASSPATH.read_text("utf-8").strip().split(os.pathsep)
    # one that sends log4j's messages to slf4j is there too: with both they go in a circle
    return os.pathsep.join(jar for jar in jars if "log4j-slf4j-impl" not in jar)


@contextmanager
def trino(port: int = 0) -> Iterator[str]:
    """A Trino's address, while it is up. Raises `Missing`."""
    java = java_home()
    command = [
        str(java / "bin" / "java"),
        "-Xmx1500m",
        "-cp",
        classpath(java),
        str(HERE / "Server.java"),
        str(port),
    ]
    log = FOLDER / "trino.log"
    with log.open("w") as errors:
        server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=FOLDER
        )
        try:
            yield _address(server, log)
        finally:
            server.terminate()
            server.wait()


def _address(server: subprocess.Popen[str], log: Path) -> str:
    assert server.stdout
    for line in server.stdout:
        if line.startswith("READY "):
            return line.split()[1]
    raise Missing(f"Trino did not start: see {log}")
