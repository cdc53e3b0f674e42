"""Stands in for the library that AWS Glue puts beside a Spark job's script.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python.html
"""

from awsglue.dynamicframe import DynamicFrame

__all__ = ["DynamicFrame"]
