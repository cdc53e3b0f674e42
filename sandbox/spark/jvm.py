"""Java processes for Spark, kept warm between runs: a Spark session takes 4 s in a new one, half a second later on.

A run has a Java process of its own while it lasts, with a new SparkContext; one that could not take its context down
is not used again.
"""

import os
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.spark import installed
from sandbox.spark.mirror import SCHEMES

AT_ONCE = 2
"""Each takes up to 1.5 GB of memory and both cores of a small machine."""
RELEASED = "released"
"""The file in a Java process's folder by which a run says that it has taken its SparkContext down."""
_START_SECONDS = 60.0
_TICK_SECONDS = 0.05
_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss4m -Duser.timezone=UTC"
_VIEWFS = "org.apache.hadoop.fs.viewfs"
_LOGGING = """rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %p [%t] %c{2}: %m%n
"""


def _settings(folder: Path) -> dict[str, str]:
    """Spark's, as far as they do not depend on the run."""
    return {
        "spark.master": "local[2]",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": f"file://{folder}/warehouse",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.sql.codegen.wholeStage": "false",  # compiling takes longer than a few thousand rows do
        # as Glue's Spark writes and reads: timestamps of 96 bits, and no _SUCCESS files
        "spark.sql.parquet.outputTimestampType": "INT96",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        # s3:// is a folder with a copy of what the run reads and writes: see `mirror`
        **{f"spark.hadoop.fs.{scheme}.impl": f"{_VIEWFS}.ViewFileSystemOverloadScheme" for scheme in SCHEMES},
        "spark.hadoop.fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    }


class Jvm:
    """One Java process with Spark's Python gateway; it ends when its standard input does."""

    def __init__(self, spark: installed.Spark, folder: Path) -> None:
        self.folder = folder
        self.mirror = folder / "s3"
        self._said = 0
        folder.mkdir()
        (folder / "conf").mkdir()
        (folder / "conf" / "log4j2.properties").write_text(_LOGGING)
        self._address = folder / "gateway"
        settings = [part for pair in _settings(folder).items() for part in ("--conf", "=".join(pair))]
        options = ["--driver-java-options", _OPTIONS]
        with (folder / "stderr").open("wb") as errors:
            self._process = subprocess.Popen(
                [spark.home / "bin" / "spark-submit", *settings, *options, "pyspark-shell"],
                cwd=folder,
                env=self._environment(spark),
                stdin=subprocess.PIPE,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
            )

    def connection(self) -> dict[str, str]:
        """What pyspark's environment needs to reach it, once it has started. Raises RuntimeError when it has not."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._address.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Java has not started:\n{(self.folder / 'stderr').read_text('utf-8')}")
            time.sleep(_TICK_SECONDS)
        told = self._address.read_bytes()  # renamed into place whole
        port, length = struct.unpack(">ii", told[:8])
        return {"PYSPARK_GATEWAY_PORT": str(port), "PYSPARK_GATEWAY_SECRET": told[8 : 8 + length].decode()}

    def clear(self) -> None:
        """Forget the last run's copies of S3, and what was said until now."""
        shutil.rmtree(self.mirror, ignore_errors=True)
        self.mirror.mkdir()
        self.said()

    def said(self) -> bytes:
        """What Spark, and its Python workers, have written since the last look."""
        with (self.folder / "stderr").open("rb") as file:
            file.seek(self._said)
            text = file.read()
        self._said += len(text)
        return text

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self, spark: installed.Spark) -> dict[str, str]:
        """Python workers are Java's children, and see this too."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "TZ": "UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "JAVA_HOME": str(spark.java_home),
            "SPARK_HOME": str(spark.home),
            "SPARK_CONF_DIR": str(self.folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder),
            "PYSPARK_PYTHON": sys.executable,
            "_PYSPARK_DRIVER_CONN_INFO_PATH": str(self._address),
        }


class Jvms:
    """A pool: at most AT_ONCE runs at a time, each with one to itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._free: list[Jvm] = []
        self._all: list[Jvm] = []
        self._made = 0
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def warm_up(self) -> None:
        """Starts the first one, which takes some seconds in the background. Raises Missing."""
        spark = installed.spark()
        with self._lock:
            if not self._all:
                self._free.append(self._start(spark))

    @contextmanager
    def lease(self, stop: threading.Event) -> Iterator[Jvm | None]:
        """One to oneself, waiting for it; None when the run has been stopped meanwhile.

        It is warm for the next run if the file RELEASED is in its folder at the end. Raises Missing.
        """
        spark = installed.spark()
        while not self._places.acquire(timeout=_TICK_SECONDS):
            if stop.is_set():
                yield None
                return
        try:
            with self._lock:
                jvm = self._free.pop() if self._free else self._start(spark)
            jvm.clear()
            released = jvm.folder / RELEASED
            released.unlink(missing_ok=True)
            try:
                yield jvm
            finally:
                self._take_back(jvm, released.exists())
        finally:
            self._places.release()

    def stop(self) -> None:
        with self._lock:
            for jvm in self._all:
                jvm.stop()
            self._all, self._free = [], []

    def _take_back(self, jvm: Jvm, usable: bool) -> None:
        with self._lock:
            if usable and jvm in self._all:
                self._free.append(jvm)
                return
            if jvm in self._all:
                self._all.remove(jvm)
        jvm.stop()

    def _start(self, spark: installed.Spark) -> Jvm:
        self._made += 1
        jvm = Jvm(spark, self._folder / f"jvm-{self._made}")
        self._all.append(jvm)
        return jvm
