"""Stands in for the library that AWS Glue puts beside a job's script."""
