@step-4.1.1 @section-4
Feature: 4.1.1 Find the daily snapshot job to clone

  Scenario: the daily snapshot job can be cloned
    Given the ETL jobs are filtered for the Tascomi pipeline
    When I choose the daily snapshot job, "tascomi_create_daily_snapshot"
    Then it runs the script "tascomi_create_daily_snapshot.py"
    And that script is in its place
    And the helpers that it loads are no older than main's
