"""Glue's transforms."""
