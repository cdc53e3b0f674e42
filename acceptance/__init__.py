"""The domain: AWS and the pipeline, the playbook's checks on them, the verdict. Knows neither behave nor the sandbox.

Facts            pipeline (its stages as data), environments, settings, data_platform (the ticket's branch), prices
AWS              aws/: its services, waiting and hurrying
A run            run (what its steps share), stage_runs (its job runs and crawls), rerun_policy (what may run), removals
                 (what is in its way), resume (what an interrupted run has done already), stage_queries, queries/ (all
                 SQL), survey, generations
What is checked  checks/, by noun; findings: what a check can find; bystanders, baseline and writers (tables not under
                 test), lookups and rhythm (advice)
What is left     ledger, lock, sweep: what the suite creates, and how it goes; records (of a day)
What is told     verdict, measured and measures, report/; explain, foreign (with log_lines and engine_messages),
                 redaction, samples: nobody's data and no secrets
Before a run     plan, outlook
"""
