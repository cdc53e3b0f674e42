"""Job runs of command `glueetl`: scripts for Glue's Spark, as they are, on a local Spark.

`runtime` runs them, `jvm` keeps Java processes warm for them, `installed` finds Spark and Java. In the process of a
script, `driver` prepares Spark and takes it down, `mirror`, `catalog` and `bookmarks` are what the stand-ins in
`library/` work with: `awsglue`, `pydeequ`.
"""
