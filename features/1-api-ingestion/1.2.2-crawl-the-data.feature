@step-1.2.2 @section-1 @mutates
Feature: 1.2.2 Crawl the new API data for the Data Catalog

  @table.<table>
  Scenario Outline: <table> is crawled
    Given today's API ingestion data of <table> is in S3
    When I run the crawler that "tascomi-api" finds
    Then the crawl succeeds
    And it began after the data was written
    And the Data Catalog has today's API ingestion data of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
