@step-1.1.1 @section-1
Feature: 1.1.1 Find the API ingestion job to clone

  Scenario: the API ingestion job can be cloned
    Given the ETL jobs are filtered for the Tascomi pipeline
    When I choose the API ingestion job, "tascomi_api_ingestion"
    Then it runs the script "tascomi_api_ingestion.py"
    And that script is in its place
    And the helpers that it loads are no older than main's
