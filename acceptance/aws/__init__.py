"""AWS as the suite uses it: its services, and the only ways to wait and to hurry.

Who may           account (is it the right one), guards (what never goes out), permissions and access (what is refused)
How               clients, the one place that builds them; waiting, the one that sleeps; parallel, many calls at once;
                  rates, and no more than AWS allows
AWS Glue          jobs, job_runs, job_logs, quotas (how many at once), scripts, crawls, catalog
Amazon S3         storage, parquet
Amazon Athena     athena
For the reader    links into the AWS console
"""
