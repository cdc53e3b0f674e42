"""The domain: AWS and the pipeline, the playbook's checks on them, the verdict. Knows neither behave nor the sandbox.

Imports run downwards only, as listed here from the bottom (`tests/domain/test_layers.py`):

Everybody's      settings, environments, pipeline (its stages as data), findings and evidence, naming, error_codes
branch/          the ticket's branch of the Data Platform repository, read only
privacy/         what may be reported: secrets, the words of jobs and engines, sample rows, errors in words
aws/             thin clients that give plain data: jobs, job runs and their logs, crawlers, catalog, objects, queries
queries/         all SQL, and what comes back
run/             one run of the playbook: what its steps share, job runs and crawls, what may run and what was done
other_tables/    tables not under test
advice/          look-ups, how often to ingest
measurements/    what was counted, for the page
plan/            what a run will do and cost, before it does
checks/          what the Thens insist on, by noun
verdict/         what a run found, in one sentence and one file
report/          the page and all else that is drawn from the verdict
"""
