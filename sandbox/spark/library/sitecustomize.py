"""Loaded by each Python process that starts with this folder on its path, as Spark's Python workers do."""

from sandbox import clock, foreign_clock
from sandbox.spark import moved_clock, outside

if days := clock.told():
    import pyspark.sql.types  # noqa: F401  before: it makes tables of the real types, too

    foreign_clock.move(days)
    moved_clock.know_values()
outside.shut_off()
