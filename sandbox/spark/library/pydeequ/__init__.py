"""Stands in for pydeequ, whose Java library no Python package brings: metrics, checks and their results.

https://pydeequ.readthedocs.io/en/latest/
"""

deequ_maven_coord = ""
f2j_maven_coord = ""
