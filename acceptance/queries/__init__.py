"""All SQL: a stage's checks of a table are one flat query, so that Athena reads the data once.

A module for each stage; generation_sizes: the playbook's own query, and what is asked of a generation; pairs: rows
beside those that they were made of; query: the shape of all queries, and how their rows are read; parts: how one query
becomes several; sql: what queries are written with.
"""
