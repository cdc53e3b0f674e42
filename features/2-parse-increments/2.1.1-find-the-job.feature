@step-2.1.1 @section-2
Feature: 2.1.1 Find the parse job to clone

  Scenario: the parse job can be cloned
    Given the ETL jobs are filtered for the Tascomi pipeline
    When I choose the parse job, "tascomi_parse_tables_increments"
    Then it runs the script "tascomi_parse_tables_increments.py"
    And that script is in its place
    And the helpers that it loads are no older than main's
