@step-3.1.1 @section-3
Feature: 3.1.1 Find the recast job to clone

  Scenario: the recast job can be cloned
    Given the ETL jobs are filtered for the Tascomi pipeline
    When I choose the recast job, "tascomi_recast_tables_increments"
    Then it runs the script "tascomi_recast_tables_increments.py"
    And that script is in its place
    And the helpers that it loads are no older than main's
    And the column type dictionary that it reads has the branch's types for the tables under test
