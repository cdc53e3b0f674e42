@step-4.3.2 @section-4 @mutates
Feature: 4.3.2 Crawl the daily snapshot data for the Data Catalog

  @table.<table>
  Scenario Outline: <table> is crawled after daily snapshot
    Given today's daily snapshot data of <table> is in S3
    When I run the crawler that "tascomi-create" finds
    Then the crawl succeeds
    And it began after the data was written
    And the Data Catalog has today's daily snapshot data of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
