"""Spark's own clock moved to the sandbox's, on a day that follows the machine's.

Spark computes `current_date` and the like in Java, by the machine's clock. So each session gets a rule that adds the
days (`MovedClock.java`), compiled by Janino, with which Spark compiles its own code. What cannot be moved is refused.

https://spark.apache.org/docs/3.5.0/api/java/org/apache/spark/sql/SparkSessionExtensions.html
"""

import datetime
from functools import wraps
from pathlib import Path
from typing import Any

_SOURCE = Path(__file__).with_name("MovedClock.java")
_ASKS = ("java.lang.System.currentTimeMillis", "java.util.Calendar.getInstance")
_MADE = ("java.util.Date", "java.util.GregorianCalendar")
"""They are the time when they are made of nothing."""


class MachinesClock(RuntimeError):
    """A script asks Java itself for the time, which the sandbox cannot move."""


def move(days: int) -> None:
    """For the sessions that this process makes from now on; Python's clock is moved already (`foreign_clock`)."""
    from pyspark.sql import SparkSession

    know_values()
    _refuse_java()
    begin: Any = SparkSession.__init__

    @wraps(begin)
    def begun(session: Any, sparkContext: Any, jsparkSession: Any = None, *more: Any, **named: Any) -> None:
        begin(session, sparkContext, jsparkSession, *more, **named)
        if jsparkSession is None:  # else it has the extensions of the session that it comes from
            _move(session, days)

    SparkSession.__init__ = begun


def know_values() -> None:
    """pyspark looks values' types up by the very class, and a moved clock has classes of its own."""
    from pyspark.sql import types

    tables: Any = types
    for moved in (datetime.date, datetime.datetime):
        real = moved.real  # type: ignore[attr-defined]
        tables._type_mappings[moved] = tables._type_mappings[real]
        for kind, accepted in tables._acceptable_types.items():
            if real in accepted:
                tables._acceptable_types[kind] = (*accepted, moved)


def _move(session: Any, days: int) -> None:
    jvm = session._jvm
    source = _SOURCE.read_text("utf-8")
    if not session.version.startswith("3."):
        source = source.replace("TimeAdd", "TimestampAddInterval")  # its name since Spark 4.1
    compiler = jvm.org.codehaus.janino.SimpleCompiler()
    compiler.setParentClassLoader(jvm.java.lang.Thread.currentThread().getContextClassLoader())
    compiler.cook(source)
    arguments = session._sc._gateway.new_array(jvm.java.lang.Object, 2)
    arguments[0], arguments[1] = session._jsparkSession.extensions(), days
    compiler.getClassLoader().loadClass("MovedClock").getConstructors()[0].newInstance(arguments)


def _refuse_java() -> None:
    from py4j.java_gateway import JavaClass

    look_up: Any = JavaClass.__getattr__
    make: Any = JavaClass.__call__

    def looked_up(found: Any, name: str) -> Any:
        whole = f"{found._fqn}.{name}"
        if whole in _ASKS or (whole.startswith("java.time.") and name == "now"):
            raise _refused(whole)
        return look_up(found, name)

    def made(found: Any, *arguments: Any) -> Any:
        if found._fqn in _MADE and not arguments:
            raise _refused(found._fqn)
        return make(found, *arguments)

    JavaClass.__getattr__, JavaClass.__call__ = looked_up, made


def _refused(name: str) -> MachinesClock:
    return MachinesClock(
        f"On a day that follows, the sandbox cannot move the clock of {name}: it would tell the machine's day. "
        "Use Python's datetime, or Spark's current_date() and now()."
    )
