"""What Spark, Py4J and Glue themselves say when a job fails, with a slot for what they fill in.

Only what the pipeline's scripts can meet: files that are gone, columns that are missing, types that differ. Of any
other error its class and its type are reported.

Sources: Spark, "Error Conditions"; for those without an error class, Spark's issues and logs of the versions that Glue
2.0 to 5.0 have; Py4J (`Py4JJavaError`).
"""

from __future__ import annotations

MESSAGES = (
    "Exception in User Class: ",
    "An error occurred while calling ",
    "Job aborted due to stage failure: Task {} in stage {} failed {} times, most recent failure: "
    "Lost task {} in stage {} ",
    "Job aborted due to stage failure: ",
    "Job aborted: ",
    "Job aborted.",
    "Task failed while writing rows",
    "A column or function parameter with name {} cannot be resolved.",
    "A column, variable, or function parameter with name {} cannot be resolved.",
    "Did you mean one of the following? ",
    "Cannot resolve column name {} among ",
    "Column {} does not exist.",
    "Encountered error while reading file {}. ",
    "File does not exist",
    "File {} does not exist",
    "No such file or directory",
    "It is possible the underlying files have been updated.",
    "You can explicitly invalidate the cache in Spark by running 'REFRESH TABLE tableName' command in SQL or by "
    "recreating the Dataset/DataFrame involved.",
    "Path does not exist: ",
    "Unable to infer schema for Parquet. It must be specified manually.",
    "The table or view {} cannot be found.",
    "Failed to merge incompatible data types {} and {}. ",
    "Parquet column cannot be converted in file ",
    "Attribute name {} contains invalid character(s) among {}. Please use alias to rename it.",
    "The value {} of the type {} cannot be cast to {} because it is malformed.",
    "The value {} of the type {} cannot be cast to {} due to an overflow.",
)
