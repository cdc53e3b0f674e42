"""All SQL: a stage's checks of a table are one flat query, so that Athena reads the data once.

A module for each stage; generations: the playbook's own query, and what is asked of a generation; pairs: rows beside
those that they were made of; parts: how one query becomes several; sql: what queries are written with.
"""
