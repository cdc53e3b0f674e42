"""Loaded by each Python process that starts with this folder on its path, as Spark's Python workers do."""

from sandbox.spark import outside

outside.shut_off()
