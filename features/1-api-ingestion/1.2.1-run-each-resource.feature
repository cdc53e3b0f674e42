@step-1.2.1 @section-1 @mutates
Feature: 1.2.1 Run the test job for each new API resource

  @table.<table>
  Scenario Outline: <table> is ingested
    Given the API ingestion test job, a clone of "tascomi_api_ingestion", is there
    When I run it with "--resource" set to <table>
    Then the job run succeeds
    And its data for <table> is in today's folder of the API responses

    Examples: tables under test
      | table                   |
      | (each table under test) |
